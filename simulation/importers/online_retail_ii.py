"""Online Retail II (Chen, UCI 502; CC BY 4.0) as landing extracts, its dirty rows as they are.

Real: every invoice line. Lines of an invoice that starts with C are returns, all others are sales.
No line is cleaned, merged or dropped: what breaks a contract is for the pipeline to set aside.
Customer, country and description have no place in the contracts and are left out.

A product master exists only for stock codes of five digits and up to two capital letters, from the
day of their first sale at a price. Postage, bank charges, manual entries, gift vouchers, tests and
misspelt codes (lower case, blanks) have none: they are unknown skus.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from simulation.importers.landing import (
    DOCK_LIMITS,
    Assumption,
    Extracts,
    ImportSummary,
    Progress,
    list_assumptions,
)
from simulation.importers.movements import (
    Buying,
    Pairs,
    adjustment_rows,
    buy,
    order_rows,
    receipt_rows,
    spot_supplier,
    stock_rows,
    transfer_rows,
)
from simulation.importers.stock_flow import BuyingTerms, StockFlow, Units, Window, replenish

SHOP = "WEB"
DC = "DC-UK"
REGION = "UK"
CURRENCY = "GBP"
MERCHANDISE = r"^\d{5}[A-Z]{0,2}$"
SUPPLIERS = 8
DAMAGED_SHARE = 0.15
WINDOW = Window(most=28, least=14)
DIGITS = 5
SAFETY_DAYS = 21
NO_LIMIT = np.iinfo(np.int64).max
COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "Invoice": pl.String,
    "StockCode": pl.String,
    "Quantity": pl.Int64,
    "InvoiceDate": pl.Datetime("us"),
    "Price": pl.Float64,
}


def import_online_retail_ii(
    source: Path, out: Path, *, seed: int, progress: Progress | None = None
) -> ImportSummary:
    """Write Online Retail II as landing extracts, one file per source and day.

    `pos_sales` and `returns` hold the invoice lines as csv.gz, which takes any value; all else is
    parquet.

    Args:
        source: a parquet or CSV file of invoice lines, or a folder that holds one.
        out: landing folder.
        seed: of everything that is assumed.
        progress: called after each day.

    Raises:
        FileNotFoundError: there is no such file, or not exactly one in the folder.
        ValueError: a column is missing, or the file has no rows.
    """
    lines = _read_lines(source)
    first, last = lines.select(pl.col("day").min(), pl.col("day").max().alias("last")).row(0)
    days = tuple(first + timedelta(days=d) for d in range((last - first).days + 1))
    sales, returns = _sales(lines), _returns(lines, seed)
    catalogue = _catalogue(sales, seed)
    trade = _Trade(catalogue, sales, returns, days, seed)
    extracts = Extracts(out)
    listed = assumptions(seed)
    for name, frame in _fixed_masters(seed, lines).items():
        extracts.write(name, first, frame)
    extracts.write_assumptions(first, listed)
    for number, business_date in enumerate(days):
        today = pl.col("day") == business_date
        launched = catalogue.filter(pl.col("launch_date") == business_date)
        if launched.height:
            for name, frame in _item_masters(launched).items():
                extracts.write(name, business_date, frame)
        extracts.write_raw("pos_sales", business_date, sales.filter(today))
        extracts.write_raw("returns", business_date, returns.filter(today))
        for name, frame in trade.frames(number, business_date).items():
            extracts.write(name, business_date, frame)
        if progress:
            progress(number + 1, len(days))
    return ImportSummary(
        rows=extracts.rows,
        series=catalogue.height,
        first_date=first,
        last_date=last,
        assumptions=listed,
    )


def _read_lines(source: Path) -> pl.DataFrame:
    """Invoice lines in the order of the file, with day and line, the position in the invoice."""
    path = _only_file(source)
    if path.suffix == ".parquet":
        raw = pl.read_parquet(path)
    else:
        text = {"Invoice": pl.String, "StockCode": pl.String}
        raw = pl.read_csv(path, try_parse_dates=True, schema_overrides=text)
    missing = sorted(set(COLUMNS) - set(raw.columns))
    if missing:
        msg = f"{path}: columns {missing} are missing"
        raise ValueError(msg)
    if raw.is_empty():
        msg = f"{path}: no rows"
        raise ValueError(msg)
    return raw.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()).with_columns(
        pl.col("InvoiceDate").dt.date().alias("day"),
        pl.int_range(1, pl.len() + 1).over("Invoice").alias("line"),
    )


def _only_file(source: Path) -> Path:
    if source.is_file():
        return source
    found = sorted(p for p in source.glob("*") if p.suffix in {".parquet", ".csv"})
    if len(found) != 1:
        msg = f"{source} is no file, and holds {len(found)} parquet or CSV files instead of one"
        raise FileNotFoundError(msg)
    return found[0]


def _is_cancelled() -> pl.Expr:
    return pl.col("Invoice").str.starts_with("C")


def _sales(lines: pl.DataFrame) -> pl.DataFrame:
    paid = (pl.col("Quantity") * pl.col("Price")).round(2)
    return lines.filter(~_is_cancelled()).select(
        pl.col("Invoice").alias("receipt"),
        "line",
        pl.col("InvoiceDate").alias("timestamp"),
        pl.col("StockCode").alias("sku"),
        pl.lit(SHOP).alias("location"),
        pl.lit("ecom").alias("channel"),
        pl.lit(SHOP).alias("fulfilment_location"),
        pl.col("Quantity").alias("quantity"),
        paid.alias("net_value"),
        paid.alias("list_value"),
        pl.lit(None, dtype=pl.String).alias("promo_id"),
        "day",
        "Price",
    )


def _returns(lines: pl.DataFrame, seed: int) -> pl.DataFrame:
    cancelled = lines.filter(_is_cancelled())
    drawn = np.random.default_rng([seed, 60]).random(cancelled.height)
    return cancelled.select(
        pl.format("{}-{}", "Invoice", "line").alias("return_id"),
        pl.col("InvoiceDate").alias("timestamp"),
        pl.col("StockCode").alias("sku"),
        pl.lit(SHOP).alias("location"),
        pl.lit("ecom").alias("channel"),
        (-pl.col("Quantity")).alias("quantity"),
        pl.when(pl.Series(drawn) < DAMAGED_SHARE)
        .then(pl.lit("damaged"))
        .otherwise(pl.lit("resalable"))
        .alias("disposition"),
        "day",
    )


def _catalogue(sales: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Merchandise in order of sku, each with the day of its first sale at a price and its terms.

    The list price is the median price of that day, which uses nothing that comes later.
    """
    priced = sales.filter(
        pl.col("sku").str.contains(MERCHANDISE), pl.col("quantity") > 0, pl.col("Price") > 0
    )
    items = (
        priced.filter(pl.col("day") == pl.col("day").min().over("sku"))
        .group_by("sku", maintain_order=True)
        .agg(
            pl.col("day").first().alias("launch_date"),
            pl.col("Price").median().round(2).alias("list_price"),
        )
        .sort("sku")
    )
    rng = np.random.default_rng([seed, 61])
    count = items.height
    supplier = rng.integers(0, SUPPLIERS, count)
    drawn = items.with_columns(
        pl.int_range(1, pl.len() + 1).alias("line"),
        pl.format("SUP-{}", pl.Series(supplier + 1)).alias("supplier"),
        # A tenth of a penny at least: the cheapest goods list at a penny.
        pl.max_horizontal(
            (pl.col("list_price") * pl.Series(rng.uniform(0.45, 0.6, count))).round(3), 0.001
        ).alias("unit_cost"),
        pl.Series("case_pack", np.array([1, 6, 12])[rng.integers(0, 3, count)]),
        pl.Series("order_multiple", np.array([12, 24, 48])[rng.integers(0, 3, count)]),
        pl.Series("volume", rng.uniform(0.1, 4, count).round(2)),
        pl.Series("cover_days", rng.uniform(4, 12, count)),
    )
    return drawn.join(_supplier_terms(seed), on="supplier", how="left", maintain_order="left")


