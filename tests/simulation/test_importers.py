"""Both importers on small samples whose right answers are worked out by hand."""

import gzip
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from quality_checks.contracts import CONTRACTS
from simulation.importers import import_freshretailnet, import_online_retail_ii
from simulation.importers.freshretailnet_panel import hourly_units
from simulation.importers.landing import write_landing
from simulation.importers.stock_flow import BuyingTerms, Window, purchase, replenish

FIRST = date(2024, 4, 5)  # a Friday


def sales_of(**by_hour):
    return [by_hour.get(f"h{hour}", 0.0) for hour in range(24)]


def fresh_rows():
    """City 7: store 1 with products 10 and 11, store 2 with product 10; three days."""
    plans = {
        # Sold out from 20 h on the first day, back on the second.
        (1, 10): [
            (sales_of(h8=0.3, h12=0.1), 1.0, 0, 1 << 20 | 1 << 21),
            (sales_of(h9=0.2), 0.8, 1, 0),
            (sales_of(h9=0.2), 1.0, 0, 0b111),
        ],
        (1, 11): [
            # 0.04 a time: half of a unit is reached at 9 h, one and a half at 13 h.
            (sales_of(h8=0.04, h9=0.04, h10=0.04, h13=0.04), 1.0, 0, 0),
            (sales_of(), 0.0, 0, 0),
            (sales_of(h18=1.2), 0.5, 1, 0),
        ],
        (2, 10): [
            (sales_of(h20=0.1), 1.0, 0, 0),
            (sales_of(h9=0.1), 0.9, 1, 0),
            (sales_of(h9=0.1), 1.0, 0, 0),
        ],
    }
    rows = []
    for (store, product), days in plans.items():
        for number, (hours, discount, activity, mask) in enumerate(days):
            rows.append(
                {
                    "city_id": 7,
                    "store_id": store,
                    "first_category_id": 3,
                    "second_category_id": 4,
                    "third_category_id": 5 + product,
                    "product_id": product,
                    "dt": FIRST + timedelta(days=number),
                    "discount": discount,
                    "holiday_flag": int(number > 0),
                    "activity_flag": activity,
                    "precpt": 1.0,
                    # Two readings in the city, one a store: 10 and 20 degrees.
                    "avg_temperature": 10.0 * store,
                    "avg_humidity": 50.0,
                    "avg_wind_level": 2.0,
                    "hours_sale": hours,
                    "mask": mask,
                }
            )
    return pl.DataFrame(rows)


def write_cut_layout(rows, folder):
    folder.mkdir(exist_ok=True)
    hours = pl.col("mask").map_elements(
        lambda mask: sum(mask >> hour & 1 for hour in range(6, 22)), return_dtype=pl.UInt8
    )
    rows.with_columns(
        hours.alias("stockout_hours_6_22"),
        pl.col("mask").cast(pl.UInt32).alias("stockout_mask"),
        pl.col("discount").cast(pl.Float32),
    ).drop("mask", "hours_sale").write_parquet(folder / "daily.parquet")
    rows.select(
        "store_id", "product_id", "dt", pl.col("hours_sale").cast(pl.List(pl.Float32))
    ).write_parquet(folder / "hourly_sales.parquet")
    return folder


def write_original_layout(rows, folder):
    (folder / "data").mkdir(parents=True)
    flags = [[mask >> hour & 1 for hour in range(24)] for mask in rows["mask"]]
    rows.with_columns(
        pl.col("dt").cast(pl.String),
        pl.Series("hours_stock_status", flags),
        pl.Series("stock_hour6_22_cnt", [sum(f[6:22]) for f in flags]),
    ).drop("mask").write_parquet(folder / "data" / "train.parquet")
    return folder


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh")
    source = write_cut_layout(fresh_rows(), folder / "raw")
    return folder / "landing", import_freshretailnet(source, folder / "landing", seed=1)


def landed(out, source):
    return pl.read_parquet(out / source / "*.parquet")


