"""Files of documents for an ERP: a folder a batch, whose manifest comes last and vouches for it.

A folder of a batch is written once. Who loads it takes it when its manifest is there, and loads a
document once by its number.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from governance.exchange.erp_documents import ErpDocuments
from governance.exchange.erp_layouts import list_left_out, render_documents
from governance.exchange.outbox import hash_content, put_file
from quality_checks.contracts import ErpExchange, ErpFiles, find_contract

FOLDER: Final = "erp"
_MANIFEST: Final = "manifest.json"
_STATED: Final = find_contract(ErpFiles).made_schema


def write_erp_files(
    documents: ErpDocuments,
    before: pl.DataFrame,
    *,
    rules: ErpExchange,
    outbox: Path,
    business_date: date,
) -> pl.DataFrame:
    """Write the documents of each batch of a business date that were not handed out before.

    Without a layout a batch is passed over for good: the ERP has it as it is, and would load the
    documents of it as new ones once there is a layout.

    Args:
        documents: as `list_erp_documents` gives them.
        before: `ErpFiles` of the business date that were handed out or passed over before.
        rules: which layout; none writes no file.
        outbox: folder in which `erp/` is made where missing.
        business_date: of the documents.

    Returns:
        Rows of the contract ErpFiles but business_date, sorted by batch and file.

    Raises:
        OSError: a file could not be written; the manifest of its batch is not there then.
    """
    rows = before.select(_STATED.names()).to_dicts()
    numbers = pl.concat(frame["batch"] for frame in documents).unique().sort()
    new = [number for number in numbers if number not in before["batch"]]
    for number in new:
        of_batch = ErpDocuments(*(frame.filter(batch=number) for frame in documents))
        if rules.layout == "none":
            rows.append(_describe(number, rules.layout, of_batch, None))
            continue
        folder = outbox / FOLDER / f"{business_date}_{number}"
        files = []
        for name, content in render_documents(of_batch, rules).items():
            put_file(folder / name, content)
            files.append({"file": name, "sha256": hash_content(content)})
        stated = {
            "business_date": business_date.isoformat(),
            "batch": number,
            "layout": rules.layout,
            "files": files,
            "documents": [*_sum_up(of_batch.orders), *_sum_up(of_batch.trips)],
            "cancelled_lines": of_batch.cancels.height,
            "left_out": list_left_out(of_batch, rules),
            "not_whole_order_units": _list_not_whole(of_batch.orders),
        }
        manifest = (json.dumps(stated, indent=2) + "\n").encode()
        put_file(folder / _MANIFEST, manifest)
        rows.append(_describe(number, rules.layout, of_batch, hash_content(manifest)))
    return pl.DataFrame(rows, schema=_STATED).sort("batch")


def _list_not_whole(orders: pl.DataFrame) -> list[str]:
    """Keys of lines that are no whole units of their supplier's."""
    keys: list[str] = orders.filter(~pl.col("fits_order_unit"))["idempotency_key"].to_list()
    return keys


def _sum_up(lines: pl.DataFrame) -> list[dict[str, Any]]:
    """Control totals of each document."""
    found = lines.group_by("number", "currency", maintain_order=True).agg(
        lines=pl.len(), units=pl.col("quantity").sum(), total=pl.col("amount").sum()
    )
    return [{**row, "total": str(row["total"])} for row in found.to_dicts()]


def _describe(
    number: int, layout: str, documents: ErpDocuments, sha256: str | None
) -> dict[str, object]:
    orders, trips, cancels = documents
    both = pl.concat(frame.select("quantity", "amount") for frame in (orders, trips))
    return {
        "batch": number,
        "layout": layout,
        "orders": orders["number"].n_unique(),
        "trips": trips["number"].n_unique(),
        "lines": len(both),
        "units": int(both["quantity"].sum()),
        "value": float(both["amount"].sum()),
        "cancelled_lines": cancels.height,
        "sha256": sha256,
    }
