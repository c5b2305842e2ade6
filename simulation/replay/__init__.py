"""Policies played day by day against demand that they cannot see.

`contest.play_contest` plays several and measures them, `roi.tabulate_roi` says what one is worth
against another, `worth.tabulate_worth` in the terms of executives. `demo` makes the built-in
retailer a `scenario`, `history` a city of real data; `world` plays it, one day after the other, and
carries out what a policy of `rules` or `pipeline` decides by its `EveningView`.
"""

from simulation.replay.contest import (
    DAYS,
    HISTORY_DAYS,
    SELLING_NAMES,
    VARIANT_NAMES,
    Entrants,
    Retailers,
    build_demo_worlds,
    choose_retailers,
    list_entrants,
    play_contest,
)
from simulation.replay.decision import (
    Decision,
    EveningView,
    PlannedChanges,
    PlannedMoves,
    PlannedOrders,
    ReplayPolicy,
)
from simulation.replay.demo import build_demo_scenario
from simulation.replay.history import build_history_worlds
from simulation.replay.intervals import Interval, estimate_interval
from simulation.replay.ledger import TERMS, LineCosts, charge_lines, play_evening, sum_groups
from simulation.replay.night_orders import predict_evening_risks
from simulation.replay.parts import Parts
from simulation.replay.pipeline import (
    Lateness,
    NightPlan,
    Pipeline,
    forbid_waiting,
    forecast_fallback,
    forecast_flat,
)
from simulation.replay.rehearsal import rehearse_nights
from simulation.replay.roi import measure_transfer_efficiency, tabulate_roi
from simulation.replay.scenario import Bools, Floats, Ints, Scenario
from simulation.replay.world import ReplayWorld
from simulation.replay.worth import Worth, choose_rule, list_compared, tabulate_worth

__all__ = [
    "DAYS",
    "HISTORY_DAYS",
    "SELLING_NAMES",
    "TERMS",
    "VARIANT_NAMES",
    "Bools",
    "Decision",
    "Entrants",
    "EveningView",
    "Floats",
    "Interval",
    "Ints",
    "Lateness",
    "LineCosts",
    "NightPlan",
    "Parts",
    "Pipeline",
    "PlannedChanges",
    "PlannedMoves",
    "PlannedOrders",
    "ReplayPolicy",
    "ReplayWorld",
    "Retailers",
    "Scenario",
    "Worth",
    "build_demo_scenario",
    "build_demo_worlds",
    "build_history_worlds",
    "charge_lines",
    "choose_retailers",
    "choose_rule",
    "estimate_interval",
    "forbid_waiting",
    "forecast_fallback",
    "forecast_flat",
    "list_compared",
    "list_entrants",
    "measure_transfer_efficiency",
    "play_contest",
    "play_evening",
    "predict_evening_risks",
    "rehearse_nights",
    "sum_groups",
    "tabulate_roi",
    "tabulate_worth",
]
