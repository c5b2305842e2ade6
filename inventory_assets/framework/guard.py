"""A failed blocking check stops what is downstream in later runs too.

Dagster stops the downstream of a failed blocking check in the same run only; a later run would
plan on data that is known to be bad. So planning and exporting ask first.
"""

from collections.abc import Collection
from datetime import date

import dagster as dg
import polars as pl

from inventory_assets.framework.retailer import Retailer
from quality_checks.contracts import CONTRACTS


def blocking_failures(
    retailer: Retailer, business_date: date, stages: Collection[str]
) -> list[str]:
    """Blocking checks of the stages' assets that failed for the business date, in words."""
    outcomes = retailer.warehouse.read(CONTRACTS["check_outcomes"], business_date)
    failed = outcomes.filter(
        "blocking",
        ~pl.col("passed"),
        pl.col("asset").str.split(".").list.first().is_in(list(stages)),
    )
    return [f"{row['asset']} {row['check']}: {row['message']}" for row in failed.to_dicts()]


def refuse_failures(failures: Collection[str], business_date: date) -> None:
    """Stop where blocking checks failed.

    Raises:
        dagster.Failure: lists the assets, checks and messages.
    """
    if failures:
        raise dg.Failure(
            f"blocking checks of {business_date} fail; mend their cause and materialize those "
            f"assets again: {'; '.join(failures)}",
            allow_retries=False,
        )
