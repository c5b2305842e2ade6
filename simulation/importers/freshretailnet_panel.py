"""FreshRetailNet-50K as a dense panel of series by day, in the units of plenish."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from simulation.importers.stock_flow import Flags, Units

HOURS = 24
BATCH_ROWS = 400_000
KEYS = ("store_id", "product_id")
SERIES = (*KEYS, "city_id", "first_category_id", "second_category_id", "third_category_id")
WEATHER = ("precpt", "avg_temperature")


@dataclass(frozen=True)
class Panel:
    """The data, with a row a series (sorted by store and product) and a column a day.

    Attributes:
        series: store_id, product_id, city_id and the three category ids.
        days: business dates, without a gap.
        hourly: units sold, [series, days, 24]. A unit is a tenth of the raw sale amount.
        stockout_hours: hours from 6 to 22 without stock, [series, days].
        stockout_mask: bit h is set where hour h was without stock, [series, days].
        discount: price as a share of the list price, 0 where the data has none, [series, days].
        activity: whether a promotion was on, [series, days].
        holidays: city_id and dt of the days off.
        weather: city_id, dt and the mean of the stores' measures.
    """

    series: pl.DataFrame
    days: tuple[date, ...]
    hourly: npt.NDArray[np.uint16]
    stockout_hours: npt.NDArray[np.uint8]
    stockout_mask: npt.NDArray[np.uint32]
    discount: npt.NDArray[np.float32]
    activity: Flags
    holidays: pl.DataFrame
    weather: pl.DataFrame

    @property
    def sales(self) -> Units:
        """Units sold by day, [series, days]."""
        units: Units = self.hourly.sum(axis=2, dtype=np.int64)
        return units


def count_city_series(source: Path) -> pl.DataFrame:
    """Count the series of each city of the data in `source`, the smallest city first.

    Raises:
        FileNotFoundError: as `read_panel`.
    """
    series = _open(source)[0].select(*KEYS, "city_id").unique(maintain_order=True)
    counted = series.group_by("city_id", maintain_order=True).agg(series=pl.len())
    return counted.sort("series", "city_id").collect()


def read_panel(source: Path, cities: Collection[int] | None) -> Panel:
    """Read the folder `source`, all of it or some cities.

    It holds `daily.parquet` and `hourly_sales.parquet`, or the original `train.parquet` (there
    or below `data/`).

    Raises:
        FileNotFoundError: neither is there.
        ValueError: no row is left, or a series lacks a day.
    """
    daily, hourly = _open(source)
    if cities is not None:
        daily = daily.filter(pl.col("city_id").is_in(list(cities)))
    rows = daily.sort(*KEYS, "dt").collect()
    if rows.is_empty():
        msg = f"{source}: no rows of cities {'(all)' if cities is None else sorted(cities)}"
        raise ValueError(msg)
    series = rows.select(SERIES).unique(KEYS, maintain_order=True)
    days = _days(rows, series, source)
    shape = (series.height, len(days))
    return Panel(
        series=series,
        days=days,
        hourly=_hourly_units(hourly, series, days, source),
        stockout_hours=rows["stockout_hours_6_22"].to_numpy().reshape(shape),
        stockout_mask=rows["stockout_mask"].to_numpy().reshape(shape),
        discount=rows["discount"].to_numpy().reshape(shape),
        activity=rows["activity_flag"].to_numpy().reshape(shape) > 0,
        holidays=rows.filter(pl.col("holiday_flag") > 0)
        .select("city_id", "dt")
        .unique()
        .sort("city_id", "dt"),
        weather=rows.unique(["store_id", "dt"], maintain_order=True)
        .group_by("city_id", "dt", maintain_order=True)
        .agg(pl.col(WEATHER).cast(pl.Float64).mean().round(3))
        .sort("city_id", "dt"),
    )


def _open(source: Path) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    if (source / "daily.parquet").is_file():
        daily = pl.scan_parquet(source / "daily.parquet")
        return daily, pl.scan_parquet(source / "hourly_sales.parquet")
    for original in (source / "train.parquet", source / "data" / "train.parquet"):
        if original.is_file():
            return _open_original(original)
    msg = f"{source} holds neither daily.parquet with hourly_sales.parquet nor train.parquet"
    raise FileNotFoundError(msg)


def _open_original(path: Path) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The file as it is published: a list of 24 stock-out flags and of 24 sales a row."""
    rows = pl.scan_parquet(path).with_columns(pl.col("dt").cast(pl.String).str.to_date())
    flags = pl.col("hours_stock_status").list
    mask = pl.sum_horizontal(flags.get(h).cast(pl.UInt32) * (1 << h) for h in range(HOURS))
    daily = rows.with_columns(
        mask.cast(pl.UInt32).alias("stockout_mask"),
        pl.col("stock_hour6_22_cnt").cast(pl.UInt8).alias("stockout_hours_6_22"),
        pl.col("discount").cast(pl.Float32),
    )
    return daily.drop("hours_sale", "hours_stock_status"), rows.select(*KEYS, "dt", "hours_sale")


