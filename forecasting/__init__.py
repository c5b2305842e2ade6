"""Demand and supply as distributions: pure functions, polars frames in and out.

No Dagster, no database, no clock. Dates and seeds are arguments.
"""
