"""What open lines put at risk, in margin."""

import numpy as np
import polars as pl

from optimization.frames import cast_to_contract
from optimization.open_orders.lines import KEY, OpenLines
from optimization.open_orders.together import price_together
from optimization.paths import SHORT
from quality_checks.contracts import OrderRisks


def state_risks(every: pl.DataFrame, known: OpenLines) -> pl.DataFrame:
    """State the risks of every line, and the margin at risk of those whose item has a level.

    Args:
        every: frames `open_order_lines` and `line_chances` side by side, with `days`, the days on
            which each may come.
        known: the lines of items that have a level.

    Returns:
        The columns of the contract OrderRisks without business_date, sorted by key.
    """
    points = pl.col("days").list.len()

    def day(share: float) -> pl.Expr:
        # The points are the middles of parts of equal chance.
        at = (points * share - 0.5).round().clip(lower_bound=0).cast(pl.Int64)
        return pl.col("days").list.get(at)

    return cast_to_contract(
        every.join(_price_lateness(known), on=KEY, how="left", maintain_order="left").with_columns(
            come_chance="chance", due_p10=day(0.1), due_p50=day(0.5), due_p90=day(0.9)
        ),
        OrderRisks,
    )


def _price_lateness(lines: OpenLines) -> pl.DataFrame:
    """Key of lines, margin_at_risk, margin_at_risk_together and margin_if_never."""
    stated = lines.count_days("stated_on")[:, None]
    short = lines.by_stretch[:, :, SHORT]
    # A line that comes early does not make up for one that is late.
    late = lines.weigh(np.maximum(lines.arrivals, stated), lines.every)
    in_time = (lines.weigh(stated, lines.every) * short).sum(axis=1)
    never = lines.without[:, SHORT]
    come = (late * short).sum(axis=1)
    lost = lines.chance * come + (1.0 - lines.chance) * never
    at_risk = np.maximum(lost - in_time, 0.0)
    return price_together(lines, at_risk).with_columns(
        margin_at_risk=pl.Series(at_risk),
        margin_if_never=pl.Series(np.maximum(never - in_time, 0.0)),
    )
