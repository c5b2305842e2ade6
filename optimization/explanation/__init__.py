"""Why each action is what it is: the numbers of its arithmetic, each with where it comes from.

A kind of action has one function that gives its lines and its steps, and an entry in EXPLAINERS.
What is planned lives in `allocation`, `transfers` and `purchasing`; nothing here decides anything.
"""

from optimization.explanation.explain import EXPLAINERS, explain_actions
from optimization.explanation.night import PlannedNight

__all__ = ["EXPLAINERS", "PlannedNight", "explain_actions"]
