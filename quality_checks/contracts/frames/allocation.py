"""What an allocation is given: who may take units, what there is, and what limits them."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame, rows_agree
from quality_checks.contracts.frames.levels import Pair, ValuedPair
from quality_checks.contracts.landing import Lanes
from quality_checks.contracts.plans import LimitPrices, PlanningPairs, Targets
from quality_checks.contracts.statement import rule


class PositionedPair(ValuedPair):
    """A pair whose stock and level are known."""

    region: str = column_of(PlanningPairs, "region")
    inventory_position: int = column(
        "Units available, in transit, on order and proposed inbound, less what is owed to "
        "customers; missing where the stock is unknown.",
        unit="units",
        nullable=True,
    )
    order_up_to: int = column_of(Targets, "order_up_to")
    presentation_min: int = column_of(PlanningPairs, "presentation_min")
    shelf_max: int = column_of(
        PlanningPairs,
        "shelf_max",
        description="Most units the shelf holds; missing for no limit.",
    )
    receiving_room: int = column(
        "Units that the location can still receive today; missing for no limit.",
        unit="units",
        nullable=True,
        ge=0,
    )

    @rule
    @staticmethod
    def one_receiving_room_a_location(rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of a location agree on receiving_room."""
        return rows_agree(rows, "receiving_room", within="location")


@frame("receivers", "optimization.allocation", key=("sku", "location"))
class Receivers(PositionedPair):
    """Pairs that a DC supplies, each on its occasion, as the allocation fills them.

    Limits may ask for the columns that may lack.
    """

    dc: str = column("DC that supplies it.")
    case_pack: int = column_of(PlanningPairs, "case_pack")
    priority: int = column_of(PlanningPairs, "priority")
    volume: float = column_of(PlanningPairs, "volume", omissible=True)
    unit_cost: float = column_of(PlanningPairs, "unit_cost", omissible=True)
    department: str = column_of(PlanningPairs, "department", omissible=True)
    occasion: str = column(
        "Why it may be filled beyond the most cover of policy; missing where it may not.",
        nullable=True,
        omissible=True,
        isin=["launch", "leaving_range"],
    )


@frame("dc_supply", "optimization.allocation", key=("dc", "sku"))
class DcSupply(Table):
    """What DCs have of each item."""

    dc: str = column("DC.")
    sku: str = column("Item.")
    available: int = column("Units; missing where unknown.", unit="units", nullable=True)


@frame("lanes_left", "optimization.allocation", key=("origin", "destination"))
class LanesLeft(Table):
    """Lanes with what is left of their capacity tonight."""

    origin: str = column_of(Lanes, "origin")
    destination: str = column_of(Lanes, "destination")
    fixed_cost: float = column_of(Lanes, "fixed_cost")
    unit_cost: float = column_of(Lanes, "unit_cost")
    capacity: int = column_of(
        Lanes, "capacity", description="Units left today; missing for no limit."
    )
    volume_capacity: float = column_of(
        Lanes,
        "volume_capacity",
        description="Litres left today; missing for no limit.",
        omissible=True,
    )
    order_weekdays: str = column_of(Lanes, "order_weekdays")
    allowed: bool = column_of(Lanes, "allowed")


@frame("ring_fences", "optimization.allocation", key=("dc", "sku", "location"))
class RingFences(Table):
    """Units of an item that only one location may take."""

    dc: str = column("DC.")
    sku: str = column("Item.")
    location: str = column("Node that may take them.")
    units: int = column("Units.", unit="units", ge=0)


@frame("kept_units", "optimization.allocation", key=("dc", "sku"))
class KeptUnits(Table):
    """What a unit that stays at its DC is worth; of an item that is not named, nothing."""

    dc: str = column("DC.")
    sku: str = column("Item.")
    kept_value: float = column("Worth of a unit kept; below 0 a loss.", unit="currency")
    resupply_days: float = column(
        "Days until the DC's next supply; missing where a unit kept is worth that whatever "
        "locations sell.",
        unit="days",
        nullable=True,
        ge=0,
    )

    @rule
    @staticmethod
    def resupply_only_of_what_gains(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A unit whose kept_value is below 0 must have no resupply_days: nothing would be kept."""
        gains = (pl.col("kept_value") >= 0) | pl.col("resupply_days").is_null()
        return rows.select(gains)


@frame("barred_pairs", "optimization.allocation", key=("sku", "location"))
class BarredPairs(Pair):
    """Pairs that get nothing, and why."""

    problem: str = column("Why.")


_ENDS = ("origin", "destination", "department")


@frame("limits", "optimization.allocation", key=("limit", *_ENDS))
class Limits(Table):
    """Limits of what all lines that match their ends may draw together."""

    limit: str = column(
        "Name of the limit, none of those that every allocation has.",
        notin=["lane_capacity", "receiving_capacity", "dc_supply"],
    )
    origin: str = column("DC whose lines count; missing where every one's do.", nullable=True)
    destination: str = column("Location whose lines count; missing likewise.", nullable=True)
    department: str = column("Department whose lines count; missing likewise.", nullable=True)
    measure: str = column_of(LimitPrices, "measure")
    capacity: float = column(
        "What the limit allows, in its measure; missing for no limit.", nullable=True, ge=0
    )

    @rule
    @staticmethod
    def one_shape_a_limit(rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of a limit name the same ends and one measure."""
        named = rows.with_columns(pl.col(_ENDS).is_null())
        return rows_agree(named, "measure", *_ENDS, within="limit")