def contents(out):
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_hours_add_up_to_the_rounded_day():
    amounts = np.zeros((2, 24), dtype=np.float32)
    amounts[0, 8:11] = 0.04  # running sum 0.04, 0.08, 0.12 -> 0, 1, 1 units
    amounts[1, :3] = [0.1, 0.25, 0.1]  # 0.1, 0.35, 0.45 -> 1, 4, 5 units (half up)
    units = hourly_units(amounts)
    assert units[0, 8:11].tolist() == [0, 1, 0]
    assert units[1, :3].tolist() == [1, 3, 1]


def test_hourly_sales_become_lines(fresh):
    out, _ = fresh
    lines = landed(out, "pos_sales").sort("timestamp", "location", "sku")
    first_day = lines.filter(pl.col("timestamp").dt.date() == FIRST)
    assert first_day.select(
        "location", "sku", pl.col("timestamp").dt.hour(), "quantity"
    ).rows() == [
        ("S0001", "P0010", 8, 3),
        ("S0001", "P0011", 9, 1),
        ("S0001", "P0010", 12, 1),
        ("S0001", "P0011", 13, 1),
        ("S0002", "P0010", 20, 1),
    ]
    assert lines["quantity"].sum() == 3 + 1 + 1 + 1 + 1 + 2 + 2 + 12 + 1 + 1


def test_prices_hold_one_day_and_unknown_discounts_are_no_price_of_zero(fresh):
    out, _ = fresh
    listed = dict(landed(out, "products").select("sku", "list_price").iter_rows())
    prices = landed(out, "prices").sort("valid_from", "sku", "location")
    assert prices.select("sku", "location", "valid_from", "valid_to").rows() == [
        ("P0010", "S0001", date(2024, 4, 6), date(2024, 4, 6)),
        ("P0010", "S0002", date(2024, 4, 6), date(2024, 4, 6)),
        ("P0011", "S0001", date(2024, 4, 7), date(2024, 4, 7)),
    ]
    assert prices["price"].to_list() == pytest.approx(
        [0.8 * listed["P0010"], 0.9 * listed["P0010"], 0.5 * listed["P0011"]], abs=1e-4
    )
    sold_at_half = landed(out, "pos_sales").filter(pl.col("quantity") == 12).row(0, named=True)
    assert sold_at_half["net_value"] == pytest.approx(6 * listed["P0011"], abs=2e-3)
    assert sold_at_half["list_value"] == pytest.approx(12 * listed["P0011"], abs=1e-3)
    assert sold_at_half["promo_id"] == "ACT-07-P0011-20240407"


def test_context_is_by_city(fresh):
    out, _ = fresh
    weather = landed(out, "weather")
    assert weather["temperature"].to_list() == [15.0] * 3
    assert weather["region"].unique().to_list() == ["city-07"]
    events = pl.read_parquet(out / "events" / "2024-04-05.parquet")
    assert events["starts_on"].to_list() == [date(2024, 4, 6), date(2024, 4, 7)]
    promotions = landed(out, "promotions").sort("promo_id")
    assert promotions["promo_id"].to_list() == ["ACT-07-P0010-20240406", "ACT-07-P0011-20240407"]
    # Median of 20 and 10 % off; half price.
    assert promotions["discount"].to_list() == pytest.approx([0.15, 0.5], abs=1e-4)


def test_empty_shelves(fresh):
    out, _ = fresh
    hours = landed(out, "stockout_hours")
    assert hours.select("date", "sku", "location", "hours", "mask").rows() == [
        (FIRST, "P0010", "S0001", 2, 1 << 20 | 1 << 21)
    ]
    first = pl.read_parquet(out / "stock" / "2024-04-05.parquet")
    on_hand = {row[:2]: row[2] for row in first.select("sku", "location", "on_hand").iter_rows()}
    assert on_hand["P0010", "S0001"] == 0
    assert on_hand["P0011", "S0001"] > 0
    assert on_hand["P0010", "S0002"] > 0


def test_summary_counts_what_lies_in_the_folder(fresh):
    out, summary = fresh
    assert summary.series == 3
    assert (summary.first_date, summary.last_date) == (FIRST, date(2024, 4, 7))
    assert summary.rows == {p.name: landed(out, p.name).height for p in sorted(out.iterdir())}
    marked = landed(out, "assumptions")
    assert marked.height == len(summary.assumptions)
    assert set(marked["source"]) <= set(CONTRACTS)
    assert marked.filter(pl.col("method").str.contains("seed 1")).height > 0


