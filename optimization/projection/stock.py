"""Projected stock of item-locations by day, as a frame."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.projection.days import project_days
from quality_checks.contracts import (
    DailyDemand,
    PlannedMoves,
    ProjectedPairs,
    ProjectedStock,
    ReceiptsDue,
    find_contract,
    find_frame,
)

_KEYS = ["sku", "location"]


def project_stock(  # noqa: PLR0913  # stock, demand, two kinds of supply, and the days
    pairs: pl.DataFrame,
    forecast: pl.DataFrame,
    receipts: pl.DataFrame,
    moves: pl.DataFrame,
    *,
    first_day: dt.date,
    days: int,
) -> pl.DataFrame:
    """Project the stock of pairs by day, in expectation.

    Receipts and planned moves of other pairs, or of days outside, are left out; a pair without a
    forecast on a day is asked for nothing. What plans take leaves before the first day opens, and
    no more than is there. See `project_days` for how demand moves stock.

    Args:
        pairs: frame `projected_pairs`.
        forecast: frame `daily_demand`.
        receipts: frame `receipts_due`.
        moves: frame `planned_moves`; goods are sent on `first_day` only.
        first_day: first day.
        days: how many, at least 1.

    Returns:
        The columns of the contract ProjectedStock but business_date, sorted by key.

    Raises:
        ValueError: a frame breaks its contract.
    """
    known = find_frame(ProjectedPairs).read(pairs).with_row_index("pair")
    cells = _Cells(known, first_day, days)
    daily = find_frame(DailyDemand).fill(forecast)
    due = find_frame(ReceiptsDue).read(receipts)
    planned = find_frame(PlannedMoves).read(moves)
    coming = cells.place(due, "due_on", "units")
    planned_in = cells.place(planned, "day", "planned_in")
    planned_out = cells.place(planned, "day", "planned_out")
    mean = cells.place(daily, "date", "mean")
    rho = (
        known.select(_KEYS)
        .join(
            daily.group_by(_KEYS, maintain_order=True).agg(pl.col("correlation").first()),
            on=_KEYS,
            how="left",
            maintain_order="left",
        )["correlation"]
        .fill_null(0.0)
    )
    available = known["available"].to_numpy().astype(float)
    sent = np.minimum(planned_out.sum(axis=1), available)
    made = project_days(
        available - sent,
        coming + planned_in,
        mean,
        cells.place(daily, "date", "variance"),
        rho.to_numpy(),
        known["waits"].to_numpy(),
    )
    opening = np.concatenate([available[:, None], made.closing[:, :-1]], axis=1)
    rows = known.select("region", *_KEYS).select(pl.all().repeat_by(days).explode())
    figures = {
        "receipts": coming.astype(np.int64),
        "planned_in": planned_in.astype(np.int64),
        "planned_out": planned_out.astype(np.int64),
        "demand": mean,
        "opening": opening,
        "closing": made.closing,
        "lost": made.lost,
        "out_chance": made.out_chance,
    }
    calendar = pl.date_range(first_day, first_day + dt.timedelta(days=days - 1), eager=True).alias(
        "day"
    )
    columns = find_contract(ProjectedStock).made_schema.names()
    return rows.with_columns(
        pl.concat([calendar] * known.height) if known.height else calendar.clear(),
        *(pl.Series(name, values.ravel()) for name, values in figures.items()),
    ).select(columns)


class _Cells:
    """Where a row of a pair and a day stands in an array [pair, day]."""

    def __init__(self, pairs: pl.DataFrame, first_day: dt.date, days: int) -> None:
        self._pairs, self._first_day, self._days = pairs, first_day, days

    def place(self, rows: pl.DataFrame, day: str, name: str) -> npt.NDArray[np.float64]:
        """Values by pair and day; 0 where a pair or a day has no row."""
        placed = (
            rows.select(*_KEYS, name, at=(pl.col(day) - pl.lit(self._first_day)).dt.total_days())
            .filter(pl.col("at").is_between(0, self._days - 1))
            .join(self._pairs.select(*_KEYS, "pair"), on=_KEYS)
        )
        found = np.zeros((self._pairs.height, self._days))
        found[placed["pair"].to_numpy(), placed["at"].to_numpy()] = placed[name].to_numpy()
        return found
