"""Returns, levels and the open day of a retailer, against its files, its truth and hand counts."""

import shutil
from datetime import datetime, time, timedelta

import polars as pl
import pytest
from landing_folder import NO_BULK, day, sale
from polars.testing import assert_frame_equal
from simulated import LAST, PROJECT, materialize, warehouse_of

from forecasting.adjust import sense_demand
from forecasting.history import measure_day_factor
from inventory_assets.demand.portions import portions
from inventory_assets.demand.sensing import read_open_day
from inventory_assets.framework import Inputs, Retailer, UndeclaredInputError
from inventory_assets.framework.inputs import Declared
from inventory_assets.framework.reuse import hash_inputs
from quality_checks.contracts import CONTRACTS
from warehouse import OF_DAYS, find_tables_read

TODAY = LAST + timedelta(days=1)
PAIR = ["sku", "location"]


def retailer_at(root):
    return Retailer(data_folder=str(root), policies_folder=str(PROJECT / "data" / "policies"))


def sensed(root, today, before):
    """A forecast, today's part included, after what the open day sold; None where it is over."""
    reads = {"day_profile", *find_tables_read("seen_today"), *find_tables_read("day_totals")}
    inputs = Inputs(today, Declared("test", frozenset(reads), frozenset()), retailer_at(root))
    open_day = read_open_day(inputs)
    if open_day is None:
        return None
    factor = measure_day_factor(open_day.totals)
    seen, profile = open_day.seen, open_day.profile
    return sense_demand(before, seen, profile, today=today, factor=factor, unlikely=1.0)


def shown(done, name):
    """Metadata of a materialized table."""
    events = done.get_asset_materialization_events()
    return next(e.materialization.metadata for e in events if e.asset_key.path[-1] == name)


@pytest.fixture(scope="module")
def demand(planned, tmp_path_factory):
    """A copy of the planned retailer with returns and levels made once more, and the run."""
    root = tmp_path_factory.mktemp("demand") / "retailer"
    shutil.copytree(planned, root)
    return root, materialize(root, LAST, "returns_forecast", "forecast_levels")


@pytest.fixture(scope="module")
def returns(demand):
    return warehouse_of(demand[0]).read(CONTRACTS["returns_forecast"], LAST)


def test_returns_are_forecast_for_two_weeks_at_places_that_take_goods(planned, returns):
    dates = {LAST + timedelta(days=n) for n in range(1, 15)}
    assert set(returns["date"]) == dates
    regions = warehouse_of(planned).known("locations", LAST).select("location", "region")
    assert_frame_equal(
        returns.select("location", "region").unique(),
        regions.join(returns, on="location", how="semi"),
        check_row_order=False,
    )
    sold = warehouse_of(planned).known("pos_sales", LAST).select(*PAIR, "channel").unique()
    assert sold.join(returns, on=[*PAIR, "channel"], how="anti").is_empty()


def test_as_many_returns_are_expected_as_came_lately(planned, returns):
    came = warehouse_of(planned).known("returns", LAST)
    lately = came.filter(pl.col("timestamp").dt.date() > LAST - timedelta(days=14))
    # Of some 50 units the square root is 7.
    assert returns["mean"].sum() == pytest.approx(lately["quantity"].sum(), rel=0.5)
    assert (returns["resalable_mean"] <= returns["mean"]).all()
    assert (returns["variance"] >= returns["mean"] - 1e-12).all()


def test_a_planner_sees_how_much_comes_back(planned, demand):
    warehouse = warehouse_of(planned)
    products = warehouse.known("products", LAST).select("sku", "category")
    units = {
        source: warehouse.known(source, LAST)
        .join(products, on="sku")
        .filter(category="dresses", channel="ecom")["quantity"]
        .sum()
        for source in ("pos_sales", "returns")
    }
    rate = units["returns"] / units["pos_sales"]
    text = shown(demand[1], "returns_forecast")["most returns by category and channel"].value
    row = f"| dresses | ecom | {units['pos_sales']} | {units['returns']} | {rate:.4g} |"
    assert row in text


def test_a_retailer_without_returns_has_an_empty_slice(shop):
    stores = ("S1", "S2")
    shop.send("pos_sales", 1, [sale(f"R-{store}", 1, location=store) for store in stores])
    shop.load_all(1)
    done = materialize(shop.root, day(1), "demand_history", "returns_forecast")
    assert done.success
    assert shown(done, "returns_forecast")["dagster/row_count"].value == 0
    assert shop.warehouse.read(CONTRACTS["returns_forecast"], day(1)).is_empty()


