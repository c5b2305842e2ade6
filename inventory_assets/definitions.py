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
    backtest,
    intraday,
    nightly,
    nightly_schedule,
    training,
    weekly_training,
)
from inventory_assets.project import data_folder, policies_folder
from inventory_assets.sensors import landing_sensor

retailer = Retailer(
    data_folder=str(data_folder()),
    policies_folder=str(policies_folder()),
    decisions_url=os.environ.get("PLENISH_DECISIONS_URL", ""),
)

_STAGES = (extracts, inventory, demand, supply, plans, actions, reporting, exports)

defs = dg.Definitions(
    assets=[asset for stage in _STAGES for asset in stage.assets],
    jobs=[nightly, intraday, training, backtest],
    schedules=[nightly_schedule, weekly_training],
    sensors=[landing_sensor],
    resources={"retailer": retailer},
    # Of what is materialized by hand, too: a process a step costs many seconds here.
    executor=dg.in_process_executor,
)
