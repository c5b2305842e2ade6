"""How long a line takes that is ordered tonight, and how likely it is late or short, by lane.

A lane is a supplier and the node that it delivers to. Its own lines tell, beside a few like those
of all lanes of its supplier, beside a few like those of all suppliers.
"""

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution import aggregate_groups
from forecasting.supply.lateness import PRIOR_LINES
from forecasting.supply.suppliers import POOL_POINTS, judge_lines
from quality_checks.contracts import LaneRisks, find_contract

FloatArray = npt.NDArray[np.float64]

_LANE = ["supplier", "destination"]
_WEEK = 7
_DAYS = ["late_chance", "late_week_chance", "lead_p10", "lead_p50", "lead_p90"]
_TIE = 1e-9


def predict_lane_risks(  # noqa: PLR0913  # four tables, a date and a number of policy
    orders: pl.DataFrame,
    lead_times: pl.DataFrame,
    scorecard: pl.DataFrame,
    risks: pl.DataFrame,
    *,
    as_of: dt.date,
    window_days: int,
) -> pl.DataFrame:
    """Predict how late and how short a line comes that is ordered tonight, by lane.

    Days taken are those of the lines due in the window, as `score_suppliers` weighs them: an
    overdue line counts with the days it has taken, a lower bound, by the chance that it still
    comes, and else as one that never comes. To a lane's own are added `PRIOR_LINES` lines of what
    its supplier's needed as a multiple of the days asked, times the days asked on this lane; to the
    supplier's as many of what all suppliers' needed. A line is late beyond the lane's lead time,
    the median of its items' rounded up. A closure lengthens both alike.

    Args:
        orders: rows of the contract PurchaseOrders as they stood on `as_of`.
        lead_times: rows of the contract LeadTimes.
        scorecard: rows of the contract SupplierScorecard.
        risks: rows of the contract OrderRisks of tonight.
        as_of: business date.
        window_days: days of the window, at least 1.

    Returns:
        The columns of the contract LaneRisks but business_date, a row for each lane of
        `lead_times`, sorted by key.
    """
    due = (
        judge_lines(orders, as_of, window_days)
        .filter("due", pl.col("taken_days").is_not_null(), pl.col("asked_days") >= 1)
        # In one order, so that sums of weights do not depend on that of the lines.
        .sort("po", "line")
    )
    every = _learn(due, _UNSEEN)
    of_supplier = {
        str(name): (_learn(own, every), own["asked_days"].median())
        for (name,), own in due.group_by("supplier", maintain_order=True)
    }
    of_lane = dict(due.group_by(_LANE, maintain_order=True))
    stated = []
    for lane in _list_lanes(lead_times).iter_rows(named=True):
        key = lane["supplier"], lane["destination"]
        usual, asked = of_supplier.get(lane["supplier"], (every, lane["agreed_days"]))
        stated.append(lane | _state_days(lane, of_lane.get(key, due.clear()), usual, asked))
    columns = find_contract(LaneRisks).made_schema
    told = ["supplier", "destination", "items", "lead_days", "closure_days", *_DAYS]
    found = pl.DataFrame(stated, schema=pl.Schema({name: columns[name] for name in told}))
    return (
        found.join(_count_lines(due, scorecard), on=_LANE, how="left", maintain_order="left")
        .join(
            scorecard.select("supplier", "p_short"),
            on="supplier",
            how="left",
            maintain_order="left",
        )
        .join(_sum_open(risks), on=_LANE, how="left", maintain_order="left")
        .with_columns(
            pl.col("lines", "open_lines").fill_null(0),
            short_chance=pl.coalesce("short_chance", "p_short"),
        )
        .select(columns.names())
        .sort(_LANE)
    )


class _Days(NamedTuple):
    """Days that lines take, or those as a multiple of the days asked.

    Attributes:
        values: ascending.
        weights: lines of each.
        never: lines that never come.
    """

    values: FloatArray
    weights: FloatArray
    never: float

    def share_later(self, days: float) -> float:
        """Share of lines that come later than some days, or never."""
        later = self.weights[self.values > days + _TIE].sum() + self.never
        return float(min(later / (self.weights.sum() + self.never), 1.0))

    def find_days(self, share: FloatArray) -> FloatArray:
        """Days by which shares of the lines that come have come."""
        reached = np.cumsum(self.weights)
        at = np.searchsorted(reached / reached[-1], share - _TIE)
        return np.asarray(self.values[np.minimum(at, len(self.values) - 1)])


