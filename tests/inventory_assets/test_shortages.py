"""Metrics of item-locations: each defined once, the same everywhere, right by hand."""

import re
from datetime import date, timedelta

import polars as pl
import pytest
from rendered import rendered
from simulated import LAST, PROJECT, plenish_here, warehouse_of

from inventory_assets.cli.summary import print_summary
from inventory_assets.framework import Retailer
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse

DAY = date(2025, 9, 30)
NOTHING = {
    "tonight": pl.DataFrame(
        schema={
            "action_id": pl.String,
            "sku": pl.String,
            "location": pl.String,
            "kind": pl.String,
            "due_on": pl.Date,
            "status": pl.String,
            "rule": pl.String,
            "units": pl.Int64,
        }
    ),
    "chosen": pl.DataFrame(schema={"sku": pl.String, "location": pl.String}),
}
PAIR = {
    "region": "R", "sku": "K", "location": "S1", "kind": "store", "style": "K",
    "department": "D", "category": "C", "currency": "EUR", "status": "active",
    "service_class": "A", "presentation_min": 0, "own_presentation_min": 0, "supply_location": "DC",
    "supplier": "V",
    "unit_cost": 5.0, "unit_price": 15.0, "case_pack": 1, "volume": 1.0, "priority": 1,
    "on_hand": 0, "reserved": 0, "damaged": 0, "available": 0, "in_transit": 0, "on_order": 0,
    "proposed_inbound": 0, "proposed_outbound": 0, "lead_time_mean": 1.0, "lead_time_sd": 0.0,
    "review_days": 1.0, "lead_time_observed": True, "order_weekdays": "0000100",
    "open_weekdays": "1111111", "handling_cost": 0.0, "launch_date": date(2025, 1, 1),
    "recently_moved": False,
}  # fmt: skip
LEVEL = {
    "region": "R", "sku": "K", "location": "S1", "echelon": False, "service_class": "A",
    "protection_days": 6.0, "demand_mean": 12.0, "demand_sd": 3.0, "shortfall_mean": 0.0,
    "shortfall_sd": 0.0, "cycle_demand": 2.0, "lost": True, "underage_cost": 10.0,
    "lost_before": 0.0, "sold_before": 0, "open_demand_mean": 12.0, "open_demand_sd": 3.0,
    "surplus_step": 0.0, "surplus_most": 0.0, "overage_cost": 0.1, "value_level": 15,
    "floor_level": 0, "life_level": None, "order_up_to": 15,
    "service_level": 0.9, "fill_rate": 0.9, "binding": "value", "cautions": "",
}  # fmt: skip

RECEIPT = {
    "region": "R", "sku": "K", "location": "S1", "document_kind": "transfer", "line": 1,
    "units": 100, "closure_days": 0, "overdue_days": 0, "chance": 1.0, "share": 1.0,
}  # fmt: skip


def rows(name, *changed, given):
    schema = CONTRACTS[name].schema
    absent = dict.fromkeys(schema)
    return pl.DataFrame([{**absent, **given, **row} for row in changed], schema=schema).drop(
        "business_date"
    )