def _supplier_terms(seed: int) -> pl.DataFrame:
    rng = np.random.default_rng([seed, 62])
    return pl.DataFrame(
        {
            "supplier": [f"SUP-{n + 1}" for n in range(SUPPLIERS)],
            "origin": ["GB", "CN"] * (SUPPLIERS // 2),
            "contract_lead_time_days": rng.integers(7, 36, SUPPLIERS),
            "late_probability": rng.uniform(0.05, 0.3, SUPPLIERS),
            "short_probability": rng.uniform(0.01, 0.1, SUPPLIERS),
        }
    )


def _fixed_masters(seed: int, lines: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Suppliers, locations and lanes, known from the first day."""
    suppliers = _supplier_terms(seed).with_columns(
        pl.format("Assumed {}", "supplier").alias("name"),
        pl.lit(100.0).alias("minimum_order_value"),
        pl.lit(60.0).alias("expedite_fee"),
        (pl.col("contract_lead_time_days") // 3).alias("expedite_days_saved"),
        pl.lit(None).alias("closed_from"),
        pl.lit(None).alias("closed_to"),
        pl.lit(None).alias("payment_days"),
    )
    unknown = ("latitude", "longitude", "unit_capacity", *DOCK_LIMITS)
    locations = pl.DataFrame(
        {"location": [DC, SHOP], "kind": ["dc", "ecom"], "ships_online": [False, True]}
    ).with_columns(
        pl.lit(REGION).alias("region"),
        pl.lit(REGION).alias("city"),
        pl.lit(1).alias("priority"),
        pl.when(pl.col("kind") == "dc")
        .then(pl.lit("1111111"))
        .otherwise(pl.lit(_trading_weekdays(lines)))
        .alias("open_weekdays"),
        *(pl.lit(None).alias(name) for name in (*unknown, "opened_on", "closed_on")),
    )
    lanes = pl.DataFrame({"origin": [DC, SHOP], "destination": [SHOP, DC]}).with_columns(
        pl.Series("transit_days", [0, 1]),
        pl.lit(20.0).alias("fixed_cost"),
        pl.lit(0.02).alias("unit_cost"),
        pl.lit(None).alias("capacity"),
        pl.lit(None).alias("volume_capacity"),
        pl.lit("1111111").alias("order_weekdays"),
        pl.lit(value=True).alias("allowed"),
    )
    suppliers = pl.concat([suppliers, spot_supplier("GB")], how="diagonal_relaxed")
    return {"suppliers": suppliers, "locations": locations, "lanes": lanes}


def _trading_weekdays(lines: pl.DataFrame) -> str:
    """Weekdays with invoices in more than a quarter of weeks, so that strays do not count."""
    traded = lines.select("day").unique(maintain_order=True)
    weeks = traded.select(pl.col("day").dt.truncate("1w").n_unique()).item()
    counts = dict(
        traded.group_by(pl.col("day").dt.weekday(), maintain_order=True).len().iter_rows()
    )
    return "".join("1" if 4 * counts.get(d, 0) > weeks else "0" for d in range(1, 8))


def _item_masters(launched: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Masters of the items that are new on a day."""
    products = launched.with_columns(
        pl.col("sku").str.slice(0, DIGITS).alias("style"),
        pl.when(pl.col("sku").str.len_chars() > DIGITS)
        .then(pl.col("sku").str.slice(DIGITS))
        .alias("colour"),
        *(
            pl.lit(None).alias(name)
            for name in ("size", "brand", "exit_date", "barcode", "like_sku", "weight")
        ),
        pl.lit("giftware").alias("department"),
        pl.format("range-{}", pl.col("sku").str.slice(0, 2)).alias("category"),
        pl.lit("basic").alias("season"),
        pl.lit(CURRENCY).alias("currency"),
    )
    pairs = launched.select("sku").join(pl.DataFrame({"location": [DC, SHOP]}), how="cross")
    item_locations = pairs.with_columns(
        pl.lit("active").alias("status"),
        pl.lit(0).alias("presentation_min"),
        pl.lit(None).alias("shelf_max"),
        pl.lit("B").alias("service_class"),
        pl.when(pl.col("location") == SHOP).then(pl.lit(DC)).alias("supply_location"),
    )
    item_suppliers = launched.with_columns(
        (2 * pl.col("order_multiple")).alias("minimum_order_quantity"),
        pl.col("unit_cost").alias("unit_price"),
        pl.lit(CURRENCY).alias("currency"),
        pl.lit(value=True).alias("preferred"),
        pl.col("launch_date").alias("valid_from"),
        pl.lit(None).alias("valid_to"),
    )
    return {
        "products": products,
        "item_locations": item_locations,
        "item_suppliers": item_suppliers,
    }


class _Trade:
    """The assumed flows that go with the sales and returns that the contracts let in."""

    def __init__(
        self,
        catalogue: pl.DataFrame,
        sales: pl.DataFrame,
        returns: pl.DataFrame,
        days: Sequence[date],
        seed: int,
    ) -> None:
        self._days = days
        self._catalogue = catalogue
        start = (catalogue["launch_date"] - days[0]).dt.total_days().to_numpy()
        at_shop = catalogue.select("sku", pl.lit(SHOP).alias("location"), "line")
        self._shop = Pairs(at_shop, start)
        sold = self._units(sales.filter(pl.col("net_value") >= 0))
        resalable = pl.col("disposition") == "resalable"
        self._damaged = self._units(returns.filter(~resalable))
        self._flow = self._deliveries(sold, self._units(returns.filter(resalable)))
        self._buying = self._purchases(sold, seed)
        self._origin = pl.Series([DC]).new_from_index(0, catalogue.height)

    def _units(self, rows: pl.DataFrame) -> Units:
        """Units of known items by day, from their launch on."""
        known = (
            rows.filter(pl.col("quantity") > 0)
            .select("sku", "day", "quantity")
            .join(self._catalogue.select("sku", "line", "launch_date"), on="sku")
            .filter(pl.col("day") >= pl.col("launch_date"))
        )
        units = np.zeros((self._catalogue.height, len(self._days)), dtype=np.int64)
        item = known["line"].to_numpy() - 1
        day = (known["day"] - self._days[0]).dt.total_days().to_numpy()
        np.add.at(units, (item, day), known["quantity"].to_numpy())
        return units

    def _deliveries(self, sold: Units, resalable: Units) -> StockFlow:
        return replenish(
            sold,
            returned=resalable,
            empty_at_close=np.zeros(sold.shape, dtype=np.bool_),
            cover_days=self._catalogue["cover_days"].to_numpy(),
            case_pack=self._catalogue["case_pack"].to_numpy(),
            shelf_max=np.full(len(sold), NO_LIMIT),
            first_day=self._shop.first_day,
            window=WINDOW,
        )

    def _purchases(self, sold: Units, seed: int) -> Buying:
        multiple = self._catalogue["order_multiple"].to_numpy()
        at_dc = self._shop.frame.with_columns(pl.lit(DC).alias("location"))
        return buy(
            Pairs(at_dc, self._shop.first_day),
            self._flow.delivered,
            sales=sold,
            supplier=self._catalogue["supplier"],
            unit_price=self._catalogue["unit_cost"],
            terms=BuyingTerms(
                lead_time=self._catalogue["contract_lead_time_days"].to_numpy(),
                late_probability=self._catalogue["late_probability"].to_numpy(),
                short_probability=self._catalogue["short_probability"].to_numpy(),
                minimum=2 * multiple,
                multiple=multiple,
            ),
            review=np.array([day.weekday() == 0 for day in self._days]),
            cover_days=SAFETY_DAYS,
            window=WINDOW,
            days=self._days,
            rng=np.random.default_rng([seed, 63]),
        )

    def frames(self, day: int, business_date: date) -> dict[str, pl.DataFrame]:
        """Frames by source of the day with number `day`."""
        stock = [
            stock_rows(self._shop, self._flow.on_hand, day, business_date),
            stock_rows(self._buying.pairs, self._buying.on_hand, day, business_date),
        ]
        delivered = self._flow.delivered[:, day]
        return {
            "stock": pl.concat(stock),
            "transfers": transfer_rows(self._shop, self._origin, delivered, business_date),
            "adjustments": adjustment_rows(
                self._shop, self._damaged[:, day], "damaged return", business_date
            ),
            "purchase_orders": order_rows(self._buying, business_date),
            "receipts": receipt_rows(self._buying, business_date),
        }


FILLED = {
    "products.sku": "stock codes of five digits and up to two capital letters; no others",
    "products.list_price": "median price on the day of the first sale at a price",
    "products.launch_date": "day of the first sale at a price; the master is sent then",
    "products.unit_cost": "45 to 60 % of the list price; {drawn}",
    "products.style": "the digits of the code",
    "products.colour": "the letters of the code",
    "products.department": "giftware",
    "products.category": "the first two digits of the code",
    "products.season": "basic",
    "products.currency": "GBP",
    "products.case_pack": "1, 6 or 12; {drawn}",
    "products.volume": "0.1 to 4 litres; {drawn}",
    "products.supplier": "one of 8; {drawn}",
    "suppliers.*": "8 suppliers, and SPOT for spot buys; {drawn}",
    "item_suppliers.*": (
        "contract lead time 7 to 35 days by supplier, multiple 12, 24 or 48, MOQ two multiples; "
        "{drawn}"
    ),
    "item_locations.*": "every item at the web shop and at the DC; class B, no limits",
    "locations.*": "one web shop and one DC; open on the weekdays that have invoices",
    "lanes.*": "DC to shop on the day, back in a day; 20 a trip, 0.02 a unit",
    "pos_sales.line": "position in the invoice",
    "pos_sales.location": "WEB, also where the goods leave from",
    "pos_sales.channel": "ecom",
    "pos_sales.list_value": "equal to the net value: the data has no list price",
    "returns.return_id": "invoice and position in the invoice",
    "returns.quantity": "the sign of cancelled lines is turned",
    "returns.location": "WEB",
    "returns.channel": "ecom",
    "returns.disposition": "15% damaged; {drawn}",
    "stock.*": (
        "what the assumed deliveries leave after real sales and returns, 1 or more; nothing "
        "reserved or damaged"
    ),
    "transfers.*": (
        "filled from the DC up to the mean of the last 28 days x (1 + cover of 4 to 12 days by "
        "item); shipped and received on the day; {drawn}"
    ),
    "adjustments.*": "damaged returns are written off on the day",
    "purchase_orders.*": (
        "weekly order-up-to rule, late by 1 to 4 days or short by 10 to 50 %, spot buys from SPOT"
        " where stock lacks; {drawn}"
    ),
    "receipts.*": "arrivals of the assumed purchase orders",
}
"""How each field that Online Retail II does not hold is filled, by source and field."""


def assumptions(seed: int) -> tuple[Assumption, ...]:
    """The list of what is assumed, for a seed."""
    return list_assumptions(FILLED, drawn=f"numpy default_rng, seed {seed}")
