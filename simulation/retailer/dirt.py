"""Broken rows: the kinds of faults that extracts have, and a list of every one of them.

A CSV file can hold text where a number belongs; a parquet file cannot, so there only typed faults
occur: impossible values, missing ones, unknown keys. Faults are named as in `quarantine`.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from quality_checks.contracts import Contract
from simulation.retailer.arrays import Ints

DIRT_SCHEMA = pl.Schema(
    {
        "file": pl.String,
        "row": pl.Int64,
        "field": pl.String,
        "kind": pl.String,
        "twin_row": pl.Int64,
        "cleared_on": pl.Date,
    }
)
"""Columns of the dirt list.

`file` is the path below the landing folder, `row` counts from 1 below the header, `kind` is a
reason of `quarantine`, `twin_row` the first row of a duplicate, `cleared_on` the business date
whose files make the row good (the master arrives), missing where nothing does.
"""


@dataclass(frozen=True)
class Fault:
    """A way to break a row: the field and the kind."""

    field: str
    kind: str


FAULTS: dict[str, tuple[Fault, ...]] = {
    "pos_sales": (
        Fault("sku", "unknown_key"),
        Fault("quantity", "missing_value"),
        Fault("quantity", "out_of_bounds"),
    ),
    "returns": (
        Fault("quantity", "wrong_type"),
        Fault("sku", "unknown_key"),
        Fault("channel", "missing_value"),
    ),
    "stock": (
        Fault("reserved", "out_of_bounds"),
        Fault("on_hand", "missing_value"),
        Fault("location", "unknown_key"),
    ),
    "receipts": (Fault("received", "duplicate_key"), Fault("received", "wrong_type")),
    "adjustments": (Fault("quantity", "wrong_type"),),
    "stock_counts": (Fault("counted", "out_of_bounds"), Fault("counted", "wrong_type")),
    "browsing": (Fault("views", "out_of_bounds"), Fault("sku", "unknown_key")),
    "online_orders": (Fault("quantity", "wrong_type"), Fault("region", "missing_value")),
}
"""What can break in which source; text in place of a number only where the files are CSV."""

WRONG_TEXTS = ("1,5O", "n/a", "#REF!", "12 pcs")


def soil(
    frame: pl.DataFrame, contract: Contract, rate: float, rng: np.random.Generator, *, spare: Ints
) -> tuple[pl.DataFrame, list[tuple[int, str, str, int | None]]]:
    """Break about `rate` of the rows of a source.

    Args:
        frame: clean rows.
        contract: contract of the source.
        rate: share of rows.
        rng: stream of the file.
        spare: row indices that stay as they are.

    Returns:
        The rows as they go to the file, and for every broken one: row number, field, kind, and
        the row number of its twin for a duplicate.
    """
    faults = FAULTS.get(contract.name, ())
    count = int(rng.binomial(frame.height, rate)) if faults else 0
    candidates = np.setdiff1d(np.arange(frame.height), spare)
    rows = np.sort(rng.choice(candidates, min(count, candidates.size), replace=False))
    kinds = rng.integers(0, max(len(faults), 1), rows.size)
    broken: list[tuple[int, str, str, int | None]] = []
    for number, fault in enumerate(faults):
        at = rows[kinds == number]
        if at.size == 0:
            continue
        if fault.kind == "duplicate_key":
            first = frame.height + 1
            twins = frame[at].with_columns(pl.col(fault.field) + 1)
            frame = frame.vstack(twins)
            broken += [
                (first + i, ",".join(contract.key), fault.kind, int(row) + 1)
                for i, row in enumerate(at)
            ]
        else:
            broken += [(int(row) + 1, fault.field, fault.kind, None) for row in at]
            frame = _break(frame, fault, at)
    return frame, sorted(broken)


def _break(frame: pl.DataFrame, fault: Fault, rows: Ints) -> pl.DataFrame:
    hit = pl.Series(np.isin(np.arange(frame.height), rows))
    column = pl.col(fault.field)
    turn = pl.int_range(pl.len())
    match fault.kind:
        case "missing_value":
            bad = pl.lit(None)
        case "out_of_bounds":
            bad = -1 - column.abs()
        case "unknown_key":
            bad = pl.format("UNKNOWN-{}", turn % 97)
        case "wrong_type":
            column = column.cast(pl.String)
            texts = pl.lit(pl.Series(WRONG_TEXTS)).gather(turn % len(WRONG_TEXTS))
            bad = texts
        case _:
            msg = f"no way to break {fault.field} as {fault.kind}"
            raise ValueError(msg)
    return frame.with_columns(pl.when(hit).then(bad).otherwise(column).alias(fault.field))