@pytest.fixture
def one(tmp_path):
    """Plays one item-location: its pair, its level, and what is expected to come (units by day)."""

    def play(pair=None, level=None, receipts=None, left_out=None, changed=None, **frames):
        warehouse = Warehouse(tmp_path / "warehouse.duckdb")
        dc = {"location": "DC", "kind": "dc", "supply_location": None, "order_weekdays": None}
        pairs = rows("planning_pairs", pair or {}, dc, given=PAIR)
        warehouse.write(CONTRACTS["planning_pairs"], DAY, pairs)
        warehouse.write(CONTRACTS["targets"], DAY, rows("targets", level or {}, given=LEVEL))
        if changed:
            key = {"sku": "K", "location": "S1", "region": "R", "level_change": "c1"}
            made = rows("changed_levels", changed, given=key)
            warehouse.write(CONTRACTS["changed_levels"], DAY, made)
        if left_out:
            reason = {"sku": "K", "location": "S1", "reason": left_out}
            warehouse.write(CONTRACTS["unserved"], DAY, rows("unserved", {}, given=reason))
        for name in frames.keys() & {"unordered", "items_set_aside"}:
            made = {"sku": "K", "location": "DC", **frames.pop(name)}
            warehouse.write(CONTRACTS[name], DAY, rows(name, {}, given=made))
        coming = [
            {"document": str(due), "due_on": due, "stated_on": due, "expected_units": units}
            for due, units in (receipts or {}).items()
        ]
        if coming:
            ahead = rows("receipts_ahead", *coming, given=RECEIPT)
            warehouse.write(CONTRACTS["receipts_ahead"], DAY, ahead)
        chosen = pl.DataFrame({"sku": ["K"], "location": ["S1"]})
        found = warehouse.query(
            "shortages", DAY, frames={**NOTHING, "chosen": chosen, **frames}
        ).filter(location="S1")
        return found.row(0, named=True)

    return play


@pytest.mark.parametrize(
    ("pair", "level", "receipts", "found"),
    [
        ({}, {}, {}, ("out", 0.0)),
        ({"launch_date": date(2026, 1, 1)}, {"demand_mean": 0.0}, {}, ("before_launch", None)),
        ({"available": None, "on_hand": None}, {}, {}, ("unknown", None)),
        ({"status": "blocked"}, {}, {}, ("not_replenished", 0.0)),
        # 2 a day: 10 units last 5 days of 6, 12 last for all of them.
        ({"available": 10, "on_hand": 10}, {}, {}, ("about_to_be_out", 5.0)),
        ({"available": 12, "on_hand": 12}, {}, {}, ("enough", 6.0)),
        # 4 last 2 days; what comes after 1 day makes it 5, what comes after 3 is too late.
        ({"available": 4, "on_hand": 4}, {}, {2: 6}, ("about_to_be_out", 5.0)),
        ({"available": 4, "on_hand": 4}, {}, {2: 6, 5: 8}, ("enough", 9.0)),
        ({"available": 4, "on_hand": 4}, {}, {4: 60}, ("about_to_be_out", 2.0)),
        ({"available": 4, "on_hand": 4}, {}, {0: 8}, ("enough", 6.0)),
        ({"available": 4, "on_hand": 4}, {"demand_mean": 0.0}, {}, ("enough", None)),
    ],
)  # fmt: skip
def test_an_item_location_is_out_when_stock_and_receipts_say(one, pair, level, receipts, found):
    due = {DAY + timedelta(days=ahead): units for ahead, units in receipts.items()}
    row = one(pair, level, due)
    assert (row["state"], row["days_until_out"]) == found


@pytest.mark.parametrize(
    ("shelf_max", "changed", "held_by"),
    [
        (5, {"most_level": 5}, "c1"),
        # The shelf holds less than people allow; a least level holds nothing down.
        (5, {"most_level": 8}, None),
        (5, {"least_level": 5}, None),
        (5, None, None),
    ],
)
def test_people_hold_a_level_where_their_most_is_the_pairs(one, shelf_max, changed, held_by):
    assert one({"shelf_max": shelf_max}, changed=changed)["level_held_by"] == held_by


def test_what_is_lost_until_goods_come_is_counted_from_when_it_is_out(one):
    # 2 a day at 10 each; out after 2 days, goods on the fourth day from the next one on.
    found = one({"available": 4, "on_hand": 4}, receipts={DAY + timedelta(days=5): 60})
    assert (found["short_until"], found["lost_units"], found["lost_margin"]) == (
        DAY + timedelta(days=5),
        4.0,
        40.0,
    )