def test_levels_are_sums_of_the_forecast(demand):
    warehouse = warehouse_of(demand[0])
    products = warehouse.known("products", LAST).select("sku", "category")
    forecast = warehouse.read(CONTRACTS["forecast"], LAST).join(products, on="sku")
    levels = warehouse.read(CONTRACTS["forecast_levels"], LAST)
    for level, keys in (
        ("sku_region", ["region", "category", "sku"]),
        ("category_region", ["region", "category"]),
        ("total", []),
    ):
        expected = forecast.group_by(*keys, "date").agg(pl.col("mean", "variance").sum())
        found = levels.filter(level=level)
        assert_frame_equal(
            found.select(expected.columns), expected, check_row_order=False, rel_tol=1e-12
        )
        summed = {"region", "category", "sku"} - set(keys)
        assert all((found[key] == "*").all() for key in summed)
    checks = demand[1].get_asset_check_evaluations()
    assert [c.passed for c in checks if c.check_name == "levels_agree"] == [True]


def test_the_total_is_drawn_with_its_band(demand):
    picture = shown(demand[1], "forecast_levels")["total demand and forecast"].value
    assert "data:image/svg+xml;base64," in picture


def test_portions_hold_neighbours_up_to_a_size():
    sizes = [("a", 3), ("b", 3), ("c", 9), ("d", 1), ("e", 4), ("f", 0)]
    assert list(portions(sizes, 6)) == [["a", "b"], ["c"], ["d", "e", "f"]]
    assert list(portions([], 6)) == []


def clock(number, hour, minute=0):
    return datetime.combine(day(number), time(hour, minute))


def until(number, hour, *stores):
    """Lines of a file of day `number`: a unit an hour from nine, the last in hour `hour`."""
    return [
        sale(f"{store}-{number}-{h}", number, location=store, timestamp=clock(number, h, 58))
        for store in stores
        for h in range(9, hour + 1)
    ]


@pytest.fixture
def weeks(shop):
    """Four weeks whose files ended at eight in the evening, and on Mondays at six."""
    for number in range(1, 29):
        shop.send("pos_sales", number, until(number, 17 if number % 7 == 0 else 19, "S1", "S2"))
    return shop


def traded(shop, number):
    shop.load_all(number)
    shop.rebuild("trading_days", number)
    rows = shop.warehouse.read(CONTRACTS["trading_days"], day(number))
    return dict(rows.select("location", "status").iter_rows())


def test_a_day_of_which_a_part_came_is_partial_and_its_sales_are_unknown(weeks):
    weeks.send("pos_sales", 29, until(29, 12, "S1"), part="1")
    assert traded(weeks, 29) == {"S1": "partial", "S2": "missing"}
    window = weeks.warehouse.query(
        "sales_window",
        day(29),
        frames={"bulk": NO_BULK},
        first_day=day(29),
        last_day=day(29),
        horizon_days=28,
    )
    assert window["sales"].to_list() == [None] * 4
    assert weeks.warehouse.query("actual_sales", day(29)).is_empty()


def test_a_day_is_whole_once_its_last_part_came(weeks):
    weeks.send("pos_sales", 29, until(29, 12, "S1", "S2"), part="1")
    assert set(traded(weeks, 29).values()) == {"partial"}
    later = [line for line in until(29, 19, "S1", "S2") if line["timestamp"] > clock(29, 13)]
    weeks.send("pos_sales", 29, later, part="2")
    assert set(traded(weeks, 29).values()) == {"open"}


def test_a_part_that_never_came_leaves_the_day_unknown_later_on(weeks):
    weeks.send("pos_sales", 29, until(29, 12, "S1", "S2"), part="1")
    traded(weeks, 29)
    weeks.send("pos_sales", 30, until(30, 19, "S1", "S2"))
    assert set(traded(weeks, 30).values()) == {"open"}
    window = weeks.warehouse.query(
        "sales_window",
        day(30),
        frames={"bulk": NO_BULK},
        first_day=day(29),
        last_day=day(30),
        horizon_days=28,
    )
    known = window.filter(pl.col("sales").is_not_null())["date"]
    assert set(known) == {day(30)}


def test_parts_by_place_that_end_as_usual_are_whole_days(weeks):
    weeks.send("pos_sales", 29, until(29, 19, "S1"), part="1")
    weeks.send("pos_sales", 29, until(29, 18, "S2"), part="2")
    assert traded(weeks, 29) == {"S1": "open", "S2": "partial"}
    weeks.send("pos_sales", 35, until(35, 17, "S1"), part="1")
    assert traded(weeks, 35)["S1"] == "open"


def test_a_file_without_a_sequence_is_the_whole_day(weeks):
    weeks.send("pos_sales", 29, until(29, 12, "S1", "S2"))
    assert set(traded(weeks, 29).values()) == {"open"}


