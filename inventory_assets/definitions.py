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
from inventory_assets.jobs import (
    export,
    intraday,
    nightly,
    nightly_schedule,
    training,
    weekly_training,
)
from inventory_assets.project import PROJECT
from inventory_assets.sensors import landing_sensor

retailer = Retailer(
    data_folder=os.environ.get("PLENISH_DATA", str(PROJECT / "data")),
    policies_folder=os.environ.get("PLENISH_POLICIES", str(PROJECT / "data" / "policies")),
    decisions_url=os.environ.get("PLENISH_DECISIONS_URL", ""),
)

_STAGES = (extracts, inventory, demand, supply, plans, actions, reporting, exports)

defs = dg.Definitions(
    assets=[asset for stage in _STAGES for asset in stage.assets],
    jobs=[nightly, intraday, export, training],
    schedules=[nightly_schedule, weekly_training],
    sensors=[landing_sensor],
    resources={"retailer": retailer},
    # Of what is materialized by hand, too: a process a step costs many seconds here.
    executor=dg.in_process_executor,
)
