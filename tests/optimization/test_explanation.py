"""Steps as rows, and that every word and limit that planners use can be told."""

import polars as pl
import pytest

from optimization.allocation.lines import BINDINGS as ALLOCATION_BINDINGS
from optimization.explanation import EXPLAINERS
from optimization.explanation.allocation import LIMIT_SCOPES
from optimization.explanation.common import LEVEL_SET_BY
from optimization.explanation.steps import Explained, Source, Step, rows_of
from optimization.explanation.transfers import LIMIT_ENDS
from optimization.transfers.plan import BINDINGS as TRANSFER_BINDINGS
from quality_checks.contracts import KINDS
from quality_checks.contracts.plans import Targets

LINES = pl.DataFrame(
    {
        "action_id": ["x", "y"],
        "sku": ["a", "b"],
        "destination": ["s", "t"],
        "on_hand": [4, 0],
        "shelf_max": [None, 9],
        "model": ["croston", "pooled"],
    }
)
AT = "sku={sku};location={destination}"
ON_HAND = Step(
    "on_hand", "units", "on hand by {model}", Source("inventory.position", AT, "on_hand")
)
SHELF = Step("shelf", "units", "room", formula="shelf - on_hand", value="shelf_max")


def test_a_step_is_a_row_of_each_line_that_has_it():
    rows = rows_of(Explained(LINES, [("position", [ON_HAND]), ("need", [SHELF])]))
    told = rows.select("action_id", "step", "part", "name", "value").rows()
    assert told == [
        ("x", 1, "position", "on_hand", 4.0),
        ("y", 1, "position", "on_hand", 0.0),
        ("y", 2, "need", "shelf", 9.0),
    ]
    first = rows.row(0, named=True)
    assert first["words"] == "on hand by croston"
    assert first["source_key"] == "sku=a;location=s"
    assert (first["source_table"], first["source_column"]) == ("inventory.position", "on_hand")
    last = rows.row(2, named=True)
    assert last["source_table"] is None
    assert last["formula"] == "shelf - on_hand"


def test_parts_are_told_in_their_order():
    with pytest.raises(ValueError, match="out of order"):
        rows_of(Explained(LINES, [("need", [SHELF]), ("position", [ON_HAND])]))


def test_every_way_to_set_a_level_has_words():
    (check,) = Targets.to_schema().columns["binding"].checks
    assert set(LEVEL_SET_BY) == set(check.statistics["allowed_values"])


def test_every_limit_that_cuts_a_transfer_can_be_told():
    by_units = {"value", "sender_need", "size_run", "order_up_to", "shelf_max"}
    assert set(LIMIT_ENDS) == set(TRANSFER_BINDINGS) - by_units


def test_limits_that_cut_an_allocation_are_told_apart_from_its_other_bindings():
    assert not set(LIMIT_SCOPES) & set(ALLOCATION_BINDINGS)


def test_only_kinds_of_actions_are_explained():
    assert EXPLAINERS.keys() <= set(KINDS)
