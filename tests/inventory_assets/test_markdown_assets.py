"""Prices of a planned retailer: learnt, weighed, checked, and one option chosen of each."""

import shutil
from datetime import timedelta

import duckdb
import polars as pl
import pytest
from landing_folder import at, day, sale
from simulated import LAST, PROJECT, materialize, warehouse_of

from forecasting.price_response import judge_price_outcomes
from quality_checks.checks import judge_paid_prices
from quality_checks.contracts import CONTRACTS


@pytest.fixture(scope="module")
def read(planned):
    return lambda table: warehouse_of(planned).read(CONTRACTS[table], LAST)


def test_every_item_has_a_response_that_falls(read, planned):
    found = read("price_responses")
    products = warehouse_of(planned).known("products", LAST)
    assert found["sku"].to_list() == products["sku"].unique().sort().to_list()
    assert (found["slope"] < 0).all()
    assert found["changes"].sum() > 0


def test_of_each_season_one_option_is_chosen_and_none_is_worth_more_by_the_least_gain(read):
    options = read("markdown_options")
    assert options.height > 0
    chosen = options.filter(verdict="chosen")
    zones = options.select("sku", "zone").unique()
    assert chosen.height == chosen.select("sku", "zone").n_unique() == zones.height
    best = options.filter(pl.col("option") != "transfer").join(
        chosen.select("sku", "zone", taken="family_worth"), on=["sku", "zone"]
    )
    # Of the policy that ships: 25, of all that are priced together.
    assert (best["family_worth"] - best["taken"]).max() <= 25.0 + 1e-6


def test_a_price_zone_is_that_of_the_location_or_the_location_where_prices_are_its_own(
    read, planned
):
    warehouse = warehouse_of(planned)
    zones = dict(warehouse.known("locations", LAST).select("location", "price_zone").iter_rows())
    assert len(set(zones.values())) > 2
    pairs = read("planning_pairs").filter(pl.col("kind") != "dc")
    keeping = [(s, x, zones[x]) for s, x in pairs.select("sku", "location").iter_rows()]
    ahead = pl.col("valid_to").fill_null(LAST + timedelta(days=1)) > LAST
    own = warehouse.known("prices", LAST).filter(ahead, pl.col("location") != "*")
    named = own.select("sku", "location", "price", "valid_from", "valid_to").rows()
    entries = [(sku, location, tuple(entry)) for sku, location, *entry in named]
    shared = {
        (s, z, e) for s, at, e in entries for z in [zones[at]]
        if 2 * sum(entries.count((s, x, e)) for k, x, y in keeping if (k, y) == (s, z))
        > sum((k, y) == (s, z) for k, _, y in keeping)
    }  # fmt: skip
    alone = {(s, x) for s, x, e in entries if (s, zones[x], e) not in shared}
    alone |= {(s, x) for s, z, e in shared for k, x, y in keeping
              if (k, y) == (s, z) and (s, x, e) not in entries}  # fmt: skip
    found = read("planning_pairs").select("sku", "location", "price_zone").rows()
    assert found == [(s, x, x if (s, x) in alone else zones[x]) for s, x, _ in found]
    assert entries


@pytest.mark.parametrize(
    ("prices", "alone"),
    [
        ({}, []),
        # As the price list says the markdown of a zone: it knows one location or all.
        ({"S1": 3.0, "S2": 3.0, "S3": 3.0}, []),
        ({"S1": 2.0, "S2": 3.0, "S3": 3.0}, ["S1"]),
        # Where the others are cheaper by an entry, one that has none is not priced with them.
        ({"S2": 3.0, "S3": 3.0}, ["S1"]),
        ({"S2": 3.0}, ["S2"]),
        ({"S1": 1.0, "S2": 2.0, "S3": 3.0}, ["S1", "S2", "S3"]),
    ],
)
def test_a_zone_stays_one_when_the_price_list_says_its_price_location_by_location(
    shop, prices, alone
):
    names = ["S1", "S2", "S3"]
    shop.send("locations", 1, [{"location": name, "price_zone": "north"} for name in names])
    shop.send("item_locations", 1, [{"sku": "A", "location": name} for name in names])
    if prices:
        shop.send("prices", 1, [priced(name, price, 1) for name, price in prices.items()])
    shop.load_all(1)
    there = pl.concat(one_row("position", sku="A", location=name) for name in names)
    shop.warehouse.write(CONTRACTS["position"], day(1), there)
    pairs = shop.warehouse.query("planning_pairs", day(1), recent_days=14)
    found = pairs.filter(pl.col("location").is_in(names), sku="A")
    zones = dict(found.select("location", "price_zone").iter_rows())
    assert zones == {name: name if name in alone else "north" for name in names}


