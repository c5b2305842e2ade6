"""What is done about shortages, and why nothing is: reasons are those of the plans."""

import datetime as dt
from string import Formatter

import polars as pl
import pytest

from optimization.allocation.unserved import _REASON_OF_BINDING as OF_BINDING
from optimization.levels.order_up_to import PROBLEMS
from optimization.shortages import answer_shortages, list_unanswered
from quality_checks.contracts import (
    SHORTAGE_REASONS,
    Shortages,
    ShortItemLocations,
    find_contract,
    find_frame,
)

DUE = dt.date(2025, 10, 9)
FRAME = find_frame(ShortItemLocations)
EMPTY = {
    "region": "R",
    "department": "D",
    "sku": "K",
    "location": "S1",
    "currency": "EUR",
    "status": "active",
    "state": "out",
    "available": 0,
    "inventory_position": 0,
    "order_up_to": 5,
    "level_binding": "value",
    "protection_days": 4.0,
    "daily_demand": 0.5,
    "margin_a_day": 5.0,
    "days_until_out": 0.0,
    "coming_units": 0,
    "supply_location": "DC",
    "supply_available": 0,
    "short_until": DUE,
    "lost_units": 2.0,
    "lost_margin": 20.0,
}
COMING = {
    "coming_units": 3,
    "inventory_position": 3,
    "receipt_on": DUE,
    "receipt_units": 3,
    "receipt_source": "transfer",
}
PLANNED = {
    "planned_kinds": "allocation;transfer",
    "planned_units": 4,
    "planned_on": DUE,
    "planned_status": "waiting",
}


def told(**changes):
    row = {**dict.fromkeys(FRAME.columns), **EMPTY, **changes}
    frame = answer_shortages(pl.DataFrame([row], schema=FRAME.schema))
    return frame.row(0, named=True)


@pytest.mark.parametrize(
    ("changes", "answer", "reason"),
    [
        ({**PLANNED, **COMING, "left_out": "dc_empty"}, "planned", None),
        ({**COMING, "left_out": "no_lane_today"}, "on_its_way", "no_lane_today"),
        ({**COMING, "order_up_to": 3}, "on_its_way", "covered_by_what_comes"),
        ({"left_out": "dc_empty"}, "none", "dc_empty"),
        ({"left_out": "set_aside", "available": None, "limit": "p.t"}, "none", "set_aside"),
        ({"refused_status": "blocked", "refused_rule": "too_large"}, "none", "action_blocked"),
        ({"refused_status": "rejected", "left_out": None}, "none", "action_rejected"),
        ({"available": None, "inventory_position": None}, "none", "stock_unknown"),
        ({"order_up_to": 0, "level_binding": "run_down"}, "none", "item_leaves"),
        ({"order_up_to": 0, "level_binding": "before_launch"}, "none", "before_launch"),
        ({"order_up_to": 0, "daily_demand": 0.0}, "none", "no_demand_expected"),
        ({"order_up_to": 0}, "none", "level_zero"),
        ({"available": 5, "inventory_position": 5}, "none", "waits_for_next_review"),
        ({"available": 5, "inventory_position": 5, "level_binding": "shelf_max"}, "none",
         "level_at_shelf_max"),
        ({"available": 5, "inventory_position": 5, "level_binding": "shelf_max",
          "level_held_by": "c1"}, "none", "level_changed"),
        ({"order_up_to": 0, "level_binding": "shelf_max", "level_held_by": "c1"}, "none",
         "level_changed"),
        ({**COMING, "order_up_to": 3, "level_binding": "shelf_max_below_presentation_min",
          "level_held_by": "c1"}, "on_its_way", "level_changed"),
        # They state a most that value does not reach.
        ({"available": 5, "inventory_position": 5, "level_held_by": "c1"}, "none",
         "waits_for_next_review"),
        ({"status": "blocked", "state": "not_replenished"}, "none", "not_replenished"),
        ({"state": "not_replenished"}, "none", "feeds_others"),
        ({"order_up_to": None, "level_binding": None, "left_out": "no_forecast"}, "none",
         "no_forecast"),
    ],
)  # fmt: skip
def test_each_shortage_has_its_answer_or_its_reason(changes, answer, reason):
    row = told(**changes)
    assert (row["answer"], row["reason"]) == (answer, reason)
    assert row["why"].endswith(".")
    assert bool(row["change"]) == (answer != "planned")


