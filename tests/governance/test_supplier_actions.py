"""What a night asks of suppliers, as people left it."""

import polars as pl

from governance.exchange import list_supplier_actions

KINDS = ["purchase_order", "purchase_change", "expedite", "transfer"]
IDS = [letter * 24 for letter in "abcd"]


def list_asked(proposals, status="approved", approved=None, overridden=None):
    rows = [{"action_id": id_, "kind": kind} for id_, kind in zip(IDS, KINDS, strict=True)]
    actions = proposals(*rows)
    routed = actions.select(
        "action_id",
        status=pl.lit(status),
        approved_quantity=pl.lit(approved, pl.Int64),
        overridden=pl.lit(overridden, pl.Int64),
        overridden_due_on=pl.lit(None, pl.Date),
        overridden_supplier=pl.lit(None, pl.String),
        overridden_unit_value=pl.lit(None, pl.Float64),
    )
    return {row["action_id"][0]: row for row in list_supplier_actions(actions, routed).to_dicts()}


def test_orders_changes_and_speed_are_listed_and_moves_between_nodes_are_not(proposals):
    found = list_asked(proposals)
    assert found.keys() == {"a", "b", "c"}
    assert [(row["inbound"], row["po"], row["po_line"]) for row in found.values()] == [
        (1, None, None),
        (-1, "PO1", 2),
        (0, "PO1", 2),
    ]
    # An expedite pays for speed; what a change costs is not the supplier's.
    assert [row["fee"] for row in found.values()] == [0, 0, 50]


def test_units_are_those_that_people_left(proposals):
    assert list_asked(proposals, approved=4, overridden=6)["a"]["units"] == 4
    assert list_asked(proposals, "waiting", overridden=6)["a"]["units"] == 6
    assert list_asked(proposals, "waiting")["a"]["units"] == 10
    assert list_asked(proposals, approved=0) == {}


def test_what_will_not_leave_is_left_out(proposals):
    assert list_asked(proposals, "rejected") == list_asked(proposals, "blocked") == {}
