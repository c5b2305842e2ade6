"""Master data for FreshRetailNet-50K: real keys and categories, assumed costs, terms and lanes.

Every draw belongs to a product, a supplier or a store by its number, not by its place among those
imported: a city imported alone gets the same masters as in the whole import.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import norm

from simulation.importers.freshretailnet_panel import Panel
from simulation.importers.landing import DOCK_LIMITS, Assumption, list_assumptions
from simulation.importers.movements import spot_supplier
from simulation.importers.stock_flow import BuyingTerms, Units

CURRENCY = "CNY"
ORIGIN = "CN"
SUPPLIERS_A_DEPARTMENT = 3
FIRST_DAYS = 14
"""Days at the start whose volume sets service classes, priorities and shelves."""

ALL_DAYS = "1111111"
SHARE_A, SHARE_B = 0.2, 0.3
SECOND_SUPPLIER_SHARE = 0.5


@dataclass(frozen=True)
class ImportedMasters:
    """Frames in the form of their contracts (column order aside), and what flows need of them.

    `pairs` has a row a series in the order of the panel: sku, location, line, dc, city, category,
    list_price, case_pack, shelf_max, cover_days. `dc_pairs` has a row a sku and DC: sku, location,
    line, city_id, supplier, unit_price. `terms` are theirs.
    """

    frames: dict[str, pl.DataFrame]
    pairs: pl.DataFrame
    dc_pairs: pl.DataFrame
    terms: BuyingTerms


def build_masters(panel: Panel, seed: int) -> ImportedMasters:
    """Masters of the products, stores and cities of `panel`; see `ASSUMPTIONS` for the methods."""
    suppliers = _suppliers(panel, seed)
    products = _products(panel, seed)
    pairs = _pairs(panel, products, seed)
    dc_pairs = _dc_pairs(pairs, products)
    item_suppliers = _item_suppliers(products, suppliers, panel.days[0])
    frames = {
        "suppliers": pl.concat([suppliers, spot_supplier(ORIGIN)], how="diagonal_relaxed"),
        "products": _product_rows(products, panel.days[0]),
        "locations": _locations(pairs),
        "item_locations": _item_locations(pairs, dc_pairs),
        "item_suppliers": item_suppliers,
        "lanes": _lanes(pairs),
    }
    terms = _terms(dc_pairs, suppliers, item_suppliers)
    return ImportedMasters(frames=frames, pairs=pairs, dc_pairs=dc_pairs, terms=terms)


def _draw(
    seed: int, salt: int, numbers: Units, low: float = 0, high: float = 1
) -> npt.NDArray[np.float64]:
    """Draw uniformly for each of `numbers`; a number always has the same draw."""
    draws = np.random.default_rng([seed, salt]).uniform(low, high, int(numbers.max()) + 1)
    return draws[numbers]


def _draw_third(seed: int, salt: int, numbers: Units) -> Units:
    """0, 1 or 2 for each of `numbers`."""
    return np.floor(_draw(seed, salt, numbers, 0, 3)).astype(np.int64)


def _suppliers(panel: Panel, seed: int) -> pl.DataFrame:
    department = panel.series["first_category_id"].unique().sort().to_numpy().astype(np.int64)
    places = np.arange(SUPPLIERS_A_DEPARTMENT)
    number = (department[:, None] * SUPPLIERS_A_DEPARTMENT + places).ravel()
    drawn = {
        "lead_time": 1 + _draw_third(seed, 10, number),
        "late_probability": _draw(seed, 11, number, 0.02, 0.20),
        "short_probability": _draw(seed, 12, number, 0.01, 0.10),
    }
    department_of, place = (
        pl.col("n") // SUPPLIERS_A_DEPARTMENT,
        pl.col("n") % SUPPLIERS_A_DEPARTMENT,
    )
    name = pl.format("{}-{}", department_of, place + 1)
    return pl.DataFrame({"n": number, **drawn}).with_columns(
        pl.format("SUP-{}", name).alias("supplier"),
        pl.format("Assumed supplier {}", name).alias("name"),
        pl.lit(ORIGIN).alias("origin"),
        pl.lit(200.0).alias("minimum_order_value"),
        pl.lit(80.0).alias("expedite_fee"),
        pl.lit(1).alias("expedite_days_saved"),
        pl.lit(None).alias("closed_from"),
        pl.lit(None).alias("closed_to"),
        pl.lit(None).alias("payment_days"),
    )


def _products(panel: Panel, seed: int) -> pl.DataFrame:
    categories = ("first_category_id", "second_category_id", "third_category_id")
    rows = panel.series.select("product_id", *categories).unique("product_id").sort("product_id")
    number = rows["product_id"].to_numpy().astype(np.int64)
    # Median 6 CNY, two thirds between 3.3 and 11: the order of a piece of fresh food in China.
    price = np.maximum(np.round(6 * np.exp(0.6 * norm.ppf(_draw(seed, 20, number))), 1), 0.5)
    cost = np.round(price * _draw(seed, 21, number, 0.55, 0.75), 2)
    return rows.with_columns(
        pl.format("P{}", pl.col("product_id").cast(pl.String).str.zfill(4)).alias("sku"),
        (pl.col("product_id").cast(pl.Int64) + 1).alias("line"),
        pl.format("dept-{}", "first_category_id").alias("department"),
        pl.format("cat-{}", "second_category_id").alias("category"),
        pl.format("type-{}", "third_category_id").alias("style"),
        pl.Series("list_price", price),
        pl.Series("unit_cost", cost),
        pl.Series("case_pack", np.array([1, 2, 4])[_draw_third(seed, 23, number)]),
        pl.Series("order_multiple", np.array([10, 20, 40])[_draw_third(seed, 24, number)]),
        pl.Series("volume", np.round(_draw(seed, 25, number, 0.3, 3), 2)),
        pl.Series("main", _draw_third(seed, 22, number)),
        pl.Series("has_second", _draw(seed, 26, number) < SECOND_SUPPLIER_SHARE),
        pl.Series("second_markup", np.round(_draw(seed, 27, number, 1.03, 1.08), 3)),
    ).with_columns(_supplier_name(pl.col("main")).alias("supplier"))


def _supplier_name(place: pl.Expr) -> pl.Expr:
    return pl.format("SUP-{}-{}", "first_category_id", place % SUPPLIERS_A_DEPARTMENT + 1)


def _product_rows(products: pl.DataFrame, first_day: date) -> pl.DataFrame:
    return products.with_columns(
        *(
            pl.lit(None).alias(name)
            for name in ("colour", "size", "brand", "exit_date", "barcode", "like_sku", "weight")
        ),
        pl.lit("basic").alias("season"),
        pl.lit(CURRENCY).alias("currency"),
        pl.lit(first_day - timedelta(days=365)).alias("launch_date"),
    )


def _pairs(panel: Panel, products: pl.DataFrame, seed: int) -> pl.DataFrame:
    store = panel.series["store_id"].to_numpy().astype(np.int64)
    volume = panel.sales[:, :FIRST_DAYS].mean(axis=1)
    city = pl.col("city_id").cast(pl.String).str.zfill(2)
    names = panel.series.with_columns(
        pl.format("S{}", pl.col("store_id").cast(pl.String).str.zfill(4)).alias("location"),
        pl.format("DC-{}", city).alias("dc"),
        pl.format("city-{}", city).alias("city"),
        pl.Series("volume_a_day", volume),
        # A store's habit, not a pair's: so that a store alone draws the same.
        pl.Series("cover_days", _draw(seed, 30, store, 0.5, 1.5)),
    )
    terms = products.select("product_id", "sku", "line", "category", "list_price", "case_pack")
    joined = names.join(terms, on="product_id", how="left", maintain_order="left")
    place = pl.col("volume_a_day").rank("ordinal", descending=True).over("city") / pl.len().over(
        "city"
    )
    return joined.with_columns(
        pl.when(place <= SHARE_A)
        .then(pl.lit("A"))
        .when(place <= SHARE_A + SHARE_B)
        .then(pl.lit("B"))
        .otherwise(pl.lit("C"))
        .alias("service_class"),
        pl.max_horizontal(pl.lit(12), (5 * pl.col("volume_a_day")).ceil())
        .cast(pl.Int64)
        .alias("shelf_max"),
    )


def _dc_pairs(pairs: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    return (
        pairs.select("sku", pl.col("dc").alias("location"), "city_id")
        .unique()
        .sort("location", "sku")
        .join(
            products.select("sku", "line", "supplier", pl.col("unit_cost").alias("unit_price")),
            on="sku",
            how="left",
            maintain_order="left",
        )
    )


def _locations(pairs: pl.DataFrame) -> pl.DataFrame:
    volume = pl.col("volume_a_day").sum()
    stores = (
        pairs.group_by("location", "city", maintain_order=True)
        .agg(volume)
        .sort("city", "volume_a_day", "location", descending=[False, True, False])
        .with_columns(
            pl.lit("store").alias("kind"),
            pl.int_range(1, pl.len() + 1).over("city").alias("priority"),
        )
    )
    dcs = (
        pairs.select(pl.col("dc").alias("location"), "city")
        .unique(maintain_order=True)
        .with_columns(pl.lit("dc").alias("kind"), pl.lit(1, dtype=pl.Int64).alias("priority"))
    )
    unknown = ("latitude", "longitude", "unit_capacity", *DOCK_LIMITS)
    return (
        pl.concat([stores.drop("volume_a_day"), dcs], how="diagonal")
        .sort("location")
        .with_columns(
            pl.col("city").alias("region"),
            *(pl.lit(None).alias(name) for name in (*unknown, "opened_on", "closed_on")),
            pl.lit(value=False).alias("ships_online"),
            pl.lit(ALL_DAYS).alias("open_weekdays"),
        )
    )


def _item_locations(pairs: pl.DataFrame, dc_pairs: pl.DataFrame) -> pl.DataFrame:
    presentation = pl.col("service_class").replace_strict({"A": 3, "B": 2, "C": 1})
    shelves = pairs.select(
        "sku",
        "location",
        presentation.cast(pl.Int64).alias("presentation_min"),
        "shelf_max",
        "service_class",
        pl.col("dc").alias("supply_location"),
    )
    reserve = dc_pairs.select("sku", "location").with_columns(
        pl.lit(0, dtype=pl.Int64).alias("presentation_min"), pl.lit("A").alias("service_class")
    )
    return (
        pl.concat([shelves, reserve], how="diagonal")
        .sort("sku", "location")
        .with_columns(pl.lit("active").alias("status"))
    )


def _item_suppliers(
    products: pl.DataFrame, suppliers: pl.DataFrame, first_day: date
) -> pl.DataFrame:
    price = pl.col("unit_cost")
    main = products.with_columns(price.alias("unit_price"), pl.lit(value=True).alias("preferred"))
    second = products.filter("has_second").with_columns(
        _supplier_name(pl.col("main") + 1).alias("supplier"),
        (price * pl.col("second_markup")).round(2).alias("unit_price"),
        pl.lit(value=False).alias("preferred"),
    )
    return (
        pl.concat([main, second])
        .join(suppliers.select("supplier", "lead_time"), on="supplier", how="left")
        .sort("sku", "supplier")
        .with_columns(
            pl.col("lead_time").alias("contract_lead_time_days"),
            (2 * pl.col("order_multiple")).alias("minimum_order_quantity"),
            pl.lit(CURRENCY).alias("currency"),
            pl.lit(first_day).alias("valid_from"),
            pl.lit(None).alias("valid_to"),
        )
    )


def _lanes(pairs: pl.DataFrame) -> pl.DataFrame:
    """Lanes: a DC reaches its stores overnight, on the same day; all other ways take a day."""
    nodes = pairs.select("city", "location").unique(maintain_order=True)
    nodes = pl.concat(
        [nodes, pairs.select("city", pl.col("dc").alias("location")).unique(maintain_order=True)]
    )
    from_dc = pl.col("origin").str.starts_with("DC-")
    return (
        nodes.rename({"location": "origin"})
        .join(nodes.rename({"location": "destination"}), on="city")
        .filter(pl.col("origin") != pl.col("destination"))
        .sort("origin", "destination")
        .with_columns(
            pl.when(from_dc).then(0).otherwise(1).alias("transit_days"),
            pl.when(from_dc).then(60.0).otherwise(25.0).alias("fixed_cost"),
            pl.when(from_dc).then(0.05).otherwise(0.15).alias("unit_cost"),
            pl.lit(None).alias("capacity"),
            pl.lit(None).alias("volume_capacity"),
            pl.lit(ALL_DAYS).alias("order_weekdays"),
            pl.lit(value=True).alias("allowed"),
        )
    )


def _terms(
    dc_pairs: pl.DataFrame, suppliers: pl.DataFrame, item_suppliers: pl.DataFrame
) -> BuyingTerms:
    rows = dc_pairs.join(
        suppliers.select("supplier", "late_probability", "short_probability"),
        on="supplier",
        how="left",
        maintain_order="left",
    ).join(item_suppliers, on=["sku", "supplier"], how="left", maintain_order="left")
    return BuyingTerms(
        lead_time=rows["contract_lead_time_days"].cast(pl.Int64).to_numpy(),
        late_probability=rows["late_probability"].to_numpy(),
        short_probability=rows["short_probability"].to_numpy(),
        minimum=rows["minimum_order_quantity"].cast(pl.Int64).to_numpy(),
        multiple=rows["order_multiple"].cast(pl.Int64).to_numpy(),
    )


FILLED = {
    "products.list_price": "lognormal, median 6, sigma 0.6; {drawn}",
    "products.unit_cost": "55 to 75 % of the list price; {drawn}",
    "products.currency": "CNY",
    "products.case_pack": "1, 2 or 4; {drawn}",
    "products.volume": "0.3 to 3 litres; {drawn}",
    "products.launch_date": "a year before the first day: no series starts within the data",
    "products.season": "basic",
    "products.style": "real third-level category; department and category: first, second",
    "products.supplier": "one of the three of its department; {drawn}",
    "suppliers.*": "three a department, and SPOT for spot buys; {drawn}",
    "item_suppliers.*": (
        "lead time 1 to 3 days, multiple 10, 20 or 40, MOQ two multiples; half of the products "
        "have a second supplier at 3 to 8 % more; {drawn}"
    ),
    "locations.*": (
        "one DC a city; store priority by {first}; open every day; capacities and coordinates "
        "unknown"
    ),
    "item_locations.*": (
        "class by {first} within the city (20 % A, 30 % B, 50 % C), presentation 3, 2 or 1, shelf"
        " 5 such days and at least 12 units"
    ),
    "lanes.*": (
        "DC to its stores in the night (0 days, 60 a trip, 0.05 a unit); all other ways within a "
        "city 1 day, 25 a trip, 0.15 a unit"
    ),
    "pos_sales.quantity": (
        "a unit is a tenth of the raw sale amount, rounded half up on the running sum of the day"
    ),
    "pos_sales.receipt": "all units of a store, product and hour are one line",
    "pos_sales.channel": "store",
    "pos_sales.net_value": "units x list price x real discount",
    "pos_sales.list_value": "units x list price",
    "prices.price": (
        "list price x real discount, a row a day, rows at list price left out; a discount of 0 "
        "(unknown) counts as list price"
    ),
    "promotions.*": (
        "real activity flags by product, city and day, where half of the stores or more have it; "
        "discount is their median share off, which prices hold already"
    ),
    "events.*": (
        "real day-off flags (weekends and public holidays, a calendar known ahead) by city"
    ),
    "weather.*": "real, the mean of the city's stores; observations only",
    "stockout_hours.hours": "real hours from 6 to 22; days without one are not sent",
    "stock.on_hand": (
        "0 where hour 21 was without stock; else what the assumed deliveries leave after real "
        "sales, 1 or more"
    ),
    "stock.reserved": "0",
    "stock.damaged": "0",
    "transfers.*": (
        "filled from the DC up to the mean of the last 14 days x (1 + cover of 0.5 to 1.5 days by"
        " store); shipped and received on the day; {drawn}"
    ),
    "adjustments.*": "what is left on a shelf that is known to close empty is waste",
    "purchase_orders.*": (
        "daily order-up-to rule of each DC, late by 1 to 4 days or short by 10 to 50 %, spot buys"
        " from SPOT where stock lacks; numpy default_rng, seed {seed}, by city"
    ),
    "receipts.*": "arrivals of the assumed purchase orders",
}
"""How each field that FreshRetailNet-50K does not hold is filled, by source and field."""


def assumptions(seed: int) -> tuple[Assumption, ...]:
    """The list of what is assumed, for a seed."""
    return list_assumptions(
        FILLED,
        seed=seed,
        drawn=f"numpy default_rng, seed {seed}, by number of the product, store or supplier",
        first=f"mean sales of the first {FIRST_DAYS} days",
    )