@pytest.fixture(scope="module")
def overstocked(planned, tmp_path_factory):
    """The planned night with far too much of what leaves the range, whose price may fall.

    Its price list has had one price for a month.
    """
    root = shutil.copytree(planned, tmp_path_factory.mktemp("marked") / "retailer")
    with duckdb.connect(str(warehouse_of(root).path)) as connection:
        connection.execute(
            "CREATE TEMP TABLE leaving AS "
            "SELECT sku FROM landing.products WHERE exit_date IS NOT NULL"
        )
        connection.execute(
            "UPDATE plans.planning_pairs SET on_hand = on_hand + 60, available = available + 60 "
            "WHERE kind = 'store' AND sku IN (FROM leaving)"
        )
        of_leaving = "sku IN (FROM leaving)"
        connection.execute(
            f"DELETE FROM landing.prices WHERE {of_leaving} AND valid_to < ?", [LAST]
        )
        connection.execute(
            f"UPDATE landing.prices SET valid_from = ? WHERE {of_leaving}",
            [LAST - timedelta(days=28)],
        )
    return root


def reprice(root, policies=PROJECT / "data" / "policies", more=()):
    """Plan prices again: how to read what comes of it, and what checks said."""
    tables = ("markdown_plan", "deferral_plan", "markdown_options", "unpriced_seasons")
    done = materialize(root, LAST, *more, *tables, "proposals", policies=policies)
    checks = {}
    for check in done.get_asset_check_evaluations():
        if check.asset_key.path[-1] in {"markdown_plan", *more}:
            said = checks.get(check.check_name, True)
            checks[check.check_name] = said and check.passed
    return lambda table: warehouse_of(root).read(CONTRACTS[table], LAST), checks


@pytest.fixture(scope="module")
def marked(overstocked):
    """Prices of that night; how to read them, and what checks said."""
    return reprice(overstocked)


def test_sizes_of_a_style_and_colour_do_the_same(marked):
    read, _ = marked
    chosen = read("markdown_options").filter(verdict="chosen")
    assert "markdown" in chosen["option"]
    products = read("planning_pairs").select("sku", "style", "colour").unique()
    family = ["style", "colour", "zone"]
    done = chosen.join(products, on="sku").group_by(family).agg(
        sizes=pl.len(),
        options=pl.col("option").n_unique(),
        prices=pl.col("new_price").n_unique(),
        worth=pl.col("family_worth").n_unique(),
    )  # fmt: skip
    assert done["sizes"].max() > 1
    assert done.select(pl.col("options", "prices", "worth").max()).row(0) == (1, 1, 1)


def test_plans_are_feasible_and_stand_among_the_actions(marked):
    read, checks = marked
    assert checks["feasible"]
    plan = read("markdown_plan")
    assert plan.height > 1
    assert (plan["new_price"] < plan["old_price"]).all()
    proposed = read("proposals").filter(kind="markdown")
    at = ["sku", "destination", "quantity"]
    priced = plan.select("sku", "quantity", destination="zone").select(at)
    assert proposed.select(at).sort(at).rows() == priced.sort(at).rows()


