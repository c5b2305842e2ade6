"""What stock is projected from, besides demand and receipts."""

import polars as pl

from quality_checks.contracts.base import column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair, Windows
from quality_checks.contracts.plans import PlanningPairs, ProjectedStock, Targets


@frame("projected_pairs", "optimization.projection", key=("sku", "location"))
class ProjectedPairs(Pair):
    """Pairs whose stock is known."""

    region: str = column_of(PlanningPairs, "region")
    available: int = column_of(PlanningPairs, "available", nullable=False)
    waits: bool = column(
        "What is out of stock is waited for, by customers or by the places it feeds; else the sale "
        "is lost."
    )
    weeks: int = column("Weeks beyond the days that are projected.", omissible=True, ge=0)
    wait_days: int = column_of(Windows, "wait_days", omissible=True)


@frame("demand_ahead", "optimization.projection", key=("sku", "location", "day"))
class DemandAhead(Pair):
    """What is asked for of pairs by day, and by week beyond the days."""

    day: pl.Date = column_of(ProjectedStock, "day")
    mean: float = column("Expected units of the stretch.", unit="units", ge=0)
    variance: float = column("Their variance.", unit="units^2", ge=0)
    correlation: float = column("Of two days, or stretches, of the pair.", ge=0, le=1)


@frame("fed_places", "optimization.projection", key=("sku", "location"))
class FedPlaces(Pair):
    """Places that a node feeds, by how far they are above their level."""

    node: str = column_of(PlanningPairs, "supply_location", nullable=False)
    above_level: int = column(
        "Inventory position with tonight's plan carried out, less the order-up-to level.",
        unit="units",
    )
    wait_days: int = column_of(Windows, "wait_days")


@frame("gap_places", "optimization.projection", key=("sku", "location"))
class GapPlaces(FedPlaces):
    """Places that a node feeds, with what they hold, how goods come to them and what they lose."""

    region: str = column_of(PlanningPairs, "region")
    order_up_to: int = column_of(Targets, "order_up_to")
    underage_cost: float = column_of(Targets, "underage_cost")
    waits: bool = column("Customers wait for what is out of stock; else the sale is lost.")
    order_weekdays: str = column("Seven digits from Monday, 1 where the lane from the node ships.")
    open_weekdays: str = column_of(PlanningPairs, "open_weekdays")
    lead_time_mean: float = column_of(PlanningPairs, "lead_time_mean", nullable=False)


@frame("feeding_nodes", "optimization.projection", key=("sku", "location"))
class FeedingNodes(Pair):
    """Nodes that feed places, with the days until the goods of their next order."""

    protection_days: float = column_of(Targets, "protection_days")


@frame("dated_goods", "optimization.projection", key=("sku", "location", "day"))
class DatedGoods(Pair):
    """Goods that come to nodes, by day."""

    day: pl.Date = column("Day on which they come.")
    units: int = column("Units.", unit="units", ge=1)


@frame("planned_moves", "optimization.projection", key=("sku", "location", "day"))
class PlannedMoves(Pair):
    """Units that tonight's plans bring and take, by day."""

    day: pl.Date = column("Day on which they come or leave.")
    planned_in: int = column_of(ProjectedStock, "planned_in")
    planned_out: int = column_of(ProjectedStock, "planned_out")
