"""Items that are to be ordered, and the orders that could be placed for each of them."""

import datetime as dt

import numpy as np
import polars as pl

from optimization.purchasing import Purchases, find_prices
from optimization.value import IntArray, build_ladders
from quality_checks.contracts import OrderedItems, OtherTerms, find_frame

ITEM = ["sku", "destination"]

_MOST_PARTS = 8
"""Sizes of the other supplier's part of a split order; more are passed over evenly."""

_REFUSED = ("minimum_not_worth_holding", "supplier_minimum_value", "terms_not_valid")
"""Why the preferred supplier takes no order of an item that another one might take."""


def list_ordered_items(
    items: pl.DataFrame, others: pl.DataFrame, planned: Purchases
) -> pl.DataFrame:
    """List the items to order that another supplier has terms for.

    Args:
        items: frame `purchase_items` with the columns of `ordered_items` that it has not.
        others: frame `other_terms`.
        planned: what is ordered of each from its preferred supplier alone.

    Returns:
        Frame `ordered_items`.
    """
    known = find_frame(OtherTerms).read(others).rename({"location": "destination"})
    refused = planned.left_out.filter(pl.col("problem").is_in(_REFUSED))
    wanted = pl.concat(
        [
            planned.lines.select(*ITEM, "quantity", wanted="quantity"),
            refused.select(*ITEM, quantity=pl.lit(0, pl.Int64), wanted="quantity"),
        ]
    )
    missing = pl.col("order_up_to") - pl.col("inventory_position")
    rows = (
        items.join(known, on=ITEM, how="semi", maintain_order="left")
        .join(wanted, on=ITEM, maintain_order="left")
        .filter(pl.col("inventory_position").is_not_null(), pl.col("protection_days") > 0)
        .with_columns(asked=pl.col("wanted").fill_null(missing))
        .filter(pl.col("asked") > 0)
    )
    return find_frame(OrderedItems).read(rows)


def list_candidates(
    ordered: pl.DataFrame, others: pl.DataFrame, *, order_day: dt.date
) -> pl.DataFrame:
    """List the orders that could be placed for each item instead of the one that is planned.

    All of it from another supplier, or a part; its goods are to come within the protection
    interval, as later ones do not count against the level.

    Args:
        ordered: frame `ordered_items` with item, the number of each.
        others: frame `other_terms`.
        order_day: day on which orders are placed.

    Returns:
        item, other_supplier, form, other_units and preferred_units, and of the other supplier
        other_list_price, other_multiple, other_minimum, other_days, other_sd and other_yield;
        sorted by item, other_supplier and other_units.
    """
    known = find_frame(OtherTerms).read(others)
    ends = (pl.col("valid_to") >= order_day).fill_null(value=True)
    offers = known.filter(pl.col("valid_from") <= order_day, ends).select(
        "sku",
        destination="location",
        other_supplier="supplier",
        other_list_price="supplier_price",
        other_multiple="order_multiple",
        other_minimum="minimum_order_quantity",
        other_days="lead_time_mean",
        other_sd="lead_time_sd",
        other_yield="yield_mean",
    )
    rows = ordered.join(offers, on=ITEM, maintain_order="left_right").filter(
        pl.col("other_days") < pl.col("protection_days")
    )
    fewest, multiple = pl.max_horizontal("other_minimum", 1), pl.col("other_multiple")
    least = -(-fewest // multiple)
    whole = rows.with_columns(
        form=pl.lit("other"),
        other_units=pl.max_horizontal(-(-pl.col("asked") // multiple), least) * multiple,
        preferred_units=pl.lit(0, pl.Int64),
    )
    parts = _list_parts(rows, rows.select(least).to_series().to_numpy())
    return (
        pl.concat([whole, parts])
        .select(
            *("item", "other_supplier", "form", "other_units", "preferred_units"),
            *("other_list_price", "other_multiple", "other_minimum"),
            *("other_days", "other_sd", "other_yield"),
        )
        .sort("item", "other_supplier", "form", "other_units")
    )


def _list_parts(rows: pl.DataFrame, least: IntArray) -> pl.DataFrame:
    """Orders of which another supplier brings a part, and the preferred one the rest."""
    multiple = rows["other_multiple"].to_numpy()
    last = (rows["quantity"].to_numpy() - 1) // multiple
    counts = np.clip(last - least + 1, 0, _MOST_PARTS)
    row, rung = build_ladders(counts)
    packs = least[row] + (last - least)[row] * rung // np.maximum(counts - 1, 1)[row]
    own = pl.col("order_multiple")
    rest = -(-(pl.col("quantity") - pl.col("other_units")) // own) * own
    return (
        rows[row]
        .with_columns(
            form=pl.lit("split"), other_units=pl.Series(packs * multiple[row], dtype=pl.Int64)
        )
        .with_columns(preferred_units=rest)
        .filter(
            pl.col("preferred_units") >= pl.col("minimum_order_quantity"),
            pl.col("preferred_units") < pl.col("quantity"),
        )
    )


def price_candidates(
    candidates: pl.DataFrame, ordered: pl.DataFrame, breaks: pl.DataFrame
) -> pl.DataFrame:
    """Add to candidates what their units cost, and more than from the preferred supplier alone.

    Args:
        candidates: what `list_candidates` gives.
        ordered: frame `ordered_items` with item.
        breaks: frame `break_prices`.

    Returns:
        `candidates` with preferred_price (of the planned order), then_price (of what is left of
        it), other_price, and price_difference; currency.
    """
    own = ordered.select(
        "item", "sku", "supplier", "unit_price", "quantity", "order_multiple",
        "minimum_order_quantity",
    )  # fmt: skip
    rows = candidates.join(own, on="item", maintain_order="left")
    offer = rows.select(
        "sku",
        supplier="other_supplier",
        unit_price="other_list_price",
        order_multiple="other_multiple",
        minimum_order_quantity="other_minimum",
    )
    units = {name: rows[name].to_numpy() for name in ("quantity", "preferred_units", "other_units")}
    now = pl.col("preferred_price")
    return candidates.with_columns(
        preferred_price=pl.Series(find_prices(rows, breaks, units["quantity"])),
        then_price=pl.Series(find_prices(rows, breaks, units["preferred_units"])),
        other_price=pl.Series(find_prices(offer, breaks, units["other_units"])),
    ).with_columns(
        price_difference=(pl.col("other_price") - now) * pl.col("other_units")
        + (pl.col("then_price") - now) * pl.col("preferred_units"),
    )
