"""Everything that Dagster loads."""

import os
from pathlib import Path

import dagster as dg

from inventory_assets.actions import proposals
from inventory_assets.demand import (
    accuracy,
    drivers,
    forecast,
    levels,
    model,
    overrides,
    profile,
    returns,
)
from inventory_assets.exports import erp
from inventory_assets.extracts.sources import source_assets
from inventory_assets.inventory import history, position
from inventory_assets.jobs import intraday, nightly, nightly_schedule, training, weekly_training
from inventory_assets.plans import movements, purchasing, targets, versions
from inventory_assets.reporting import health, read_copy
from inventory_assets.resources import Retailer
from inventory_assets.sensors import landing_sensor
from inventory_assets.supply import suppliers

PROJECT = Path(__file__).resolve().parent.parent

retailer = Retailer(
    data_folder=os.environ.get("PLENISH_DATA", str(PROJECT / "data")),
    policies_folder=os.environ.get("PLENISH_POLICIES", str(PROJECT / "data" / "policies")),
    decisions_url=os.environ.get("PLENISH_DECISIONS_URL", ""),
)

modules = [
    history,
    position,
    profile,
    model,
    forecast,
    accuracy,
    overrides,
    drivers,
    levels,
    returns,
    suppliers,
    versions,
    targets,
    movements,
    purchasing,
]
modules += [proposals, erp, health, read_copy]

defs = dg.Definitions(
    assets=[*source_assets, *dg.load_assets_from_modules(modules)],
    jobs=[nightly, intraday, training],
    schedules=[nightly_schedule, weekly_training],
    sensors=[landing_sensor],
    resources={"retailer": retailer},
    # Of what is materialized by hand, too: a process a step costs many seconds here.
    executor=dg.in_process_executor,
)
