"""What stock is projected from, besides demand and receipts."""

import polars as pl

from quality_checks.contracts.base import column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair
from quality_checks.contracts.plans import PlanningPairs, ProjectedStock


@frame("projected_pairs", "optimization.projection", key=("sku", "location"))
class ProjectedPairs(Pair):
    """Pairs whose stock is known."""

    region: str = column_of(PlanningPairs, "region")
    available: int = column_of(PlanningPairs, "available", nullable=False)
    waits: bool = column("Customers wait for what is out of stock; else the sale is lost.")


@frame("planned_moves", "optimization.projection", key=("sku", "location", "day"))
class PlannedMoves(Pair):
    """Units that tonight's plans bring and take, by day."""

    day: pl.Date = column("Day on which they come or leave.")
    planned_in: int = column_of(ProjectedStock, "planned_in")
    planned_out: int = column_of(ProjectedStock, "planned_out")
