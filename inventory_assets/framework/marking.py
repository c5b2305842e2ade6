"""Marks of tables: with the same marks they hold the same."""

from collections.abc import Collection, Hashable
from datetime import date

import polars as pl

from inventory_assets.framework.retailer import Retailer
from quality_checks.contracts import CONTRACTS, list_landing_sources
from warehouse import OF_DAYS, STAND_INS


def mark_tables(
    retailer: Retailer,
    names: Collection[str],
    business_date: date,
    *,
    closed_until: date | None = None,
) -> Hashable:
    """Mark what tables hold of every date up to a business date.

    Args:
        retailer: whose tables they are.
        names: of landing sources, and of tables that carry marks or are books of the intake.
        business_date: up to which they are marked.
        closed_until: last day of which sales and returns count; all do by default.
    """
    sources = set(names) & set(list_landing_sources())
    landed = sources | {stand_in for name in sources for stand_in in STAND_INS.get(name, ())}
    # What the books of the intake say follows from all that has landed.
    books = {name for name in set(names) - sources if CONTRACTS[name].stage == "intake"}
    results = set(names) - sources - books
    warehouse = retailer.warehouse
    files = {}
    if landed or books:
        files = warehouse.mark_sources(business_date, closed_until=closed_until)
    slices = warehouse.read_marks(results, business_date)
    if closed_until is not None:
        closed = pl.col("business_date") <= closed_until
        slices = slices.filter(closed | ~pl.col("name").is_in(list(OF_DAYS)))
    of_files = tuple((source, files.get(source)) for source in sorted(files if books else landed))
    return of_files, tuple(slices.rows())
