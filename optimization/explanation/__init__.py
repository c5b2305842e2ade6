"""Why each action is what it is: the numbers of its arithmetic, each with where it comes from.

A kind of action has one function that gives its lines and its steps, `register_explanation` names
it, and a package of its own calls that beside its declaration, with the statements of steps that
this face offers. What is planned lives in the planners' rooms; nothing here decides anything.
"""

from optimization.explanation.explain import EXPLAINERS, explain_actions, register_explanation
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import OF_ACTION, Explained, Source, Step

__all__ = [
    "EXPLAINERS",
    "OF_ACTION",
    "Explained",
    "PlannedNight",
    "Source",
    "Step",
    "explain_actions",
    "register_explanation",
]
