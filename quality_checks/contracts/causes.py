"""Why item-locations have less or more than an earlier plan expected, and exceptions with them."""

from typing import Final

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.signals import Exceptions

CAUSES: Final = {
    "unannounced_promotion": "a promotion that was not announced",
    "promotion": "an announced promotion that sold other than forecast",
    "dropped_promotion": "a promotion that was announced and not held",
    "price": "a price that was not announced",
    "event": "a holiday or local event that sold other than forecast",
    "demand_level": "demand other than forecast, by nothing that is known",
    "bulk_sale": "bulk sales",
    "other_nodes": "customers of other nodes, served from here",
    "allocation_cut": "need that the DC did not serve",
    "order_cut": "need that suppliers were not asked for",
    "above_level": "stock above its level when that plan was made",
    "late_receipt": "goods that are late",
    "short_receipt": "goods that came short or were called off",
    "not_released": "goods that were planned and did not leave for the ERP, or that it let go",
    "not_shipped": "goods that left for the ERP and are not there",
    "extra_supply": "goods that came besides those expected",
    "transfer_out": "transfers to other nodes",
    "returns": "returns other than usual",
    "count_correction": "corrections by counts",
    "adjustment": "other corrections of the record",
    "damage": "damage",
    "reserved": "units promised to customers",
    "unbooked": "stock that changed without a booking",
    "sales_unknown": "days whose sales are not known",
    "as_planned": "nothing: the earlier plan expected as much",
    "unknown": "nobody can tell: there is no earlier plan to compare with",
}
"""Every cause of a change in stock, in words."""


@result("stock_causes", "signals", key=("sku", "location", "cause", "place"), retain=15)
class StockCauses(Table):
    """Why stock of item-locations that exceptions touch is not what an earlier plan expected.

    Stock counts less the demand that it did not serve. What was expected and all `units` of an
    item-location sum to what is there.
    """

    business_date: pl.Date = column("Business date.")
    sku: str = column("Item.")
    location: str = column("Node.")
    since: pl.Date = column("Business date of the earlier plan.")
    expected: float = column("Units that would be there had all gone as it said.", unit="units")
    observed: float = column("Units there, less demand that was not served since.", unit="units")
    cause: str = column("Cause.", isin=list(CAUSES))
    place: str = column("Node at which it came about.")
    units: float = column("Units that it added, or took off below 0.", unit="units")
    share: float = column(
        "Share of all that took units off, or of all that added some.", unit="share", ge=0, le=1
    )
    words: str = column("The cause as a sentence, with its figures.")


@result("exception_causes", "signals", key=("exception_id", "cause"), retain=15)
class ExceptionCauses(Table):
    """Why an exception came about: shares of what took stock off its item-locations, or added it.

    Of an exception with item-locations that have too little, these are explained; else those that
    have too much. Its shares sum to one.
    """

    business_date: pl.Date = column("Business date.")
    exception_id: str = column_of(Exceptions, "exception_id")
    cause: str = column("Cause.", isin=list(CAUSES))
    place: str = column("Node at which most of it came about; * where nothing did at several.")
    rank: int = column("Place among the causes of the exception, the largest first.", ge=1)
    share: float = column("Share of the change that it explains.", unit="share", ge=0, le=1)
    units: float = column("Units that it added, or took off below 0.", unit="units")
    item_locations: int = column("Item-locations of the exception that it touches.", ge=1)
    words: str = column("The cause as a sentence, with its figures.")
