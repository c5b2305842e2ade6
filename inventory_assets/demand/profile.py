"""How a day's sales spread over its hours."""

from datetime import timedelta

from forecasting.history import measure_day_profile
from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.contracts import CONTRACTS

_DAYS = 56
_MOST_LOCATIONS = 3
"""Locations of a region that the profile is measured at, which bounds the rows."""


@result_asset("day_profile", reads=["pos_sales", "locations", "demand_history", "trading_days"])
def day_profile(inputs: Inputs) -> Computed:
    """Shares of the day by hour, measured on the last days in stock."""
    hourly = inputs.query(
        "hourly_sales",
        first_day=inputs.business_date - timedelta(days=_DAYS - 1),
        most_locations=_MOST_LOCATIONS,
    )
    if hourly.is_empty():
        return Computed(CONTRACTS["day_profile"].empty().drop("business_date"))
    return Computed(measure_day_profile(hourly))
