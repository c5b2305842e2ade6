"""What nodes hold of each item for customers' orders, once tonight's movements have left."""

import numpy as np
import polars as pl

from optimization.value import StockValue

PAIR = ["sku", "location"]


def list_node_stock(
    planned: pl.DataFrame, lives: pl.DataFrame, moved: pl.DataFrame, freed: pl.DataFrame
) -> pl.DataFrame:
    """List what nodes can promise of each item, and what its units are worth to them.

    What allocation and transfers send is gone before a customer's line is picked; what they bring
    counts for the value of units, and is promised once it is there. Nodes that supply others are
    valued with all that they supply, so that what they send stays theirs.

    Args:
        planned: frame `planned_pairs`.
        lives: sku, location, open_life_mean, open_life_sd (units), as in the contract Targets.
        moved: frame `moved_units`, of tonight's allocation and transfers.
        freed: frame `units_at_nodes`: reserved for lines that may be placed anew.

    Returns:
        Frame `sourcing_stock`, with open_life_mean and open_life_variance.
    """
    free = pl.col("on_hand") - pl.col("reserved") - pl.col("damaged") - pl.col("proposed_outbound")
    coming = pl.when("echelon").then(0).otherwise(pl.col("got") - pl.col("sent"))
    return (
        planned.join(_sum_units(moved, "origin", "sent"), on=PAIR, how="left")
        .join(_sum_units(moved, "destination", "got"), on=PAIR, how="left")
        .join(_sum_units(freed, "location", "freed"), on=PAIR, how="left")
        .join(lives.select(*PAIR, "open_life_mean", "open_life_sd"), on=PAIR, how="left")
        .with_columns(pl.col("sent", "got", "freed").fill_null(0))
        .select(
            *PAIR,
            "sold_before",
            "open_demand_mean",
            "open_demand_variance",
            "underage_cost",
            "overage_cost",
            "surplus_step",
            "surplus_most",
            "value_level",
            "open_life_mean",
            available=(free - pl.col("sent") + pl.col("freed")).clip(lower_bound=0),
            inventory_position=pl.col("inventory_position") + coming + pl.col("freed"),
            open_life_variance=pl.col("open_life_sd") ** 2,
        )
        .sort(PAIR)
    )


def value_units(rows: pl.DataFrame, pairs: pl.DataFrame, *, added: bool) -> pl.DataFrame:
    """Value the units of rows to their nodes: on top of the position, or the last ones of it.

    Args:
        rows: frame `units_at_nodes`; further columns are kept.
        pairs: as `list_node_stock` gives them.
        added: the units are not in the position.

    Returns:
        The rows of `rows` whose pairs are valued, with worth, currency.
    """
    known = pairs.filter(pl.col("inventory_position").is_not_null())
    numbers = known.select("sku", "location", "inventory_position").with_row_index("pair")
    found = rows.join(numbers, on=["sku", "location"], maintain_order="left")
    pair, units = found["pair"].cast(pl.Int64).to_numpy(), found["quantity"].to_numpy()
    under = found["inventory_position"].to_numpy() - np.where(added, 0, units)
    worth = StockValue.of_pairs(known).gain(pair, under, units)
    return found.with_columns(worth=pl.Series(worth, dtype=pl.Float64))


def _sum_units(lines: pl.DataFrame, end: str, name: str) -> pl.DataFrame:
    """Units of each item at one end of lines."""
    return (
        lines.group_by("sku", location=end, maintain_order=True)
        .agg(pl.col("quantity").sum().alias(name))
        .sort(PAIR)
    )