def test_tonights_actions_end_a_shortage_unless_they_are_refused(one):
    def action(status, ahead):
        return pl.DataFrame(
            [("a", "K", "S1", "transfer", DAY + timedelta(days=ahead), status, "rule", 7)],
            schema=NOTHING["tonight"].schema,
            orient="row",
        )

    waiting = one(tonight=action("waiting", 3))
    assert (waiting["planned_units"], waiting["planned_status"]) == (7, "waiting")
    assert waiting["lost_units"] == 4.0
    blocked = one(tonight=action("blocked", 3))
    assert (blocked["planned_units"], blocked["refused_status"]) == (None, "blocked")
    assert blocked["lost_units"] == 12.0


def test_a_lane_that_does_not_ship_names_its_next_day(one):
    """The next day is a Wednesday; the lane ships on Fridays, and takes a day."""
    found = one(left_out="no_lane_today")
    assert found["next_order_on"] == date(2025, 10, 3)
    assert found["short_until"] == date(2025, 10, 4)
    assert found["lost_units"] == 6.0


def test_a_place_is_told_what_keeps_its_dc_from_ordering(one):
    found = one(left_out="dc_empty", unordered={"reason": "no_order_day", "limit": "Tue, Thu"})
    assert (found["supply_reason"], found["supply_limit"]) == ("no_order_day", "Tue, Thu")
    assert found["limit"] is None


GAP = {
    "region": "R", "sku": "K", "supply_location": "DC", "empty_on": DAY + timedelta(days=3),
    "goods_on": DAY + timedelta(days=9), "goods_units": 50, "goods_share": 0.5,
    "there_on": DAY + timedelta(days=11), "lacking_units": 20.0, "lost_units": 2.0,
    "lost_margin": 20.0,
}  # fmt: skip


def rows_with_gap(tmp_path, node=None, level=None):
    """Two places of a DC with a gap, one of which is out: rows by location.

    `node` has what else is known of the DC, and `level` its level as a place that sells.
    """
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    dc = {"location": "DC", "kind": "dc", "supply_location": None, "order_weekdays": None}
    dc |= {"available": 30, "on_hand": 30, **(node or {})}
    full = {"location": "S2", "available": 15, "on_hand": 15}
    put = {
        "planning_pairs": rows("planning_pairs", {}, full, dc, given=PAIR),
        "targets": rows("targets", {}, {"location": "S2"}, *(level or []), given=LEVEL),
        "unserved": rows(
            "unserved", {}, given={"sku": "K", "location": "S1", "reason": "dc_supply_taken"}
        ),
        "supply_gaps": rows(
            "supply_gaps", {"location": "S1"}, {"location": "S2", "lost_units": 3.0,
            "lost_margin": 30.0}, given=GAP
        ),
        "receipts_ahead": rows(
            "receipts_ahead",
            {"location": "DC", "document": "PO7", "document_kind": "purchase_order",
             "expected_units": 50},
            given={**RECEIPT, "due_on": GAP["goods_on"], "stated_on": GAP["goods_on"]},
        ),
    }  # fmt: skip
    for name, frame in put.items():
        warehouse.write(CONTRACTS[name], DAY, frame)
    return {
        row["location"]: row for row in warehouse.query("shortages", DAY, frames=NOTHING).to_dicts()
    }


@pytest.mark.parametrize(
    ("asset", "said"),
    [
        # Of what breaks here nothing is planned: no plan knows why.
        ("supply.supplier_scorecard", ("set_aside", "supply.supplier_scorecard")),
        ("plans.purchase_plan", ("set_aside", "plans.purchase_plan")),
        # Tonight's plan stands, and what it says of the place is true.
        ("plans.projected_stock", ("no_lane", None)),
    ],
)
def test_a_place_is_told_what_was_set_aside_where_that_keeps_it_from_goods(one, asset, said):
    note = {"asset": asset, "error": "no room", "since": DAY}
    found = one(left_out="no_lane", items_set_aside=note)
    assert (found["left_out"], found["limit"]) == said


@pytest.fixture
def with_gap(tmp_path):
    """Two places of a DC with a gap, one of which is out: rows by location."""
    return rows_with_gap(tmp_path)


