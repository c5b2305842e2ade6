"""Position, books and history of a simulated retailer against its files and its truth."""

from datetime import timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from simulated import LAST, SMALL, open_warehouse, warehouse_of

from quality_checks.contracts import CONTRACTS

PAIR = ["sku", "location"]


@pytest.fixture(scope="module")
def warehouse(planned):
    return warehouse_of(planned)


@pytest.fixture(scope="module")
def position(warehouse):
    return warehouse.read(CONTRACTS["position"], LAST)


@pytest.fixture(scope="module")
def history(planned):
    with open_warehouse(planned) as connection:
        return connection.sql("SELECT * FROM inventory.demand_history").pl()


@pytest.fixture(scope="module")
def landed(planned):
    """Gives all rows of a source with the business date of their file; parquet sources only."""

    def read(source):
        paths = (planned / "landing" / source).glob("*.parquet")
        files = pl.scan_parquet(sorted(paths), include_file_paths="file").collect()
        return files.with_columns(pl.col("file").str.extract(r"(\d{4}-\d\d-\d\d)").str.to_date())

    return read


@pytest.fixture(scope="module")
def newest(landed):
    """Gives the newest row of each key of a source."""

    def read(source):
        key = CONTRACTS[source].key
        return landed(source).sort("file").unique(key, keep="last", maintain_order=True)

    return read


def units(rows, name, **by):
    """Sum of a column by sku and location."""
    return rows.group_by(sku="sku", **by).agg(pl.col(name).sum()).sort(PAIR)


def test_on_hand_is_what_the_retailer_believes_to_have(planned, position):
    truth = pl.read_parquet(planned / "truth" / "stock" / f"{LAST}.parquet")
    assert len(truth) == len(position) == 72
    assert_frame_equal(
        position.select(*PAIR, "on_hand"), truth.select(*PAIR, on_hand="record").sort(PAIR)
    )


def test_available_is_on_hand_less_reserved_and_damaged(position, newest):
    sent = newest("stock").select(
        *PAIR, free=pl.col("on_hand") - pl.sum_horizontal("reserved", "damaged")
    )
    compared = position.join(sent, on=PAIR, how="full", coalesce=True)
    assert (compared["available"] == compared["free"]).all()
    assert position["reserved"].sum() > 0


def test_goods_on_the_way_are_all_there_and_once(planned, position, newest):
    way = newest("transfers").filter(pl.col("received_on").is_null())
    moved = way.select("sku", "shipped_quantity", location="destination")
    lines = newest("purchase_orders").select("po", "line", "sku", location="destination")
    deliveries = pl.read_parquet(planned / "truth" / "lead_times.parquet")
    shipped = deliveries.filter(pl.col("shipped_on") <= LAST, pl.col("delivered_on") > LAST)
    bought = shipped.join(lines, on=["po", "line"]).select(
        "sku", "location", shipped_quantity="quantity"
    )
    expected = (
        pl.concat([moved.select(bought.columns), bought])
        .group_by(PAIR)
        .agg(in_transit=pl.col("shipped_quantity").sum())
        .sort(PAIR)
    )
    assert len(moved) > 5
    assert len(bought) > 3
    assert_frame_equal(position.filter(pl.col("in_transit") > 0).select(expected.columns), expected)


def test_on_order_is_what_suppliers_owe_and_have_not_shipped(planned, position, newest):
    deliveries = pl.read_parquet(planned / "truth" / "lead_times.parquet")
    left = deliveries.filter(pl.col("shipped_on") <= LAST).group_by("po", "line")
    expected = (
        newest("purchase_orders")
        .filter(pl.col("status") != "received")
        .join(left.agg(pl.col("quantity").sum()), on=["po", "line"], how="left")
        .with_columns(
            on_order=pl.coalesce("confirmed_quantity", "ordered_quantity")
            - pl.col("quantity").fill_null(0)
        )
        .group_by("sku", location="destination")
        .agg(pl.col("on_order").sum())
        .filter(pl.col("on_order") > 0)
        .sort(PAIR)
    )
    assert len(expected) > 5
    found = position.filter(pl.col("on_order") > 0).select(expected.columns)
    assert_frame_equal(found.select(PAIR), expected.select(PAIR))
    # They deliver a little less than they are asked for, of lines that they have not confirmed.
    assert ((expected["on_order"] - found["on_order"]).is_between(0, 2)).all()


