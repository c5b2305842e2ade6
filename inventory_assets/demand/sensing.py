"""The forecast of a business date that is still open, after the part of the day that was seen."""

from datetime import timedelta

import polars as pl

from forecasting.adjust import sense
from forecasting.history import day_factor
from inventory_assets.framework import Inputs
from quality_checks.contracts import CONTRACTS


def sensed(inputs: Inputs, forecast_before: pl.DataFrame) -> pl.DataFrame | None:
    """Update a forecast by what the open business date has sold so far.

    A store's day is open while `trading_days` says `partial`. Locations that are closed, late or
    complete keep their forecast; so do online nodes, which do not sell by the profile of a store's
    day, and every location while there is no profile.

    Args:
        inputs: of the business date, which may be open.
        forecast_before: columns of `Forecast` (business_date may lack) with the business date and
            the days after it, made without sales of the business date.

    Returns:
        The same rows, of which the mean of the business date is that of the whole day; None where
        no store's day is open.
    """
    seen = inputs.query("seen_today")
    if seen.is_empty():
        return None
    profile = inputs.read("day_profile")
    if profile.is_empty():
        return forecast_before
    kept = CONTRACTS["forecast"].retain or 1
    first_day = inputs.business_date - timedelta(days=kept)
    totals = inputs.query("day_totals", first_day=first_day)
    return sense(
        forecast_before, seen, profile, today=inputs.business_date, factor=day_factor(totals)
    )
