"""A failed blocking check stops what is downstream in later runs too.

Dagster stops the downstream of a failed blocking check in the same run only; a later run would
plan on data that is known to be bad. So planning and exporting ask first.
"""

from collections.abc import Collection
from datetime import date

import dagster as dg

from inventory_assets.framework.retailer import Retailer


def refuse_on_blocking_failures(
    retailer: Retailer, business_date: date, *, stages: Collection[str]
) -> None:
    """Stop where a blocking check of an asset in `stages` failed for the business date.

    Raises:
        dagster.Failure: lists the assets, checks and messages.
    """
    failures = retailer.warehouse.blocking_failures(business_date, stages)
    if failures:
        raise dg.Failure(
            f"blocking checks of {business_date} fail; mend their cause and materialize those "
            f"assets again: {'; '.join(failures)}",
            allow_retries=False,
        )