def test_the_books_find_every_movement_without_a_document_and_no_other(planned, warehouse):
    truth = pl.read_parquet(planned / "truth" / "discrepancies.parquet")
    for number in range(1, SMALL.days):
        date = SMALL.first_date + timedelta(days=number)
        balance = warehouse.query("book_balance", date).filter(pl.col("discrepancy") != 0)
        found = dict(zip(balance.select(PAIR).rows(), balance["discrepancy"], strict=True))
        today = truth.filter(date=date)
        assert found == dict(zip(today.select(PAIR).rows(), today["units"], strict=True)), date
    assert truth.filter(pl.col("date") > SMALL.first_date)["date"].n_unique() > 5


def test_an_entry_of_the_books_adds_up(warehouse):
    balance = warehouse.read(CONTRACTS["book_balance"], LAST)
    expected = (
        pl.sum_horizontal("opening", "returns", "receipts", "transfers_in", "adjustments")
        - pl.col("sales")
        - pl.col("transfers_out")
        + pl.col("discrepancy")
    )
    assert len(balance) > 20
    assert (balance["closing"] == balance.select(expected).to_series()).all()


def test_history_has_every_unit_sold_by_day_and_channel(history, landed):
    by = ["business_date", "channel"]
    sold = landed("pos_sales").with_columns(business_date=pl.col("timestamp").dt.date())
    expected = sold.group_by(by).agg(
        sales=pl.col("quantity").sum(), net_value=pl.col("net_value").sum()
    )
    found = history.group_by(by).agg(pl.col("sales", "net_value").sum())
    found = found.filter(pl.col("sales") > 0)
    assert expected["channel"].n_unique() == 4
    assert_frame_equal(found, expected, check_row_order=False, abs_tol=0.01)


def test_history_has_every_unit_returned(planned, history):
    schema = CONTRACTS["returns"].schema
    paths = sorted((planned / "landing" / "returns").glob("*.csv.gz"))
    returned = sum(pl.read_csv(path, schema=schema)["quantity"].sum() for path in paths)
    assert history["returned"].sum() == returned > 50


def test_a_day_is_marked_where_the_record_closed_empty_or_hours_were_sent(history, landed, newest):
    days = [SMALL.first_date + timedelta(days=number) for number in range(SMALL.days)]
    stock = landed("stock").select(
        *PAIR, day="file", empty=pl.col("on_hand") <= pl.sum_horizontal("reserved", "damaged")
    )
    closed_empty = [
        stock.filter(pl.col("day") <= day)
        .sort("day")
        .unique(PAIR, keep="last", maintain_order=True)
        .filter("empty")
        .select(*PAIR, business_date=pl.lit(day))
        for day in days
    ]
    hours = landed("stockout_hours").filter(pl.col("hours") > 0)
    reported = hours.select(*PAIR, "hours", business_date="date")
    expected = (
        pl.concat(closed_empty)
        .join(reported, on=[*PAIR, "business_date"], how="full", coalesce=True)
        .join(newest("item_locations").filter(status="active"), on=PAIR, how="semi")
        .filter(~pl.col("location").str.starts_with("D"))
    )
    marked = history.filter("out_of_stock").select(
        *PAIR, "stockout_hours", business_date="business_date"
    )
    assert len(expected) > 100
    assert expected["hours"].is_not_null().sum() > 5
    assert_frame_equal(
        marked.unique(),
        expected.select(*PAIR, stockout_hours="hours", business_date="business_date"),
        check_row_order=False,
    )
