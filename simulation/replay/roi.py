"""What a policy is worth against another: the terms that executives ask for."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from simulation.replay.intervals import estimate_interval


class Term(NamedTuple):
    """A term of the table.

    Attributes:
        figure: field of `Measures`.
        unit: of it.
        sign: 1 where more is better, -1 where less is.
    """

    figure: str
    unit: str
    sign: int


TERMS: Mapping[str, Term] = {
    "profit": Term("profit", "currency", 1),
    "revenue protected": Term("lost_revenue", "currency", -1),
    "lost margin avoided": Term("lost_margin", "currency", -1),
    "stock-out reduction": Term("stock_outs", "share of pair-days", -1),
    "fill rate": Term("fill_rate", "share of units", 1),
    "working capital released": Term("stock_value", "currency", -1),
    "turns": Term("turns", "a year", 1),
    "markdown efficiency": Term("markdown_efficiency", "share of list value", 1),
    "clearance avoided": Term("clearance_loss", "currency", -1),
    "fulfilment cost saved": Term("fulfilment_cost", "currency a unit", -1),
    "transfer cost saved": Term("transfer_cost", "currency", -1),
    "lines saved": Term("lines", "lines a day", -1),
    "planner touches saved": Term("touches", "lines a day", -1),
}
"""Terms in the order of the table; a difference above 0 is for the better in all of them."""


def tabulate_roi(figures: pl.DataFrame, *, policy: str, against: str) -> pl.DataFrame:
    """Tabulate how much better one policy is than another, in each term.

    Args:
        figures: what `contest.play_contest` gives.
        policy: one of its policies.
        against: another.

    Returns:
        term, unit, then means over retailers: `policy` and `against`, the gain (above 0 for the
        better) and the bounds of its paired interval, low and high (missing for a single one).

    Raises:
        ValueError: a policy was not played, or not against the same retailers as the other.
    """
    mine, theirs = _of(figures, policy), _of(figures, against)
    if mine["retailer"].to_list() != theirs["retailer"].to_list():
        raise ValueError(f"{policy} and {against} were not played against the same retailers")
    rows = []
    for name, term in TERMS.items():
        ours, other = mine[term.figure], theirs[term.figure]
        gain = estimate_interval((term.sign * ours).to_list(), (term.sign * other).to_list())
        bounded = len(ours) > 1
        rows.append(
            {
                "term": name,
                "unit": term.unit,
                "policy": ours.mean(),
                "against": other.mean(),
                "gain": gain.mean,
                "low": gain.low if bounded else None,
                "high": gain.high if bounded else None,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"low": pl.Float64, "high": pl.Float64})


def measure_transfer_efficiency(
    figures: pl.DataFrame, *, policy: str, without: str
) -> float | None:
    """Measure the profit that transfers add per unit of currency that they cost.

    Args:
        figures: what `contest.play_contest` gives.
        policy: one that moves goods sideways.
        without: the same without transfers.
    """
    cost = float(_of(figures, policy)["transfer_cost"].sum())
    with_transfers, without_any = (
        float(_of(figures, name)["profit"].sum()) for name in (policy, without)
    )
    return (with_transfers - without_any) / cost if cost else None


def _of(figures: pl.DataFrame, policy: str) -> pl.DataFrame:
    chosen = figures.filter(pl.col("policy") == policy)
    if chosen.is_empty():
        raise ValueError(f"{policy} was not played")
    return chosen
