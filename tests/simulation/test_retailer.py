"""The extracts of the simulated retailer hold what a real one's would, and its books balance."""

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from quality_checks.contracts import EVERYWHERE, TargetByColumn, list_landing_sources
from simulation.retailer import RetailerSettings, size_retailer, write_retailer

NOT_WRITTEN = {
    "price_breaks",
    "acknowledgements",
    "order_acknowledgements",
    "supplier_capacity",
    "decisions",
    "level_changes",
    "assumptions",
}
TINY = size_retailer("tiny")


def read(path: Path) -> pl.DataFrame:
    contract = list_landing_sources()[path.parent.name]
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    assert {*contract.columns} - {*pl.read_csv(path, n_rows=0).columns} <= contract.omissible
    return pl.read_csv(path, schema=contract.schema, missing_columns="insert")


def files_of(landing: Path, source: str) -> list[Path]:
    return sorted(p for p in (landing / source).iterdir() if not p.name.endswith(".json"))


def landed(landing: Path, source: str) -> pl.DataFrame:
    frames = [
        read(path).with_columns(file_date=pl.lit(path.name[:10]).str.to_date())
        for path in files_of(landing, source)
    ]
    return pl.concat(frames)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    out = tmp_path_factory.mktemp("tiny")
    summary = write_retailer(TINY, out, seed=7)
    return out, summary


