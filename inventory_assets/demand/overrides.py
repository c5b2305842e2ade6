"""What overrides were worth: kept beside the forecast, judged once demand is known."""

from datetime import date, timedelta

from forecasting.evaluation import expected_without, summarize_overrides, value_added
from governance import EVER, overrides_in_force
from inventory_assets.framework import Computed, Retailer, result_asset, table
from quality_checks.contracts import CONTRACTS

_DAYS = 7
"""Days that goods are for, from the day they are due: a week, as suppliers are reviewed."""

_SHOWN = 40


@result_asset("override_forecasts", deps=["routed", "forecast", "item_locations"])
def override_forecasts(retailer: Retailer, business_date: date) -> Computed:
    """Changed quantities of the business date's actions, with what the plan expected."""
    warehouse = retailer.warehouse
    empty = CONTRACTS["override_forecasts"].empty().drop("business_date")
    changed = overrides_in_force(
        warehouse.read(CONTRACTS["proposals"], business_date),
        retailer.store.decisions(EVER),
        # As routing has it: an override must hold on the day on which actions go out.
        on=business_date + timedelta(days=1),
    )
    if changed.is_empty():
        return Computed(empty)
    forecast = warehouse.read(CONTRACTS["forecast"], business_date)
    served = warehouse.query("served_locations", business_date)
    return Computed(expected_without(changed, forecast, served, days=_DAYS).select(empty.columns))


@result_asset("override_value", deps=["override_forecasts", "unconstrained", "item_locations"])
def override_value(retailer: Retailer, business_date: date) -> Computed:
    """Overrides of the history window whose days have passed, against demand."""
    warehouse = retailer.warehouse
    empty = CONTRACTS["override_value"].empty().drop("business_date")
    first_day = business_date - timedelta(days=retailer.planning_policy.history_days - 1)
    due = warehouse.query("overrides_due", business_date, first_day=first_day)
    if due.is_empty():
        return Computed(empty)
    served = warehouse.query("served_locations", business_date)
    frames = {"chosen": due, "served": served}
    demand = warehouse.query("demand_of_overrides", business_date, frames=frames)
    judged = value_added(due, demand)
    return Computed(
        judged.select(empty.columns),
        metadata={"value added by person and reason": table(summarize_overrides(judged), _SHOWN)},
    )
