"""What many customers answer to substitutes on one day, beside how surely they take them.

No retailer asks so many: it is what learning from answers is measured on.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from simulation.retailer.online_orders import CANCELLED, no_lines
from simulation.retailer.substitution import FALLS_WITH_PRICE, outcome_rows
from simulation.retailer.world import RetailerWorld

_PAIR = ["sku", "substitute"]


def draw_answers(world: RetailerWorld, times: int, seed: int) -> pl.DataFrame:
    """Ask `times` customers of each item on sale on the first day about substitutes for it.

    Args:
        world: the retailer.
        times: customers of each item.
        seed: of whom is asked about what, and of the answers.

    Returns:
        sku, substitute, price_ratio (what was to be paid over the list price of the item ordered,
        at least 1), answers, accepted, equal_chance and chance (the true ones, at an equal price
        and at that price), sorted.
    """
    network, products = world.network, world.network.products
    live = (products.launch <= world.first) & (products.exit >= world.first)
    pairs = np.flatnonzero(live[network.sku])
    pair = np.tile(pairs[np.unique(network.sku[pairs], return_index=True)[1]], times)
    none, item = np.zeros(pair.size, dtype=np.int64), network.sku[pair]
    over = np.full(pair.size, CANCELLED)
    lines = replace(
        no_lines(), number=none, line=none, created=none, second=none, pair=pair, units=none + 1,
        region=none, status=over, node=none, price=products.price[item], collect=none - 1,
    )  # fmt: skip
    listed = dict(zip(products.names, products.price, strict=True))
    ratio = pl.col("unit_price") / pl.col("sku").replace_strict(listed, return_dtype=pl.Float64)
    told = (
        outcome_rows(network, world.substitution, lines, world.first, seed)
        .with_columns(price_ratio=ratio.clip(lower_bound=1.0).round(2))
        .group_by(*_PAIR, "price_ratio", maintain_order=True)
        .agg(
            answers=pl.len().cast(pl.Int64),
            accepted=(pl.col("outcome") == "accepted").sum().cast(pl.Int64),
        )
        .sort(*_PAIR, "price_ratio")
    )
    truth, equal = list_acceptance(world, told), pl.col("equal_chance")
    return (
        told.join(truth, on=_PAIR, maintain_order="left")
        .with_columns(
            chance=equal / (equal + (1 - equal) * pl.col("price_ratio") ** pl.col("price_slope"))
        )
        .drop("price_slope")
    )


def list_acceptance(world: RetailerWorld, pairs: pl.DataFrame) -> pl.DataFrame:
    """Tell how surely customers take substitutes, and by how much less if they cost more.

    Args:
        world: the retailer.
        pairs: sku, substitute.

    Returns:
        sku, substitute, equal_chance, price_slope, sorted by pair, each pair once.
    """
    number = {name: place for place, name in enumerate(world.network.products.names)}
    told = pairs.select(_PAIR).unique().sort(_PAIR)
    chance = [
        float(world.substitution.chance(number[sku], np.array([number[other]]), np.ones(1))[0])
        for sku, other in told.iter_rows()
    ]
    return told.with_columns(
        equal_chance=pl.Series(chance, dtype=pl.Float64), price_slope=pl.lit(FALLS_WITH_PRICE)
    )
