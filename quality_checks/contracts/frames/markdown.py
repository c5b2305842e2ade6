"""What the price paths of seasons are planned from: items by price zone, and their weeks."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.demand import PriceResponses
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.landing import Lanes
from quality_checks.contracts.markdown import PriceAction, ZonedItem
from quality_checks.contracts.plans import SaleValues


class SeasonKey(Table):
    """An item in a price zone."""

    sku: str = column_of(ZonedItem, "sku")
    zone: str = column_of(ZonedItem, "zone")


@frame("season_items", "optimization.markdown", key=("sku", "zone"))
class SeasonItems(SeasonKey):
    """Items whose price may fall, with what they have, cost and sell for in a price zone."""

    region: str = column_of(ZonedItem, "region")
    department: str = column_of(PriceAction, "department")
    family: str = column_of(PriceAction, "family")
    season_end: pl.Date = column_of(PriceAction, "season_end")
    leaves: bool = column("The item leaves the range then; else it has too much stock.")
    stock: int = column("Units there and coming.", unit="units", ge=0)
    list_price: float = column_of(PriceAction, "list_price")
    price: float = column("Price in force tomorrow without what is planned.", gt=0)
    floor_price: float = column_of(PriceAction, "floor_price")
    prior_price: float = column_of(PriceAction, "prior_price", omissible=True)
    prior_floor: float = column(
        "Lowest price that may be counted from it; missing likewise.",
        unit="currency",
        ge=0,
        omissible=True,
    )
    prior_held: bool = column(
        "No price may fall, as the one that reductions are counted from is not known.",
        omissible=True,
        absent=False,
    )
    unit_cost: float = column_of(SaleValues, "unit_cost")
    salvage: float = column_of(PriceAction, "salvage")
    keeping_cost: float = column("Cost of a unit kept for a week.", unit="currency", ge=0)
    return_rate: float = column_of(SaleValues, "return_rate")
    resalable_share: float = column_of(SaleValues, "resalable_share")
    return_cost: float = column_of(SaleValues, "return_cost")
    slope: float = column_of(PriceResponses, "slope")
    slope_sd: float = column_of(PriceResponses, "slope_sd")
    locked_weeks: int = column("Weeks in which its price may not fall.", ge=0)
    planned_on: pl.Date = column("Day on which the price list lowers it.", nullable=True)
    planned_price: float = column(
        "Price from then on; missing where none is planned.", nullable=True, gt=0
    )
    cautions: str = column("Reason codes of what its prices rest on, joined by a semicolon.")


@frame("season_weeks", "optimization.markdown", key=("sku", "zone", "week"))
class SeasonWeeks(SeasonKey):
    """Demand of each week until the season's end, at a price; weeks follow each other from 0."""

    week: int = column("Number of the week.", ge=0)
    mean: float = column("Expected demand.", unit="units", ge=0)
    variance: float = column("Variance of the same.", unit="units^2", ge=0)
    base_price: float = column("Price that it is expected at.", unit="currency", gt=0)


@frame("season_places", "optimization.season_moves", key=("sku", "location"))
class SeasonPlaces(Table):
    """Item-locations that sell an item whose season is weighed."""

    sku: str = column_of(ZonedItem, "sku")
    location: str = column("Location.")
    zone: str = column_of(ZonedItem, "zone")
    region: str = column("Region of the location.", omissible=True)
    launch_date: pl.Date = column("First day on sale there.", omissible=True)
    leaves: bool = column_of(SeasonItems, "leaves")
    owned: int = column(
        "Units there and coming, with its part of what its DC has; missing where unknown.",
        unit="units",
        nullable=True,
    )
    daily: float = column(
        "Mean demand a day; missing where nothing is forecast.", unit="units", nullable=True
    )


@frame("zone_lanes", "optimization.season_moves", key=("origin_zone", "zone"))
class ZoneLanes(Table):
    """What it costs to move a unit from one price zone to another."""

    origin_zone: str = column("Zone that sends.")
    zone: str = column("Zone that receives.")
    unit_cost: float = column_of(Lanes, "unit_cost")


@frame("markdown_rooms", "optimization.markdown", key=("department",))
class MarkdownRooms(Table):
    """What departments may still mark down by in the month."""

    department: str = column("Department.")
    room: float = column("What is left of its budget.", unit="currency", ge=0)
