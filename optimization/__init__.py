"""Decisions: what to hold, send, move and buy, in folders that answer one question each.

Pure: polars frames in and out; no Dagster, no database, no clock. What other packages use is in the
faces of the folders: nothing is imported from here.
"""
