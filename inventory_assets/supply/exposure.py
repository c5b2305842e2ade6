"""What rests on each supplier, and what would be lost if it stopped."""

from forecasting.supply import measure_concentration, measure_exposure, predict_lane_risks
from inventory_assets.framework import Computed, Inputs, result_asset, result_assets, show_rows

_SHOWN = 20


@result_assets(
    {"sourced_items": (), "concentration": (), "supplier_exposure": ()},
    reads=[
        "products",
        "dates_in_force",
        "item_locations",
        "item_suppliers",
        "purchase_orders",
        "forecast",
        "sale_values",
        "position",
        "receipts_ahead",
        "lead_times",
        "supplier_scorecard",
    ],
    group="reporting",
    by_item=True,
)
def exposure(inputs: Inputs) -> list[Computed]:
    """Who delivers each item and who else could; what that means for each supplier."""
    items = inputs.query("sourced_items", frames={"terms": inputs.query("supplier_terms")})
    suppliers = measure_exposure(items)
    dearest = suppliers.sort(
        "margin_exposed", "supplier", descending=[True, False], nulls_last=True
    )
    return [
        Computed(items),
        Computed(measure_concentration(items)),
        Computed(suppliers, metadata={"rows": show_rows(dearest, _SHOWN)}),
    ]


@result_asset(
    "lane_risks",
    reads=["purchase_orders", "lead_times", "supplier_scorecard", "order_risks"],
    group="reporting",
    by_item=True,
)
def lane_risks(inputs: Inputs) -> Computed:
    """How late and how short a line may come that is ordered tonight, by supplier and node."""
    frame = predict_lane_risks(
        inputs.known("purchase_orders"),
        inputs.read("lead_times"),
        inputs.read("supplier_scorecard"),
        inputs.read("order_risks"),
        as_of=inputs.business_date,
        window_days=inputs.policy.scorecard_window_days,
    )
    likely = frame.sort("late_chance", "supplier", "destination", descending=[True, False, False])
    return Computed(frame, metadata={"likely late": show_rows(likely, _SHOWN)})
