"""Dagster only: assets by stage, resources, partitions, jobs, schedules, sensors, the command line.

An asset reads, calls one library function, writes, and reports. No algorithm stands here.
"""
