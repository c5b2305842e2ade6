"""Decisions about stock: what to hold, where to put it, what to move and what to buy.

Pure functions, polars frames in and out. One currency: every decision weighs expected margin kept
against holding, markdown and moving cost, through the value of the k-th unit in
`marginal_value`. No Dagster, no database, no clock: dates and weekdays are arguments.
"""
