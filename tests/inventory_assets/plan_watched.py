"""The moving retailer is written and planned in a process that tells what its night did.

Run as a program of its own: `plan_watched.py ROOT`. What it saw lies in ROOT/seen.json.
"""

import json
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from simulated import PROJECT, plan, write_moving
from test_cycle import reprice, run_cycle

from compilation import kept_code
from governance import load_planning_policy
from inventory_assets.framework.inputs import Declared
from simulation.replay import rehearse_nights


def plan_watched(root):
    """Write the retailer and plan it: kernels asked for, tables declared and read by each asset.

    A copy of it runs a cycle, too, in which the price of one item has changed.
    """
    asked, reads, declared = [], defaultdict(set), {}
    load, refuse = kept_code._KeptCode.load_overload, Declared.refuse_others

    def told(self, sig, context):
        asked.append(f"{self._kernel.py_func.__qualname__}{sig}")
        return load(self, sig, context)

    def recorded(self, tables):
        declared[self.asset] = self.reads | self.earlier
        reads[self.asset] |= tables
        refuse(self, tables)

    with (
        mock.patch.object(kept_code._KeptCode, "load_overload", told),
        mock.patch.object(Declared, "refuse_others", recorded),
    ):
        policy = load_planning_policy(PROJECT / "data" / "policies" / "planning.yaml")
        rehearse_nights(policy, seed=7)
        rehearsed = len(asked)
        write_moving(root)
        compiled = asked[rehearsed:]
        again = plan(root)
        planned = len(asked)
        with TemporaryDirectory() as folder:
            by_day = shutil.copytree(root, Path(folder) / "by_day")
            reprice(by_day)
            run_cycle(by_day)
    return {
        "kernels rehearsed": rehearsed,
        "kernels of the night alone": compiled,
        "kernels of the cycle alone": asked[planned:],
        "said again": again,
        "reads": {asset: sorted(tables) for asset, tables in reads.items()},
        "declared": {asset: sorted(tables) for asset, tables in declared.items()},
    }


if __name__ == "__main__":
    (Path(sys.argv[1]) / "seen.json").write_text(json.dumps(plan_watched(Path(sys.argv[1]))))
