"""Everything that Dagster loads."""

import os

import dagster as dg

from inventory_assets import (
    actions,
    demand,
    exports,
    extracts,
    inventory,
    plans,
    reporting,
    supply,
)
from inventory_assets.framework import Retailer
from inventory_assets.jobs import intraday, nightly, nightly_schedule, training, weekly_training
from inventory_assets.project import PROJECT
from inventory_assets.sensors import landing_sensor

_DECISIONS_URL = "PLENISH_DECISIONS_URL"

retailer = Retailer(
    data_folder=os.environ.get("PLENISH_DATA", str(PROJECT / "data")),
    policies_folder=os.environ.get("PLENISH_POLICIES", str(PROJECT / "data" / "policies")),
    # By name: its password must not come into what Dagster shows and keeps of a resource.
    decisions_url=dg.EnvVar(_DECISIONS_URL) if os.environ.get(_DECISIONS_URL) else "",
)

_STAGES = (extracts, inventory, demand, supply, plans, actions, reporting, exports)

defs = dg.Definitions(
    assets=[asset for stage in _STAGES for asset in stage.assets],
    jobs=[nightly, intraday, training],
    schedules=[nightly_schedule, weekly_training],
    sensors=[landing_sensor],
    resources={"retailer": retailer},
    # Of what is materialized by hand, too: a process a step costs many seconds here.
    executor=dg.in_process_executor,
)