def hashes(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes_and_a_cut_off_run_can_be_repeated(tmp_path):
    settings = TINY.model_copy(update={"days": 20, "dirty_rate": 0.01})
    write_retailer(settings, tmp_path / "a", seed=1)
    write_retailer(settings, tmp_path / "b", seed=1)
    write_retailer(settings, tmp_path / "c", seed=2)
    first = hashes(tmp_path / "a")
    assert first == hashes(tmp_path / "b")
    assert (
        first["landing/stock/2025-09-30.parquet"]
        != (hashes(tmp_path / "c")["landing/stock/2025-09-30.parquet"])
    )
    (tmp_path / "b" / "landing" / "stock" / "2025-09-20.parquet").unlink()
    write_retailer(settings, tmp_path / "b", seed=1)
    assert first == hashes(tmp_path / "b")
    with pytest.raises(FileExistsError, match="remove it first"):
        write_retailer(settings, tmp_path / "b", seed=2)


def referring(contract, frame):
    """(column, where its values must be known, rows of which that holds)."""
    for column, to in contract.references.items():
        if isinstance(to, TargetByColumn):
            for value, target in to.targets.items():
                yield column, target, frame.filter(pl.col(to.column) == value)
        else:
            yield column, to, frame


def test_every_source_keeps_its_contract(tiny):
    out, summary = tiny
    expected = set(list_landing_sources()) - NOT_WRITTEN
    assert {p.name for p in (out / "landing").iterdir()} == expected
    tables = {source: landed(out / "landing", source) for source in expected}
    for source, frame in tables.items():
        contract = list_landing_sources()[source]
        assert frame.height == summary.rows[source]
        contract.conform(frame.drop("file_date"))
        key = [*contract.key] if contract.mode == "events" else [*contract.key, "file_date"]
        assert frame.select(key).is_unique().all(), source
        for column, (table, known), rows in referring(contract, frame):
            since = (
                tables[table]
                .group_by(pl.col(known).alias(column))
                .agg(since=pl.col("file_date").min())
            )
            used = rows.filter(pl.col(column) != EVERYWHERE).join(since, on=column, how="left")
            late = used.filter(pl.col("since").is_null() | (pl.col("since") > pl.col("file_date")))
            assert late.is_empty(), (source, column)
        if contract.mode == "events" and source != "weather":
            on_day = frame[contract.date].cast(pl.Date) == frame["file_date"]
            assert on_day.all(), source


def test_event_sources_that_tell_a_missing_file_come_every_day(tiny):
    out, _ = tiny
    for source in ("pos_sales", "returns", "receipts"):
        dates = [path.name[:10] for path in files_of(out / "landing", source)]
        assert len(dates) == TINY.days
        assert dates[0] == TINY.first_date.isoformat()
        assert dates[-1] == "2025-09-30"


def movements(landing: Path) -> pl.DataFrame:
    """Units that every document adds to the record of a pair on a day."""
    moves = landed(landing, "transfers")
    came = moves.filter(pl.col("received_on") == pl.col("file_date"))
    left = moves.filter(pl.col("shipped_on") == pl.col("file_date"))

    def part(frame, location, units):
        return frame.select("sku", pl.col(location).alias("location"), "file_date", units=units)

    return (
        pl.concat(
            [
                part(landed(landing, "pos_sales"), "fulfilment_location", -pl.col("quantity")),
                part(landed(landing, "returns"), "location", pl.col("quantity")),
                part(landed(landing, "receipts"), "location", pl.col("received")),
                part(landed(landing, "adjustments"), "location", pl.col("quantity")),
                part(came, "destination", pl.col("received_quantity")),
                part(left, "origin", -pl.col("shipped_quantity")),
            ]
        )
        .group_by("sku", "location", "file_date")
        .agg(pl.col("units").sum())
    )


def test_records_balance_but_for_the_listed_discrepancies(tiny):
    out, _ = tiny
    stock = landed(out / "landing", "stock")
    steps = stock.with_columns(
        step=pl.col("on_hand").diff().over("sku", "location", order_by="file_date")
    )
    began = steps.filter(pl.col("step").is_null()).select(
        "sku", "location", began=pl.col("file_date")
    )
    keys = ["sku", "location", "file_date"]
    booked = movements(out / "landing").join(began, on=["sku", "location"], how="left")
    booked = booked.filter(pl.col("file_date") > pl.col("began"))
    assert booked.height > 1_000
    # A pair that is not sent has not changed: its movements of the day sum to zero.
    compared = steps.drop_nulls("step").join(booked, on=keys, how="full", coalesce=True)
    unexplained = compared.select(
        *keys, units=pl.col("step").fill_null(0) - pl.col("units").fill_null(0)
    ).filter(pl.col("units") != 0)
    listed = pl.read_parquet(out / "truth" / "discrepancies.parquet")
    listed = listed.rename({"date": "file_date"}).filter(pl.col("file_date") > TINY.first_date)
    assert listed.height > 0
    assert unexplained.sort(keys).equals(listed.select(unexplained.columns).sort(keys))


def test_stock_is_sent_on_change_and_zero_is_sent(tiny):
    out, _ = tiny
    stock = landed(out / "landing", "stock").sort("sku", "location", "file_date")
    numbers = pl.struct("on_hand", "reserved", "damaged")
    repeated = stock.filter(numbers == numbers.shift(1).over("sku", "location"))
    assert repeated.is_empty()
    assert (stock["reserved"] + stock["damaged"] <= stock["on_hand"]).all()
    fell = stock.with_columns(before=pl.col("on_hand").shift(1).over("sku", "location"))
    assert fell.filter((pl.col("on_hand") == 0) & (pl.col("before") > 0)).height > 20
    last = pl.read_parquet(out / "truth" / "stock" / "2025-09-30.parquet")
    kept = stock.group_by("sku", "location").agg(pl.col("on_hand").last())
    joined = last.join(kept, on=["sku", "location"], how="left")
    assert (joined["record"] == joined["on_hand"]).all()
    assert joined.height == kept.height


def test_truth_holds_lost_sales_phantom_stock_and_something_to_plan_for(tiny):
    out, summary = tiny
    demand = pl.read_parquet(out / "truth" / "demand" / "*.parquet")
    parts = demand["sold"] + demand["ordered"] + demand["lost"]
    assert (parts == demand["demand"]).all()
    assert demand["demand"].sum() == summary.demand
    assert 0.03 < summary.lost / summary.demand < 0.2
    last = pl.read_parquet(out / "truth" / "stock" / "2025-09-30.parquet")
    assert last.filter((pl.col("truth") == 0) & (pl.col("record") > 0)).height > 0
    recent = (
        demand.filter(pl.col("date") > pl.date(2025, 9, 2))
        .group_by("sku", "location")
        .agg(daily=pl.col("demand").sum() / 28)
    )
    stores = last.filter(pl.col("location").str.starts_with("S"))
    stores = stores.join(recent, on=["sku", "location"], how="left")
    cover = stores.with_columns(cover=pl.col("truth") / pl.col("daily"))
    short = cover.filter(pl.col("cover") < 2)
    surplus = cover.filter(
        (pl.col("cover") > 25) | (pl.col("daily").is_null() & (pl.col("truth") > 0))
    )
    uneven = cover.group_by("sku").agg(low=pl.col("cover").min(), high=pl.col("cover").max())
    assert short.height >= 5
    assert surplus.height >= 5
    assert uneven.filter((pl.col("low") < 3) & (pl.col("high") > 15)).height >= 3


def test_sold_out_shelves_sell_nothing_in_their_empty_hours(tiny):
    out, _ = tiny
    empty = landed(out / "landing", "stockout_hours")
    assert (empty["mask"].bitwise_count_ones() == empty["hours"]).all()
    sales = landed(out / "landing", "pos_sales").filter(
        pl.col("location") == pl.col("fulfilment_location")
    )
    last = sales.group_by("sku", "location", "file_date").agg(
        hour=pl.col("timestamp").dt.hour().max().cast(pl.Int64)
    )
    both = empty.join(last, on=["sku", "location", "file_date"])
    assert both.height > 20
    # Stores close at 21: the hours without stock are those after the last sale.
    assert (both["hour"] + both["hours"] == 20).all()


def test_prices_on_receipts_are_those_of_the_masters(tiny):
    out, _ = tiny
    landing = out / "landing"
    sales = landed(landing, "pos_sales").with_columns(day=pl.col("timestamp").dt.date())
    products = landed(landing, "products").select("sku", "style", "category", "list_price")
    lines = sales.join(products, on="sku")
    assert ((lines["list_price"] * lines["quantity"] - lines["list_value"]).abs() < 0.006).all()
    prices = landed(landing, "prices").drop("file_date")
    cut = (
        lines.join(prices, on="sku", suffix="_of")
        .filter(
            pl.col("location_of").is_in(["*"]) | (pl.col("location_of") == pl.col("location")),
            pl.col("valid_from") <= pl.col("day"),
            pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("day")),
        )
        .select("receipt", "line", "price")
    )
    assert cut.select("receipt", "line").is_unique().all()
    promotions = landed(landing, "promotions").drop("file_date")
    lines = lines.join(cut, on=["receipt", "line"], how="left").join(
        promotions, on="promo_id", how="left"
    )
    unit = pl.col("price").fill_null(pl.col("list_price"))
    paid = unit * (1 - pl.col("discount").fill_null(0)) * pl.col("quantity")
    off = lines.filter((paid - pl.col("net_value")).abs() > 0.02 * pl.col("quantity"))
    assert off.is_empty()
    promoted = lines.drop_nulls("promo_id")
    assert promoted.height > 100
    assert (promoted["starts_on"] <= promoted["day"]).all()
    assert (promoted["ends_on"] >= promoted["day"]).all()


