"""Both importers on the real data, against facts taken from the raw files by SQL."""

import os
from pathlib import Path

import duckdb
import polars as pl
import pytest

from quality_checks.contracts import CONTRACTS, EVERYWHERE, list_targets
from simulation.importers import import_freshretailnet, import_online_retail_ii

SHARED = Path(os.environ.get("PLENISH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
FRESH = SHARED / "freshretailnet50k"
SHOP = SHARED / "online_retail_ii" / "invoices_2009_2010.parquet"
CITY = 4  # 1,141 series in 34 stores
SMALL_CITY = 8  # 65 series in 3 stores

needs_fresh = pytest.mark.skipif(not FRESH.is_dir(), reason=f"no FreshRetailNet-50K at {FRESH}")
needs_shop = pytest.mark.skipif(not SHOP.is_file(), reason=f"no Online Retail II at {SHOP}")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    out = tmp_path_factory.mktemp("fresh")
    return out, import_freshretailnet(FRESH, out, seed=3, cities=[CITY])


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Thirty days that hold dirty rows of every kind, a bad-debt adjustment too."""
    folder = tmp_path_factory.mktemp("shop")
    duckdb.execute(
        f"COPY (SELECT * FROM '{SHOP}' WHERE InvoiceDate BETWEEN '2010-04-12' AND '2010-05-12') "
        f"TO '{folder / 'invoices.parquet'}'"
    )
    summary = import_online_retail_ii(folder / "invoices.parquet", folder / "landing", seed=3)
    return folder, summary


def landed(out, source):
    """All rows of a source with the business date of their file."""
    return pl.read_parquet(out / source / "*.parquet", include_file_paths="file").with_columns(
        pl.col("file").str.extract(r"(\d{4}-\d{2}-\d{2})").str.to_date().alias("business_date")
    )


def contents(out):
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*.*")}


def assert_fits_contract(out, source):
    contract = CONTRACTS[source]
    rows = landed(out, source)
    assert rows.schema.names()[:-2] == list(contract.columns)
    contract.conform(rows)
    key = list(contract.key) if contract.mode == "events" else ["business_date", *contract.key]
    assert not rows.select(key).is_duplicated().any()
    for column, (table, field) in list_targets(contract.references):
        known = landed(out, table)[field].unique()
        if contract.name == "promotions" and column == "scope_value":
            continue
        assert rows.filter(pl.col(column) != EVERYWHERE)[column].is_in(known.implode()).all(), (
            source,
            column,
        )


def count_balances(out, sales, back):
    """Pair-days with two stock records, and those whose books do not balance."""
    pair = ["sku", "location"]
    stock = landed(out, "stock").select(*pair, "on_hand", day="business_date")
    since = stock.group_by(pair).agg(pl.col("day").min().alias("since"))
    held = (
        since.join(stock.select("day").unique(), how="cross")
        .filter(pl.col("day") >= pl.col("since"))
        .join(stock, on=[*pair, "day"], how="left")
        .sort(*pair, "day")
        .with_columns(pl.col("on_hand").forward_fill().over(pair))
        .with_columns(pl.col("on_hand").diff().over(pair).alias("change"))
    )
    transfers = landed(out, "transfers")
    moves = [
        movement(sales, "quantity", -1),
        movement(back, "quantity", 1),
        movement(landed(out, "receipts"), "received", 1),
        movement(landed(out, "adjustments"), "quantity", 1),
        movement(transfers, "received_quantity", 1, "destination", "received_on"),
        movement(transfers, "shipped_quantity", -1, "origin", "shipped_on"),
    ]
    moved = pl.concat(moves).group_by(*pair, "day").agg(pl.col("units").sum())
    books = held.join(moved, on=[*pair, "day"], how="left").drop_nulls("change")
    return books.height, books.filter(pl.col("change") != pl.col("units").fill_null(0)).height


def movement(rows, units, sign, location="location", day="timestamp"):
    return rows.select(
        "sku",
        pl.col(location).alias("location"),
        pl.col(day).cast(pl.Date).alias("day"),
        (sign * pl.col(units).cast(pl.Int64)).alias("units"),
    )


RAW_DAYS = f"""
    SELECT format('P{{:04d}}', product_id) AS sku, format('S{{:04d}}', store_id) AS location,
        dt AS day, CAST(round(10 * CAST(sale_amount AS DECIMAL(12, 3))) AS INTEGER) AS units,
        CAST(discount AS DOUBLE) AS discount, stockout_mask, stockout_hours_6_22 AS hours
    FROM '{FRESH / "daily.parquet"}' WHERE city_id = {CITY}
"""


@needs_fresh
def test_fresh_files_fit_their_contracts(fresh):
    out, summary = fresh
    assert summary.series == 1141
    assert sorted(summary.rows) == sorted(p.name for p in out.iterdir())
    for source in summary.rows:
        assert_fits_contract(out, source)
        assert landed(out, source).height == summary.rows[source]


@needs_fresh
def test_fresh_sales_equal_the_raw_sales(fresh):
    lines = landed(fresh[0], "pos_sales")  # read by the SQL
    wrong, units, days = duckdb.execute(f"""
        SELECT count(*) FILTER (WHERE coalesce(sold, 0) <> units), sum(units), count(*)
        FROM ({RAW_DAYS}) AS raw FULL JOIN (
            SELECT sku, location, CAST(timestamp AS DATE) AS day, sum(quantity) AS sold
            FROM lines GROUP BY ALL
        ) USING (sku, location, day)""").fetchone()
    assert (wrong, days) == (0, 1141 * 76)
    assert units == lines["quantity"].sum()


@needs_fresh
def test_fresh_hours_are_the_raw_hours(fresh):
    lines = landed(fresh[0], "pos_sales")  # read by the SQL
    stores = ", ".join(s[1:] for s in landed(fresh[0], "locations")["location"] if s[0] == "S")
    off, sold_hours = duckdb.execute(f"""
        WITH hours AS (
            SELECT store_id, product_id, dt, unnest(hours_sale) AS amount,
                generate_subscripts(hours_sale, 1) - 1 AS hour
            FROM '{FRESH / "hourly_sales.parquet"}' WHERE store_id IN ({stores})
        )
        SELECT count(*) FILTER (WHERE abs(10 * amount - coalesce(quantity, 0)) > 0.999),
            count(*) FILTER (WHERE amount > 0)
        FROM hours LEFT JOIN lines
            ON lines.location = format('S{{:04d}}', store_id)
            AND lines.sku = format('P{{:04d}}', product_id)
            AND lines.timestamp = dt + to_hours(hour::INTEGER)""").fetchone()
    assert off == 0
    assert sold_hours == pytest.approx(lines.height, rel=0.001)


@needs_fresh
def test_fresh_stockouts_equal_the_raw_marks(fresh):
    marks = landed(fresh[0], "stockout_hours")  # read by the SQL
    wrong, hours = duckdb.execute(f"""
        SELECT count(*) FILTER (
            WHERE coalesce(marks.hours, 0) <> raw.hours OR marks.mask <> raw.stockout_mask
        ), sum(raw.hours)
        FROM ({RAW_DAYS}) AS raw LEFT JOIN marks
            ON marks.sku = raw.sku AND marks.location = raw.location AND marks.date = raw.day
        """).fetchone()
    assert wrong == 0
    assert hours == marks["hours"].sum() > 0


@needs_fresh
def test_fresh_shelves_close_empty_where_the_last_hour_was(fresh):
    stock = landed(fresh[0], "stock")
    wrong, empty = duckdb.execute(f"""
        SELECT count(*) FILTER (WHERE (stock.on_hand = 0) <> (raw.stockout_mask >> 21 & 1 = 1)),
            count(*) FILTER (WHERE stock.on_hand = 0)
        FROM ({RAW_DAYS}) AS raw ASOF JOIN stock
            ON stock.sku = raw.sku AND stock.location = raw.location
            AND raw.day >= stock.business_date""").fetchone()
    assert wrong == 0
    assert 0 < stock.filter(pl.col("on_hand") == 0).height <= empty


@needs_fresh
def test_fresh_prices_are_list_price_times_raw_discount(fresh):
    out = fresh[0]
    prices, products = landed(out, "prices"), landed(out, "products")  # noqa: F841  # in the SQL
    wrong, discounted = duckdb.execute(f"""
        SELECT count(*) FILTER (
            WHERE abs(coalesce(price, list_price) - list_price * discount) > 0.00006
        ), count(price)
        FROM ({RAW_DAYS}) AS raw JOIN products USING (sku) LEFT JOIN prices
            ON prices.sku = raw.sku AND prices.location = raw.location
            AND raw.day BETWEEN valid_from AND valid_to
        WHERE discount > 0""").fetchone()
    assert wrong == 0
    assert discounted == prices.height > 0


@needs_fresh
def test_fresh_books_balance(fresh):
    out = fresh[0]
    pair_days, unbalanced = count_balances(
        out, landed(out, "pos_sales"), CONTRACTS["returns"].empty()
    )
    assert pair_days > 1141 * 75
    assert unbalanced == 0


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    out = tmp_path_factory.mktemp("small")
    import_freshretailnet(FRESH, out, seed=3, cities=[SMALL_CITY])
    return out


@needs_fresh
def test_fresh_import_is_the_same_bytes(small, tmp_path):
    import_freshretailnet(FRESH, tmp_path, seed=3, cities=[SMALL_CITY])
    assert contents(tmp_path) == contents(small)


@needs_fresh
def test_a_city_alone_is_the_city_in_company(small, tmp_path):
    import_freshretailnet(FRESH, tmp_path, seed=3, cities=[17, SMALL_CITY])
    stores = landed(small, "locations")["location"].implode()
    for source in ("pos_sales", "stock", "item_locations", "receipts"):
        both = landed(tmp_path, source).filter(pl.col("location").is_in(stores))
        assert both.drop("file").equals(landed(small, source).drop("file"))


@needs_fresh
def test_fresh_files_know_nothing_of_later_days(small, tmp_path):
    """Data cut after 30 days gives the same files of those days, but for the known calendar."""
    raw = tmp_path / "raw"
    raw.mkdir()
    stores = f"SELECT DISTINCT store_id FROM '{FRESH}/daily.parquet' WHERE city_id = {SMALL_CITY}"
    for name in ("daily", "hourly_sales"):
        duckdb.execute(
            f"COPY (SELECT * FROM '{FRESH}/{name}.parquet' WHERE dt <= '2024-04-26' "
            f"AND store_id IN ({stores})) TO '{raw}/{name}.parquet'"
        )
    import_freshretailnet(raw, tmp_path / "cut", seed=3)
    cut, whole = contents(tmp_path / "cut"), contents(small)
    assert len(cut) == 30 * 10 + 8
    for name in cut.keys() - {"events/2024-03-28.parquet"}:
        assert cut[name] == whole[name], name


def read_raw(folder, source):
    text = dict.fromkeys(("receipt", "return_id", "sku", "promo_id"), pl.String)
    columns = CONTRACTS[source].columns
    files = sorted((folder / "landing" / source).glob("*.csv.gz"))
    types = {name: dtype for name, dtype in text.items() if name in columns}
    frames = [pl.read_csv(file, schema_overrides=types, infer_schema_length=None) for file in files]
    filled = [
        frame.with_columns(pl.col("timestamp").str.to_datetime("%FT%T%.f"))
        for frame in frames
        if frame.height
    ]
    return pl.concat(filled, how="vertical_relaxed")


@needs_shop
def test_shop_units_are_the_raw_units(shop):
    folder, summary = shop
    sold, back = read_raw(folder, "pos_sales"), read_raw(folder, "returns")
    raw = pl.read_parquet(folder / "invoices.parquet").with_columns(
        pl.col("Invoice").str.contains("C").alias("cancelled")
    )
    assert summary.rows["pos_sales"] + summary.rows["returns"] == raw.height
    for rows, mine, sign in ((sold, ~raw["cancelled"], 1), (back, raw["cancelled"], -1)):
        there = raw.filter(mine).group_by("StockCode").agg(pl.col("Quantity").sum() * sign)
        here = rows.group_by("sku").agg(pl.col("quantity").sum())
        assert sorted(here.rows()) == sorted(there.rows())
    money = raw.filter(~raw["cancelled"]).select((pl.col("Quantity") * pl.col("Price")).sum())
    assert sold["net_value"].sum() == pytest.approx(money.item(), abs=0.01 * sold.height)
    assert sold["net_value"].min() == -53594.36  # the bad debt of 2010-04-29
    assert sold.filter(pl.col("quantity") < 0).height > 0
    assert not sold.select("receipt", "line").is_duplicated().any()


@needs_shop
def test_shop_files_fit_their_contracts_but_for_the_dirty_rows(shop):
    folder, summary = shop
    for source in set(summary.rows) - {"pos_sales", "returns"}:
        assert_fits_contract(folder / "landing", source)
    known = landed(folder / "landing", "products")["sku"]
    assert known.str.contains(r"^\d{5}[A-Z]?[A-Z]?$").all()
    assert {"POST", "M", "DOT"}.isdisjoint(known)
    clean = read_raw(folder, "pos_sales").filter(
        pl.col("quantity") > 0, pl.col("net_value") >= 0, pl.col("sku").is_in(known.implode())
    )
    CONTRACTS["pos_sales"].conform(clean)
    assert clean.height > 0.98 * summary.rows["pos_sales"]


@needs_shop
def test_shop_books_balance_on_the_rows_that_are_let_in(shop):
    folder, _ = shop
    known = landed(folder / "landing", "products")["sku"].implode()
    good = pl.col("sku").is_in(known) & (pl.col("quantity") > 0)
    sold = read_raw(folder, "pos_sales").filter(good & (pl.col("net_value") >= 0))
    back = read_raw(folder, "returns").filter(good)
    pair_days, unbalanced = count_balances(folder / "landing", sold, back)
    assert pair_days > 10_000
    assert unbalanced == 0


@needs_shop
def test_shop_import_is_the_same_bytes(shop, tmp_path):
    folder, _ = shop
    import_online_retail_ii(folder / "invoices.parquet", tmp_path, seed=3)
    assert contents(tmp_path) == contents(folder / "landing")
