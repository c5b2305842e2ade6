"""Demand: what would have sold, and the distribution of what will."""

import polars as pl

from quality_checks.contracts.base import Table, column, result
from quality_checks.contracts.landing import CHANNELS


@result("unconstrained", "demand", key=("sku", "location", "date"), retain=1)
class Unconstrained(Table):
    """Estimated demand of each day of the history window, stock-outs undone.

    Days on which sales are unknown have no estimate.
    """

    business_date: pl.Date = column("Business date of the estimate.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day of the demand.")
    sales: int = column(
        "Units sold; of a bulk sale, what counts as demand.", unit="units", nullable=True, ge=0
    )
    demand: float = column("Estimated demand.", unit="units", nullable=True, ge=0)
    demand_sd: float = column(
        "Standard deviation of the estimate: 0 in stock, missing where demand is.",
        unit="units",
        nullable=True,
        ge=0,
    )
    censored: bool = column(
        "The shelf was empty, or is suspected to have been, so sales bound demand from below."
    )
    suspected: bool = column(
        "Phantom stock: the record showed units, and no sale for so long is improbable."
    )
    lost_share: float = column(
        "Share of the day without stock: 0 in stock, missing where unknown.",
        nullable=True,
        ge=0,
        le=1,
    )
    closed: bool = column("The location was closed: no demand, and no zero either.")


@result("day_profile", "demand", key=("region", "weekend", "hour"), retain=15)
class DayProfile(Table):
    """How a day's sales spread over its hours, by region, weekdays and weekends apart.

    The shares of a region and kind of day sum to 1. The spreads are the same in all of them: the
    share of a day up to an hour, f on average, has the variance f (1 - f) times the spread beyond
    that of chance.
    """

    business_date: pl.Date = column("Business date of the measurement.")
    region: str = column("Region of the locations, or * for all.")
    weekend: bool = column("Saturdays and Sundays, or the other days.")
    hour: int = column("Hour of the day, from 0.", ge=0, le=23)
    share: float = column("Share of the day's sales in the hour.", ge=0, le=1)
    spread: float = column("Spread of days of locations up to the hour.", ge=0)
    pair_spread: float = column("What days of single pairs have more.", ge=0)
    persistence: float = column(
        "Share of a pair's deviation that lasts through the day; the same in all rows.", ge=0, le=1
    )


@result("forecast", "demand", key=("sku", "location", "date"), retain=15)
class Forecast(Table):
    """Predictive distribution of demand by sku, location and day.

    A day's demand is negative binomial with this mean and variance (Poisson where the variance
    does not exceed the mean). Days of one series correlate pairwise by `correlation`, those of two
    locations of an item share `common_variation`, which gives the distribution of any sum of days
    and locations.
    """

    business_date: pl.Date = column("Business date the forecast was made on.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day forecast.")
    mean: float = column("Expected demand.", unit="units", ge=0)
    variance: float = column("Variance of demand.", unit="units^2", ge=0)
    correlation: float = column("Correlation between two days.", ge=0, le=1)
    common_variation: float = column(
        "Squared coefficient of variation of what all locations of the item share: the covariance "
        "of days of two locations over the product of their means.",
        ge=0,
    )
    mean_in_stock: float = column(
        "Expected demand if the shelf holds out, which sales can be compared with: shelves run "
        "empty on the days on which more is asked for.",
        unit="units",
        ge=0,
    )
    variance_in_stock: float = column("Variance of the same.", unit="units^2", ge=0)
    model: str = column("Model that made it.")


@result("learnt_forecast", "demand", key=("sku", "location", "date"), retain=2)
class LearntForecast(Forecast):
    """The forecast by days that have closed, before what an open day has sold so far moves it.

    While the business date is open it starts on that day, and no sale of the day changes it. The
    columns mean the same as the forecast's.
    """


@result("launch_forecast", "demand", key=("sku", "location", "date"), retain=15)
class LaunchForecast(Forecast):
    """Demand in the first days on sale of items that launch near the forecast's end or after it.

    Goods for a launch are ordered a supplier's lead time before it. Plans take these rows in place
    of the forecast's; the columns mean the same.
    """


@result("season_factors", "demand", key=("sku", "week"), retain=15)
class SeasonFactors(Table):
    """How demand of an item in each week of the year ahead stands to its level of now.

    Beyond the days that are forecast one by one, expected demand is that of the last of them times
    the week's `factor`, the product of the five columns after it, over that of the last ones.
    """

    business_date: pl.Date = column("Business date of the estimate.")
    sku: str = column("Item.")
    week: pl.Date = column("First of the seven days.")
    category: str = column("Category of the item.")
    factor: float = column("Expected demand over the level of now.", gt=0)
    season: float = column("What the time of year does, by last year's same week.", gt=0)
    event: float = column("What events ahead do that are known or come every year.", gt=0)
    launch: float = column("What is left of the rush of a launch.", gt=0)
    level: float = column("How an unusual level goes back to the item's usual one.", gt=0)
    offers: float = column(
        "What offers do that are announced, and in weeks of which nothing is announced yet, what "
        "they usually do.",
        gt=0,
    )
    level_variance: float = column(
        "Variance of what the level of the item may do until the week beyond the spread that the "
        "forecast states, over its expected demand squared.",
        ge=0,
    )


