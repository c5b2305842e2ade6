"""What demand is estimated from: sales by day, by hour, and beside their forecasts."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.demand import Forecast, SeasonFactors, Unconstrained
from quality_checks.contracts.frames.contract import frame, rows_agree
from quality_checks.contracts.inventory import DemandHistory
from quality_checks.contracts.landing import Browsing, ItemLocations, Products, Weather
from quality_checks.contracts.statement import rule

HOURS = 24


@frame("sales_history", "forecasting.history", key=("sku", "location", "date"))
class SalesHistory(Table):
    """Sales of every pair on every day of a window, with what is known of its stock-outs."""

    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day.")
    sales: int = column_of(Unconstrained, "sales")
    out_of_stock: bool = column_of(DemandHistory, "out_of_stock")
    stockout_hours: int = column(
        "Hours without stock; missing where unknown.", unit="hours", nullable=True, ge=0, le=HOURS
    )
    stockout_mask: int = column(
        "Bit h is set where hour h had no stock; missing where unknown.",
        omissible=True,
        ge=0,
        le=2**HOURS - 1,
    )
    closed: bool = column_of(Unconstrained, "closed")


@frame(
    "hourly_sales",
    "forecasting.history",
    key=("sku", "location", "date", "hour"),
    unique=False,
)
class HourlySales(Table):
    """Units sold by hour on open days without a stock-out; hours without sales may lack."""

    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day.")
    hour: int = column("Hour of the day, from 0.", ge=0, le=HOURS - 1)
    units: float = column("Units sold.", unit="units", ge=0)


@frame("day_totals", "forecasting.history", key=("location", "date"))
class DayTotals(Table):
    """What a location was forecast to sell on a day, a day ahead, and what it sold."""

    location: str = column("Node.")
    date: pl.Date = column("Day; none on which the location was closed.")
    expected: float = column(
        "Sum of the means of the pairs whose demand is known.", unit="units", ge=0
    )
    variance: float = column("Sum of their variances.", unit="units^2", ge=0)
    actual: float = column("Sum of their sales.", unit="units", ge=0)


@frame("estimated_demand", "forecasting.baseline", key=("sku", "location", "date"))
class EstimatedDemand(Table):
    """Demand of pairs by day, as the table unconstrained has it; a day that lacks is unknown."""

    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day.")
    demand: float = column_of(Unconstrained, "demand")
    censored: bool = column_of(Unconstrained, "censored")
    closed: bool = column_of(Unconstrained, "closed")


KNOWN_AHEAD_DAYS = 28
"""Days ahead by which offers are announced: a later day without one may still get one."""


@frame("offers", "forecasting.global_model", key=("sku", "location", "date"))
class Offers(Table):
    """Days on which a pair has another price than the full one, or a promotion."""

    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day.")
    price: float = column("Selling price over the list price.", unit="share", ge=0)
    promoted: bool = column("A promotion runs.")
    announced_on: pl.Date = column("Day from which it was known.")


@frame("item_views", "forecasting.global_model", key=("region", "sku", "date"))
class ItemViews(Table):
    """Page views of items by region and day."""

    region: str = column_of(Browsing, "region")
    sku: str = column("Item.")
    date: pl.Date = column("Day.")
    views: int = column_of(Browsing, "views")
    add_to_cart: int = column_of(Browsing, "add_to_cart")


@frame("item_sales", "forecasting.global_model", key=("region", "sku", "date"))
class ItemSales(Table):
    """What was sold and brought back of items by region, on days on which anything moved."""

    region: str = column("Region of the locations.")
    sku: str = column("Item.")
    date: pl.Date = column("Day.")
    sold: int = column("Units sold.", unit="units", ge=0)
    online: int = column("Of these, units sold not in the shop.", unit="units", ge=0)
    returned: int = column(
        "Units brought back; missing in all rows where a retailer sends no returns.",
        unit="units",
        nullable=True,
        ge=0,
    )


@frame("location_sales", "forecasting.global_model", key=("location", "date"))
class LocationSales(Table):
    """What was sold at locations, on days on which anything was."""

    location: str = column("Node.")
    date: pl.Date = column("Day.")
    sold: int = column_of(ItemSales, "sold")
    online: int = column_of(ItemSales, "online")


@frame("item_dates", "forecasting.global_model", key=("sku",))
class ItemDates(Table):
    """When items come into the range and leave it."""

    sku: str = column("Item.")
    launch_date: pl.Date = column("First day on sale; missing where unknown.", nullable=True)
    exit_date: pl.Date = column("Last day on sale; missing while it has no end.", nullable=True)
    exit_announced_on: pl.Date = column("Day from which the exit was known.", nullable=True)


@frame("new_items", "forecasting.adjust", key=("sku", "location"))
class NewItems(Table):
    """Pairs on sale or announced, with the item whose history stands in for a new one."""

    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    like_sku: str = column_of(Products, "like_sku")
    launch_date: pl.Date = column_of(Products, "launch_date")


@frame("item_likeness", "forecasting.adjust", key=("sku",))
class ItemLikeness(Table):
    """The attributes by which similar items are found."""

    sku: str = column("Item.")
    department: str = column_of(Products, "department")
    category: str = column_of(Products, "category")
    list_price: float = column_of(Products, "list_price")


@frame("item_groups", "forecasting.outlook", key=("sku",))
class ItemGroups(Table):
    """Which items are alike, and when they come and go."""

    sku: str = column("Item.")
    style: str = column_of(Products, "style")
    department: str = column_of(Products, "department")
    category: str = column_of(Products, "category")
    launch_date: pl.Date = column("First day on sale; missing where unknown.", nullable=True)
    exit_date: pl.Date = column_of(Products, "exit_date")


@frame("item_weeks", "forecasting.outlook", key=("sku", "half", "week"))
class ItemWeeks(Table):
    """What items sold by week on days in stock, in either half of the locations.

    Two halves tell what an item does everywhere from the chance of single places. Weeks are of
    seven days, the last one ends on the last day known.
    """

    sku: str = column("Item.")
    half: int = column("Half of the locations.", isin=[0, 1])
    week: pl.Date = column("First day of the week.")
    units: float = column("Units sold on days in stock.", unit="units", ge=0)
    usual: float = column(
        "Units that the same places sell on as many days in stock, by their mean of the year.",
        unit="units",
        ge=0,
    )


@frame("event_days", "forecasting.outlook", key=("name", "date"))
class EventDays(Table):
    """Days of events that touch many places, those ahead as far as they are announced."""

    name: str = column("Name, the same each year.")
    date: pl.Date = column("Day.")
    share: float = column("Share of the locations that it touches.", gt=0, le=1)


@frame("launch_curves", "forecasting.adjust", key=("category", "week"))
class LaunchCurves(Table):
    """How items sell in the weeks after their launch, against their later level."""

    category: str = column("Category.")
    week: int = column("Week on sale, the first one 0; those that lack are like later ones.", ge=0)
    factor: float = column("Demand over that of later weeks.", gt=0)


@frame("past_factors", "forecasting.baseline", key=("sku", "week"))
class PastFactors(Table):
    """How demand of items stood in past weeks beside now, by time of year, events and launch.

    All items have the same weeks, which follow each other without a gap.
    """

    sku: str = column("Item.")
    week: pl.Date = column("First of the seven days.")
    factor: float = column("Demand of the week over what the same level demands now.", gt=0)


@frame("offer_effects", "forecasting.baseline", key=("sku", "location", "date"))
class OfferEffects(Table):
    """What offers do to the demand of pairs, on the days on which they do anything."""

    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day.")
    effect: float = column("Demand at the price of the day over that at the list price.", gt=0)
    promoted: bool = column("A promotion runs.")


@frame("item_exits", "forecasting.baseline", key=("sku",))
class ItemExits(Table):
    """When items leave the range."""

    sku: str = column("Item.")
    exit_date: pl.Date = column_of(ItemDates, "exit_date")


@frame("location_openings", "forecasting.baseline", key=("location",))
class LocationOpenings(Table):
    """When locations open and close for good."""

    location: str = column("Node.")
    opened_on: pl.Date = column("First day open.", nullable=True)
    closed_on: pl.Date = column("First day after its last day open.", nullable=True)


@frame("daily_demand", "forecasting.distribution", key=("sku", "location", "date"))
class DailyDemand(Table):
    """The forecast of pairs by day, as far as sums over days and locations need it."""

    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day forecast.")
    mean: float = column_of(Forecast, "mean")
    variance: float = column_of(Forecast, "variance")
    correlation: float = column_of(Forecast, "correlation")
    common_variation: float = column_of(Forecast, "common_variation", omissible=True)


@frame("week_factors", "forecasting.distribution", key=("sku", "week"))
class WeekFactors(Table):
    """How demand of items stands week by week beyond their forecast.

    The weeks of an item follow each other without a gap, and all items begin with the same one.
    """

    sku: str = column("Item.")
    week: pl.Date = column("First of the seven days.")
    factor: float = column_of(SeasonFactors, "factor")
    level_variance: float = column_of(SeasonFactors, "level_variance")


@frame("seen_today", "forecasting.adjust", key=("sku", "location"))
class SeenToday(Table):
    """What pairs sold in the part of the open day that is known."""

    sku: str = column("Item.")
    location: str = column("Node.")
    sold: float = column("Units so far; missing where unknown.", unit="units", nullable=True, ge=0)
    out_of_stock: bool = column("The shelf was empty at some time today.")
    through_hour: int = column(
        "Last full hour whose sales have come; missing where none have. One a location.",
        nullable=True,
        ge=0,
        le=HOURS - 1,
    )
    closed: bool = column("The location is closed today.")

    @rule
    @staticmethod
    def one_hour_a_location(rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows of a location agree on closed and through_hour."""
        return rows_agree(rows, "closed", "through_hour", within="location")


