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

_MOST_UNEXPLAINED = 0.2


def judge_position(position: pl.DataFrame) -> list[Outcome]:
    """Outcomes for `Position` rows."""
    unknown = position.filter(pl.col("on_hand").is_null()).select("sku", "location")
    return [STOCK_KNOWN.found(unknown, f"{len(unknown)} pairs never had a stock record")]


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
