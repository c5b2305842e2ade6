"""Reads the planning policy: horizons, economics, rules of plans, and how late an input may be."""

from pathlib import Path

from governance.policy_files import parse_model, read_policy
from quality_checks.contracts import PlanningPolicy


def load_planning_policy(path: Path) -> PlanningPolicy:
    """The planning policy in the YAML file `path`.

    Raises:
        PolicyError: the file is missing or breaks the grammar; names file, line and field.
    """
    return parse_planning_policy(read_policy(path), str(path))


def parse_planning_policy(text: str, name: str = "planning.yaml") -> PlanningPolicy:
    """The planning policy that a text states.

    Raises:
        PolicyError: it breaks the grammar; names line and field.
    """
    return parse_model(text, name, PlanningPolicy)
