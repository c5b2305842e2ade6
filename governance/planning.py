"""Reads the planning policy: horizons, economics, rules of plans, and how late an input may be."""

from pathlib import Path

from governance.policy_files import load_model
from quality_checks.contracts import PlanningPolicy


def load_planning_policy(path: Path) -> PlanningPolicy:
    """The planning policy in the YAML file `path`.

    Raises:
        PolicyError: the file is missing or breaks the grammar; names file and field.
    """
    return load_model(path, PlanningPolicy)
