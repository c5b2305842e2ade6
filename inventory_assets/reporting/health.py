"""The state of stock, and the actions that wait for people."""

from datetime import date

import dagster as dg
import polars as pl

from governance import describe, reasons_in_words
from governance.exchange import units_underway
from inventory_assets.framework import Computed, Retailer, result_asset, table
from quality_checks.contracts import CONTRACTS

_SHOWN = 20


@result_asset("stock_health", deps=["position", "targets", "forecast", "proposals"])
def stock_health(retailer: Retailer, business_date: date) -> Computed:
    """Stock against target by region and department."""
    frame = retailer.warehouse.query("stock_health", business_date)
    return Computed(
        frame,
        metadata={
            "rows": table(frame, len(frame)),
            "out of stock, dearest first": table(shortages(retailer, business_date), _SHOWN),
        },
    )


def shortages(retailer: Retailer, business_date: date) -> pl.DataFrame:
    """Pairs with nothing to sell, dearest first, with what is on its way there."""
    proposals = retailer.warehouse.read(CONTRACTS["proposals"], business_date)
    frames = {"proposed_units": units_underway(proposals)}
    return retailer.warehouse.query("shortages", business_date, frames=frames)


@result_asset("worklist", deps=["proposals", "routed"])
def worklist(retailer: Retailer, business_date: date) -> Computed:
    """Waiting actions, those worth most first, in words."""
    read = retailer.warehouse.read
    waiting = read(CONTRACTS["routed"], business_date).filter(pl.col("status") == "waiting")
    ranked = (
        read(CONTRACTS["proposals"], business_date)
        .join(waiting.select("action_id", "roles"), on="action_id")
        .sort("benefit", "action_id", descending=[True, False])
        .with_row_index("rank", offset=1)
    )
    words = [
        (describe(row), reasons_in_words(row["reason_codes"]))
        for row in ranked.iter_rows(named=True)
    ]
    frame = ranked.with_columns(
        pl.Series("summary", [summary for summary, _ in words], pl.String),
        pl.Series("reasons", [reasons for _, reasons in words], pl.String),
    )
    return Computed(frame, metadata={"rows": _listed(frame.head(_SHOWN))})


def _listed(worklist: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Rows of the worklist as a list: its sentences are too long for the cells of a table."""
    return dg.MetadataValue.md(
        "\n".join(
            f"{row['rank']}. {row['summary']} {row['reasons']} "
            f"**Needs {row['roles'].replace(';', ' and ')}.** `{row['action_id'][:8]}`"
            for row in worklist.iter_rows(named=True)
        )
    )
