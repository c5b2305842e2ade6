"""That `plenish compile` leaves nothing for a night to compile."""

import json
import shutil
import subprocess
import sys

from simulated import LAST

from inventory_assets.project import PROJECT

NIGHT = """
import json, sys
from datetime import date
from pathlib import Path

from compilation import kept_code
from governance import load_planning_policy
from inventory_assets.project import PROJECT
from simulation.replay import rehearse_nights

asked = []
load = kept_code._KeptCode.load_overload

def told(self, sig, context):
    asked.append(f"{self._kernel.py_func.__qualname__}{sig}")
    return load(self, sig, context)

kept_code._KeptCode.load_overload = told
rehearse_nights(load_planning_policy(PROJECT / "data" / "policies" / "planning.yaml"), seed=7)
rehearsed = len(asked)
sys.path.insert(0, str(PROJECT / "tests" / "inventory_assets"))
import simulated
simulated.materialize(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), *simulated.NIGHTLY)
print(json.dumps([rehearsed, asked[rehearsed:]]))
"""


def test_a_night_compiles_nothing_that_was_not_compiled_ahead(planned, tmp_path):
    root = shutil.copytree(planned, tmp_path / "retailer")
    done = subprocess.run(
        [sys.executable, "-c", NIGHT, str(root), LAST.isoformat()],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr
    rehearsed, others = json.loads(done.stdout.splitlines()[-1])
    assert rehearsed > 30
    assert others == []