@result("forecast_accuracy", "demand", key=("region", "category", "lead_days"))
class ForecastAccuracy(Table):
    """Forecasts made earlier for the business date against its sales, by region and category.

    Stocked-out pairs and locations without known sales are left out.
    """

    business_date: pl.Date = column("Day that was forecast.")
    region: str = column("Region.")
    category: str = column("Category.")
    lead_days: int = column("Days between the forecast and the day.", unit="days", ge=1)
    pairs: int = column("Item-locations compared.", ge=1)
    actual: float = column("Units sold.", unit="units", ge=0)
    forecast: float = column("Units forecast.", unit="units", ge=0)
    absolute_error: float = column("Sum of absolute errors.", unit="units", ge=0)
    pinball_loss: float = column(
        "Sum over pairs of the mean pinball loss at 0.05 to 0.95.", unit="units", ge=0
    )
    covered_80: int = column("Pairs whose sales the 80 % interval held.", ge=0)
    compared_error: float = column(
        "Sum of our absolute errors where there is a naive forecast.", unit="units", ge=0
    )
    naive_error: float = column(
        "Sum of absolute errors of the last known same weekday.", unit="units", ge=0
    )


@result("backtest_accuracy", "demand", key=("date", "region", "category", "lead_days"), retain=1)
class BacktestAccuracy(ForecastAccuracy):
    """Forecasts made anew from days of the past year against sales, by region and category.

    From each origin a model forecasts as in a night, from what had sold by then; a new one is
    trained every twelve weeks, up to its origin. The assortment, offers, events and weather are
    those known on the business date. `forecast_accuracy` has what nights had forecast.
    """

    business_date: pl.Date = column("Business date of the backtest.")
    date: pl.Date = column("Day that was forecast.")


LEVELS = ["sku_region", "category_region", "total"]
"""Levels of sums of the forecast."""


@result("level_accuracy", "demand", key=("level", "segment", "lead_days"))
class LevelAccuracy(Table):
    """Forecasts made earlier for the business date against its sales, by level and kind of pair.

    At a level, what pairs forecast and sold is summed before it is compared. Stocked-out pairs and
    locations without known sales are left out.
    """

    business_date: pl.Date = column("Day that was forecast.")
    level: str = column("Level of the sums.", isin=["sku_location", *LEVELS])
    segment: str = column("Pairs of a model or of a service class; * for all.")
    lead_days: int = column("Days between the forecast and the day.", unit="days", ge=1)
    series: int = column("Sums compared.", ge=1)
    actual: float = column("Units sold.", unit="units", ge=0)
    forecast: float = column("Units forecast.", unit="units", ge=0)
    absolute_error: float = column("Sum of absolute errors.", unit="units", ge=0)
    pinball_loss: float = column(
        "Sum of the mean pinball loss at 0.05 to 0.95, variances summed as if pairs were "
        "independent.",
        unit="units",
        ge=0,
    )
    covered_80: int = column("Sums whose sales the 80 % interval held.", ge=0)
    compared_error: float = column(
        "Sum of our absolute errors where there is a naive forecast.", unit="units", ge=0
    )
    naive_error: float = column(
        "Sum of absolute errors of the last known same weekday.", unit="units", ge=0
    )


class Override(Table):
    """A quantity that people changed, and what the plan had expected."""

    business_date: pl.Date = column("Business date.")
    action_id: str = column("Action.")
    kind: str = column("What it is.")
    region: str = column("Region it is for.")
    category: str = column("Category of the item.")
    sku: str = column("Item.")
    destination: str = column("Node that receives.")
    author: str = column("Who changed it.")
    role: str = column("In which role.")
    reason: str = column("Why.")
    proposed: int = column("Units proposed.", unit="units", ge=0)
    overridden: int = column("Units instead.", unit="units", ge=0)
    first_day: pl.Date = column("First day that the goods are for.")
    last_day: pl.Date = column("Last day.")
    forecast: float = column("Demand that the plan expected on them.", unit="units", ge=0)


@result("override_forecasts", "demand", key=("action_id",))
class OverrideForecasts(Override):
    """Actions of the business date whose quantity people changed, and what the plan had expected.

    Kept until demand is known. Overrides of goods for days beyond the forecast are left out.
    """

    business_date: pl.Date = column("Business date of the action.")


