"""Which share of a day's demand met an empty shelf, from the hours that were without stock."""

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.history.day_profile import EVERYWHERE, HOURS

FloatArray = npt.NDArray[np.float64]

FLAT_DAY = range(6, 22)
"""Hours over which demand is taken as even where no profile is given."""

LEAST_SHARE = 0.005
"""Share of a day from which on an hour belongs to the trading day."""


def sum_lost_share(history: pl.DataFrame, profile: pl.DataFrame | None) -> pl.Series:
    """Share of each day's demand that falls into hours without stock.

    A mask names the hours. Of a mere number of hours the last of the trading day are taken, since
    a shelf that ran empty mostly stays so until the close. Of both, the mask is believed.

    Args:
        history: frame `sales_history`.
        profile: the columns of the contract DayProfile; even from 6 to 22 where None. Regions that
            it lacks have the profile of everywhere.

    Returns:
        The share by row: 0 in stock, null where the shelf was empty and the hours are not known.
    """
    shares, row = _shares_of_rows(history, profile)
    lost = np.full(history.height, np.nan)
    mask = history["stockout_mask"].cast(pl.Int64)
    at = np.flatnonzero(mask.is_not_null().to_numpy())
    lost[at] = _by_mask(mask.drop_nulls().to_numpy(), shares, row[at])
    hours = history["stockout_hours"].cast(pl.Int64)
    at = np.flatnonzero((hours.is_not_null() & mask.is_null()).to_numpy())
    lost[at] = _by_count(hours.gather(at).to_numpy(), shares, row[at])
    lost[~history["out_of_stock"].to_numpy()] = 0.0
    return pl.Series("lost_share", np.clip(lost, 0, 1)).fill_nan(None)


def _shares_of_rows(
    history: pl.DataFrame, profile: pl.DataFrame | None
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """The profiles, one row of hours each, and which profile each row follows."""
    if profile is None:
        flat = np.zeros((1, HOURS))
        flat[0, list(FLAT_DAY)] = 1 / len(FLAT_DAY)
        return flat, np.zeros(history.height, dtype=np.int64)
    ordered = profile.sort("region", "weekend", "hour")
    shares = ordered["share"].to_numpy().reshape(-1, HOURS)
    index = ordered.select("region", "weekend").unique(maintain_order=True).with_row_index("row")
    there = index["region"].unique(maintain_order=True)
    row = (
        history.select(
            region=pl.when(pl.col("region").is_in(there.implode()))
            .then("region")
            .otherwise(pl.lit(EVERYWHERE)),
            weekend=pl.col("date").dt.weekday() > 5,  # noqa: PLR2004  # ISO
        )
        .join(index, on=["region", "weekend"], how="left", maintain_order="left")
        .get_column("row")
    )
    return shares, row.to_numpy().astype(np.int64)


def _by_mask(
    mask: npt.NDArray[np.int64], shares: FloatArray, row: npt.NDArray[np.int64]
) -> FloatArray:
    lost = np.zeros(len(mask))
    for hour in range(HOURS):
        lost += ((mask >> hour) & 1) * shares[row, hour]
    return lost


def _by_count(
    hours: npt.NDArray[np.int64], shares: FloatArray, row: npt.NDArray[np.int64]
) -> FloatArray:
    """The share of the day in its last trading hours, by how many hours these are."""
    trading = np.where(shares >= LEAST_SHARE, shares, 0.0)
    trading /= trading.sum(axis=1, keepdims=True)
    last = np.zeros((len(shares), HOURS + 1))
    for profile, of_hour in enumerate(trading):
        backwards = of_hour[of_hour > 0][::-1].cumsum()
        last[profile, 1 : len(backwards) + 1] = backwards
        last[profile, len(backwards) + 1 :] = 1.0
    return np.asarray(last[row, np.clip(hours, 0, HOURS)])
