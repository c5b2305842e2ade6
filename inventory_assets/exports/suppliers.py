"""Hand suppliers what left of their orders, and the demand that they are told of."""

import polars as pl

from governance.exchange import list_cancelled_orders, write_supplier_files
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from quality_checks.checks import SUPPLIERS_TOLD, judge_untold

_SHOWN = 20


@result_asset(
    "supplier_files",
    reads=[
        *("export_lines", "cancel_lines", "purchase_orders", "item_suppliers", "products"),
        "forecast",
    ],
    earlier=["supplier_files", "export_lines"],
    checks=[SUPPLIERS_TOLD],
)
def supplier_files(inputs: Inputs) -> Computed:
    """Write a file for each supplier that policy names of every batch, and forecasts by week."""
    rules = inputs.policy.supplier_exchange
    sharing = pl.DataFrame({"supplier": rules.forecasts}, schema={"supplier": pl.String})
    cancels = inputs.read("cancel_lines")
    days = cancels.select(business_date="cancelled_date").unique()
    departed = inputs.read_until("export_lines").join(days, on="business_date", how="semi")
    handed = write_supplier_files(
        inputs.read("export_lines"),
        inputs.known("purchase_orders"),
        inputs.known("item_suppliers"),
        inputs.query("supplier_forecast", frames={"sharing": sharing.unique()}),
        inputs.read("supplier_files"),
        cancelled=list_cancelled_orders(cancels, departed),
        rules=rules,
        outbox=inputs.outbox,
        business_date=inputs.business_date,
    )
    return Computed(
        handed.files,
        [judge_untold(handed.left_out)],
        {"folder": str(inputs.outbox), "files": show_rows(handed.files, _SHOWN)},
    )