@result("override_value", "demand", key=("action_id",), retain=15)
class OverrideValue(Override):
    """Overrides whose days have passed, and whether they were nearer to demand than the forecast.

    An override by d units counts as expecting d units more than the forecast did. Demand is
    estimated, stock-outs undone.
    """

    business_date: pl.Date = column("Business date of the judgement.")

    overridden_forecast: float = column("Demand that the override stands for.", unit="units", ge=0)
    demand: float = column("Demand estimated since.", unit="units", ge=0)
    known_share: float = column("Share of the days that is known.", ge=0, le=1)
    value_added: float = column(
        "Error of the forecast less that of the override; above 0 where the planner was nearer.",
        unit="units",
    )


@result("model_versions", "demand", key=("version",))
class ModelVersions(Table):
    """Trained models known on a business date, and which of them plans.

    Scores are means over the origins of the version's own backtest, on days in stock.
    """

    business_date: pl.Date = column("Business date of the training or of the choice.")
    version: str = column("Hash of the model's card and files.")
    model: str = column("Method.")
    trained_on: pl.Date = column("Business date of the training.")
    first_day: pl.Date = column("First day of the data.")
    last_day: pl.Date = column("Last day of the data.")
    wape: float = column("Sum of absolute errors over demand.", unit="share", ge=0)
    bias: float = column("Sum of errors over demand.", unit="share")
    pinball: float = column("Mean pinball loss.", unit="units", ge=0)
    coverage_80: float = column("Share of days inside the 80 % interval.", unit="share", ge=0, le=1)
    baseline_pinball: float = column("That of the fallback on the same days.", unit="units", ge=0)
    champion: bool = column("The version that plans.")
    reason: str = column("Why it does, or does not.")


@result("forecast_drivers", "demand", key=("sku", "location", "driver"), retain=15)
class ForecastDrivers(Table):
    """What moves the forecast of the pairs that actions rest on, in units over the next week."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    driver: str = column("What moves it, in words.")
    units: float = column("Units that it adds over the next seven days.", unit="units")


@result("returns_forecast", "demand", key=("sku", "location", "channel", "date"), retain=1)
class ReturnsForecast(Table):
    """Predictive moments of the units that come back, by the node that takes them.

    Empty where a retailer's extracts have no returns.
    """

    business_date: pl.Date = column("Business date the forecast was made on.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node that takes the goods.")
    channel: str = column("Channel of the original sale.", isin=CHANNELS)
    date: pl.Date = column("Day forecast.")
    mean: float = column("Expected returns.", unit="units", ge=0)
    variance: float = column("Variance of returns.", unit="units^2", ge=0)
    resalable_mean: float = column("Expected returns that can be sold again.", unit="units", ge=0)


@result("return_rates", "demand", key=("sku", "channel"), retain=1)
class ReturnRates(Table):
    """How likely a unit sold comes back: every item in every channel that has sales.

    Empty where a retailer's extracts have no returns.
    """

    business_date: pl.Date = column("Business date.")
    sku: str = column("Item.")
    channel: str = column("Channel of the sale.", isin=CHANNELS)
    return_rate: float = column("Chance that a unit comes back.", unit="share", ge=0, le=1)
    resalable_share: float = column(
        "Share of what comes back that can be sold again.", unit="share", ge=0, le=1
    )


@result("forecast_levels", "demand", key=("level", "region", "category", "sku", "date"), retain=15)
class ForecastLevels(Table):
    """The forecast summed over locations, items and regions, so that all levels agree.

    Variances are summed as if pairs were independent.
    """

    business_date: pl.Date = column("Business date the forecast was made on.")
    level: str = column("Level of the sums.", isin=LEVELS)
    region: str = column("Region, * where summed over.")
    category: str = column("Category, * where summed over.")
    sku: str = column("Item, * where summed over.")
    date: pl.Date = column("Day forecast.")
    mean: float = column("Expected demand.", unit="units", ge=0)
    variance: float = column("Variance of demand.", unit="units^2", ge=0)


RESPONSE_BASES = ["item", "style", "category", "all_items", "assumed"]
"""What the slope of an item rests on most, from the narrowest on."""


@result("price_responses", "demand", key=("sku",), retain=15)
class PriceResponses(Table):
    """How demand of items answers to their own price.

    Learnt from what sold before and after changes of the price, in the same places on days in
    stock; a promotion that goes beyond its price is apart.
    """

    business_date: pl.Date = column("Business date.")
    sku: str = column("Item.")
    slope: float = column("Log of demand by log of the price, shrunk; below 0.", lt=0)
    slope_sd: float = column("Standard deviation of the same.", ge=0)
    own_slope: float = column(
        "Slope of the item's own changes of price; missing where they tell none.", nullable=True
    )
    own_slope_sd: float = column("Standard deviation of the same.", nullable=True, ge=0)
    changes: int = column("Changes of its price that it was learnt from.", ge=0)
    basis: str = column("What it rests on most.", isin=RESPONSE_BASES)
