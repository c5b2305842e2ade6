"""Partitions: one per business date from the first of the data to today's, which is still open."""

import os
from pathlib import Path

import dagster as dg

from inventory_assets.project import find_data_folder, find_time_zone
from quality_checks.checks import DAILY_SOURCES
from quality_checks.contracts import list_landing_sources
from quality_checks.intake import find_landed

_WITHOUT_DATA = "2024-01-01"


def find_first_date(landing: Path) -> str:
    """The first business date: `PLENISH_FIRST_BUSINESS_DATE`, else that of the oldest landed file.

    Files of sources that come every day count before others, as masters may be older than any day
    that can be planned. UI, daemon and command all ask here, so that they have the same partitions.

    Args:
        landing: the landing folder; it need not exist yet.

    Returns:
        An ISO date.
    """
    if stated := os.environ.get("PLENISH_FIRST_BUSINESS_DATE"):
        return stated
    for sources in (DAILY_SOURCES, list_landing_sources()):
        files = [file for source in sources for file in find_landed(landing, source)[0]]
        if files:
            return min(file.business_date for file in files).isoformat()
    return _WITHOUT_DATA


business_dates = dg.DailyPartitionsDefinition(
    start_date=find_first_date(find_data_folder() / "landing"),
    timezone=find_time_zone(),
    end_offset=1,
)
