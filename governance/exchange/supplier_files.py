"""Files for suppliers: what left for the ERP of their orders, and the demand that is expected.

A folder a supplier. A file of a batch is written once, beside and then renamed: who takes files
away gets none of them again. A forecast is replaced as long as its date is planned anew.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from governance.exchange.outbox import hash_content, put_file, render_csv
from governance.exchange.supplier_documents import (
    SupplierDocuments,
    list_supplier_documents,
    name_additions,
)
from quality_checks.contracts import (
    SupplierExchange,
    SupplierFiles,
    find_contract,
)

_ENDINGS = {"csv": "csv", "x12": "edi"}
_STATED = find_contract(SupplierFiles).made_schema

_TEXTS = ("supplier", "po", "sku", "destination")
_LONGEST_LABEL = 48
"""Characters of an element 234 of X12 004010, which names an item."""
_ELEMENT = r"^[\x20-\x29\x2b-\x3d\x3f-\x7d]+$"
"""Text that an element of X12 may hold: printable ASCII but what separates elements."""


class HandedFiles(NamedTuple):
    """What lies ready for suppliers.

    Attributes:
        files: rows of the contract SupplierFiles but business_date.
        left_out: supplier, idempotency_key, problem: lines that no file could hold.
    """

    files: pl.DataFrame
    left_out: pl.DataFrame


def write_supplier_files(  # noqa: PLR0913  # what leaves, what it is about, and where it goes
    lines: pl.DataFrame,
    orders: pl.DataFrame,
    terms: pl.DataFrame,
    forecast: pl.DataFrame,
    before: pl.DataFrame,
    *,
    cancelled: pl.DataFrame,
    rules: SupplierExchange,
    outbox: Path,
    business_date: date,
) -> HandedFiles:
    """Write the files of a business date for the suppliers that policy names.

    Args:
        lines: `ExportLines` of the business date.
        orders: rows of the contract PurchaseOrders.
        terms: rows of the contract ItemSuppliers.
        forecast: frame `supplier_weeks`, sorted by its key.
        before: `SupplierFiles` of the business date that were handed out before; they are not
            written again.
        cancelled: what of orders is called back, as `list_cancelled_orders` lists it.
        rules: which suppliers get what.
        outbox: folder with a folder for each supplier; made where missing.
        business_date: of the lines.

    Raises:
        OSError: a file could not be written; it is not visible then.
    """
    rows: list[dict[str, object]] = []
    # Orders are numbered among those of all suppliers: a number stays, whoever is named.
    documents, left_out = _list_writable(
        list_supplier_documents(lines, orders, terms, cancelled), rules
    )
    parts = documents.partition_by("batch", "supplier", as_dict=True, maintain_order=True)
    for (number, supplier), part in parts.items():
        form = rules.files[supplier]
        stem = f"{business_date}_{number}."
        handed = before.filter(pl.col("file").str.starts_with(stem), pl.col("supplier") == supplier)
        if handed.height:
            rows += handed.select(_STATED.names()).to_dicts()
            continue
        content = _render(part.drop("batch"), form, rules.sender, business_date, number)
        file = f"{stem}{_ENDINGS[form]}"
        put_file(outbox / supplier / file, content)
        rows.append(_describe(supplier, file, form, part["quantity"], content))
    for supplier, file, units, content in _render_forecasts(forecast, rules, business_date):
        put_file(outbox / supplier / file, content)
        rows.append(_describe(supplier, file, "forecast", units, content))
    files = pl.DataFrame(rows, schema=_STATED).sort("supplier", "file")
    return HandedFiles(files, left_out)


def _list_writable(
    documents: SupplierDocuments, rules: SupplierExchange
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines of documents of the suppliers named that files can hold, and those that none can."""
    named = pl.col("supplier").is_in(sorted(rules.files))
    speakers = sorted(supplier for supplier, form in rules.files.items() if form == "x12")
    plain = pl.all_horizontal(pl.col(name).str.contains(_ELEMENT) for name in _TEXTS)
    fine = plain | ~pl.col("supplier").is_in(speakers)
    # Our own name of an item is enough where X12 cannot carry the supplier's.
    label = pl.col("supplier_item")
    carried = label.str.contains(_ELEMENT) & (label.str.len_chars() <= _LONGEST_LABEL)
    listed = documents.lines.filter(named).with_columns(
        supplier_item=pl.when(carried | ~pl.col("supplier").is_in(speakers)).then(label)
    )
    unwritable = listed.filter(~fine).select(
        "supplier",
        "idempotency_key",
        problem=pl.lit("a key holds characters that X12 cannot carry"),
    )
    unknown = documents.left_out.filter(named)
    return name_additions(listed.filter(fine)), pl.concat([unknown, unwritable])


def _render(lines: pl.DataFrame, form: str, sender: str, business_date: date, number: int) -> bytes:
    if form == "csv":
        return _render_csv(lines)
    from governance.exchange.x12_documents import render_x12  # noqa: PLC0415  # few speak X12

    return render_x12(lines, sender=sender, business_date=business_date, batch=number)


def _render_csv(lines: pl.DataFrame) -> bytes:
    priced = lines.with_columns(pl.col("unit_price").cast(pl.Decimal(38, 4)))
    return render_csv(priced)


def _render_forecasts(
    forecast: pl.DataFrame, rules: SupplierExchange, business_date: date
) -> Iterator[tuple[str, str, pl.Series, bytes]]:
    """Supplier, name, units and bytes of the file of each supplier that shares a forecast."""
    for supplier in sorted(set(rules.forecasts)):
        rows = forecast.filter(pl.col("supplier") == supplier)
        if rows.height:
            yield supplier, f"{business_date}_forecast.csv", rows["units"], render_csv(rows)


def _describe(
    supplier: str, file: str, form: str, units: pl.Series, content: bytes
) -> dict[str, object]:
    return {
        "supplier": supplier,
        "file": file,
        "form": form,
        "lines": units.len(),
        "units": round(float(units.sum()), 1),
        "sha256": hash_content(content),
    }