def test_promotions_and_events_are_announced_ahead_also_beyond_the_end(tiny):
    out, _ = tiny
    for source in ("promotions", "events"):
        rows = landed(out / "landing", source)
        assert (rows["starts_on"] > TINY.last_date).any()
        later = rows.filter(pl.col("file_date") > TINY.first_date)
        ahead = (later["starts_on"] - later["file_date"]).dt.total_days()
        assert ahead.min() >= 28


def test_weather_comes_observed_and_seven_days_forecast(tiny):
    out, _ = tiny
    day = read(out / "landing" / "weather" / "2025-09-30.csv.gz")
    ahead = (day["date"] - day["issued_on"]).dt.total_days()
    assert sorted(set(ahead)) == list(range(8))
    assert set(day.filter(ahead == 0)["kind"]) == {"observation"}
    assert day.height == 2 * 8


def test_orders_live_as_receipts_and_shipments_say(tiny):
    out, _ = tiny
    landing = out / "landing"
    orders = landed(landing, "purchase_orders").sort("po", "line", "file_date")
    now = orders.group_by("po", "line", maintain_order=True).last()
    assert now["ordered_on"].min() < TINY.first_date
    assert set(now["status"]) == {"open", "confirmed", "shipped", "received"}
    arrived = (
        landed(landing, "receipts")
        .group_by(pl.col("po"), line=pl.col("po_line"))
        .agg(pl.col("received").sum(), day=pl.col("file_date").max())
    )
    since = now.filter(pl.col("ordered_on") >= TINY.first_date).join(
        arrived, on=["po", "line"], how="left"
    )
    assert (since["delivered_quantity"] == since["received"].fill_null(0)).all()
    assert (since["delivered_on"] == since["day"]).drop_nulls().all()
    moving = landed(landing, "in_transit").sort("file_date").group_by("shipment_id", "line").last()
    open_lines = now.filter(pl.col("status") == "shipped").select("po", "line")
    on_the_way = moving.filter(pl.col("status") == "shipped").select("po", line="po_line")
    assert open_lines.join(on_the_way, on=["po", "line"], how="anti").is_empty()
    late = now.filter(pl.col("delivered_on") > pl.col("requested_on")).height
    short = now.filter(
        (pl.col("status") == "received")
        & (pl.col("delivered_quantity") < pl.col("ordered_quantity"))
    ).height
    assert late > 20
    assert short > 5


