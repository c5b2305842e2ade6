"""How a day's sales spread over its hours."""

from datetime import date, timedelta

from forecasting.history import share_of_day
from inventory_assets.framework import Computed, Retailer, result_asset
from quality_checks.contracts import CONTRACTS

_DAYS = 56
_MOST_LOCATIONS = 3
"""Locations of a region that the profile is measured at, which bounds the rows."""


@result_asset("day_profile", deps=["pos_sales", "locations", "demand_history", "trading_days"])
def day_profile(retailer: Retailer, business_date: date) -> Computed:
    """Shares of the day by hour, measured on the last days in stock."""
    hourly = retailer.warehouse.query(
        "hourly_sales",
        business_date,
        first_day=business_date - timedelta(days=_DAYS - 1),
        most_locations=_MOST_LOCATIONS,
    )
    if hourly.is_empty():
        return Computed(CONTRACTS["day_profile"].empty().drop("business_date"))
    return Computed(share_of_day(hourly))
