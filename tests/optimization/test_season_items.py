"""Which seasons are weighed, at which price: price lists, zones, shared stock, bad input."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from governance import load_planning_policy
from optimization.levels import Outlook
from optimization.markdown.gathering import select_season_items, select_sellers
from optimization.markdown.rooms import find_zone_lanes, list_markdown_rooms
from optimization.markdown.season_weeks import sum_season_weeks
from optimization.markdown.zones import find_zone_prices
from quality_checks.contracts import AnnouncedOffers, MarkdownRules, find_frame

SHIPPED = Path(__file__).parents[2] / "data" / "policies" / "planning.yaml"
NO_OFFERS = find_frame(AnnouncedOffers).empty()
TODAY = dt.date(2026, 3, 1)
DAY = dt.timedelta(days=1)
RULES = MarkdownRules()


@pytest.fixture(scope="module")
def planning_policy():
    return load_planning_policy(SHIPPED)


def sellers(**changes):
    row = {
        "sku": "a", "location": "S1", "zone": "*", "unit_price": 50.0, "selling_price": 48.0,
        "owned": 10,
    }  # fmt: skip
    return pl.DataFrame([row | changes], schema_overrides={"unit_price": pl.Float64})


def entries(*rows):
    schema = {
        "sku": pl.String, "location": pl.String, "valid_from": pl.Date, "valid_to": pl.Date,
        "price": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def price_of(prices, **changes):
    return find_zone_prices(sellers(**changes), prices, business_date=TODAY).row(0, named=True)


@pytest.mark.parametrize(
    ("prices", "changes", "price", "planned"),
    [
        (entries(), {}, 50.0, None),
        (entries(), {"unit_price": None}, 48.0, None),
        (entries(), {"unit_price": 0.0}, 48.0, None),
        (entries(), {"unit_price": None, "selling_price": None}, None, None),
        # A price of nothing is no price; one that has ended holds no more.
        (entries(("a", "*", TODAY - DAY, None, 0.0)), {}, 50.0, None),
        (entries(("a", "*", TODAY - 9 * DAY, TODAY - DAY, 30.0)), {}, 50.0, None),
        # Of two changes on one day the lower holds, wherever they are stated.
        (
            entries(("a", "*", TODAY - DAY, None, 40.0), ("a", "S1", TODAY - DAY, None, 35.0)),
            {}, 35.0, None,
        ),
        (
            entries(("a", "*", TODAY + DAY, None, 40.0), ("a", "S1", TODAY + DAY, None, 35.0)),
            {}, 50.0, 35.0,
        ),
        # What is dearer than now is no fall of the price.
        (entries(("a", "*", TODAY + DAY, None, 60.0)), {}, 50.0, None),
        # A markdown that ends today is not followed by a rise before the next one.
        (
            entries(("a", "*", TODAY - 9 * DAY, TODAY, 40.0), ("a", "*", TODAY + DAY, None, 30.0)),
            {}, 40.0, 30.0,
        ),
    ],
)  # fmt: skip
def test_the_price_in_force_and_the_next_fall(prices, changes, price, planned):
    found = price_of(prices, **changes)
    assert (found["price"], found["planned_price"]) == (price, planned)
    assert (found["planned_on"] is None) == (planned is None)


def pairs(*rows):
    base = {
        "sku": "a", "location": "S1", "kind": "store", "region": "north", "status": "active",
        "department": "d", "colour": "red", "unit_cost": 20.0, "unit_price": 50.0,
        "exit_date": TODAY + 30 * DAY,
        "supply_location": "D1", "on_hand": 10, "reserved": 0, "damaged": 0, "in_transit": 0,
        "on_order": 0, "proposed_inbound": 0, "proposed_outbound": 0, "selling_price": 48.0,
        "return_rate": 0.1, "resalable_share": 1.0, "return_cost": 2.0, "cautions": "",
    }  # fmt: skip
    return pl.DataFrame(
        [base | {"style": row.get("sku", "a")} | row for row in rows],
        schema_overrides={"exit_date": pl.Date, "on_hand": pl.Int64, "selling_price": pl.Float64},
    )


def demand(*levels):
    rows = [(sku, place, mean) for sku, place, mean in levels]
    return pl.DataFrame(rows, schema=["sku", "location", "mean"], orient="row")


NO_MOVES = pl.DataFrame(
    schema={"sku": pl.String, "origin": pl.String, "destination": pl.String, "quantity": pl.Int64}
)


def test_stock_of_a_dc_is_shared_by_demand_to_the_last_unit():
    known = pairs(
        {}, {"location": "S2", "region": "south", "on_hand": 5},
        {"location": "D1", "kind": "dc", "supply_location": None, "on_hand": 11},
    )  # fmt: skip
    moves = pl.DataFrame({"sku": ["a"], "origin": ["S1"], "destination": ["S2"], "quantity": [2]})
    rules = MarkdownRules(price_zones="region")
    found = select_sellers(
        known, demand(("a", "S1", 1.0), ("a", "S2", 2.0)), moves, rules, first_day=TODAY + DAY
    )
    assert dict(found.select("zone", "owned").iter_rows()) == {"north": 8 + 3, "south": 7 + 8}
    # What nobody knows of the DC is not nothing: the zones' stock is unknown then.
    dark = known.with_columns(on_hand=pl.when(pl.col("kind") != "dc").then("on_hand"))
    sold = demand(("a", "S1", 1.0), ("a", "S2", 2.0))
    unknown = select_sellers(dark, sold, moves, rules, first_day=TODAY + DAY)
    assert unknown["owned"].to_list() == [None, None]


def test_what_is_weighed_leaves_soon_or_lasts_too_long():
    known = pairs(
        {"sku": "soon"}, {"sku": "later", "exit_date": TODAY + 300 * DAY},
        {"sku": "ample", "exit_date": None, "on_hand": 400},
        {"sku": "fine", "exit_date": None, "on_hand": 100}, {"sku": "gone", "status": "exited"},
    )  # fmt: skip
    sold = demand(*((sku, "S1", 1.0) for sku in ("soon", "later", "ample", "fine")))
    found = select_sellers(known, sold, NO_MOVES, RULES, first_day=TODAY + DAY)
    ends = dict(found.select("sku", "season_end").iter_rows())
    assert ends == {"soon": TODAY + 30 * DAY, "ample": TODAY + RULES.surplus_cover_days * DAY}


def test_sizes_of_a_style_and_colour_are_in_surplus_together():
    ample = {"exit_date": None, "style": "s"}
    known = pairs(
        {"sku": "xs", "on_hand": 10, **ample}, {"sku": "xl", "on_hand": 700, **ample},
        {"sku": "blue", "on_hand": 10, "colour": "blue", **ample},
        {"sku": "plain", "on_hand": 10, "colour": None, **ample},
    )  # fmt: skip
    sold = demand(*((sku, "S1", 1.0) for sku in known["sku"]))
    families = {
        "colour": {"xs": "s/red", "xl": "s/red"},
        "style": {"xs": "s", "xl": "s", "blue": "s", "plain": "s"},
        "item": {"xl": "xl"},
    }
    for together, members in families.items():
        rules = MarkdownRules(priced_together=together, surplus_cover_days=150)
        found = select_sellers(known, sold, NO_MOVES, rules, first_day=TODAY + DAY)
        assert dict(found.select("sku", "family").iter_rows()) == members


def gather(policy, known, prices=None):
    sold = demand(*((sku, "S1", 1.0) for sku in known["sku"]))
    chosen = select_sellers(known, sold, NO_MOVES, policy.markdown, first_day=TODAY + DAY)
    skus = known["sku"].unique().sort()
    responses = pl.DataFrame({"sku": skus, "slope": -2.0, "slope_sd": 0.3})
    brands = pl.DataFrame({"sku": skus, "brand": ["ACME"] * len(skus)})
    given = entries() if prices is None else prices
    return select_season_items(
        chosen, given, NO_OFFERS, responses.filter(pl.col("sku") != "mute"), brands, policy,
        business_date=TODAY,
    )  # fmt: skip


def test_bad_input_is_named_and_the_rest_is_weighed(planning_policy):
    known = pairs(
        {"sku": "good"}, {"sku": "free", "unit_price": 0.0, "selling_price": None},
        {"sku": "dark", "on_hand": None}, {"sku": "mute"}, {"sku": "below", "unit_price": 15.0},
    )  # fmt: skip
    items, left_out = gather(planning_policy, known)
    assert items["sku"].sort().to_list() == ["below", "good"]
    assert dict(left_out.select("sku", "problem").iter_rows()) == {
        "free": "no_price",
        "dark": "stock_unknown",
        "mute": "no_response",
    }


def test_a_list_price_that_is_not_believed_is_no_price_to_fall_from(planning_policy):
    told = {"unit_price": 480.0, "cautions": "list_price_not_believed;returns_not_known"}
    items, left_out = gather(planning_policy, pairs({"sku": "good"}, {"sku": "slip", **told}))
    slip = items.filter(sku="slip").row(0, named=True)
    assert (slip["price"], slip["list_price"]) == (48.0, None)
    assert slip["floor_price"] < 48.0
    assert items.filter(sku="good")["list_price"].to_list() == [50.0]
    assert left_out.is_empty()


def test_policy_sets_floors_and_days_between_steps(planning_policy):
    rules = MarkdownRules(
        least_price_of_cost=1.1, brand_limits={"ACME": 0.3}, least_days_between_steps=14
    )
    policy = planning_policy.model_copy(update={"markdown": rules})
    prices = entries(("good", "*", TODAY - 3 * DAY, None, 45.0))
    item = gather(policy, pairs({"sku": "good"}), prices)[0].row(0, named=True)
    assert item["floor_price"] == pytest.approx(35.0)
    assert (item["price"], item["locked_weeks"]) == (45.0, 2)
    assert item["salvage"] == pytest.approx(20.0 * (1 - policy.economics.exit_loss_share))


@pytest.mark.parametrize(
    ("price_zones", "zones"),
    [
        ("zone", {"S1": "city", "S2": "city", "S3": "S3", "S4": "S4"}),
        ("region", {"S1": "north", "S2": "south", "S3": "south", "S4": "south"}),
    ],
)
def test_places_of_a_zone_of_the_masters_have_one_price(price_zones, zones):
    """S3 is in none; S4 is, and has a price of its own."""
    known = pairs(
        {"price_zone": "city"},
        {"location": "S2", "region": "south", "price_zone": "city"},
        {"location": "S3", "region": "south", "price_zone": None},
        {"location": "S4", "region": "south", "price_zone": "S4"},
    )
    rules = MarkdownRules(price_zones=price_zones)
    sold = demand(*(("a", name, 1.0) for name in zones))
    found = select_sellers(known, sold, NO_MOVES, rules, first_day=TODAY + DAY)
    assert dict(found.select("location", "zone").iter_rows()) == zones


def test_a_zone_across_regions_is_of_none_of_them(planning_policy):
    rules = MarkdownRules(price_zones="zone")
    policy = planning_policy.model_copy(update={"markdown": rules})
    known = pairs(
        {"price_zone": "city"},
        {"location": "S2", "region": "south", "price_zone": "city"},
        {"location": "S3", "region": "south", "price_zone": "coast"},
    )
    found = gather(policy, known)[0]
    assert dict(found.select("zone", "region").iter_rows()) == {"city": "*", "coast": "south"}


def test_budgets_count_what_left_in_the_month():
    rules = MarkdownRules(department_budget={"d": {"2026-03": 100.0}, "e": {"2026-04": 5.0}})
    exported = pl.DataFrame(
        {
            "kind": ["markdown", "markdown", "transfer"],
            "sku": ["a", "a", "a"],
            "due_on": [TODAY, TODAY - 9 * DAY, TODAY],
            "value": [30.0, 50.0, 60.0],
        }
    )
    products = pl.DataFrame({"sku": ["a"], "department": ["d"]})
    found = list_markdown_rooms(rules, exported, products, first_day=TODAY + DAY)
    assert found.rows() == [("d", 70.0)]


def test_the_cheapest_lane_joins_two_zones():
    known = pairs({}, {"location": "S2", "region": "south"}, {"location": "S3", "region": "south"})
    lanes = pl.DataFrame(
        {
            "origin": ["S1", "S1", "S2"],
            "destination": ["S2", "S3", "S3"],
            "unit_cost": [2.0, 1.5, 0.1],
            "allowed": [True, True, True],
        }
    )
    rules = MarkdownRules(price_zones="region")
    assert find_zone_lanes(lanes, known, rules).rows() == [("north", "south", 1.5)]
    assert find_zone_lanes(lanes, known, RULES).is_empty()


@pytest.mark.parametrize(
    ("planned", "expected_at"),
    [(None, [50, 50, 50, 50]), (8, [50, 30, 30, 30]), (14, [50, 50, 30, 30]), (15, [50] * 4)],
)
def test_weeks_are_expected_at_the_fall_that_their_forecast_knows(planned, expected_at):
    # The forecast ends after two weeks: a fall on a later day is in none of it.
    days = pl.DataFrame({"date": [TODAY + n * DAY for n in range(1, 15)]})
    ahead = demand(("a", "S1", 2.0)).join(days, how="cross")
    outlook = Outlook(
        ahead.with_columns(variance=3.0, correlation=0.0, common_variation=0.0), pl.DataFrame()
    )
    falls = None if planned is None else TODAY + planned * DAY
    items = pl.DataFrame(
        {
            "sku": ["a"], "zone": ["*"], "season_end": [TODAY + 28 * DAY], "price": [50.0],
            "planned_on": [falls], "planned_price": [None if falls is None else 30.0],
        },
        schema_overrides={"planned_on": pl.Date, "planned_price": pl.Float64},
    )  # fmt: skip
    there = sellers().with_columns(launch_date=pl.lit(None, pl.Date))
    weeks = sum_season_weeks(items, there, outlook, first_day=TODAY + DAY)
    assert weeks["mean"].to_list() == pytest.approx([14.0] * 4)
    assert weeks["base_price"].to_list() == expected_at
