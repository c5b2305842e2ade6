"""FreshRetailNet-50K (Dingdong, 2025; arXiv 2505.16319; CC BY 4.0) as landing extracts.

Real: sales by hour, stock-outs, discounts, activities, days off, weather, and the keys. All else is
assumed, by a seed, and listed in the `assumptions` source.

The raw sale amounts are scaled; nearly all are steps of 0.1, and 0.1 is the commonest hour with
sales, so that a tenth is taken for one unit.
"""

from collections.abc import Collection
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from simulation.importers.freshretailnet_masters import ImportedMasters, assumptions, build_masters
from simulation.importers.freshretailnet_panel import WEATHER, Panel, read_panel
from simulation.importers.landing import Extracts, ImportSummary, Progress
from simulation.importers.movements import (
    Buying,
    Pairs,
    adjustment_rows,
    buy,
    order_rows,
    receipt_rows,
    stock_rows,
    transfer_rows,
)
from simulation.importers.stock_flow import StockFlow, Units, Window, replenish

LAST_OPENING_HOUR = 21
WINDOW = Window(most=14)
SAFETY_DAYS = 1.5
MAJORITY = 0.5


def import_freshretailnet(
    source: Path,
    out: Path,
    *,
    seed: int,
    cities: Collection[int] | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Write FreshRetailNet-50K as landing extracts, one file per source and day.

    Args:
        source: folder with `daily.parquet` and `hourly_sales.parquet`, or the original
            `train.parquet`.
        out: landing folder.
        seed: of everything that is assumed.
        cities: city numbers to import; all of them by default.
        progress: called after each day.

    Raises:
        FileNotFoundError: the data is not in `source`.
        ValueError: no row is left, or a series lacks a day.
    """
    panel = read_panel(source, cities)
    masters = build_masters(panel, seed)
    extracts = Extracts(out)
    listed = assumptions(seed)
    first = panel.days[0]
    for name, frame in masters.frames.items():
        extracts.write(name, first, frame)
    extracts.write("events", first, _holidays(panel))
    extracts.write_assumptions(first, listed)
    day_writer = _Days(panel, masters, seed)
    for number, business_date in enumerate(panel.days):
        for name, frame in day_writer.frames(number, business_date).items():
            extracts.write(name, business_date, frame)
        if progress:
            progress(number + 1, len(panel.days))
    return ImportSummary(
        rows=extracts.rows,
        series=panel.series.height,
        first_date=first,
        last_date=panel.days[-1],
        assumptions=listed,
    )


def _holidays(panel: Panel) -> pl.DataFrame:
    city = pl.col("city_id").cast(pl.String).str.zfill(2)
    return panel.holidays.select(
        pl.format("HOL-{}-{}", city, pl.col("dt").dt.strftime("%Y%m%d")).alias("event_id"),
        pl.lit("Day off: weekend or public holiday").alias("name"),
        pl.lit("holiday").alias("kind"),
        pl.format("city-{}", city).alias("region"),
        pl.lit("*").alias("location"),
        pl.col("dt").alias("starts_on"),
        pl.col("dt").alias("ends_on"),
    )


class _Days:
    """The landing frames of a day, cut from the panel and from the assumed flows."""

    def __init__(self, panel: Panel, masters: ImportedMasters, seed: int) -> None:
        self._panel = panel
        self._masters = masters
        start = np.zeros(panel.series.height, dtype=np.int64)
        self._shelves = Pairs(masters.pairs.select("sku", "location", "line"), start)
        self._flow = assume_deliveries(panel, masters)
        self._buying = assume_purchases(panel, masters, self._flow, seed)

    def frames(self, day: int, business_date: date) -> dict[str, pl.DataFrame]:
        """Frames by source of the day with number `day`."""
        panel, flow, buying = self._panel, self._flow, self._buying
        prices = self._prices(day)
        promotions = self._promotions(day, business_date)
        stock = [
            stock_rows(self._shelves, flow.on_hand, day, business_date),
            stock_rows(buying.pairs, buying.on_hand, day, business_date),
        ]
        dc = self._masters.pairs["dc"]
        return {
            "pos_sales": self._pos_sales(day, business_date, prices, promotions),
            "stockout_hours": self._stockout_hours(day, business_date),
            "prices": self._price_rows(prices, business_date),
            "promotions": promotions,
            "weather": _weather(panel, business_date),
            "stock": pl.concat(stock),
            "transfers": transfer_rows(self._shelves, dc, flow.delivered[:, day], business_date),
            "adjustments": adjustment_rows(
                self._shelves, flow.written_off[:, day], "waste", business_date
            ),
            "purchase_orders": order_rows(buying, business_date),
            "receipts": receipt_rows(buying, business_date),
        }

    def _prices(self, day: int) -> npt.NDArray[np.float64]:
        """Selling price of each series; the list price where the data has no discount."""
        discount = self._panel.discount[:, day].astype(np.float64)
        listed = self._masters.pairs["list_price"].to_numpy()
        return np.round(listed * np.where(discount > 0, discount, 1), 4)

    def _pos_sales(
        self,
        day: int,
        business_date: date,
        prices: npt.NDArray[np.float64],
        promotions: pl.DataFrame,
    ) -> pl.DataFrame:
        hourly = self._panel.hourly[:, day]
        series, hour = np.nonzero(hourly)
        promo_ids = self._promo_of_series(day, promotions)
        lines = self._masters.pairs.select("sku", "location", "line", "list_price").with_columns(
            pl.Series("price", prices), promo_ids
        )
        units = pl.Series("quantity", hourly[series, hour]).cast(pl.Int64)
        hours = pl.Series("hour", hour)
        midnight = datetime.combine(business_date, time())
        stamp = f"{business_date:%Y%m%d}"
        return (
            lines[series]
            .with_columns(units, hours)
            .select(
                pl.format(
                    f"{{}}-{stamp}-{{}}", "location", pl.col("hour").cast(pl.String).str.zfill(2)
                ).alias("receipt"),
                "line",
                (pl.lit(midnight) + pl.duration(hours="hour")).alias("timestamp"),
                "sku",
                "location",
                pl.lit("store").alias("channel"),
                pl.col("location").alias("fulfilment_location"),
                "quantity",
                (pl.col("quantity") * pl.col("price")).round(4).alias("net_value"),
                (pl.col("quantity") * pl.col("list_price")).round(4).alias("list_value"),
                "promo_id",
            )
        )

    def _promo_of_series(self, day: int, promotions: pl.DataFrame) -> pl.Series:
        active = self._masters.pairs.select("sku", "city").with_columns(
            pl.Series("active", self._panel.activity[:, day])
        )
        found = active.join(
            promotions.select(pl.col("scope_value").alias("sku"), "region", "promo_id"),
            left_on=["sku", "city"],
            right_on=["sku", "region"],
            how="left",
            maintain_order="left",
        )
        return found.select(pl.when("active").then("promo_id").alias("promo_id")).to_series()

    def _stockout_hours(self, day: int, business_date: date) -> pl.DataFrame:
        hours = self._panel.stockout_hours[:, day]
        rows = np.flatnonzero(hours)
        return self._shelves.frame[rows].select(
            pl.lit(business_date).alias("date"),
            "sku",
            "location",
            pl.Series("hours", hours[rows]),
            pl.Series("mask", self._panel.stockout_mask[rows, day]),
        )

    def _price_rows(self, prices: npt.NDArray[np.float64], business_date: date) -> pl.DataFrame:
        """Send prices day by day: a longer range would tell on its first day how long it lasts."""
        listed = self._masters.pairs["list_price"].to_numpy()
        rows = np.flatnonzero(prices != listed)
        return self._shelves.frame[rows].select(
            "sku",
            "location",
            pl.lit(business_date).alias("valid_from"),
            pl.lit(business_date).alias("valid_to"),
            pl.Series("price", prices[rows]),
        )

    def _promotions(self, day: int, business_date: date) -> pl.DataFrame:
        """Activities of the day by product and city.

        The flags are by store and product; within a product, city and day 98.5 % of them agree,
        while an event of a store could not name the product. So the majority's flag stands.
        """
        discount = pl.when(pl.col("discount") > 0).then("discount").otherwise(1)
        flags = self._masters.pairs.select("sku", "city", "city_id").with_columns(
            pl.Series("active", self._panel.activity[:, day]),
            pl.Series("discount", self._panel.discount[:, day].astype(np.float64)),
        )
        share_off = (1 - discount.filter(pl.col("active")).median()).clip(0, 0.99).round(4)
        city = pl.col("city_id").cast(pl.String).str.zfill(2)
        return (
            flags.group_by("sku", "city", "city_id", maintain_order=True)
            .agg(pl.col("active").mean().alias("share"), share_off.alias("share_off"))
            .filter(pl.col("share") >= MAJORITY)
            .sort("city", "sku")
            .select(
                pl.format(f"ACT-{{}}-{{}}-{business_date:%Y%m%d}", city, "sku").alias("promo_id"),
                pl.lit("sku").alias("scope"),
                pl.col("sku").alias("scope_value"),
                pl.col("city").alias("region"),
                pl.lit("*").alias("channel"),
                pl.lit(business_date).alias("starts_on"),
                pl.lit(business_date).alias("ends_on"),
                pl.col("share_off").alias("discount"),
            )
        )


def _weather(panel: Panel, business_date: date) -> pl.DataFrame:
    rain, temperature = WEATHER
    return panel.weather.filter(pl.col("dt") == business_date).select(
        pl.col("dt").alias("date"),
        pl.format("city-{}", pl.col("city_id").cast(pl.String).str.zfill(2)).alias("region"),
        pl.lit("observation").alias("kind"),
        pl.col("dt").alias("issued_on"),
        pl.col(temperature).alias("temperature"),
        pl.col(rain).alias("rain"),
    )


def assume_deliveries(panel: Panel, masters: ImportedMasters) -> StockFlow:
    """Assume deliveries to the stores, and what they leave on the shelves."""
    pairs = masters.pairs
    sales = panel.sales
    return replenish(
        sales,
        returned=np.zeros_like(sales),
        empty_at_close=(panel.stockout_mask >> LAST_OPENING_HOUR) & 1 == 1,
        cover_days=pairs["cover_days"].to_numpy(),
        case_pack=pairs["case_pack"].to_numpy(),
        shelf_max=pairs["shelf_max"].to_numpy(),
        first_day=np.zeros(len(sales), dtype=np.int64),
        window=WINDOW,
    )


def assume_purchases(panel: Panel, masters: ImportedMasters, flow: StockFlow, seed: int) -> Buying:
    """Assume what the DCs bought to ship what the stores got, drawn for each city by itself."""
    keys = masters.pairs.select("sku", pl.col("dc").alias("location"))
    index = masters.dc_pairs.select("sku", "location").with_row_index("item")
    item = keys.join(index, on=["sku", "location"], how="left", maintain_order="left")["item"]
    shape = (masters.dc_pairs.height, len(panel.days))
    outflow, sales = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    np.add.at(outflow, item.to_numpy(), flow.delivered)
    np.add.at(sales, item.to_numpy(), panel.sales)
    return _by_city(panel, masters, outflow, sales, seed=seed)


def _by_city(
    panel: Panel, masters: ImportedMasters, outflow: Units, sales: Units, *, seed: int
) -> Buying:
    bought = []
    for city in masters.dc_pairs["city_id"].unique().sort():
        rows = np.flatnonzero(masters.dc_pairs["city_id"].to_numpy() == city)
        mine = masters.dc_pairs[rows]
        bought.append(
            buy(
                Pairs(mine.select("sku", "location", "line"), np.zeros(len(rows), dtype=np.int64)),
                outflow[rows],
                sales=sales[rows],
                supplier=mine["supplier"],
                unit_price=mine["unit_price"],
                terms=masters.terms.take(rows),
                review=np.ones(len(panel.days), dtype=np.bool_),
                cover_days=SAFETY_DAYS,
                window=WINDOW,
                days=panel.days,
                rng=np.random.default_rng([seed, 40, city]),
            )
        )
    return Buying(
        pairs=Pairs(
            pl.concat([b.pairs.frame for b in bought]),
            np.concatenate([b.pairs.first_day for b in bought]),
        ),
        on_hand=np.concatenate([b.on_hand for b in bought]),
        orders=pl.concat([b.orders for b in bought]),
    )
