"""Start a scenario in a process of its own, which goes on when the one that started it ends."""

import os
import subprocess
import sys
import threading
from typing import Final

from governance.scenarios import Scenario
from inventory_assets.premises import Premises
from inventory_assets.project import AUDIT_KEY, AUDIT_PLACE, DECISIONS_URL, PROJECT, TOKEN
from inventory_assets.scenarios.copying import check_scenario
from inventory_assets.scenarios.folder import book_scenario
from warehouse import Warehouse

_COMMAND: Final = (sys.executable, "-m", "inventory_assets.cli.start", "scenario", "carry-out")


def start_scenario(premises: Premises, warehouse: Warehouse, scenario: Scenario) -> None:
    """Run a scenario in the background; how far it is `list_scenarios` tells.

    Args:
        premises: the retailer, of which nothing is changed.
        warehouse: the published copy, by which the scenario is checked.
        scenario: what somebody who may has stated.

    Raises:
        LookupError: no plan is published yet.
        ScenarioError: it cannot be run, or another one runs or has the name.
        PolicyError: the changed policy is none.
    """
    check_scenario(premises, warehouse, scenario)
    with book_scenario(premises.data, scenario) as (folder, turn), folder.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  # our own command; a name has no other letters
            (*_COMMAND, scenario.name, str(turn.fileno()), "--data", str(premises.data)),
            # The turn is the child's from here on, whatever becomes of this process.
            pass_fds=(turn.fileno(),),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env=_make_environment(premises),
        )
    # Somebody has to take note of its end, or it would stay as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()


def _make_environment(premises: Premises) -> dict[str, str]:
    """The environment of this process with the premises in it, and nobody's token."""
    set_here = {
        "PLENISH_POLICIES": premises.policies_folder,
        DECISIONS_URL: premises.decisions_url,
        AUDIT_KEY: premises.audit_key,
        AUDIT_PLACE: premises.audit_place,
    }
    kept = {name: value for name, value in os.environ.items() if name != TOKEN}
    return {**kept, **{name: value for name, value in set_here.items() if value}}