def test_zones_of_the_masters_have_prices_of_their_own(overstocked, marked, tmp_path):
    ruled = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    planning = ruled / "planning.yaml"
    told = planning.read_text()
    planning.write_text(told.replace("price_zones: everywhere", "price_zones: zone"))
    assert planning.read_text() != told
    everywhere, _ = marked
    weighed = everywhere("markdown_options")["sku"].unique()
    moves = ("transfers_plan", "transfer_trips", "season_moves")
    root = shutil.copytree(overstocked, tmp_path / "retailer")
    read, checks = reprice(root, ruled, moves)
    assert checks["feasible"]
    options, plan = read("markdown_options"), read("markdown_plan")
    pairs = read("planning_pairs").filter(
        pl.col("kind") != "dc", pl.col("sku").is_in(weighed.implode()), status="active"
    )
    zones = set(pairs.select("sku", "price_zone").rows())
    assert set(options.select("sku", "zone").rows()) <= zones
    assert plan["zone"].n_unique() > 1
    # A zone has the units of its own places, and of those that feed them their part.
    net = read("season_moves").select("sku", "zone", "net_units")
    held = (
        pairs.group_by("sku", zone="price_zone").agg(there=pl.col("on_hand").sum())
        .join(net, on=["sku", "zone"], how="left")
        .with_columns(pl.col("there") + pl.col("net_units").fill_null(0))
    )  # fmt: skip
    both = plan.join(held, on=["sku", "zone"])
    assert both.height == plan.height
    assert (both["quantity"] >= both["there"].clip(lower_bound=0)).all()
    proposed = read("proposals").filter(kind="markdown").select("sku", "destination")
    assert sorted(proposed.rows()) == sorted(plan.select("sku", "zone").rows())
    # No lane leads from one of these zones to another: it is said what that keeps from moving.
    weighed = read("season_moves").filter(pl.col("wanted_units") > 0)
    assert set(weighed["limit"]) == {"no_lane"}
    said = options.filter(option="transfer")
    assert said.select("sku", "zone").rows() == weighed.select("sku", "zone").rows()
    assert set(said["verdict"]) == {"no lane leads there"}
    assert (said["worth"] > said["worth_unmoved"]).all()


@pytest.mark.parametrize(
    ("days", "off"),
    [
        # Three tenths off everything in one region, until four days ago.
        (28, 0.3),
        # Of the last three days the most was off in the web shop.
        (3, 0.15),
    ],
)
def test_reductions_are_counted_from_the_lowest_price_of_past_days(
    overstocked, marked, tmp_path, days, off
):
    freely = marked[0]("markdown_plan")
    assert freely["prior_price"].null_count() == freely.height > 1
    ruled = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    planning = ruled / "planning.yaml"
    told = planning.read_text()
    rule = f"prior_prices: {{'*': {{days: {days}}}}}"
    planning.write_text(told.replace("prior_prices: {}", rule))
    assert planning.read_text() != told
    root = shutil.copytree(overstocked, tmp_path / "retailer")
    read, checks = reprice(root, ruled)
    assert checks["feasible"]
    plan = read("markdown_plan")
    lowest = freely["old_price"][0] * (1 - off)
    if freely["new_price"].max() < lowest:
        assert plan["new_price"].equals(freely["new_price"])
        assert plan["prior_price"].to_list() == pytest.approx([lowest] * plan.height)
        return
    assert plan.filter(pl.col("new_price") >= lowest).is_empty()
    words = f"no reduction from {lowest:.2f}, the lowest price of the days before"
    barred = read("markdown_options").filter(verdict=words)
    assert set(barred["sku"]) == set(freely["sku"])
    assert barred["worth"].null_count() == barred.height


PLANNED_ON = LAST - timedelta(days=14)


def one_row(table, **values):
    """A row of a table of which only the values that are named matter."""
    other = {pl.String: "x", pl.Int64: 1, pl.Float64: 0.5, pl.Date: LAST, pl.Boolean: True}
    empty = CONTRACTS[table].empty().drop("business_date")
    row = {name: values.get(name, other[kind]) for name, kind in empty.schema.items()}
    return pl.DataFrame([row], schema=empty.schema)


