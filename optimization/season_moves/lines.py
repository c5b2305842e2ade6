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
    while True:
        priced = price_lines(lines, seasons, rules.transfer_line_cost)
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
        lines = lines.join(poor.head(1), on=_LANE, how="anti", maintain_order="left")


def price_lines(
    lines: pl.DataFrame, seasons: Sequence[SolvedSeason], line_cost: float
) -> pl.DataFrame:
    """Add to lines what their zones gain and lose by them, shared by units.

    Args:
        lines: as `keep_gaining_lines` is given them.
        seasons: solved with headroom.
        line_cost: of a line, currency.
    """
    counted = lines.with_columns(
        left=pl.col("quantity").sum().over("giver"), come=pl.col("quantity").sum().over("taker")
    )
    found = [
        (
            -_find_gain(seasons[giver], -left) * quantity / left,
            _find_gain(seasons[taker], come) * quantity / come,
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


def _find_gain(season: SolvedSeason, units: int) -> float:
    return float(find_gains(season, season.season.stock, np.array([float(units)]))[0])