@frame("bottom_forecast", "forecasting.evaluation", key=("sku", "location", "date"))
class BottomForecast(Table):
    """The forecast of pairs by day, with the region and category that it is summed to."""

    sku: str = column("Item.")
    location: str = column("Node.")
    region: str = column("Region of the location.")
    category: str = column("Category of the item.")
    date: pl.Date = column("Day forecast.")
    mean: float = column_of(Forecast, "mean")
    variance: float = column_of(Forecast, "variance")

    @rule
    @staticmethod
    def one_region_a_location(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A location lies in one region."""
        return rows_agree(rows, "region", within="location")

    @rule
    @staticmethod
    def one_category_a_sku(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A sku lies in one category."""
        return rows_agree(rows, "category", within="sku")


@frame("days_off", "forecasting.global_model", key=("region", "date"), unique=False)
class DaysOff(Table):
    """Holidays of regions, days ahead included.

    Saturdays and Sundays are days off besides, unless a region lists most of them by itself.
    """

    region: str = column("Region.")
    date: pl.Date = column("Day.")


@frame("local_events", "forecasting.global_model", key=("location", "date"), unique=False)
class LocalEvents(Table):
    """Days of local events and activities, days ahead included."""

    location: str = column("Node.")
    date: pl.Date = column("Day.")


@frame("region_weather", "forecasting.global_model", key=("region", "issued_on", "date"))
class RegionWeather(Table):
    """Weather of regions by day, observed or forecast; it counts from the day it was issued."""

    region: str = column("Region.")
    issued_on: pl.Date = column_of(Weather, "issued_on")
    date: pl.Date = column_of(Weather, "date")
    temperature: float = column_of(Weather, "temperature")
    rain: float = column_of(Weather, "rain")


_SAME_WEEKDAY = "Sales of the same weekday {} before; missing where unknown."


@frame("actual_sales", "forecasting.evaluation", key=("sku", "location"))
class ActualSales(Table):
    """What pairs sold on a day at locations whose sales are known, also where nothing sold."""

    sku: str = column("Item.")
    location: str = column("Node.")
    category: str = column_of(Products, "category")
    service_class: str = column_of(ItemLocations, "service_class", omissible=True)
    sales: int = column_of(DemandHistory, "sales", nullable=True)
    out_of_stock: bool = column_of(DemandHistory, "out_of_stock")
    week_1: int = column(_SAME_WEEKDAY.format("a week"), unit="units", nullable=True, ge=0)
    week_2: int = column(_SAME_WEEKDAY.format("two weeks"), unit="units", nullable=True, ge=0)
    week_3: int = column(_SAME_WEEKDAY.format("three weeks"), unit="units", nullable=True, ge=0)
    week_4: int = column(_SAME_WEEKDAY.format("four weeks"), unit="units", nullable=True, ge=0)


@frame("served_locations", "forecasting.evaluation", key=("destination", "location"))
class ServedLocations(Table):
    """Locations whose demand a destination serves: a selling node itself, a DC all it supplies."""

    destination: str = column("Node that receives.")
    location: str = column("Node whose demand it serves.")


@frame("demand_of_overrides", "forecasting.evaluation", key=("action_id",))
class DemandOfOverrides(Table):
    """Demand over the days that overridden goods were for, as far as it is known."""

    action_id: str = column("Action.")
    days: int = column("Days of pairs that were open.", ge=0)
    known_days: int = column("Those of them with an estimate of demand.", ge=0)
    demand: float = column("Demand of the known ones.", unit="units", ge=0)
