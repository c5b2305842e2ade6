"""Which landing sources are late as of a business date."""

from inventory_assets.framework import Inputs
from inventory_assets.inventory.open_date import read_hour_told
from quality_checks.checks import DAILY_SOURCES


def read_late_inputs(inputs: Inputs) -> dict[str, int]:
    """Source -> days late, of the daily sources that are later than policy tolerates."""
    age = {
        source: (inputs.business_date - newest).days
        for source, newest in inputs.newest_files().items()
        if source in DAILY_SOURCES
    }
    return inputs.policy.late(age, read_hour_told(inputs))
