"""Plan again when files land."""

import dagster as dg

from inventory_assets.jobs import intraday
from inventory_assets.landing_state import landing_state
from inventory_assets.partitions import business_dates
from inventory_assets.resources import Retailer

_SECONDS = 60


@dg.sensor(
    job=intraday,
    minimum_interval_seconds=_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Plans the newest landed business date once its files changed and then kept still.",
)
def landing_sensor(
    context: dg.SensorEvaluationContext, retailer: Retailer
) -> dg.SensorResult | dg.SkipReason:
    """Ask for a run when the landing folder differs from the last one planned.

    Files often come in a burst: a run is asked for only when two looks in a row see the same.
    The cursor holds what was seen last and what was planned last.
    """
    newest, seen = landing_state(retailer.landing)
    looked, _, planned = (context.cursor or "|").partition("|")
    if newest is None or seen == planned:
        return dg.SkipReason("nothing new has landed")
    if seen != looked:
        context.update_cursor(f"{seen}|{planned}")
        return dg.SkipReason("files are landing; waiting until they keep still")
    if not business_dates.has_partition_key(newest.isoformat()):
        return dg.SkipReason(f"{newest} is no business date of the partitions")
    request = dg.RunRequest(run_key=seen, partition_key=newest.isoformat())
    return dg.SensorResult(run_requests=[request], cursor=f"{seen}|{seen}")