def test_a_store_that_feeds_others_loses_its_own_and_what_they_lose(tmp_path):
    empty = {"kind": "store", "available": 0, "on_hand": 0}
    levels = [{"location": "DC", "demand_mean": 6.0}]
    store = rows_with_gap(tmp_path, empty, levels)["DC"]
    # As a store it is out: 1 a day at 10 each, until goods come on the ninth day from today on.
    assert (store["state"], store["days_until_out"]) == ("out", 0.0)
    assert store["short_until"] == GAP["goods_on"]
    assert (store["lost_units"], store["lost_margin"]) == (8.0 + 3.0, 80.0 + 30.0)


def test_a_store_that_has_enough_and_feeds_others_loses_what_they_lose(tmp_path):
    levels = [{"location": "DC", "demand_mean": 6.0}]
    store = rows_with_gap(tmp_path, {"kind": "store"}, levels)["DC"]
    assert (store["state"], store["lost_margin"]) == ("about_to_be_empty", 30.0)


def test_a_place_waits_for_the_goods_of_its_dc(with_gap):
    place = with_gap["S1"]
    assert (place["state"], place["short_until"]) == ("out", DAY + timedelta(days=11))
    # What the gap costs it, by the demand of those days.
    assert (place["lost_units"], place["lost_margin"]) == (2.0, 20.0)
    goods = ("goods_on", "goods_units", "goods_documents", "goods_share", "goods_here_on")
    assert [place[name] for name in goods] == [
        *(GAP["goods_on"], 50, "PO7", 0.5, DAY + timedelta(days=11))
    ]


def test_a_dc_has_its_row_and_what_its_places_lose_counts_once(with_gap):
    assert with_gap.keys() == {"S1", "DC"}
    dc = with_gap["DC"]
    assert (dc["state"], dc["days_until_out"]) == ("about_to_be_empty", 2.0)
    assert dc["goods_documents"] == "PO7"
    assert dc["short_until"] == GAP["goods_on"]
    # All its places lose 50; of that 20 count with the place that is out itself.
    assert (dc["gap_lost_margin"], dc["lost_margin"], dc["lost_units"]) == (50.0, 30.0, 3.0)


@pytest.fixture(scope="module")
def read(planned):
    warehouse = warehouse_of(planned)
    return lambda name: warehouse.read(CONTRACTS[name], LAST)


def test_the_numbers_agree_everywhere(planned, read):
    health, shortages = read("stock_health"), read("shortages")
    pairs, levels = read("planning_pairs"), read("targets")
    on_sale = (pl.col("status") == "active") & (pl.col("kind") != "dc")
    launched = pl.col("launch_date") <= LAST + timedelta(days=1)
    out = pairs.filter(on_sale, launched, pl.col("available") == 0)
    assert out.height > 0
    assert health["out_of_stock"].sum() == out.height
    assert shortages.filter(state="out").select("sku", "location").rows() == sorted(
        out.select("sku", "location").rows()
    )
    for state, column in (("about_to_be_out", "about_to_be_out"), ("unknown", "unknown")):
        assert health[column].sum() == shortages.filter(state=state).height
    assert health["pairs"].sum() == pairs.filter(on_sale).height
    daily = pl.col("demand_mean") / pl.col("protection_days") * pl.col("underage_cost")
    lost = out.join(levels, on=["sku", "location"]).select(daily.round(2))
    assert health["margin_a_day"].sum() == pytest.approx(lost.sum().item())
    retailer = Retailer(
        data_folder=str(planned), policies_folder=str(PROJECT / "data" / "policies")
    )
    said = rendered(lambda console: print_summary(retailer, LAST, console), 500)
    (stated,) = re.findall(r"Running short: (\S+) of (\S+) .* (\S+) more will be", said)
    assert [int(number.replace(",", "")) for number in stated] == [
        out.height,
        health["pairs"].sum(),
        health["about_to_be_out"].sum(),
    ]


