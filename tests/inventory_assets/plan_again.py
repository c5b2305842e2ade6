"""A planned retailer is planned again, twice, in a process that tells what the night did.

Run as a program of its own: `plan_again.py ROOT` on a copy of a planned retailer.
What it saw comes out as a line of JSON; what the first of both plans had exported lies in
ROOT/first/exports.
"""

import json
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from unittest import mock

from simulated import PROJECT, plan

from compilation import kept_code
from governance import load_planning_policy
from inventory_assets.framework.inputs import Declared
from simulation.replay import rehearse_nights


def play(root):
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
        said = [plan(root)]
    shutil.copytree(root / "exports", root / "first" / "exports")
    said.append(plan(root))
    return {
        "said": said,
        "kernels rehearsed": rehearsed,
        "kernels of the night alone": asked[rehearsed:],
        "reads": {asset: sorted(tables) for asset, tables in reads.items()},
        "declared": {asset: sorted(tables) for asset, tables in declared.items()},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(play(Path(sys.argv[1]))))
