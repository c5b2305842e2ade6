"""Everything that Dagster loads."""

import dagster as dg

from inventory_assets import (
    actions,
    demand,
    exports,
    extracts,
    inventory,
    plans,
    reporting,
    routing,
    signals,
    supply,
)
from inventory_assets.jobs import (
    backtest,
    export,
    intraday,
    nightly,
    nightly_schedule,
    training,
    weekly_backtest,
    weekly_training,
)
from inventory_assets.resources import name_retailer
from inventory_assets.sensors import decisions_sensor, landing_sensor

_STAGES = (
    extracts,
    inventory,
    demand,
    supply,
    plans,
    signals,
    actions,
    routing,
    reporting,
    exports,
)

defs = dg.Definitions(
    assets=[asset for stage in _STAGES for asset in stage.assets],
    jobs=[nightly, intraday, export, training, backtest],
    schedules=[nightly_schedule, weekly_training, weekly_backtest],
    sensors=[landing_sensor, decisions_sensor],
    resources={"retailer": name_retailer()},
    # Of what is materialized by hand, too: a process a step costs many seconds here.
    executor=dg.in_process_executor,
)