def test_every_dc_with_a_gap_has_its_row_and_no_place_counts_twice(read):
    gaps, shortages = read("supply_gaps"), read("shortages")
    dcs = shortages.filter(pl.col("state").is_in(["empty", "about_to_be_empty"]))
    assert dcs.height > 0
    key = ["sku", "location"]
    by_dc = gaps.group_by("sku", location="supply_location").agg(lost=pl.col("lost_margin").sum())
    both = dcs.join(by_dc, on=key, how="full", validate="1:1")
    assert both["gap_lost_margin"].to_list() == pytest.approx(both["lost"].to_list(), abs=0.005)
    told_apart = gaps.join(shortages, on=key, how="anti")
    assert dcs["lost_margin"].sum() == pytest.approx(
        told_apart["lost_margin"].sum(), abs=0.005 * dcs.height
    )
    projected = read("projected_stock").filter(pl.col("out_chance") >= 0.5)
    first = projected.group_by("sku", location="location").agg(pl.col("day").min())
    days = dcs.join(first, on=key)
    assert days["empty_on"].equals(days["day"], check_names=False)


def test_every_shortage_is_answered(read):
    outcomes = read("check_outcomes").filter(check="answered")
    assert outcomes["passed"].to_list() == [True]
    unanswered = read("shortages").filter(pl.col("reason").is_null(), answer="none")
    assert unanswered.is_empty()


def test_words_of_shortages_have_their_figures(read):
    shortages = read("shortages")
    assert not [text for name in ("why", "change") for text in shortages[name] if "{" in text]


def test_a_planned_shortage_gets_what_its_actions_say(read):
    bring = (
        read("proposals")
        .join(read("routed").select("action_id", "status"), on="action_id")
        .filter(
            pl.col("status").is_in(["approved", "waiting"]),
            pl.col("kind").is_in(["allocation", "transfer", "purchase_order"]),
        )
        .group_by("sku", location="destination")
        .agg(units=pl.col("quantity").sum())
    )
    shortages = read("shortages").join(bring, on=["sku", "location"], how="left")
    assert shortages["planned_units"].equals(shortages["units"], check_names=False)


def test_the_command_tells_of_an_item_location_with_and_without_an_action(planned, read):
    shortages = read("shortages")
    row = shortages.filter(answer="none").row(0, named=True)
    done = plenish_here(planned, "explain", row["sku"], row["location"])
    assert row["why"] in done.stdout, done.stdout + done.stderr
    assert f"What would have to change: {row['change']}" in done.stdout
    assert "No action of tonight is about it." in done.stdout
    action = read("proposals").filter(kind="purchase_order").row(0, named=True)
    told = plenish_here(planned, "explain", action["sku"], action["destination"]).stdout
    assert action["action_id"][:8] in told


def test_the_command_tells_when_a_dc_runs_empty(planned, read):
    projected = read("projected_stock").filter(pl.col("location").str.starts_with("D"))
    empty = projected.filter(pl.col("out_chance") >= 0.5).sort("sku", "location", "day")
    first = empty.row(0, named=True)
    rows = projected.filter(sku=first["sku"], location=first["location"])
    short = rows["lost"].sum() + max(-rows["closing"].min(), 0)
    told = plenish_here(planned, "explain", first["sku"], first["location"]).stdout
    said = f"{first['day']}, and {short:,.1f} units short by {rows['day'].max()}"
    assert f"likelier empty than not on {said}" in " ".join(told.split())
    # What nights to come send to a store is not in it.
    store = (
        read("projected_stock").filter(pl.col("location").str.starts_with("S")).row(0, named=True)
    )
    told = plenish_here(planned, "explain", store["sku"], store["location"]).stdout
    assert "ahead" not in told


def test_the_command_refuses_what_is_not_in_the_assortment(planned):
    done = plenish_here(planned, "explain", "NOTHING", "NOWHERE")
    assert done.returncode != 0
    assert "no NOTHING at NOWHERE in the assortment" in done.stderr
