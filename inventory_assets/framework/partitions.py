"""Partitions: one per business date, including today's, which is still open."""

import os

import dagster as dg

FIRST_BUSINESS_DATE = os.environ.get("PLENISH_FIRST_BUSINESS_DATE", "2024-01-01")
"""First partition; a retailer whose history starts earlier sets the environment variable."""

business_dates = dg.DailyPartitionsDefinition(start_date=FIRST_BUSINESS_DATE, end_offset=1)
