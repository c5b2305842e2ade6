"""The trade-off curve: what service costs in stock, by class, beside what the plan chose.

At each fill rate of a ladder every pair gets the least stock that reaches it, raised to the
presentation minimum and cut to the shelf. Mean stock of a level S is what is left just before a
delivery and half of what sells between two,

    E[max(S - D, 0)] + cycle_demand / 2

(Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed. 2017, 6.7).
"""

from collections.abc import Iterable

import polars as pl

from optimization.frames import cast_to_contract
from optimization.levels.order_up_to import fill_rate, most_short
from optimization.levels.service import expected_service, find_least_stock
from quality_checks.contracts import DAYS_PER_YEAR, Economics, TradeOff

LADDER = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
"""Fill rates whose stock is worked out."""

PLAN = "plan"

_KEYS = ["echelon", "service_class", "aim"]
_SUMS = ["pairs", "demand", "served", "stock_value", "keeping_cost", "shortage_cost"]


def sum_classes(pairs: pl.DataFrame, economics: Economics) -> pl.DataFrame:
    """Sum stock and service of some pairs, at each fill rate of the ladder and at their levels.

    Args:
        pairs: frame `steady_pairs`; those without a long run, which are not
            replenished or run down, are passed over.
        economics: what a unit costs to keep.

    Returns:
        echelon, service_class, aim, pairs, demand and served (units a year), stock_value
        (currency), keeping_cost and shortage_cost (currency a year), to be added up by
        `build_trade_off`.
    """
    replenished = ~pl.col("binding").is_in(["not_replenished", "run_down", "before_launch"])
    steady = pairs.filter(replenished).with_columns(
        drain=pl.col("demand_mean") + pl.col("shortfall_mean"),
        drain_variance=pl.col("demand_sd") ** 2 + pl.col("shortfall_sd") ** 2,
    )
    points = [_sums(steady, PLAN, steady["order_up_to"], economics)]
    for share in LADDER:
        short = steady.select(most_short(pl.lit(share))).to_series()
        least = find_least_stock(
            steady["drain"], steady["drain_variance"], cycle_service=0.0, shortage=short
        )
        shown = pl.max_horizontal(pl.lit(pl.Series(least)), "presentation_min")
        level = steady.select(pl.min_horizontal(shown, "shelf_max")).to_series()
        points.append(_sums(steady, f"{share:g}", level, economics))
    return pl.concat(points)


def build_trade_off(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Build the trade-off curve from the sums of all pairs.

    Args:
        parts: what `sum_classes` gives of parts of the pairs, each pair in one of them.

    Returns:
        The columns of the contract TradeOff without business_date.
    """
    total = pl.concat(parts).group_by(_KEYS, maintain_order=True).agg(pl.col(_SUMS).sum())
    share = pl.when(pl.col("demand") > 0).then(pl.col("served") / pl.col("demand")).otherwise(1.0)
    return cast_to_contract(total.with_columns(fill_rate=share.clip(0, 1)), TradeOff)


def _sums(pairs: pl.DataFrame, aim: str, level: pl.Series, economics: Economics) -> pl.DataFrame:
    got = expected_service(pairs["drain"], pairs["drain_variance"], level)
    short = pl.Series(got.shortage)
    held = pl.lit(level) - pl.col("drain") + pl.lit(short) + pl.col("cycle_demand") / 2
    cycles = DAYS_PER_YEAR / pl.col("review_days")
    demand = pl.col("cycle_demand") * cycles
    value = held * pl.col("unit_cost")
    return (
        pairs.with_columns(fill_rate(short))
        .select(
            "echelon",
            "service_class",
            aim=pl.lit(aim),
            pairs=pl.lit(1, pl.Int64),
            demand=demand,
            served=demand * pl.col("fill_rate"),
            stock_value=value,
            keeping_cost=value * economics.keeping_rate_per_day * DAYS_PER_YEAR,
            shortage_cost=demand * (1 - pl.col("fill_rate")) * pl.col("underage_cost"),
        )
        .group_by(_KEYS, maintain_order=True)
        .agg(pl.col(_SUMS).sum())
    )
