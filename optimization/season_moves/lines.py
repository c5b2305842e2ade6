"""Lines of a season's moves: what they gain over both zones, and which gain enough to go."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from forecasting.distribution import aggregate_groups
from optimization.markdown import SolvedSeason
from optimization.season_moves.wanted import find_gains
from quality_checks.contracts import LineRules

_LANE = ["origin", "destination"]
_LITTLE = 1e-9
"""Of currency, by which a gain may be below what is asked for."""


def keep_gaining_lines(
    lines: pl.DataFrame,
    seasons: Sequence[SolvedSeason],
    *,
    min_gain: float,
    least_units: int,
    rules: LineRules,
) -> pl.DataFrame:
    """Keep the lines that gain what lines must, and the trips that gain what trips must.

    Lines were chosen by what units are worth to places; what counts is what the zones gain. The
    worst goes first, as what it leaves makes the others of its item gain more.

    Args:
        lines: sku, origin, destination, quantity, giver and taker (numbers of the seasons of the
            two zones), fixed_cost and lane_unit_cost.
        seasons: solved with headroom.
        min_gain: what a trip must gain after all its costs, currency.
        least_units: fewest units of a trip.
        rules: what a line costs and must gain.

    Returns:
        Lines with value_gained, value_lost, gain (currency, before fixed costs), left and come
        (units that leave the one zone and come to the other in all).
    """
    gains = _Gains(seasons)
    while True:
        priced = price_lines(lines, gains, rules.transfer_line_cost)
        poor = (
            priced.filter(pl.col("gain") < rules.least_transfer_gain - _LITTLE)
            .sort("gain", "sku", *_LANE)
            .unique("sku", keep="first", maintain_order=True)
        )
        if not poor.is_empty():
            lines = lines.join(poor, on=["sku", *_LANE], how="anti", maintain_order="left")
            continue
        trips = aggregate_groups(
            priced,
            _LANE,
            gain=pl.col("gain").sum() - pl.col("fixed_cost").first(),
            units=pl.col("quantity").sum(),
        )
        small = pl.col("units") < least_units
        poor = trips.filter((pl.col("gain") < min_gain - _LITTLE) | small).sort("gain", *_LANE)
        if poor.is_empty():
            return priced
        dropped = select_apart(poor, priced)
        lines = lines.join(dropped, on=_LANE, how="anti", maintain_order="left")


class _Gains:
    """What units that come to a season gain, worked out once for each number of units."""

    def __init__(self, seasons: Sequence[SolvedSeason]) -> None:
        self._seasons = seasons
        self._found: dict[tuple[int, int], float] = {}

    def find(self, season: int, units: int) -> float:
        """Gain of so many units more in a season, currency; below 0 units leave it."""
        if (season, units) not in self._found:
            one = self._seasons[season]
            gain = find_gains(one, one.season.stock, np.array([float(units)]))[0]
            self._found[season, units] = float(gain)
        return self._found[season, units]


def select_apart(poor: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The poor trips, the worst first, that share no item with a worse one: none changes another's.

    Dropped together they leave what dropping them one by one would leave.
    """
    items = {
        (origin, destination): set(skus)
        for origin, destination, skus in lines.group_by(_LANE, maintain_order=True)
        .agg("sku")
        .iter_rows()
    }
    seen: set[str] = set()
    apart = []
    for lane in poor.select(_LANE).iter_rows():
        if seen.isdisjoint(items[lane]):
            apart.append(lane)
        seen |= items[lane]
    return pl.DataFrame(apart, schema=dict.fromkeys(_LANE, pl.String), orient="row")


def price_lines(lines: pl.DataFrame, gains: _Gains, line_cost: float) -> pl.DataFrame:
    """Add to lines what their zones gain and lose by them, shared by units.

    Args:
        lines: as `keep_gaining_lines` is given them.
        gains: of the seasons that `giver` and `taker` number.
        line_cost: of a line, currency.
    """
    counted = lines.with_columns(
        left=pl.col("quantity").sum().over("giver"), come=pl.col("quantity").sum().over("taker")
    )
    found = [
        (
            -gains.find(giver, -left) * quantity / left,
            gains.find(taker, come) * quantity / come,
        )
        for giver, taker, left, come, quantity in counted.select(
            "giver", "taker", "left", "come", "quantity"
        ).iter_rows()
    ]
    lost, gained = zip(*found, strict=True) if found else ((), ())
    own = pl.col("lane_unit_cost") * pl.col("quantity") + line_cost
    return counted.with_columns(
        value_gained=pl.Series(gained, dtype=pl.Float64),
        value_lost=pl.Series(lost, dtype=pl.Float64),
    ).with_columns(gain=pl.col("value_gained") - pl.col("value_lost") - own)
