"""Steps as rows, and that every word and limit that planners use can be told."""

import importlib

import polars as pl
import pytest

from governance import write_arithmetic
from governance.kinds import KINDS
from optimization.allocation import list_shared_limits
from optimization.explanation import (
    EXPLAINERS,
    counts,
    markdowns,
    open_orders,
    register_explanation,
    sourcing,
    substitution,
)
from optimization.explanation.allocation import LIMIT_SCOPES
from optimization.explanation.allocation_steps import ALLOCATION_STEPS
from optimization.explanation.common import LEVEL_SET_BY
from optimization.explanation.missed import LIMIT_UNITS
from optimization.explanation.purchase_steps import PURCHASE_STEPS
from optimization.explanation.steps import Explained, Source, Step, rows_of
from optimization.explanation.transfer_steps import TRANSFER_STEPS
from optimization.explanation.transfers import LIMIT_ENDS
from optimization.transfers.limits import LIMIT_ENDS as PLANNED_ENDS
from quality_checks.checks.explanations import PROPOSED
from quality_checks.contracts import CONTRACTS
from quality_checks.contracts.plans import Targets
from quality_checks.contracts.sourcing import ORDER_LIMITS

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
    assert {(name, ends) for name, of_limit in LIMIT_ENDS.items() for ends in of_limit} == {
        *PLANNED_ENDS
    }


def test_every_limit_that_cuts_an_allocation_can_be_told():
    place = {"location": ["d"], "receiving_volume": [9.0], "outbound_capacity": [9]}
    held = ("on_hand", "in_transit", "on_order", "proposed_inbound", "proposed_outbound")
    stated = list_shared_limits(
        pl.DataFrame({**place, "unit_capacity": [9], **{name: [1] for name in held}}),
        pl.DataFrame({"origin": ["d"], "destination": ["s"], "volume_capacity": [9.0]}),
        department_budget={"shoes": 9.0},
        outbound_lines={"d": 9},
    )
    # A line that is begun is not kept small by a limit on the number of lines.
    begun = {"outbound_lines"}
    of_pairs = {"lane_capacity", "receiving_capacity"}
    assert set(LIMIT_SCOPES) == set(stated["limit"]) - begun | of_pairs


STEPS = {
    "purchase_order": PURCHASE_STEPS,
    "purchase_change": open_orders._list_steps("plans.change_plan"),
    "expedite": open_orders._list_steps("plans.expedite_plan"),
    "allocation": ALLOCATION_STEPS,
    "transfer": TRANSFER_STEPS,
    "sourcing": sourcing._list_steps(),
    "substitution": substitution._list_steps(),
    "markdown": markdowns._list_steps("plans.markdown_plan"),
    "markdown_deferral": markdowns._list_steps("plans.deferral_plan"),
    "stock_count": counts._list_steps(),
}


@pytest.mark.parametrize("kind", EXPLAINERS)
def test_every_function_that_is_named_is_there(kind):
    named = {step.function for _, steps in STEPS[kind] for step in steps if step.function}
    for name in named:
        module, _, function = name.rpartition(".")
        assert hasattr(importlib.import_module(module), function), name


@pytest.mark.parametrize("kind", EXPLAINERS)
def test_every_step_has_an_origin_and_reads_what_is_told_before_it(kind):
    """Also those that no night of the tests tells."""
    told = set()
    for step in [step for _, steps in STEPS[kind] for step in steps]:
        assert step.source or step.formula or (step.function and step.terms), step.name
        assert set(step.terms) <= told, step.name
        told.add(step.name)


@pytest.mark.parametrize("kind", EXPLAINERS)
def test_what_is_proposed_follows_from_steps_in_every_form(kind):
    """The check `explained` asks it of each action; no night of the tests has all forms."""
    for step in [step for _, steps in STEPS[kind] for step in steps]:
        assert step.formula or step.name not in PROPOSED, step.words


def test_a_change_that_a_capacity_holds_says_which_and_by_how_much():
    (step,) = [
        step
        for _, steps in STEPS["purchase_change"]
        for step in steps
        if step.name == "capacity_missing"
    ]
    held = {
        "action_id": ["x", "y"], "po": ["P1", "P2"], "po_line": [1, 1], "asked": ["pull in"] * 2,
        "capacity_missing": [20, None],
        "capacity_limit": ["what V can deliver in all in the week of 2026-03-03", None],
    }  # fmt: skip
    rows = rows_of(Explained(pl.DataFrame(held), [("quantity", [step])]))
    (told,) = rows.rows(named=True)
    assert (told["action_id"], told["value"], told["unit"]) == ("x", 20.0, "units")
    assert told["words"].startswith("more than what V can deliver in all in the week of 2026-03-03")
    assert (told["source_table"], told["source_key"]) == ("plans.change_plan", "po=P1;po_line=1")


def list_units():
    """Units that numbers of an explanation may have, by the contract."""
    unit = CONTRACTS["explanations"].model.stated_columns["unit"]
    return {allowed for check in unit.checks for allowed in check.statistics["allowed_values"]}


@pytest.mark.parametrize("kind", EXPLAINERS)
def test_every_unit_that_a_step_may_have_is_one_of_the_contract(kind):
    stated = {step.unit for _, steps in STEPS[kind] for step in steps}
    assert {unit for unit in stated if "{" not in unit} <= list_units()


def test_every_limit_of_orders_has_a_unit_of_the_contract():
    assert LIMIT_UNITS.keys() == set(ORDER_LIMITS)
    assert set(LIMIT_UNITS.values()) <= list_units()


@pytest.mark.parametrize("kind", EXPLAINERS)
def test_every_kind_that_is_explained_is_said_in_a_line(kind):
    names = [step.name for _, steps in STEPS[kind] for step in steps]
    assert write_arithmetic(dict.fromkeys(names, 2.0))


def test_every_kind_that_is_planned_is_explained():
    assert EXPLAINERS.keys() == {name for name, kind in KINDS.items() if kind.plan}


@pytest.mark.parametrize(
    ("kind", "explain"), [("transfer", EXPLAINERS["transfer"]), ("bundle", ())]
)
def test_a_kind_is_explained_once_and_by_something(kind, explain):
    before = dict(EXPLAINERS)
    with pytest.raises(ValueError, match=f"'{kind}' are explained once"):
        register_explanation(kind, *explain)
    assert before == EXPLAINERS
