"""What order-up-to levels are set from, and pairs beside the levels that were set for them."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.plans import PlanningPairs, Targets


class Pair(Table):
    """An item at a location."""

    sku: str = column("Item.")
    location: str = column("Node.")


class SuppliedItem(Table):
    """An item at a node that a supplier feeds."""

    sku: str = column("Item.")
    destination: str = column("Node that receives.")


class UnitCosts(Table):
    """What a unit costs that is short, or that is left above the level by value."""

    open_demand_mean: float = column_of(Targets, "open_demand_mean")
    underage_cost: float = column_of(Targets, "underage_cost")
    surplus_step: float = column_of(Targets, "surplus_step")
    surplus_most: float = column_of(Targets, "surplus_most")
    value_level: int = column_of(Targets, "value_level")


class UnitWorth(UnitCosts):
    """All that the worth of the k-th unit follows from."""

    sold_before: int = column_of(Targets, "sold_before")
    open_demand_variance: float = column("Variance of the same.", unit="units^2", ge=0)
    overage_cost: float = column_of(Targets, "overage_cost")


class WorthPair(Pair, UnitWorth):
    """A pair with all that the worth of its k-th unit follows from."""


class ValuedPair(WorthPair):
    """A pair whose units can be valued, with its demand over the protection interval."""

    demand_mean: float = column_of(Targets, "demand_mean")
    demand_variance: float = column("Variance of the same.", unit="units^2", ge=0)
    protection_days: float = column_of(Targets, "protection_days")


@frame("windows", "forecasting.distribution", key=("sku", "location"), unique=False)
class Windows(Pair):
    """Windows of days over which demand is summed."""

    days: float = column("Days from the first one; the last counts as a part.", unit="days", gt=0)
    lead_time_sd: float = column("Standard deviation of their number.", unit="days", ge=0)
    wait_days: int = column(
        "Days of them before anything sells; 0 for an item on sale.", unit="days", ge=0
    )


@frame("window_demand", "forecasting.distribution", key=("sku", "location"), unique=False)
class WindowDemand(Pair):
    """Demand over windows of days."""

    mean: float = column("Expected demand over the window.", unit="units", ge=0)
    variance: float = column("Variance of the same.", unit="units^2", ge=0)


@frame("echelon_members", "forecasting.distribution", key=("sku", "location", "node"))
class EchelonMembers(Pair):
    """Pairs whose demand a node faces; a pair may be a member of several nodes."""

    node: str = column("Node that faces it.")
    wait_days: int = column_of(Windows, "wait_days")


@frame("windowed_pairs", "optimization.levels", key=("sku", "location"))
class WindowedPairs(Pair):
    """Pairs with the window that their stock must last, as far as nothing is wrong with them.

    A pair of which a figure is missing or has no meaning gets no level and is named instead, so
    rows are told apart before they are held against this contract.
    """

    region: str = column_of(PlanningPairs, "region")
    kind: str = column("What the location is.")
    echelon: bool = column_of(Targets, "echelon")
    status: str = column("Whether it is replenished: only an active pair is.")
    service_class: str = column("Service class of policy.")
    presentation_min: int = column_of(PlanningPairs, "presentation_min")
    shelf_max: int = column_of(PlanningPairs, "shelf_max")
    lead_time_mean: float = column_of(PlanningPairs, "lead_time_mean", nullable=False)
    protection_days: float = column_of(Targets, "protection_days")
    review_days: float = column_of(PlanningPairs, "review_days", nullable=False)
    run_down: bool = column("The item leaves the range before the next order would arrive.")
    arrives_in_time: bool = column("What is ordered now arrives before the item leaves the range.")
    launched: bool = column("The item is on sale in the window.")
    lead_time_observed: bool = column_of(PlanningPairs, "lead_time_observed")
    level_change: str = column_of(PlanningPairs, "level_change", omissible=True)
    demand_mean: float = column_of(Targets, "demand_mean")
    demand_variance: float = column_of(ValuedPair, "demand_variance")
    shortfall_mean: float = column_of(Targets, "shortfall_mean")
    shortfall_variance: float = column("Variance of the same.", unit="units^2", ge=0)
    open_life_mean: float = column_of(Targets, "open_life_mean")
    open_life_variance: float = column("Variance of the same.", unit="units^2", nullable=True, ge=0)
    life_demand_mean: float = column(
        "Demand until the goods of tonight may no longer be sold, without what is lost before they "
        "come; missing where no life limits them.",
        unit="units",
        omissible=True,
        ge=0,
    )
    life_demand_variance: float = column("Variance of that.", unit="units^2", omissible=True, ge=0)
    older_units: int = column(
        "Units of the inventory position that are there before the goods of tonight, and sell "
        "first.",
        unit="units",
        omissible=True,
    )
    lost: bool = column_of(Targets, "lost")
    inventory_position: int = column_of(Targets, "inventory_position")
    lost_before: float = column_of(Targets, "lost_before")
    sold_before: int = column_of(Targets, "sold_before")
    open_demand_mean: float = column_of(Targets, "open_demand_mean")
    open_demand_variance: float = column_of(ValuedPair, "open_demand_variance")
    stock_out_chance: float = column_of(Targets, "stock_out_chance")
    unit_cost: float = column("Landed cost of a unit.", unit="currency", ge=0)
    selling_price: float = column("Expected price of a unit.", unit="currency", ge=0)
    sale_margin: float = column("Expected margin of a sale, net of returns.", unit="currency")
    handling_cost: float = column_of(PlanningPairs, "handling_cost")


@frame("planned_pairs", "optimization.allocation", key=("sku", "location"))
class PlannedPairs(PlanningPairs, UnitWorth):
    """Rows of planning_pairs that have a target, with what the target says.

    What an allocation, transfers and their recheck are prepared from. The columns that may lack
    are those that a retailer may have nothing of.
    """

    business_date: pl.Date = column_of(PlanningPairs, "business_date", omissible=True)
    volume: float = column_of(PlanningPairs, "volume", omissible=True)
    receiving_volume: float = column_of(PlanningPairs, "receiving_volume", omissible=True)
    outbound_capacity: int = column_of(PlanningPairs, "outbound_capacity", omissible=True)
    unit_capacity: int = column_of(PlanningPairs, "unit_capacity", omissible=True)
    closed_on: pl.Date = column_of(PlanningPairs, "closed_on", omissible=True)
    exit_date: pl.Date = column_of(PlanningPairs, "exit_date", omissible=True)
    launch_date: pl.Date = column_of(PlanningPairs, "launch_date", omissible=True)
    shelf_life_days: int = column_of(PlanningPairs, "shelf_life_days", omissible=True)
    least_remaining_days: int = column_of(PlanningPairs, "least_remaining_days", omissible=True)
    echelon: bool = column_of(Targets, "echelon")
    protection_days: float = column_of(Targets, "protection_days")
    demand_mean: float = column_of(Targets, "demand_mean")
    demand_variance: float = column_of(ValuedPair, "demand_variance")
    inventory_position: int = column_of(Targets, "inventory_position")
    stock_out_chance: float = column_of(Targets, "stock_out_chance")
    order_up_to: int = column_of(Targets, "order_up_to")


@frame("steady_pairs", "optimization.levels", key=("sku", "location"))
class SteadyPairs(Targets):
    """Targets with what the trade-off of service and stock needs of their pairs besides."""

    business_date: pl.Date = column_of(Targets, "business_date", omissible=True)
    unit_cost: float = column_of(WindowedPairs, "unit_cost")
    review_days: float = column_of(WindowedPairs, "review_days")
    presentation_min: int = column_of(PlanningPairs, "presentation_min")
    shelf_max: int = column_of(PlanningPairs, "shelf_max")


@frame("demand_ends", "optimization.levels", key=("sku", "location"), unique=False)
class DemandEnds(Pair):
    """Ends of spans from a first day on, over which the demand of a node's echelon is summed."""

    days: float = column("Days of the span; the last counts as a part.", unit="days", gt=0)
