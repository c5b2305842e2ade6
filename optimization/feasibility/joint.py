"""Whether allocation and transfers of one night can both be carried out."""

import polars as pl

from optimization.feasibility.findings import LANE, LINE, collect, report_excess
from optimization.feasibility.shared_rules import add_litres, both_ways_problems
from quality_checks.contracts import LanesLeft, PlannedPairs, find_frame

_DOCKS = (
    ("outbound_capacity", "quantity", "origin"),
    ("receiving_capacity", "quantity", "destination"),
    ("receiving_volume", "litres", "destination"),
)
"""What a place can move in a day: the limit, what it counts, the end of a line that draws on it."""


def find_joint_problems(
    allocation: pl.DataFrame,
    transfers: pl.DataFrame,
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
) -> pl.DataFrame:
    """Where allocation and transfers of one night promise or use the same twice.

    Args:
        allocation: the columns of Allocation.
        transfers: the columns of TransfersPlan.
        pairs: rows of frame `planned_pairs`, as they are before either plan; a missing capacity is
            no limit.
        lanes: frame `lanes_left`, as they are before either plan.
    """
    pairs, lanes = find_frame(PlannedPairs).fill(pairs), find_frame(LanesLeft).fill(lanes)
    lines = add_litres(
        pl.concat([plan.select(*LINE, "quantity") for plan in (allocation, transfers)]), pairs
    )
    available = pairs.select("sku", "available", origin="location")
    return collect(
        report_excess(
            lines,
            "promised_twice",
            "quantity",
            available.select("origin", "sku", "available"),
            unknown_is_none=True,
        ),
        *(
            report_excess(lines, limit, drawn, pairs.select(pl.col("location").alias(end), limit))
            for limit, drawn, end in _DOCKS
        ),
        report_excess(lines, "lane_capacity", "quantity", lanes.select(*LANE, "capacity")),
        report_excess(lines, "lane_volume", "litres", lanes.select(*LANE, "volume_capacity")),
        both_ways_problems(transfers, allocation),
    )
