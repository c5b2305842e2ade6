"""Policies played day by day against demand that they cannot see.

`contest.compete` plays several and measures them, `roi.roi_table` says what one is worth against
another. `demo` makes the built-in retailer a `scenario`, `history` a city of real data; `world`
plays it, one day after the other, and carries out what a policy of `rules` or `pipeline` decides by
what it has `Seen`.
"""

from simulation.replay.contest import (
    DAYS,
    HISTORY_DAYS,
    Entrants,
    Retailers,
    choose_retailers,
    compete,
    demo_worlds,
    entrants_of,
)
from simulation.replay.decision import Decision, Policy, Seen
from simulation.replay.history import history_worlds
from simulation.replay.intervals import Interval, paired_interval
from simulation.replay.parts import Parts
from simulation.replay.pipeline import Pipeline, baseline
from simulation.replay.roi import roi_table, transfer_efficiency

__all__ = [
    "DAYS",
    "HISTORY_DAYS",
    "Decision",
    "Entrants",
    "Interval",
    "Parts",
    "Pipeline",
    "Policy",
    "Retailers",
    "Seen",
    "baseline",
    "choose_retailers",
    "compete",
    "demo_worlds",
    "entrants_of",
    "history_worlds",
    "paired_interval",
    "roi_table",
    "transfer_efficiency",
]