def _days(rows: pl.DataFrame, series: pl.DataFrame, source: Path) -> tuple[date, ...]:
    """The calendar of the data; a series that lacks a day is refused, never filled in."""
    first, last = rows.select(pl.col("dt").min(), pl.col("dt").max().alias("last")).row(0)
    days = tuple(first + timedelta(days=d) for d in range((last - first).days + 1))
    counts = rows.group_by(KEYS, maintain_order=True).agg(pl.col("dt").n_unique())
    lacking = counts.filter(pl.col("dt") != len(days))
    if lacking.height:
        store, product, found = lacking.row(0)
        msg = f"{source}: store {store}, product {product} has {found} of {len(days)} days"
        raise ValueError(msg)
    if rows.height != series.height * len(days):
        msg = f"{source}: a store, product and day occurs more than once"
        raise ValueError(msg)
    return days


def hourly_units(amounts: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    """Whole units by hour whose sum is the day's amount in tenths, rounded half up.

    Nearly all amounts are steps of 0.1. The rest (goods sold by weight) are rounded on the running
    sum of the day, so that the hours lose nothing that the day does not lose.

    Args:
        amounts: raw sale amounts, [rows, 24].
    """
    thousandths = np.rint(amounts.astype(np.float64) * 1000).astype(np.int64)
    running = (thousandths.cumsum(axis=1) + 50) // 100
    return np.diff(running, axis=1, prepend=0).astype(np.uint16)


def _hourly_units(
    hourly: pl.LazyFrame, series: pl.DataFrame, days: tuple[date, ...], source: Path
) -> npt.NDArray[np.uint16]:
    """Hourly units of the panel, read some stores at a time so that memory stays small."""
    units = np.zeros((series.height * len(days), HOURS), dtype=np.uint16)
    filled = np.zeros(len(units), dtype=np.bool_)
    index = series.select(KEYS).with_row_index("row")
    stores = series["store_id"].unique().sort().to_numpy()
    for some in np.array_split(stores, -(-len(units) // BATCH_ROWS)):
        # The range lets the reader pass over what a file sorted by store need not decode.
        wanted = pl.col("store_id").is_between(some[0], some[-1]) & pl.col("store_id").is_in(some)
        batch = (
            hourly.filter(wanted & pl.col("dt").is_between(days[0], days[-1]))
            .collect()
            .join(index, on=KEYS, how="inner", maintain_order="left")
        )
        since_first = (batch["dt"] - days[0]).dt.total_days().to_numpy()
        at = batch["row"].to_numpy().astype(np.int64) * len(days) + since_first
        amounts = batch["hours_sale"].cast(pl.Array(pl.Float32, HOURS)).to_numpy()
        units[at] = hourly_units(amounts)
        filled[at] = True
    if not filled.all():
        missing = int(np.flatnonzero(~filled)[0])
        store, product = series.row(missing // len(days))[:2]
        day = days[missing % len(days)]
        msg = f"{source}: no hourly sales of store {store}, product {product} on {day}"
        raise ValueError(msg)
    return units.reshape(series.height, len(days), HOURS)
