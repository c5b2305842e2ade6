"""Demand and supply as distributions, in folders that answer one question each.

Pure: polars frames in and out; no Dagster, no database, no clock, and a seed is an argument. What
other packages use is in the faces of the folders: nothing is imported from here.
"""
