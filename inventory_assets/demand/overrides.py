"""What overrides were worth: kept beside the forecast, judged once demand is known."""

from datetime import timedelta

from forecasting.evaluation import measure_value_added, sum_expected_demand, summarize_overrides
from governance import EVER, find_overrides
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from quality_checks.contracts import CONTRACTS

_DAYS = 7
"""Days that goods are for, from the day they are due: a week, as suppliers are reviewed."""

_SHOWN = 40


# Both follow the actions, and stand where these are reported: groups then run one way.
@result_asset(
    "override_forecasts",
    reads=["proposals", "forecast", "item_locations", "locations"],
    after=["routed"],
    group="reporting",
    by_item=True,
)
def override_forecasts(inputs: Inputs) -> Computed:
    """Changed quantities of the business date's actions, with what the plan expected."""
    empty = CONTRACTS["override_forecasts"].empty().drop("business_date")
    changed = find_overrides(inputs.read("proposals"), inputs.store.decisions(EVER))
    if changed.is_empty():
        return Computed(empty)
    forecast = inputs.read("forecast")
    served = inputs.query("served_locations")
    return Computed(
        sum_expected_demand(changed, forecast, served, days=_DAYS).select(empty.columns)
    )


@result_asset(
    "override_value",
    reads=["unconstrained", "trading_days", "item_locations", "locations"],
    earlier=["override_forecasts"],
    after=["override_forecasts"],
    group="reporting",
    by_item=True,
)
def override_value(inputs: Inputs) -> Computed:
    """Overrides of the history window whose days have closed, against demand."""
    empty = CONTRACTS["override_value"].empty().drop("business_date")
    last_day = inputs.last_closed_day
    first_day = last_day - timedelta(days=inputs.policy.history_days - 1)
    due = inputs.query("overrides_due", first_day=first_day, last_closed_day=last_day)
    if due.is_empty():
        return Computed(empty)
    served = inputs.query("served_locations")
    frames = {"chosen": due, "served": served}
    demand = inputs.query("demand_of_overrides", frames=frames)
    judged = measure_value_added(due, demand)
    return Computed(
        judged.select(empty.columns),
        metadata={
            "value added by person and reason": show_rows(summarize_overrides(judged), _SHOWN)
        },
    )
