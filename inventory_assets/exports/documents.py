"""Hand an ERP what left as documents in its own layout."""

import polars as pl

from governance.exchange import list_addressees, list_erp_documents, write_erp_files
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from quality_checks.checks import DOCUMENTS_ADD_UP, judge_documents

_SHOWN = 20


@result_asset(
    "erp_files",
    reads=["export_lines", "cancel_lines", "products", "item_suppliers", "lanes"],
    earlier=["erp_files", "export_lines"],
    checks=[DOCUMENTS_ADD_UP],
)
def erp_files(inputs: Inputs) -> Computed:
    """Write what every batch orders, moves and cancels in the layout of policy, each once."""
    systems = list_addressees(inputs.policy.erp_exchange.addressees)
    of_erp = pl.col("kind").is_in([kind for kind, system in systems.items() if system == "erp"])
    lines, cancels = (
        inputs.read(table).filter(of_erp) for table in ("export_lines", "cancel_lines")
    )
    days = cancels.select(business_date="cancelled_date").unique()
    documents = list_erp_documents(
        lines,
        cancels,
        inputs.read_until("export_lines").join(days, on="business_date", how="semi"),
        inputs.known("products"),
        inputs.known("item_suppliers"),
        inputs.known("lanes"),
    )
    files = write_erp_files(
        documents,
        inputs.read("erp_files"),
        rules=inputs.policy.erp_exchange,
        outbox=inputs.outbox,
        business_date=inputs.business_date,
    )
    return Computed(
        files,
        [judge_documents(lines, *documents)],
        {"folder": str(inputs.outbox), "batches": show_rows(files, _SHOWN)},
    )
