"""The night is written once: who decides, and that the stored plan is what the functions give."""

import ast
from datetime import timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from landing_folder import NO_BULK
from simulated import LAST, SMALL, warehouse_of

import optimization.night
from forecasting.night import (
    Assortment,
    PastWeeks,
    PricedOffers,
    find_supply,
    forecast_demand,
    join_launches,
)
from governance import load_planning_policy
from inventory_assets.project import PROJECT
from optimization.levels import Outlook, join_targets
from optimization.night import (
    SupplierNight,
    allocate_stock,
    gather_allocation_inputs,
    gather_purchase_inputs,
    gather_transfer_inputs,
    purchase_stock,
    set_levels,
    transfer_stock,
)
from optimization.value import SaleRecords, join_sale_values, value_sales
from quality_checks.contracts import CONTRACTS

DECISIONS = {
    "optimization/night": {
        "set_order_up_to",
        "build_receivers",
        "list_shared_limits",
        "set_ring_fences",
        "find_barred_pairs",
        "plan_allocation",
        "select_movers",
        "plan_transfers",
        "select_purchase_items",
        "plan_purchases",
        "choose_suppliers",
        "plan_open_orders",
        "plan_markdowns",
        "plan_season_moves",
    },
    "forecasting/night": {
        "forecast_launches",
        "forecast_new_items",
        "measure_offer_effects",
        "find_usual_offers",
        "add_offers",
        "add_offers_of_weeks",
        "take_out_offers",
        "clear_closed_days",
        "clear_days_after_exit",
        "sense_demand",
        "choose_model",
        "score_suppliers",
        "estimate_lead_times",
        "estimate_yields",
    },
}
"""Folder -> what is decided there and nowhere else."""

STEPS = {
    "optimization.value": {"value_sales", "join_sale_values"},
    "optimization.night": {
        "set_levels",
        "allocate_stock",
        "transfer_stock",
        "purchase_stock",
        "review_open_orders",
        "gather_allocation_inputs",
        "gather_transfer_inputs",
        "gather_purchase_inputs",
        "gather_price_inputs",
        "may_move_for_seasons",
        "move_for_seasons",
        "plan_prices",
        "gather_sourcing_inputs",
        "source_customer_orders",
        "list_unserved_lines",
        "substitute_unserved_lines",
    },
    "forecasting.night": {"forecast_demand", "find_supply"},
    "forecasting.price_response": {"estimate_price_responses"},
}
"""Steps of a night that the assets and the replay both take."""

NOT_PLAYED = {
    "net_limits": "the replay plans a date once, so that nothing of it has left before",
    "project_night": "the replay sees what comes of a plan, and need not project it",
    "compare_oms_choices": "in the replay an OMS plays by itself, and is compared by what it earns",
}
"""Steps of a night that the replay leaves out, and why."""

PLAYED_ALONE = {
    "find_longest_days": "the night asks its tables, which hold the items that a cycle leaves, too",
}
"""What the replay takes and the night gets otherwise, and why."""

PLAYED_OR_SHIPPED = ("simulation/replay", "inventory_assets")
OPEN_RANGE = pl.DataFrame(
    {"first_sku": [None], "last_sku": [None]},
    schema={"first_sku": pl.String, "last_sku": pl.String},
)