def test_a_markdown_that_left_is_held_against_what_sold_since(planned, tmp_path):
    root = shutil.copytree(planned, tmp_path / "retailer")
    warehouse = warehouse_of(root)
    sales = warehouse.read(CONTRACTS["unconstrained"], LAST).filter(
        pl.col("date") > PLANNED_ON, ~pl.col("closed")
    )
    sku = sales.group_by("sku").agg(pl.col("sales").sum()).sort("sales", "sku")["sku"][-1]
    since = sales.filter(sku=sku, region=sales["region"].min())
    zone, day = since["region"][0], PLANNED_ON + timedelta(days=1)
    price = warehouse.known("products", LAST).filter(sku=sku)["list_price"][0]
    stated = {
        "sku": sku, "zone": zone, "region": zone, "due_on": day,
        "season_end": LAST + timedelta(days=9), "old_price": price, "new_price": price / 2,
        "salvage": 2.0, "slope": -1.5, "slope_sd": 0.1, "sold_then": 50.0,
    }  # fmt: skip
    left = {
        "kind": "markdown", "sku": sku, "destination": zone, "quantity": 500, "action_id": "a" * 16,
    }  # fmt: skip
    warehouse.write(CONTRACTS["markdown_plan"], PLANNED_ON, one_row("markdown_plan", **stated))
    warehouse.write(CONTRACTS["export_lines"], PLANNED_ON, one_row("export_lines", **left))
    done = materialize(root, LAST, "price_outcomes")
    (row,) = warehouse.read(CONTRACTS["price_outcomes"], LAST).to_dicts()
    assert (row["zone"], row["first_day"], row["last_day"]) == (zone, day, LAST)
    assert row["sold"] * row["known_share"] == pytest.approx(since["sales"].sum())
    assert row["sell_through"] == pytest.approx(row["sold"] / 500)
    # Nobody lowered the price in this retailer's tills, and that is what it says.
    assert not row["implemented"]
    assert "| markdown | 1 |" in shown(done)
    checks = {check.check_name: check.passed for check in done.get_asset_check_evaluations()}
    assert not checks["prices_implemented"]
    # A price of the same item two days later ends the window of the first one.
    next_day = PLANNED_ON + timedelta(days=2)
    later = stated | {"due_on": next_day + timedelta(days=1), "new_price": price / 3}
    warehouse.write(CONTRACTS["markdown_plan"], next_day, one_row("markdown_plan", **later))
    again = left | {"action_id": "b" * 16, "idempotency_key": "y"}
    warehouse.write(CONTRACTS["export_lines"], next_day, one_row("export_lines", **again))
    materialize(root, LAST, "price_outcomes")
    first, second = warehouse.read(CONTRACTS["price_outcomes"], LAST).sort("first_day").to_dicts()
    assert (first["last_day"], second["last_day"]) == (next_day, LAST)


def changed_prices(shop, rule="everywhere", last=3):
    return shop.warehouse.query(
        "changed_prices", day(3), first_day=day(0), last_closed_day=day(last), price_zones=rule
    )


@pytest.mark.parametrize(
    ("paid", "status", "judged"),
    [(0.0, "accepted", []), (9.0, "accepted", [(2, 4.5)]), (9.0, "rejected", [])],
)
def test_a_price_is_not_judged_where_all_was_given_away_or_it_never_was(shop, paid, status, judged):
    shop.send("pos_sales", 3, [sale("R", 3, 2, net_value=paid)])
    said = {"idempotency_key": "k", "batch": 1, "status": status, "acknowledged_on": day(2)}
    shop.send("acknowledgements", 2, [said])
    shop.load_all(3)
    shop.rebuild("trading_days", 3)
    shop.rebuild("demand_history", 3)
    priced = {"sku": "A", "zone": "*", "due_on": day(2), "season_end": day(9), "slope": -1.0}
    left = {"kind": "markdown", "sku": "A", "destination": "*", "idempotency_key": "k"}
    there = {"sku": "A", "location": "S1", "date": day(3), "sales": 2, "closed": False}
    for table, number, row in (
        ("markdown_plan", 1, priced), ("export_lines", 1, left), ("unconstrained", 3, there),
    ):  # fmt: skip
        shop.warehouse.write(CONTRACTS[table], day(number), one_row(table, **row))
    changed = changed_prices(shop)
    assert judge_price_outcomes(changed).select("sold", "paid_price").rows() == judged


def priced(location, price, since):
    return {"sku": "A", "location": location, "valid_from": day(since), "price": price}


@pytest.mark.parametrize(
    ("rule", "zone", "prices", "sold"),
    [
        # S1 lies in the north and S2 in the south; the price zone of that name is of both.
        ("zone", "north", [], [5]),
        ("region", "north", [], [2]),
        ("region", "south", [], [3]),
        # It left while regions were priced.
        ("zone", "south", [], [3]),
        ("location", "S1", [], [2]),
        ("everywhere", "*", [], [5]),
        # What has a price of its own is not priced with its zone.
        ("zone", "north", [priced("S2", 9.0, 1)], [2]),
        # The price list says what holds in a zone location by location.
        ("zone", "north", [priced("S1", 9.0, 1), priced("S2", 9.0, 1)], [5]),
        ("zone", "north", [priced("S1", 5.0, 2), priced("S2", 5.0, 2)], [5]),
    ],
)
def test_what_sold_in_a_price_zone_is_what_sold_at_its_locations(shop, rule, zone, prices, sold):
    places = [{"location": "S1"}, {"location": "S2", "region": "south"}]
    shop.send("locations", 1, [place | {"price_zone": "north"} for place in places])
    if prices:
        shop.send("prices", 1, prices)
    shop.send("pos_sales", 3, [sale("R", 3, 2), sale("Q", 3, 3, location="S2")])
    shop.load_all(1)
    shop.load_all(3)
    shop.rebuild("trading_days", 3)
    shop.rebuild("demand_history", 3)
    marked = {"sku": "A", "zone": zone, "due_on": day(2), "season_end": day(9), "slope": -1.0}
    left = {"kind": "markdown", "sku": "A", "destination": zone}
    there = [
        {"sku": "A", "location": name, "date": day(3), "sales": units, "closed": False}
        for name, units in (("S1", 2), ("S2", 3))
    ]
    for table, number, rows in (
        ("markdown_plan", 1, [marked]), ("export_lines", 1, [left]), ("unconstrained", 3, there),
    ):  # fmt: skip
        written = pl.concat(one_row(table, **row) for row in rows)
        shop.warehouse.write(CONTRACTS[table], day(number), written)
    changed = changed_prices(shop, rule)
    assert changed["sold"].to_list() == sold