_UNSEEN = _Days(np.array([1.0, 1.25]), np.array([0.9, 0.1]), 0.0)
"""What lines take as a multiple of the days asked, before any is seen."""


def _learn(lines: pl.DataFrame, wider: _Days) -> _Days:
    """Multiples of the days asked that lines took, in points, with some of a wider group's."""
    multiples = lines.select(days=pl.col("taken_days") / pl.col("asked_days"), weight="weight")
    return _cut(_add_lines(multiples, wider, 1.0))


def _add_lines(taken: pl.DataFrame, wider: _Days, scale: float) -> _Days:
    """Days of lines, and of `PRIOR_LINES` lines by a wider group's days times `scale`."""
    weight = taken["weight"].to_numpy()
    share = PRIOR_LINES / (wider.weights.sum() + wider.never)
    values = np.concatenate([taken["days"].to_numpy(), wider.values * scale])
    weights = np.concatenate([weight, wider.weights * share])
    order = np.lexsort((weights, values))
    never = (1.0 - weight).sum() + wider.never * share
    return _Days(values[order], weights[order], float(never))


def _cut(days: _Days) -> _Days:
    """The same in few points of equal weight."""
    middles = (np.arange(POOL_POINTS) + 0.5) / POOL_POINTS
    weights = np.full(POOL_POINTS, days.weights.sum() / POOL_POINTS)
    return _Days(days.find_days(middles), weights, days.never)


def _list_lanes(lead_times: pl.DataFrame) -> pl.DataFrame:
    """Lanes on which an order can be placed tonight, with the days of their middle item."""
    agreed = (pl.col("lead_time_mean") - pl.col("closure_days")).median().ceil()
    closed = pl.col("closure_days").median().ceil()
    return (
        lead_times.filter(pl.col("supplier").is_not_null())
        .group_by("supplier", destination="location", maintain_order=True)
        .agg(items=pl.len().cast(pl.Int64), agreed_days=agreed, closure_days=closed.cast(pl.Int64))
        .with_columns(lead_days=pl.col("agreed_days").cast(pl.Int64) + pl.col("closure_days"))
        .sort(_LANE)
    )


def _state_days(
    lane: dict[str, Any], own: pl.DataFrame, usual: _Days, asked: float
) -> dict[str, Any]:
    """What the days of a lane's lines say of one that is ordered tonight."""
    if own.height:
        asked = float(own.select(pl.col("asked_days").median()).item())
    days = _add_lines(own.select("weight", days="taken_days"), usual, asked)
    quantiles = days.find_days(np.array([0.1, 0.5, 0.9])) + lane["closure_days"]
    p10, p50, p90 = np.floor(quantiles.round(9) + 0.5).astype(int).tolist()
    return {
        "late_chance": days.share_later(lane["agreed_days"]),
        "late_week_chance": days.share_later(lane["agreed_days"] + _WEEK),
        "lead_p10": p10,
        "lead_p50": p50,
        "lead_p90": p90,
    }


def _count_lines(due: pl.DataFrame, scorecard: pl.DataFrame) -> pl.DataFrame:
    """Lines behind each lane, and the share of short ones, shrunk to its supplier's."""
    closed = ~pl.col("open")
    short = closed & (pl.col("delivered_quantity") < pl.col("ordered_quantity"))
    counted = due.group_by(_LANE, maintain_order=True).agg(
        lines=pl.len().cast(pl.Int64), short=short.sum(), closed=closed.sum()
    )
    shrunk = (pl.col("short") + PRIOR_LINES * pl.col("p_short")) / (pl.col("closed") + PRIOR_LINES)
    return counted.join(
        scorecard.select("supplier", "p_short"), on="supplier", maintain_order="left"
    ).select(*_LANE, "lines", short_chance=shrunk)


def _sum_open(risks: pl.DataFrame) -> pl.DataFrame:
    """Open lines of each lane, and the margin at risk of those of which it is known."""
    money = pl.col("margin_at_risk", "margin_at_risk_together")
    return aggregate_groups(
        risks.sort("document_kind", "document", "line"),
        _LANE,
        pl.when(money.is_not_null().any()).then(money.sum()),
        open_lines=pl.len().cast(pl.Int64),
    )
