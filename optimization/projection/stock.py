"""Projected stock of item-locations by day and week, as a frame."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.projection.days import project_days
from optimization.projection.stretches import Stretches
from quality_checks.contracts import (
    DemandAhead,
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
    demand: pl.DataFrame,
    receipts: pl.DataFrame,
    moves: pl.DataFrame,
    *,
    first_day: dt.date,
    days: int,
) -> pl.DataFrame:
    """Project the stock of pairs by day, and by week beyond the days, in expectation.

    Receipts and planned moves of other pairs, or of days outside, are left out; a pair without
    demand in a stretch is asked for nothing. What plans take leaves before the first day opens, and
    no more than is there. Goods of a week can be sold in all of it. See `project_days` for how
    demand moves stock.

    Args:
        pairs: frame `projected_pairs`.
        demand: frame `demand_ahead`.
        receipts: frame `receipts_due`.
        moves: frame `planned_moves`; goods are sent on `first_day` only.
        first_day: first day.
        days: how many, at least 1; the weeks of a pair follow them.

    Returns:
        The columns of the contract ProjectedStock but business_date, sorted by key.

    Raises:
        ValueError: a frame breaks its contract.
    """
    known = find_frame(ProjectedPairs).read(pairs).with_columns(pl.col("weeks").fill_null(0))
    asked = find_frame(DemandAhead).read(demand)
    due = find_frame(ReceiptsDue).read(receipts)
    planned = find_frame(PlannedMoves).read(moves)
    columns = find_contract(ProjectedStock).made_schema
    found = [pl.DataFrame(schema=columns)]
    for weeks in known["weeks"].unique().sort():
        alike = known.filter(pl.col("weeks") == weeks).with_row_index("pair")
        cells = _Cells(alike, Stretches(first_day, days, weeks))
        found.append(_project(cells, asked, due, planned).select(columns.names()))
    return pl.concat(found).sort(*_KEYS, "day")


def _project(
    cells: "_Cells", demand: pl.DataFrame, receipts: pl.DataFrame, moves: pl.DataFrame
) -> pl.DataFrame:
    """Rows of pairs that have the same stretches."""
    pairs, stretches = cells.pairs, cells.stretches
    coming = cells.place(receipts, "due_on", "units")
    planned_in = cells.place(moves, "day", "planned_in")
    planned_out = cells.place(moves, "day", "planned_out")
    mean = cells.place(demand, "day", "mean")
    available = pairs["available"].to_numpy().astype(float)
    sent = np.minimum(planned_out.sum(axis=1), available)
    made = project_days(
        available - sent,
        coming + planned_in,
        mean,
        cells.place(demand, "day", "variance"),
        cells.find_correlation(demand),
        pairs["waits"].to_numpy(),
    )
    figures = {
        "receipts": coming.astype(np.int64),
        "planned_in": planned_in.astype(np.int64),
        "planned_out": planned_out.astype(np.int64),
        "demand": mean,
        "opening": np.concatenate([available[:, None], made.closing[:, :-1]], axis=1),
        "closing": made.closing,
        "lost": made.lost,
        "out_chance": made.out_chance,
    }
    calendar = {"day": stretches.list_last_days(), "days": stretches.list_lengths()}
    return (
        pairs.select("region", *_KEYS)
        .join(pl.DataFrame(calendar), how="cross", maintain_order="left_right")
        .with_columns(pl.Series(name, values.ravel()) for name, values in figures.items())
    )


class _Cells:
    """Where a row of a pair and a day stands in an array [pair, stretch]."""

    def __init__(self, pairs: pl.DataFrame, stretches: Stretches) -> None:
        self.pairs, self.stretches = pairs, stretches

    def place(self, rows: pl.DataFrame, day: str, name: str) -> npt.NDArray[np.float64]:
        """Sums of values by pair and stretch; 0 where there is no row."""
        placed = (
            rows.select(*_KEYS, name, at=self.stretches.number_of(day))
            .filter(pl.col("at").is_not_null())
            .join(self.pairs.select(*_KEYS, "pair"), on=_KEYS, maintain_order="left")
        )
        found = np.zeros((self.pairs.height, self.stretches.days + self.stretches.weeks))
        np.add.at(
            found, (placed["pair"].to_numpy(), placed["at"].to_numpy()), placed[name].to_numpy()
        )
        return found

    def find_correlation(self, demand: pl.DataFrame) -> npt.NDArray[np.float64]:
        """Correlation of two days of each pair; 0 without demand."""
        of_pair = demand.group_by(_KEYS, maintain_order=True).agg(pl.col("correlation").first())
        told = self.pairs.select(_KEYS).join(of_pair, on=_KEYS, how="left", maintain_order="left")
        return told["correlation"].fill_null(0.0).to_numpy()