@cache
def called(path):
    """Names that a file calls; methods of objects are none of ours."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def calls_by_folder(room):
    """The folder of each file of a room, and the names that the file calls."""
    for path in (PROJECT / room).rglob("*.py"):
        yield path.relative_to(PROJECT).parent.as_posix(), called(path)


@pytest.mark.parametrize("folder", DECISIONS)
def test_only_the_night_decides(folder):
    rooms = ("forecasting", "optimization", "inventory_assets", "warehouse", "simulation/replay")
    calls = [found for room in rooms for found in calls_by_folder(room)]
    for decision in DECISIONS[folder]:
        # One that nobody calls has another name by now, and would be guarded no more.
        assert {where for where, names in calls if decision in names} == {folder}, decision


@pytest.mark.parametrize("who", PLAYED_OR_SHIPPED)
def test_assets_and_replay_take_the_same_steps(who):
    calls = set().union(*(names for _, names in calls_by_folder(who)))
    assert set().union(*STEPS.values()) <= calls


def test_a_step_is_played_or_has_a_reason_why_not():
    offered = {name for name in optimization.night.__all__ if name.islower()}
    assert offered == STEPS["optimization.night"] | NOT_PLAYED.keys() | PLAYED_ALONE.keys()


@pytest.fixture(scope="module")
def stored(planned):
    """Reads a table of the planned night, without its business date."""
    warehouse = warehouse_of(planned)

    def read(name):
        return warehouse.read(CONTRACTS[name], LAST).drop("business_date")

    return read


@pytest.fixture(scope="module")
def warehouse(planned):
    return warehouse_of(planned)


@pytest.fixture(scope="module")
def policy():
    return load_planning_policy(Path(PROJECT) / "data" / "policies" / "planning.yaml")


def assert_stored(made, stored, name):
    """The frame is what the night stored, row by row."""
    expected = stored(name)
    assert expected.height > 0, f"{name} is empty: this proves nothing"
    assert made.select(expected.columns).equals(expected), name


@pytest.fixture(scope="module")
def ahead(warehouse):
    return warehouse.query("planning_forecast", LAST, frames={"sku_range": OPEN_RANGE})


@pytest.fixture(scope="module")
def outlook(stored, warehouse, ahead):
    return Outlook(ahead, warehouse.query("receipts_due", LAST), stored("season_factors"))


@pytest.fixture(scope="module")
def pairs(stored):
    return join_sale_values(stored("planning_pairs"), stored("sale_values"))


@pytest.fixture(scope="module")
def planned_rows(stored, pairs):
    return join_targets(pairs, stored("targets"))


def test_what_sales_earn_is_that_stored(stored, warehouse, ahead, policy):
    of_all = {"sku_range": OPEN_RANGE}

    def read(name, days, **variables):
        frames = {} if name == "category_prices" else of_all
        first_day = LAST - timedelta(days=days - 1)
        return warehouse.query(name, LAST, frames=frames, first_day=first_day, **variables)

    records = SaleRecords(
        offers=read("announced_offers", 28, last_day=LAST + timedelta(days=365)),
        paid=read("paid_sales", 28, last_day=LAST),
        categories=read("category_prices", 365, last_day=LAST),
        returns=read("pair_returns", 365, last_day=LAST),
    )
    made = value_sales(
        stored("planning_pairs"),
        ahead,
        records,
        policy.economics,
        first_day=LAST + timedelta(days=1),
    )
    assert_stored(made.lines, stored, "sale_values")


def test_levels_are_those_stored(stored, pairs, outlook, policy):
    made = set_levels(pairs, outlook, policy, business_date=LAST)
    assert_stored(made.lines, stored, "targets")


def test_a_unit_left_over_saves_its_part_of_a_line(pairs, outlook, policy):
    """At 36 an hour a line of 100 seconds costs 1, which the units of a usual line share."""
    hands = {"labour_cost_per_hour": 36.0, "dc_pick_seconds": 40.0, "shelve_seconds": 60.0}
    overage = []
    for cost in (0.0, 36.0):
        lines = policy.lines.model_copy(update={**hands, "labour_cost_per_hour": cost})
        costed = policy.model_copy(update={"lines": lines})
        made = set_levels(pairs, outlook, costed, business_date=LAST).lines
        daily = pl.col("demand_mean") / pl.col("protection_days")
        costs = made.select("sku", "location", "underage_cost", "overage_cost", daily=daily)
        overage.append(costs)
    free, costed = overage
    both = free.join(costed, on=["sku", "location"], suffix="_costed").join(
        pairs.filter(pl.col("exit_date").is_null()).select(
            "sku", "location", "case_pack", "supply_location", "handling_cost", "review_days"
        ),
        on=["sku", "location"],
    )
    packs = (both["daily"] * both["review_days"] / both["case_pack"]).ceil().clip(1.0)
    part = 1.0 / (packs * both["case_pack"])
    saved = both["overage_cost"] - both["overage_cost_costed"]
    whole = both["underage_cost"] > both["handling_cost"] + part
    fed = both["supply_location"].is_not_null()
    assert (fed & whole).any()
    parts = part.filter(fed & whole)
    assert (packs.filter(fed & whole) > 1).any()
    # What else a unit left over costs hangs a little on the level, and so on this.
    assert saved.filter(fed & whole).to_list() == pytest.approx(parts.to_list(), rel=0.02)
    assert saved.filter(~fed).abs().max() == 0.0


def test_the_allocation_is_that_stored(stored, warehouse, planned_rows, policy):
    lanes = warehouse.known("lanes", LAST)
    inputs = gather_allocation_inputs(planned_rows, lanes, policy, business_date=LAST)
    plan = allocate_stock(inputs)
    assert_stored(plan.lines, stored, "allocation")
    assert_stored(plan.limit_prices, stored, "limit_prices")


def test_transfers_are_those_stored(stored, warehouse, planned_rows, policy):
    inputs = gather_transfer_inputs(
        planned_rows,
        warehouse.known("lanes", LAST),
        stored("allocation"),
        policy,
        business_date=LAST,
    )
    plan = transfer_stock(inputs)
    # Of a retailer this small no sideways move may be worth its hands.
    for made, name in ((plan.lines, "transfers_plan"), (plan.trips, "transfer_trips")):
        expected = stored(name)
        assert made.select(expected.columns).equals(expected), name


def test_purchases_are_those_stored(stored, pairs, warehouse, outlook, policy):
    items = gather_purchase_inputs(
        pairs,
        outlook,
        stored("targets"),
        warehouse.query("purchase_terms", LAST),
        policy,
        business_date=LAST,
    )
    breaks = warehouse.query("break_prices", LAST)
    spent = pl.DataFrame(schema={"department": pl.String, "spent": pl.Float64})
    terms = [warehouse.query(name, LAST) for name in ("purchase_terms", "other_terms")]
    suppliers = SupplierNight(pairs, outlook, *terms, policy, LAST)
    made = purchase_stock(items, breaks, spent, policy, business_date=LAST, suppliers=suppliers)
    assert_stored(made.purchases.lines, stored, "purchase_plan")
    assert_stored(made.choices, stored, "supplier_choices")
    assert made.levels.equals(stored("order_levels").select(made.levels.columns))


def test_the_forecast_is_that_stored(stored, warehouse, ahead, policy):
    made = forecast_demand(
        stored("unconstrained"),
        Assortment(
            warehouse.query("new_items", LAST),
            warehouse.known("products", LAST),
            warehouse.known("locations", LAST),
        ),
        as_of=LAST,
        horizon=policy.horizon_days,
        past=PastWeeks(
            warehouse.query(
                "item_weeks",
                LAST,
                frames={"bulk": NO_BULK},
                first_day=LAST - timedelta(days=727),
                last_day=LAST,
                most_items=100,
            ),
            warehouse.known("products", LAST),
            warehouse.query("event_days", LAST, first_day=LAST - timedelta(days=727)),
        ),
        priced=PricedOffers(
            warehouse.query(
                "offers",
                LAST,
                first_day=LAST - timedelta(days=policy.history_days - 1),
                last_day=LAST + timedelta(days=policy.horizon_days),
                whole_range=False,
            ),
            stored("price_responses"),
        ),
    )
    by_key = ["sku", "location", "date"]
    assert_stored(made.by_day.sort(by_key), stored, "forecast")
    assert_stored(made.seasons, stored, "season_factors")
    # Plans read it by a query, the replay by the function: the same rows.
    assert join_launches(made).select(ahead.columns).sort(by_key).equals(ahead)


def test_supply_is_that_stored(stored, warehouse, policy):
    found = find_supply(
        warehouse.query("order_lines_as_confirmed", LAST),
        warehouse.query("supply_paths", LAST),
        warehouse.query("supplier_terms", LAST),
        warehouse.known("lanes", LAST),
        record=warehouse.query("delivery_record", LAST, window_days=policy.scorecard_window_days),
        closures=warehouse.query("supplier_closures", LAST),
        calendars=warehouse.query("supplier_calendars", LAST),
        as_of=LAST,
        window_days=policy.scorecard_window_days,
        review_days=policy.supplier_review_days,
    )
    assert SMALL.suppliers == found.scorecard.height
    for made, name in (
        (found.scorecard, "supplier_scorecard"),
        (found.yields, "supplier_yields"),
        (found.lead_times, "lead_times"),
        (found.other_lead_times, "other_lead_times"),
    ):
        assert_stored(made, stored, name)