def test_true_lead_times_tell_what_is_still_to_come(tiny):
    out, _ = tiny
    truth = pl.read_parquet(out / "truth" / "lead_times.parquet")
    assert truth.filter(pl.col("delivered_on") > TINY.last_date).height > 0
    days = (truth["delivered_on"] - truth["ordered_on"]).dt.total_days()
    assert (days == truth["lead_time_days"]).all()


def test_a_strike_holds_up_a_supplier_before_the_end(tiny):
    out, _ = tiny
    strike = landed(out / "landing", "supplier_events").filter(pl.col("severity") == 0.9)
    supplier, day = strike["supplier"][0], strike["date"][0]
    assert (TINY.last_date - day).days == 30
    truth = pl.read_parquet(out / "truth" / "lead_times.parquet").filter(
        pl.col("supplier") == supplier
    )
    held = truth.filter((pl.col("ordered_on") < day) & (pl.col("shipped_on") > day))
    delay = (held["delivered_on"] - held["requested_on"]).dt.total_days()
    assert held.height > 0
    assert delay.mean() > 15


def test_open_orders_wait_at_the_end_and_their_units_are_reserved(tiny):
    out, _ = tiny
    orders = landed(out / "landing", "online_orders").sort("file_date")
    now = orders.group_by("order_id", "line", maintain_order=True).last()
    assert set(now["status"]) == {"open", "allocated", "shipped", "cancelled"}
    promised = (
        now.filter(pl.col("status") == "allocated")
        .group_by("sku", "location")
        .agg(pl.col("quantity").sum())
    )
    stock = landed(out / "landing", "stock").sort("file_date").group_by("sku", "location").last()
    held = stock.filter(pl.col("reserved") > 0).select("sku", "location", quantity="reserved")
    keys = ["sku", "location"]
    assert held.sort(keys).equals(promised.sort(keys).select(held.columns))


def test_parts_by_region_hold_their_region_and_full_stock_every_pair(tmp_path):
    settings = TINY.model_copy(update={"days": 3, "parts_by_region": True, "full_stock": True})
    write_retailer(settings, tmp_path, seed=3)
    landing = tmp_path / "landing"
    regions = read(landing / "locations" / "2025-09-28.csv").select("location", "region")
    pairs = landed(landing, "item_locations").select("sku", "location").unique().height
    for source in ("pos_sales", "stock"):
        names = [path.name for path in files_of(landing, source)]
        assert names[:2] == ["2025-09-28_1.parquet", "2025-09-28_2.parquet"]
        for path in files_of(landing, source):
            rows = read(path).join(regions, on="location")
            # Some regions do not trade on a Sunday.
            assert rows["region"].n_unique() == (1 if rows.height else 0)
    assert landed(landing, "stock").group_by("file_date").len()["len"].to_list() == [pairs] * 3


def test_pos_files_carry_control_totals(tiny):
    out, _ = tiny
    for path in files_of(out / "landing", "pos_sales"):
        control = json.loads(path.with_name(path.name + ".control.json").read_text())
        rows = read(path)
        assert control == {"rows": rows.height, "sums": {"quantity": rows["quantity"].sum()}}


def test_settings_name_what_does_not_fit():
    with pytest.raises(ValueError, match="dcs <= regions <= stores"):
        RetailerSettings.model_validate(TINY.model_dump() | {"dcs": 3})
    for place in ("region", "slack_region"):
        surge = {"category": "dresses", place: TINY.regions}
        with pytest.raises(ValueError, match="a surge in region"):
            RetailerSettings.model_validate(TINY.model_dump() | {"surge": surge})
    demo = size_retailer("demo")
    assert demo.first_date.isoformat() == "2024-10-01"
    assert demo.dirty_rate > 0
    network = size_retailer("network")
    assert (network.stores, network.dcs, network.skus) == (400, 4, 5_000)
    assert network.dirty_rate == 0
    assert np.isclose(network.days, 8)
