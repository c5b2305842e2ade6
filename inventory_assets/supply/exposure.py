"""What rests on each supplier, and what would be lost if it stopped."""

from forecasting.supply import measure_concentration, measure_exposure
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows

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