@pytest.mark.parametrize(
    ("runs", "judged"),
    [
        ({"scope": "sku", "scope_value": "A"}, (0.7, True)),
        ({"scope": "all", "scope_value": "*", "discount": 0.1}, (0.9, False)),
        ({"scope": "sku", "scope_value": "A", "starts_on": day(4)}, (1.0, False)),
        ({"scope": "sku", "scope_value": "B"}, (1.0, False)),
        ({"scope": "sku", "scope_value": "A", "channel": "ecom"}, (1.0, False)),
    ],
)
def test_a_promotion_on_a_held_price_is_no_price_that_tills_did_not_take(shop, runs, judged):
    promotion = {
        "promo_id": "P", "region": "*", "channel": "*", "starts_on": day(2), "ends_on": day(9),
        "discount": 0.3,
    }  # fmt: skip
    shop.send("promotions", 1, [promotion | runs])
    # Of the three units one was sent in place of B, at a price that is none of A.
    shop.send("substitution_outcomes", 3, [{
        "order_id": "R", "line": 1, "sku": "B", "substitute": "A", "quantity": 1,
        "offered_at": at(3), "outcome": "accepted",
    }])  # fmt: skip
    rows = [sale("R", 3, 1, net_value=1.0), sale("Q", 3, 2, net_value=14.0)]
    shop.send("pos_sales", 3, rows)
    shop.load_all(3)
    shop.rebuild("trading_days", 3)
    shop.rebuild("demand_history", 3)
    held = {
        "sku": "A", "zone": "*", "planned_on": day(2), "due_on": day(9), "season_end": day(9),
        "old_price": 10.0, "new_price": 7.0, "slope": -1.0,
    }  # fmt: skip
    left = {"kind": "markdown_deferral", "sku": "A", "destination": "*"}
    there = {"sku": "A", "location": "S1", "date": day(3), "sales": 2, "closed": False}
    for table, number, row in (
        ("deferral_plan", 1, held), ("export_lines", 1, left), ("unconstrained", 3, there),
    ):  # fmt: skip
        shop.warehouse.write(CONTRACTS[table], day(number), one_row(table, **row))
    changed = changed_prices(shop)
    found = judge_price_outcomes(changed)
    assert found["paid_price"].to_list() == [7.0]
    assert found.select("promoted_share", "implemented").row(0) == pytest.approx(judged)
    assert judge_paid_prices(found).passed == judged[1]


def shown(done):
    (event,) = done.get_asset_materialization_events()
    return event.materialization.metadata["by kind"].value


def test_a_price_is_judged_by_days_that_have_closed(shop):
    shop.send("pos_sales", 2, [sale("R", 2, 2)])
    shop.send("pos_sales", 3, [sale("Q", 3, 3)], part="1")
    shop.load_all(3)
    for number in (2, 3):
        shop.rebuild("trading_days", number)
        shop.rebuild("demand_history", number)
    marked = {"sku": "A", "zone": "*", "due_on": day(2), "season_end": day(9), "slope": -1.0}
    left = {"kind": "markdown", "sku": "A", "destination": "*"}
    there = {"sku": "A", "location": "S1", "date": day(2), "sales": 2, "closed": False}
    for table, number, row in (
        ("markdown_plan", 1, marked), ("export_lines", 1, left), ("unconstrained", 3, there),
    ):  # fmt: skip
        shop.warehouse.write(CONTRACTS[table], day(number), one_row(table, **row))
    assert changed_prices(shop, last=2)["last_day"].to_list() == [day(2)]