def test_what_is_seen_are_the_sales_of_full_hours(weeks):
    rows = [*until(29, 12, "S1"), sale("begun", 29, timestamp=clock(29, 13, 20), quantity=50)]
    weeks.send("pos_sales", 29, rows, part="1")
    weeks.send("returns", 29, [])
    traded(weeks, 29)
    seen = weeks.warehouse.query("seen_today", day(29))
    assert seen.select(*PAIR, "sold", "through_hour").rows() == [
        ("A", "S1", 4, 12),
        ("B", "S1", 0, 12),
    ]


def of_closed_days(shop, number, *, closed_days=True):
    """Inputs of an asset of units sold and brought back, and the hash of what it is made from."""
    reads = frozenset({"products", *OF_DAYS})
    declared = Declared("test", reads, frozenset(), closed_days)
    retailer = retailer_at(shop.root)
    made_from = hash_inputs(retailer, declared, day(number), "")
    retailer.warehouse.close()
    return Inputs(day(number), declared, retailer_at(shop.root)), made_from


def days_seen(inputs, number):
    """Days of which units sold, units brought back and locations are seen up to a day."""
    since = {"first_day": day(number - 2), "last_day": day(number)}
    frames = {"chosen": pl.DataFrame({"sku": ["A"]})}
    sold = inputs.query("location_channels", **since)["date"]
    returned = inputs.query("returned_units", frames=frames, **since)["date"]
    return sorted(set(sold)), sorted(set(returned))


def test_what_learns_from_closed_days_sees_nothing_of_an_open_one(weeks):
    for number in (28, 29):
        back = {"return_id": f"B{number}", "timestamp": clock(number, 10)}
        weeks.send("returns", number, [back])
    weeks.send("pos_sales", 29, until(29, 12, "S1"), part="1")
    traded(weeks, 29)
    weeks.rebuild("demand_history", 29)
    every = of_closed_days(weeks, 29, closed_days=False)[0]
    closed = of_closed_days(weeks, 29)[0]
    assert days_seen(every, 29) == ([day(27), day(28), day(29)], [day(28), day(29)])
    assert days_seen(closed, 29) == ([day(27), day(28)], [day(28)])
    assert closed.last_closed_day == day(28)
    for table in OF_DAYS:
        with pytest.raises(UndeclaredInputError, match=f"sees closed days of {table}"):
            closed.known(table) if table in {"pos_sales", "returns"} else closed.read(table)
    weeks.send("pos_sales", 29, until(29, 19, "S1", "S2"), part="2")
    traded(weeks, 29)
    weeks.rebuild("demand_history", 29)
    assert days_seen(of_closed_days(weeks, 29)[0], 29)[0] == [day(27), day(28), day(29)]


def test_what_comes_of_an_open_day_leaves_what_closed_days_teach_and_a_late_line_does_not(weeks):
    def made_from():
        traded(weeks, 29)
        weeks.rebuild("demand_history", 29)
        return [of_closed_days(weeks, 29, closed_days=closed)[1] for closed in (True, False)]

    weeks.send("returns", 29, [])
    weeks.send("pos_sales", 29, until(29, 12, "S1", "S2"), part="1")
    night = made_from()
    weeks.send("pos_sales", 29, until(29, 14, "S1")[4:], part="2")
    later = made_from()
    assert later[0] == night[0]
    assert later[1] != night[1]
    late = sale("late", 28, location="S1", timestamp=clock(28, 11))
    weeks.send("pos_sales", 29, [late, *until(29, 15, "S2")[6:]], part="3")
    assert made_from()[0] != later[0]


def seen(shop, number):
    traded(shop, number)
    rows = shop.warehouse.query("seen_today", day(number))
    return rows.select(*PAIR, "sold", "through_hour").rows()


def test_parts_that_come_out_of_order_are_seen_as_the_day_went(weeks):
    rows = until(29, 15, "S1")
    weeks.send("returns", 29, [])
    weeks.send("pos_sales", 29, rows[4:], part="2")
    assert seen(weeks, 29) == [("A", "S1", 3, 15), ("B", "S1", 0, 15)]
    weeks.send("pos_sales", 29, rows[:4], part="1")
    assert seen(weeks, 29) == [("A", "S1", 7, 15), ("B", "S1", 0, 15)]


