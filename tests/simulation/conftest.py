from pathlib import Path

import pytest

from governance import load_planning_policy
from simulation.replay.pipeline import forbid_waiting

SHIPPED = Path(__file__).parents[2] / "data" / "policies" / "planning.yaml"


@pytest.fixture(scope="session")
def policy():
    """The policy that ships, as the world plays it, with a history that is quick to read."""
    shipped = forbid_waiting(load_planning_policy(SHIPPED))
    return shipped.model_copy(update={"history_days": 84})
