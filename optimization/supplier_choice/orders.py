"""The orders that could be placed for an item beside the one that is planned, and their prices."""

import numpy as np
import polars as pl

from optimization.purchasing import find_prices
from optimization.value import build_ladders

ITEM = ["sku", "destination"]

_MOST_PARTS = 8
"""Sizes of the other supplier's part of a split order; more are passed over evenly."""

_OFFER = {
    "supplier": "other_supplier",
    "unit_price": "other_list_price",
    "order_multiple": "other_multiple",
    "minimum_order_quantity": "other_minimum",
    "lead_time_mean": "other_days",
    "lead_time_sd": "other_sd",
    "yield_mean": "other_yield",
    "life_demand_mean": "other_life_demand",
    "lost_before": "other_lost",
    "quantity": "offered",
}
"""Columns of an offer, as candidates have them."""


def list_candidates(ordered: pl.DataFrame, offered: pl.DataFrame) -> pl.DataFrame:
    """List the orders that could be placed for each item instead of the one that is planned.

    All of it from another supplier, or a part of that: first what is lost before the goods of the
    preferred supplier come and not before the other one's, then what would be ordered from the
    preferred one. Goods are to come within the protection interval, as later ones do not count
    against the level.

    Args:
        ordered: frame `ordered_items` with item, the number of each.
        offered: frame `offered_items`.

    Returns:
        item, form, other_units and preferred_units, and the columns of the offer as `_OFFER` names
        them but other_lost and offered; sorted by item, other_supplier, form and other_units.
    """
    offers = offered.select(*ITEM, *(pl.col(name).alias(to) for name, to in _OFFER.items()))
    rows = ordered.join(offers, on=ITEM, maintain_order="left_right").filter(
        pl.col("other_days").ceil() < pl.col("protection_days")
    )
    whole = rows.with_columns(
        form=pl.lit("other"), other_units="offered", preferred_units=pl.lit(0, pl.Int64)
    )
    told = ["item", "form", "other_units", "preferred_units", *list(_OFFER.values())[:-2]]
    return pl.concat([some.select(told) for some in (whole, _list_parts(rows))]).sort(
        "item", "other_supplier", "form", "other_units"
    )


def _list_parts(rows: pl.DataFrame) -> pl.DataFrame:
    """Orders of which another supplier brings a part, and the preferred one the rest."""
    multiple = rows["other_multiple"].to_numpy()
    least = -(-np.maximum(rows["other_minimum"].to_numpy(), 1) // multiple)
    last = (rows["offered"].to_numpy() - 1) // multiple
    counts = np.clip(last - least + 1, 0, _MOST_PARTS)
    row, rung = build_ladders(counts)
    packs = least[row] + (last - least)[row] * rung // np.maximum(counts - 1, 1)[row]
    units = pl.Series("other_units", packs * multiple[row], dtype=pl.Int64)
    own, saved = pl.col("order_multiple"), pl.col("lost_before") - pl.col("other_lost")
    spared = (pl.col("other_units") - saved.clip(lower_bound=0).round()).clip(lower_bound=0)
    rest = ((pl.col("quantity") - spared) / own).ceil().cast(pl.Int64) * own
    return (
        rows[row]
        .with_columns(units, form=pl.lit("split"))
        .with_columns(preferred_units=rest)
        .filter(
            pl.col("preferred_units") > 0,
            pl.col("preferred_units") >= pl.col("minimum_order_quantity"),
            pl.col("quantity") > 0,
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