# On 26 October the hour from two comes twice as clocks go back, and on 29 March there is none.
@pytest.mark.parametrize(
    ("number", "hours", "sold"), [(55, (1, 2, 2, 3), 8), (209, (0, 1, 3), 6)], ids=["back", "ahead"]
)
def test_every_sale_of_a_night_in_which_clocks_change_counts_once(shop, number, hours, sold):
    for week in range(1, 5):
        shop.send("pos_sales", number - 7 * week, until(number - 7 * week, 19, "S1"))
    minutes = (7, 41)
    rows = [
        sale(f"night-{place}-{minute}", number, timestamp=clock(number, hour, minute + place))
        for place, hour in enumerate(hours)
        for minute in minutes
    ]
    shop.send("returns", number, [])
    shop.send("pos_sales", number, rows, part="1")
    begun = [sale("begun", number, timestamp=clock(number, hours[-1] + 1, 2))]
    shop.send("pos_sales", number, begun, part="2")
    assert seen(shop, number) == [("A", "S1", sold, 3), ("B", "S1", 0, 3)]


def test_day_totals_set_forecasts_of_the_day_before_against_sales(weeks):
    weeks.send("stockout_hours", 27, [stockout(27)])
    traded(weeks, 28)
    weeks.rebuild("demand_history", 28)
    for made, mean in ((25, 9.0), (26, 10.0), (27, 11.0)):
        weeks.warehouse.write(CONTRACTS["forecast"], day(made), predicted(made, mean))
    totals = weeks.warehouse.query("day_totals", day(28), first_day=day(27))
    # Of day 27 the shelf of B at S1 was empty, so there its A is compared alone.
    assert totals.rows() == [
        ("S1", day(27), 10.0, 20.0, 11.0),
        ("S1", day(28), 22.0, 44.0, 9.0),
        ("S2", day(27), 20.0, 40.0, 11.0),
        ("S2", day(28), 22.0, 44.0, 9.0),
    ]


def stockout(number):
    return {"sku": "B", "location": "S1", "date": day(number), "hours": 5, "mask": None}


def predicted(made, mean):
    """A forecast of two days made on day `made` of every pair; variance twice the mean."""
    rows = [(sku, store, day(made + n)) for sku in "AB" for store in ("S1", "S2") for n in (1, 2)]
    moments = {"mean": mean, "variance": 2 * mean}
    in_stock = {f"{name}_in_stock": value for name, value in moments.items()}
    return pl.DataFrame(rows, schema=["sku", "location", "date"], orient="row").with_columns(
        region=pl.lit("north"),
        correlation=pl.lit(0.0),
        common_variation=pl.lit(0.0),
        model=pl.lit("hand"),
        **{name: pl.lit(value) for name, value in (moments | in_stock).items()},
    )


@pytest.fixture(scope="module")
def open_day(planned, tmp_path_factory):
    """The planned retailer a day on, at one in the afternoon; store S003 has sent nothing."""
    root = tmp_path_factory.mktemp("open") / "retailer"
    shutil.copytree(planned, root)
    folder = root / "landing" / "pos_sales"
    sold = pl.read_parquet(folder / f"{TODAY - timedelta(days=7)}.parquet").with_columns(
        pl.col("timestamp").dt.offset_by("7d"), receipt="X" + pl.col("receipt")
    )
    sent = sold.filter(pl.col("timestamp").dt.hour() < 13, pl.col("location") != "S003")
    sent.write_parquet(folder / f"{TODAY}_1.parquet")
    materialize(root, TODAY, "pos_sales", "trading_days", "demand_history", "day_profile")
    return root, sent


def test_only_stores_heard_of_move(open_day):
    root, _ = open_day
    before = warehouse_of(root).read(CONTRACTS["forecast"], LAST)
    after = sensed(root, TODAY, before)
    assert after is not None
    assert_frame_equal(after.drop("mean", "variance"), before.drop("mean", "variance"))
    moved = before.with_columns(new=after["mean"]).filter(pl.col("mean") != pl.col("new"))
    assert set(moved["location"]) == {"S001", "S002"}


def test_the_open_day_keeps_what_is_sold_and_expects_the_rest(open_day):
    root, sent = open_day
    before = warehouse_of(root).read(CONTRACTS["forecast"], LAST).filter(date=TODAY)
    after = sensed(root, TODAY, before)
    full_hours = sent.filter(pl.col("timestamp").dt.hour() < 12)
    sold = full_hours.group_by(PAIR).agg(pl.col("quantity").sum())
    compared = after.join(sold, on=PAIR).filter(pl.col("location").is_in(["S001", "S002"]))
    assert len(compared) > 2
    assert (compared["mean"] > compared["quantity"]).all()


def test_a_day_that_is_over_is_not_sensed(planned):
    forecast = warehouse_of(planned).read(CONTRACTS["forecast"], LAST)
    assert sensed(planned, LAST, forecast) is None
