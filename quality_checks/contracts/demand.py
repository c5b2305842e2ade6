"""Demand: what would have sold, and the distribution of what will."""

import polars as pl

from quality_checks.contracts.base import Table, column, result


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
    sales: int = column("Units sold.", unit="units", nullable=True, ge=0)
    demand: float = column("Estimated demand.", unit="units", nullable=True, ge=0)
    censored: bool = column("The shelf was empty, so sales bound demand from below.")
    closed: bool = column("The location was closed: no demand, and no zero either.")


@result("forecast", "demand", key=("sku", "location", "date"), retain=15)
class Forecast(Table):
    """Predictive distribution of demand by sku, location and day.

    A day's demand is negative binomial with this mean and variance (Poisson where the variance
    does not exceed the mean). Days of one series correlate pairwise by `correlation`, which gives
    the distribution of any sum of days.
    """

    business_date: pl.Date = column("Business date the forecast was made on.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    date: pl.Date = column("Day forecast.")
    mean: float = column("Expected demand.", unit="units", ge=0)
    variance: float = column("Variance of demand.", unit="units^2", ge=0)
    correlation: float = column("Correlation between two days.", ge=0, le=1)
    model: str = column("Model that made it.")


@result("forecast_accuracy", "demand", key=("region", "category", "lead_days"))
class ForecastAccuracy(Table):
    """Forecasts made earlier for the business date against its sales, by region and category.

    Stocked-out pairs and locations without known sales are left out.
    """

    business_date: pl.Date = column("Day that was forecast.")
    region: str = column("Region.")
    category: str = column("Category.")
    lead_days: int = column("Days between the forecast and the day.", unit="days", ge=1)
    pairs: int = column("Sku-locations compared.", ge=1)
    actual: float = column("Units sold.", unit="units", ge=0)
    forecast: float = column("Units forecast.", unit="units", ge=0)
    absolute_error: float = column("Sum of absolute errors.", unit="units", ge=0)
