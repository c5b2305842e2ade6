"""How late each order line will be: its chance of being late, and quantiles of its days late.

The chance is that of boosted trees (LightGBM, Ke et al. 2017) over what is known of a line when it
is placed, and over the records of its supplier, lane, way and goods on that day (`records`), which
carry the level of now. A worse record never lowers a chance. Where too few lines were late for
trees, the record of the lane stands. How late a late line comes, and how early another, is the law
of its lane (`days_late`).
"""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.boosting import REPEATABLE, grow_trees
from forecasting.supply.days_late import DAYS, EARLIEST, DaysLate, fit_days_late
from forecasting.supply.records import RECENT, USUAL, measure_records, weigh_lines
from quality_checks.contracts import AskedOrderLines, PastOrderLines, find_frame

if TYPE_CHECKING:
    from lightgbm import Booster

FloatArray = npt.NDArray[np.float64]

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Levels at which days late are stated."""

LEAST_LATE = 20
"""Lines late, and in time, below which no trees are grown."""

_ROUNDS = 300
_TREES: dict[str, object] = {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 8,
    "min_data_in_leaf": 30,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
}
_USUAL_DAYS = 60.0
"""Days from order to the day due, where no line tells."""

_BLOCK = 5_000
"""Lines whose laws are held at once."""


@dataclass(frozen=True)
class DelayModel:
    """What was learnt of delays by a date.

    Attributes:
        seen: lines with what was known of them, for the records of later days.
        usual_days: days from order to the day due, taken where the day of the order is missing.
        trees: of the chance to be late; none where too few lines were.
        days_late: laws of the days late, of lines in time and of late ones.
    """

    seen: pl.DataFrame
    usual_days: float
    trees: "Booster | None"
    days_late: DaysLate


def fit_delays(lines: pl.DataFrame, *, as_of: dt.date, seed: int) -> DelayModel:
    """Learn from lines that were due by `as_of` how late others will be.

    A line that is still open at the close of `as_of` is late already once its day has passed. Each
    line teaches by the records of the day on which it was ordered.

    Args:
        lines: frame `past_order_lines`, of one record; outcomes that were known after `as_of` are
            open.
        as_of: date by which outcomes are known.
        seed: of the trees.

    Raises:
        ValueError: `lines` breaks its contract, has half an outcome, or an outcome or a day due
            after `as_of`.
    """
    past = find_frame(PastOrderLines).read(lines)
    torn = past.filter(pl.col("known_on").is_null() != pl.col("days_late").is_null())
    if torn.height:
        raise ValueError(f"line {_name(torn)} has only one of known_on and days_late")
    after = past.filter(pl.max_horizontal("known_on", "due_on") > as_of)
    if after.height:
        raise ValueError(f"line {_name(after)} is due or was known after {as_of}")
    told = weigh_lines(past).filter(pl.col("known_on").is_not_null() | (pl.col("due_on") < as_of))
    asked = (pl.col("due_on") - pl.col("ordered_on")).dt.total_days()
    usual = told.select(asked.median()).item()
    seen = told.with_columns(case=pl.col("days_late").is_null() | (pl.col("days_late") > 0))
    # Once its day has passed, a line that has not come is known to be late.
    late_on = pl.col("due_on") + pl.duration(days=1)
    seen = seen.with_columns(
        seen_on=pl.when("case").then(pl.min_horizontal("known_on", late_on)).otherwise("known_on")
    )
    days = float(usual) if usual is not None else _USUAL_DAYS
    return DelayModel(seen, days, _grow(seen, days, seed), fit_days_late(told, as_of=as_of))


def predict_delays(model: DelayModel, lines: pl.DataFrame) -> pl.DataFrame:
    """Predict how late each line will be, by what was known of others on its judged_on.

    Args:
        model: what was learnt.
        lines: frame `asked_order_lines`, of the same record.

    Returns:
        order, line, p_late_0 and p_late_7, the chances to come later than 0 and 7 days, and the
        `QUANTILES` of its days late as q10 to q90, in the order of `lines`.

    Raises:
        ValueError: `lines` breaks its contract.
    """
    asked = find_frame(AskedOrderLines).read(lines)
    features = _describe(model.seen, asked, model.usual_days)
    late = (
        features[f"lane_{RECENT}"].to_numpy()
        if model.trees is None
        else np.asarray(model.trees.predict(features.to_numpy()))
    )
    blocks = [
        _state(block, model.days_late.find_laws(block), late[start : start + _BLOCK])
        for start, block in _list_blocks(asked)
    ]
    return pl.concat(blocks) if blocks else _state(asked, np.zeros((0, len(DAYS))), late)


def _name(lines: pl.DataFrame) -> str:
    """The first of some lines by its name."""
    return f"{lines['order'][0]}/{lines['line'][0]}"


def _list_blocks(lines: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    """Blocks of lines with the place at which each starts."""
    return [(start, lines[start : start + _BLOCK]) for start in range(0, lines.height, _BLOCK)]


def _state(lines: pl.DataFrame, laws: FloatArray, late: FloatArray) -> pl.DataFrame:
    """What is said of each line: chances and quantiles of its days late."""
    law = np.where(DAYS > 0, late[:, None], 1.0 - late[:, None]) * laws
    reached = np.cumsum(law, axis=1)
    quantiles = {
        # A level is reached up to rounding of the sum.
        f"q{round(100 * level)}": DAYS[(reached < level - 1e-9).sum(axis=1).clip(0, len(DAYS) - 1)]
        for level in QUANTILES
    }
    return lines.select("order", "line").with_columns(
        p_late_0=pl.Series(late, dtype=pl.Float64),
        p_late_7=pl.Series(law[:, 7 - EARLIEST + 1 :].sum(axis=1), dtype=pl.Float64),
        **{name: pl.Series(days, dtype=pl.Int64) for name, days in quantiles.items()},
    )


def _describe(seen: pl.DataFrame, lines: pl.DataFrame, usual_days: float) -> pl.DataFrame:
    """Features of lines: what they are, and the records that they meet."""
    asked = (pl.col("due_on") - pl.col("ordered_on")).dt.total_days().cast(pl.Float64)
    placed = pl.coalesce("ordered_on", pl.col("due_on") - pl.duration(days=usual_days))
    own = lines.select(
        asked_days=asked.fill_null(float("nan")),
        units=pl.col("units").log1p(),
        worth=pl.col("worth").log1p(),
        order_lines=pl.col("order_lines").cast(pl.Float64),
        order_worth=pl.col("order_worth").log1p(),
        month_due=pl.col("due_on").dt.month().cast(pl.Float64),
        month_placed=placed.dt.month().cast(pl.Float64),
        weekday_due=pl.col("due_on").dt.weekday().cast(pl.Float64),
    )
    return own.hstack(measure_records(seen, lines))


def _grow(seen: pl.DataFrame, usual_days: float, seed: int) -> "Booster | None":
    """Grow the trees of the chance to be late, if enough lines were late, and in time."""
    late = seen["case"].to_numpy().astype(float)
    if min(late.sum(), len(late) - late.sum()) < LEAST_LATE:
        return None
    placed = pl.coalesce("ordered_on", pl.col("due_on") - pl.duration(days=usual_days))
    features = _describe(seen, seen.with_columns(judged_on=placed), usual_days)
    shares = (f"_{RECENT}", f"_{USUAL}")
    worse = [int(name.endswith(shares)) for name in features.columns]
    settings = {**_TREES, **REPEATABLE, "seed": seed, "monotone_constraints": worse}
    weight = seen["weight"].to_numpy()
    return grow_trees(settings, _ROUNDS, features.to_numpy(), late, weight=weight)
