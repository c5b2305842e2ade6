"""What an open business date has sold so far."""

from datetime import timedelta

from forecasting.night import OpenDay
from inventory_assets.framework import Inputs
from quality_checks.contracts import CONTRACTS


def read_open_day(inputs: Inputs) -> OpenDay | None:
    """The business date, if it has not closed everywhere.

    A store's day is open while `trading_days` says `partial`. Locations that are closed, late or
    complete are not seen in it, nor online nodes, which do not sell by the profile of a store's
    day.
    """
    seen = inputs.query("seen_today")
    if seen.is_empty():
        return None
    first_day = inputs.business_date - timedelta(days=CONTRACTS["forecast"].retain or 1)
    totals = inputs.query("day_totals", first_day=first_day)
    return OpenDay(seen, inputs.read("day_profile"), totals)
