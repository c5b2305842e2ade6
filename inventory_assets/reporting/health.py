"""The state of stock."""

from inventory_assets.framework import Computed, Inputs, result_asset, show_rows


@result_asset("stock_health", reads=["planning_pairs", "targets", "receipts_ahead"])
def stock_health(inputs: Inputs) -> Computed:
    """Stock against target by region and department."""
    frame = inputs.query("stock_health")
    return Computed(frame, metadata={"rows": show_rows(frame, len(frame))})
