"""Checks of the inventory model: is the stock known and young, and do the books agree."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

STOCK_KNOWN = Check("stock_known", "Every pair has a stock record.")
STOCK_YOUNG = Check("stock_young", "No stock file is older than policy tolerates.")
BALANCED = Check("balanced", "Every change of the stock record is explained by movements.")
BOOKS_HOLD = Check(
    "books_hold",
    "Unexplained units are at most a fifth of the units that moved.",
    blocking=True,
)
SALES_KNOWN = Check("sales_known", "Every location that should have been open sent sales.")
STILL_COMING = Check("still_coming", "No document is so overdue that its goods may never come.")
DOCUMENTS_AGREE = Check(
    "documents_agree", "No open document contradicts receipts, other documents or its own dates."
)

_MOST_UNEXPLAINED = 0.2
_DOUBTFUL = 0.5
"""A line of a document whose chance to come is below this is named."""


def judge_position(position: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `Position` rows."""
    unknown = position.filter(pl.col("on_hand").is_null()).select("sku", "location")
    return [STOCK_KNOWN.found(unknown, f"{len(unknown)} pairs never had a stock record")]


def judge_receipts(receipts: pl.DataFrame, contradicting: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `ReceiptsAhead` rows; `contradicting` has documents and their problem."""
    named = ["document_kind", "document", "line", "sku", "location", "supplier", "stated_on"]
    doubtful = receipts.filter(pl.col("chance") < _DOUBTFUL).select(
        *named, "overdue_days", "chance", "units", "expected_units"
    )
    units = int((doubtful["units"] - doubtful["expected_units"]).sum())
    return [
        STILL_COMING.found(
            doubtful, f"{len(doubtful)} lines long overdue: {units} of their units do not count"
        ),
        DOCUMENTS_AGREE.found(contradicting, f"{len(contradicting)} lines contradict"),
    ]


def judge_age(
    newest: Mapping[str, date | None], business_date: date, late_after_days: Mapping[str, int]
) -> list[Outcome]:
    """Outcome for the age of the stock extract; `newest` has each source's last business date."""
    limit = late_after_days.get("stock", 0)
    last = newest.get("stock")
    late = pl.DataFrame(
        {"source": ["stock"], "newest": [last]}, schema_overrides={"newest": pl.Date}
    )
    fine = last is not None and (business_date - last).days <= limit
    return [STOCK_YOUNG.found(late.clear() if fine else late, f"stock was last sent for {last}")]


def judge_balance(balance: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `BookBalance` rows."""
    off = balance.filter(pl.col("discrepancy") != 0).sort(
        pl.col("discrepancy_value").abs(), "sku", "location", descending=[True, False, False]
    )
    moved = sum(
        int(balance[name].abs().sum())
        for name in ("sales", "returns", "receipts", "transfers_in", "transfers_out", "adjustments")
    )
    unexplained = int(off["discrepancy"].abs().sum())
    broken = off if unexplained > _MOST_UNEXPLAINED * max(moved, 1) else off.clear()
    return [
        BALANCED.found(off, f"{len(off)} pairs do not balance, {unexplained} units in all"),
        BOOKS_HOLD.found(broken, f"{unexplained} units unexplained against {moved} moved"),
    ]


def judge_trading(trading: pl.DataFrame) -> list[Outcome]:
    """Outcome for `TradingDays` rows of the business date."""
    missing = trading.filter(pl.col("status") == "missing").select("region", "location")
    return [SALES_KNOWN.found(missing, f"{len(missing)} open locations sent no sales: unknown")]