def test_words_have_the_figures():
    row = told(
        left_out="dc_empty",
        supply_receipt_on=DUE,
        supply_receipt_units=40,
        supply_planned_on=dt.date(2025, 12, 1),
        supply_planned_units=120,
    )
    assert row["why"] == (
        "DC has no pack left of it. It has 0 available; 40 are due there on 2025-10-09; "
        "120 more are ordered tonight for 2025-12-01."
    )
    assert row["change"] == "Goods must come to DC sooner."
    assert told(**PLANNED)["why"] == (
        "4 units are planned by allocation and transfer, waiting, due on 2025-10-09."
    )


GAP = {
    "empty_on": dt.date(2025, 10, 2),
    "goods_on": DUE,
    "goods_units": 40,
    "goods_documents": "PO7;PO8",
    "goods_share": 0.4,
}


def test_a_place_is_told_which_share_of_the_lack_its_dc_gets_and_when_it_can_be_there():
    row = told(left_out="dc_supply_taken", goods_here_on=dt.date(2025, 10, 11), **GAP)
    assert row["why"].endswith(
        "It has 0 available. 40 units come there on 2025-10-09 by PO7, PO8, 40% of what its places "
        "then lack. They can be here on 2025-10-11."
    )


def test_a_dc_that_will_be_empty_says_from_when_until_when_and_what_its_places_lose():
    dc = {"supply_location": None, "gap_lost_margin": 1234.5, "lost_margin": 1234.5, **GAP}
    soon = told(**dc, **PLANNED, state="about_to_be_empty")
    assert soon["why"] == (
        "It is empty by 2025-10-02. 40 units come there on 2025-10-09 by PO7, PO8, 40% of what its "
        "places then lack. Its places lose 1,234.50 EUR of margin until then. 4 units are "
        "planned by allocation and transfer, waiting, due on 2025-10-09."
    )
    shared = told(**{**dc, "lost_margin": 234.5}, **PLANNED, state="about_to_be_empty")
    assert (
        "Its places lose 1,234.50 EUR of margin until then, 1,000.00 of it at places that run "
        "short by their own rows. 4 units"
    ) in shared["why"]
    none = {**dc, "goods_on": None, "goods_units": None, "goods_documents": None}
    now = told(**none, state="empty", left_out="budget_full", limit="June")
    assert now["why"].startswith(
        "It is empty. No goods are due there before its next order would bring some, or the item "
        "leaves. Its places lose"
    )
    assert SHORTAGE_REASONS["budget_full"].words.format(limit="June") in now["why"]


def test_a_dc_for_which_nothing_is_ordered_says_why():
    why = told(left_out="dc_empty", supply_reason="minimum_not_worth_holding")["why"]
    assert "nothing is ordered" in why
    assert SHORTAGE_REASONS["minimum_not_worth_holding"].words in why


def test_what_limits_the_order_of_a_dc_is_its_own_and_not_the_limit_of_the_place():
    why = told(
        left_out="dc_empty", limit="hands", supply_reason="no_order_day", supply_limit="tue_thu"
    )["why"]
    assert why.endswith("Its supplier takes no orders on the day of the order: tue thu.")
    unlimited = told(left_out="dc_empty", supply_reason="terms_missing")["why"]
    assert unlimited.endswith(SHORTAGE_REASONS["terms_missing"].words)


def test_a_shortage_that_no_plan_speaks_of_is_found():
    """Short of its level, neither served nor left out: nothing is made up."""
    row = told()
    assert row["reason"] is None
    schema = find_contract(Shortages).schema
    schema.pop("business_date")
    assert list_unanswered(pl.DataFrame([row], schema=schema)).select("sku", "location").rows() == [
        ("K", "S1")
    ]
    kept = [told(left_out="dc_empty"), told(**PLANNED), told(**COMING)]
    assert list_unanswered(pl.DataFrame(kept, schema=schema)).is_empty()


@pytest.mark.parametrize("code", SHORTAGE_REASONS)
def test_every_reason_is_said_in_full_sentences_over_known_columns(code):
    stated = SHORTAGE_REASONS[code]
    for text in stated:
        assert text.strip().endswith((".", "}"))
        names = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert names <= {*FRAME.columns, "supply"}


def test_the_closed_list_has_all_that_planners_say():
    assert PROBLEMS.keys() <= SHORTAGE_REASONS.keys()
    assert {*OF_BINDING.values()} <= SHORTAGE_REASONS.keys()
