"""Supplier scorecards and the lead time of every pair."""

from forecasting.night import assume_delays, find_supply
from inventory_assets.framework import Computed, Inputs, result_assets
from quality_checks.checks import CLOSURES_STATED, PLANNED, judge_closures, judge_problems


@result_assets(
    {
        "supplier_scorecard": (),
        "supplier_yields": (),
        "lead_times": [PLANNED, CLOSURES_STATED],
        "other_lead_times": (),
    },
    reads=[
        "purchase_orders",
        "order_acknowledgements",
        "receipts",
        "in_transit",
        "transfers",
        "suppliers",
        "item_suppliers",
        "lanes",
        "item_locations",
        "products",
    ],
    by_item=True,
)
def supply(inputs: Inputs) -> list[Computed]:
    """How suppliers deliver; from where each pair is replenished, and how long that takes."""
    found = find_supply(
        inputs.query("order_lines_as_confirmed"),
        inputs.query("supply_paths"),
        inputs.query("supplier_terms"),
        inputs.known("lanes"),
        record=inputs.query("delivery_record", window_days=inputs.policy.scorecard_window_days),
        closures=inputs.query("supplier_closures"),
        calendars=inputs.query("supplier_calendars"),
        as_of=inputs.business_date,
        window_days=inputs.policy.scorecard_window_days,
        review_days=inputs.policy.supplier_review_days,
    )
    expected = inputs.policy.expectations
    closures = judge_closures(inputs.known("suppliers"))
    return [
        Computed(found.scorecard.drop("business_date")),
        Computed(found.yields),
        Computed(
            assume_delays(found.lead_times, expected), [judge_problems(found.left_out), closures]
        ),
        Computed(assume_delays(found.other_lead_times, expected)),
    ]
