"""The last day that has closed: what is learnt up to it stands while a day is open."""

from datetime import date, timedelta

from inventory_assets.framework.retailer import Retailer


def find_last_closed_day(retailer: Retailer, business_date: date) -> date:
    """Find the last day up to a business date that has closed everywhere.

    A location's day is open while `trading_days` says `partial`.

    Args:
        retailer: whose day it is.
        business_date: the last that may have closed.
    """
    still_open = not retailer.warehouse.query("open_day", business_date).is_empty()
    return business_date - timedelta(days=1) if still_open else business_date
