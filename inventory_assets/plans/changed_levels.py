"""Which levels people have changed for the day that is planned."""

from datetime import timedelta

from governance.level_changes import record_landed_level_changes
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from quality_checks.checks import CHANGES_HOLD, judge_level_changes

_SHOWN = 20


@result_asset(
    "changed_levels",
    reads=["level_changes", "item_locations", "locations", "products"],
    earlier=["targets", "changed_levels"],
    # The version refuses inputs that are known to be bad.
    after=["plan_versions"],
    checks=[CHANGES_HOLD],
)
def changed_levels(inputs: Inputs) -> Computed:
    """Planned changes of levels, recorded with who made them, by item-location."""
    changes = inputs.known("level_changes")
    standing, refused = record_landed_level_changes(
        inputs.store,
        inputs.query("level_words"),
        inputs.known("locations").select("location", "region"),
        inputs.known("products").select("sku", "category"),
    )
    changed = inputs.query("changed_levels", frames={"standing": standing})
    day = inputs.business_date + timedelta(days=1)
    return Computed(
        changed,
        [judge_level_changes(changes, refused, changed, day)],
        {"changed": show_rows(changed, _SHOWN)},
    )