def test_original_layout_gives_the_same_files(fresh, tmp_path):
    source = write_original_layout(fresh_rows(), tmp_path / "raw")
    import_freshretailnet(source, tmp_path / "landing", seed=1)
    assert contents(tmp_path / "landing") == contents(fresh[0])


def test_unusable_input_is_named(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(FileNotFoundError, match=r"daily\.parquet"):
        import_freshretailnet(tmp_path, out, seed=1)
    source = write_cut_layout(fresh_rows(), tmp_path / "whole")
    with pytest.raises(ValueError, match=r"cities \[3\]"):
        import_freshretailnet(source, out, seed=1, cities=[3])
    gap = write_cut_layout(fresh_rows()[:-2].vstack(fresh_rows()[-1:]), tmp_path / "gap")
    with pytest.raises(ValueError, match="store 2, product 10 has 2 of 3 days"):
        import_freshretailnet(gap, out, seed=1)
    fresh_rows()[1:].select("store_id", "product_id", "dt", "hours_sale").write_parquet(
        source / "hourly_sales.parquet"
    )
    with pytest.raises(ValueError, match="no hourly sales of store 1, product 10 on 2024-04-05"):
        import_freshretailnet(source, out, seed=1)
    assert not out.exists()


INVOICES = """Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom
489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085,United Kingdom
489434,POST,POSTAGE,1,2009-12-01 07:45:00,18.0,13085,France
489435,79323P,PINK LIGHTS,4,2009-12-01 08:00:00,2.5,,United Kingdom
489435,79323P,PINK LIGHTS,4,2009-12-01 08:00:00,3.5,,United Kingdom
489436,79323p,PINK LIGHTS,1,2009-12-01 08:00:00,3.0,,United Kingdom
489464,85048,damaged,-96,2009-12-02 10:52:00,0.0,,United Kingdom
A50640,B,Adjust bad debt,1,2009-12-02 11:00:00,-53.5,,United Kingdom
C489449,85048,GLASS BALL,-12,2009-12-04 10:33:00,6.95,13085,United Kingdom
C489450,M,Manual,1,2009-12-04 10:33:00,373.57,,United Kingdom
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "invoices.csv").write_text(INVOICES)
    return folder / "landing", import_online_retail_ii(folder, folder / "landing", seed=1)


def read_raw(out, source):
    """Text as it lies in the files, by business date."""
    return {
        p.name[:10]: gzip.decompress(p.read_bytes()).decode().splitlines()
        for p in sorted((out / source).iterdir())
    }


def test_invoice_lines_stay_as_they_are(shop):
    out, summary = shop
    sales = read_raw(out, "pos_sales")
    assert sales["2009-12-01"][1:4] == [
        "489434,1,2009-12-01T07:45:00,85048,WEB,ecom,WEB,12,83.4,83.4,",
        "489434,2,2009-12-01T07:45:00,85048,WEB,ecom,WEB,12,83.4,83.4,",
        "489434,3,2009-12-01T07:45:00,POST,WEB,ecom,WEB,1,18.0,18.0,",
    ]
    assert ",79323p,WEB,ecom,WEB,1,3.0,3.0," in sales["2009-12-01"][6]
    assert ",85048,WEB,ecom,WEB,-96,-0.0,-0.0," in sales["2009-12-02"][1]
    assert ",B,WEB,ecom,WEB,1,-53.5,-53.5," in sales["2009-12-02"][2]
    assert (summary.rows["pos_sales"], summary.rows["returns"]) == (8, 2)


def test_a_day_without_invoices_has_files_without_rows(shop):
    sales = read_raw(shop[0], "pos_sales")
    assert sorted(sales) == [f"2009-12-0{d}" for d in range(1, 5)]
    assert sales["2009-12-03"] == [",".join(CONTRACTS["pos_sales"].columns)]


def test_cancellations_are_returns_with_the_sign_turned(shop):
    lines = [line.split(",") for line in read_raw(shop[0], "returns")["2009-12-04"][1:]]
    assert [(row[0], row[2], row[5]) for row in lines] == [
        ("C489449-1", "85048", "12"),
        ("C489450-1", "M", "-1"),
    ]


def test_only_merchandise_has_a_master(shop):
    products = landed(shop[0], "products").sort("sku")
    assert products.select("sku", "style", "colour", "list_price").rows() == [
        ("79323P", "79323", "P", 3.0),  # median of 2.50 and 3.50
        ("85048", "85048", None, 6.95),
    ]


def test_unusable_invoices_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds 0 parquet or CSV files"):
        import_online_retail_ii(tmp_path, tmp_path / "out", seed=1)
    (tmp_path / "a.csv").write_text("Invoice,Quantity\n1,2\n")
    with pytest.raises(ValueError, match="'InvoiceDate', 'Price', 'StockCode'"):
        import_online_retail_ii(tmp_path / "a.csv", tmp_path / "out", seed=1)


def test_deliveries_by_hand():
    flow = replenish(
        np.array([[4, 2, 9, 3]]),
        returned=np.array([[0, 1, 0, 0]]),
        empty_at_close=np.array([[False, False, False, True]]),
        cover_days=np.array([1.0]),
        case_pack=np.array([3]),
        shelf_max=np.array([100]),
        first_day=np.array([0]),
        window=Window(most=14),
    )
    # Day 0: up to 4 x 2 = 8, in packs 9; 9 - 4 = 5 left. Day 1: up to 8 again, 3 in;
    # 5 + 3 + 1 - 2 = 7. Day 2: up to 3 x 2 = 6, none; 9 sold and 1 to be left, 3 in; 7 + 3 - 9 = 1.
    # Day 3: closes empty, 3 sold of 1: 2 lack, 3 come, the one left is written off.
    assert flow.delivered.tolist() == [[9, 3, 3, 3]]
    assert flow.on_hand.tolist() == [[5, 7, 1, 0]]
    assert flow.written_off.tolist() == [[0, 0, 0, 1]]


def test_a_launch_has_no_stock_before_it():
    flow = replenish(
        np.array([[0, 0, 5]]),
        returned=np.zeros((1, 3), dtype=np.int64),
        empty_at_close=np.zeros((1, 3), dtype=np.bool_),
        cover_days=np.array([0.0]),
        case_pack=np.array([1]),
        shelf_max=np.array([100]),
        first_day=np.array([2]),
        window=Window(most=14),
    )
    assert flow.on_hand.tolist() == [[0, 0, 1]]


def test_supplier_orders_by_hand():
    bought = purchase(
        np.array([[10, 10, 10, 40]]),
        sales=np.array([[10, 10, 10, 10]]),
        terms=BuyingTerms(
            lead_time=np.array([2]),
            late_probability=np.array([0.0]),
            short_probability=np.array([0.0]),
            minimum=np.array([20]),
            multiple=np.array([5]),
        ),
        review=np.ones(4, dtype=np.bool_),
        cover_days=0,
        first_day=np.array([0]),
        window=Window(most=14),
        rng=np.random.default_rng(0),
    )
    # Level 10 x (2 + 1) = 30, which is there when day 0 closes. Day 1 closes with 20 and orders the
    # least, 20, for day 3. Day 2 closes with 10, 20 to come: no order. Day 3: 10 + 20 - 40 lacks
    # 10, a spot buy; it closes with 0 and orders 30 for day 5.
    lines = bought.orders.select("ordered_day", "arrival_day", "ordered", "spot").rows()
    assert lines == [(1, 3, 20, False), (3, 3, 10, True), (3, 5, 30, False)]
    assert bought.on_hand.tolist() == [[30, 20, 10, 0]]


def test_a_failed_write_leaves_nothing(tmp_path):
    frame = pl.DataFrame({"list": [[1]]})
    with pytest.raises(pl.exceptions.ComputeError):
        write_landing(frame, tmp_path, "stock", FIRST, kind="csv.gz")
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("kind", ["parquet", "csv.gz"])
def test_landing_files_are_the_same_bytes(tmp_path, kind):
    frame = pl.DataFrame({"sku": ["a", "b"], "quantity": [1, None]})
    one = write_landing(frame, tmp_path / "one", "stock", FIRST, kind)
    two = write_landing(frame, tmp_path / "two", "stock", FIRST, kind)
    assert one.name == f"2024-04-05.{kind}"
    assert one.read_bytes() == two.read_bytes()
