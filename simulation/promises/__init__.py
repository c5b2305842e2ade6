"""Whether benefits come true: nights played again without an action, stated against realised."""

from simulation.promises.actions import TRAITS
from simulation.promises.branches import compare_nights, count_days
from simulation.promises.calibration import (
    Bounded,
    Calibration,
    calibrate_kinds,
    tabulate_confidence,
    tabulate_traits,
)

__all__ = [
    "TRAITS",
    "Bounded",
    "Calibration",
    "calibrate_kinds",
    "compare_nights",
    "count_days",
    "tabulate_confidence",
    "tabulate_traits",
]
