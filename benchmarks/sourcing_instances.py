"""Nights of customer orders, drawn with a seed: nodes in a square, scarce items, full hands.

Three DCs hold most units and ship cheaply, today or tomorrow; NODES - 3 stores hold some units of
some items, which they may sell themselves, and ship today. Carriers charge a parcel and its weight
by zones of distance, and take a day for ZONES_A_DAY of them. Hands are ROOM times what orders ask
for, so that some nodes are full; a quarter of the items has less stock than is asked for.
"""

import datetime as dt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.sourcing import SourcingFrames

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NODES, DCS = 60, 3
TODAY = dt.date(2026, 3, 2)
ZONE = 0.12
"""Width of a zone; the square is 1 wide."""
ZONES_A_DAY = 4
NEAREST = 8
"""Stores that are looked at for a line."""
ROOM = 1.25
SCARCE = 0.25
"""Share of items with less stock than is asked for."""
HELD, HELD_AT_DC = 0.35, 0.6
"""Chances that a store, and a DC, holds an item."""
DOOMED = 0.1
"""Share of pairs that avoid a markdown by each unit shipped."""
COUNTS_UNITS = 0.3
"""Share of nodes and days that limit units besides lines."""
GOODWILL = 6.0
MAY_WAIT = 0.3
SPLIT_PENALTY = 1.5


class _Items(NamedTuple):
    popularity: Floats
    weight: Floats
    margin: Floats
    volume: Floats


def draw_night(orders: int, seed: int) -> SourcingFrames:
    """Draw a night of `orders` open orders, two fifths of which have several lines."""
    rng = np.random.default_rng(seed)
    skus = max(40, orders // 8)
    popularity = 1.0 / np.arange(1, skus + 1) ** 0.7
    items = _Items(
        popularity / popularity.sum(),
        rng.lognormal(-0.3, 0.7, skus),
        rng.lognormal(2.8, 0.5, skus),
        rng.uniform(0.6, 1.4, skus),
    )
    places, customers = rng.random((NODES, 2)), rng.random((orders, 2))
    places[:DCS] = [[0.2, 0.3], [0.8, 0.3], [0.5, 0.8]]
    lines = _draw_lines(rng, orders, items)
    stock = _draw_stock(rng, lines, items)
    apart = np.sqrt(((customers[:, None, :] - places[None, :, :]) ** 2).sum(axis=2))
    zones = np.ceil(apart / ZONE).astype(np.int64)
    candidates = _draw_candidates(rng, lines, stock, zones, apart, items)
    parcels = _list_parcels(candidates)
    shown = (f"N{node:02d}" for node in range(NODES))
    names = pl.DataFrame({"node": np.arange(NODES), "location": list(shown)})
    return SourcingFrames(
        lines.drop("order", "item"),
        _name(candidates.drop("zone"), names),
        _name(parcels, names),
        _name(stock.drop("item"), names),
        _name(_draw_capacities(rng, lines, candidates), names),
    )


def _name(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Give nodes their names."""
    return rows.join(names, on="node", maintain_order="left").drop("node")


def _draw_lines(rng: np.random.Generator, orders: int, items: _Items) -> pl.DataFrame:
    count = np.minimum(rng.geometric(0.6, orders), 12)
    order = np.repeat(np.arange(orders), count)
    size = len(order)
    item = rng.choice(len(items.weight), size, p=items.popularity)
    units = 1 + rng.poisson(0.15, size)
    promised = rng.choice([2, 3, 5], orders, p=[0.3, 0.4, 0.3])[order]
    open_cost = items.margin[item] * units + GOODWILL
    waits = rng.random(size) < MAY_WAIT
    later = rng.uniform(0.5, 1.1, size) * open_cost
    lines = pl.DataFrame({"order": order, "item": item, "quantity": units, "open_cost": open_cost})
    return lines.with_columns(
        order_id=pl.format("O{}", pl.col("order").cast(pl.String).str.zfill(6)),
        line=pl.col("order").cum_count().over("order").cast(pl.Int64),
        sku=pl.format("K{}", pl.col("item").cast(pl.String).str.zfill(6)),
        promised_on=pl.lit(TODAY) + pl.duration(days=pl.lit(pl.Series(promised))),
        wait_cost=pl.when(pl.Series(waits)).then(pl.Series(later)),
    )


def _draw_stock(rng: np.random.Generator, lines: pl.DataFrame, items: _Items) -> pl.DataFrame:
    """Stock of each item at one or two DCs and at some stores; units are worth most at stores."""
    skus = len(items.weight)
    asked = np.bincount(lines["item"].to_numpy(), lines["quantity"].to_numpy(), skus)
    cover = np.where(rng.random(skus) < SCARCE, rng.uniform(0.4, 1.0, skus), 3.0)
    holds = rng.random((skus, NODES)) < HELD
    holds[:, :DCS] = rng.random((skus, DCS)) < HELD_AT_DC
    share = np.where(holds, rng.gamma(1.0, 1.0, (skus, NODES)), 0.0)
    share[:, :DCS] *= 12.0
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-9)
    units = rng.poisson(share * (asked * cover)[:, None] + 0.6 * holds)
    item, node = np.nonzero(units > 0)
    held = units[item, node]
    own = np.where(node < DCS, 0.3, rng.uniform(0.2, 1.6, len(held))) * held
    frame = {
        "item": item,
        "node": node,
        "available": held,
        "inventory_position": held,
        "sold_before": np.zeros_like(held),
        "open_demand_mean": own,
        "open_demand_variance": 1.3 * own,
        "underage_cost": items.margin[item],
        "overage_cost": 0.1 * items.margin[item],
        "surplus_step": np.zeros(len(held)),
        "surplus_most": np.zeros(len(held)),
        "value_level": np.zeros_like(held),
    }
    return pl.DataFrame(frame).with_columns(
        sku=pl.format("K{}", pl.col("item").cast(pl.String).str.zfill(6))
    )


def _draw_candidates(  # noqa: PLR0913, PLR0917  # all that a cost depends on
    rng: np.random.Generator,
    lines: pl.DataFrame,
    stock: pl.DataFrame,
    zones: Ints,
    apart: Floats,
    items: _Items,
) -> pl.DataFrame:
    """Each line's DCs, today and tomorrow, and the nearest stores that hold the item."""
    handling = np.where(np.arange(NODES) < DCS, 0.8, rng.uniform(1.5, 3.5, NODES))
    refusal = np.where(np.arange(NODES) < DCS, 0.005, rng.beta(2, 18, NODES))
    dooms = rng.random(stock.height) < DOOMED
    avoided = np.where(dooms, 0.3 * items.margin[stock["item"].to_numpy()], 0.0)
    held = stock.select("item", "node", avoided=avoided)
    asked = lines.select("order_id", "line", "order", "item", "quantity")
    rows = asked.join(held, on="item", maintain_order="left_right")
    order, node = rows["order"].to_numpy(), rows["node"].to_numpy()
    rows = rows.with_columns(
        apart=apart[order, node],
        zone=zones[order, node],
        weight=items.weight[rows["item"].to_numpy()] * rows["quantity"].to_numpy(),
        handling=handling[node],
        refusal=refusal[node],
    )
    is_dc = pl.col("node") < DCS
    near = (
        pl.when(is_dc).then(0.0).otherwise("apart").rank("ordinal").over("order_id", "line")
        <= NEAREST
    )
    rows = rows.filter(near)
    both = pl.concat(
        [rows.with_columns(days=pl.lit(0)), rows.filter(is_dc).with_columns(days=pl.lit(1))]
    )
    chance_late = (0.02 + 0.03 * pl.col("zone") / ZONES_A_DAY + 0.04 * pl.col("days")).clip(0, 1)
    return both.select(
        "order_id",
        "line",
        "node",
        "zone",
        ship_on=pl.lit(TODAY) + pl.duration(days=pl.col("days")),
        shipping_cost=(0.25 + 0.12 * pl.col("zone")) * pl.col("weight"),
        handling_cost=pl.col("handling") * pl.col("quantity"),
        refusal_cost=pl.col("refusal") * (GOODWILL + 0.3 * pl.col("weight")),
        late_cost=chance_late * GOODWILL,
        markdown_avoided=pl.col("avoided") * pl.col("quantity"),
    ).sort("order_id", "line", "node", "ship_on")


def _list_parcels(candidates: pl.DataFrame) -> pl.DataFrame:
    """Parcels to customers by zone; a carrier takes a day for ZONES_A_DAY zones."""
    key = ["order_id", "node", "ship_on", "zone"]
    transit = (pl.col("zone") / ZONES_A_DAY).ceil().cast(pl.Int64)
    return (
        candidates.select(key)
        .unique(maintain_order=True)
        .select(
            "order_id",
            "node",
            "ship_on",
            arrives_on=pl.col("ship_on") + pl.duration(days=transit),
            parcel_cost=3.2 + 0.55 * pl.col("zone"),
        )
    )


def _draw_capacities(
    rng: np.random.Generator, lines: pl.DataFrame, candidates: pl.DataFrame
) -> pl.DataFrame:
    """Lines that each node ships on a day, most by DCs; some nodes count units besides."""
    days = candidates.select("node", "ship_on").unique().sort("node", "ship_on")
    of_dc = (days["node"] < DCS).to_numpy()
    share = rng.gamma(3.0, 1.0, days.height) * np.where(of_dc, 20.0, 1.0)
    most = np.floor(ROOM * lines.height * share / share.sum())
    units = np.where(rng.random(days.height) < COUNTS_UNITS, np.floor(1.1 * most), np.nan)
    return days.with_columns(
        most_lines=pl.Series(most).cast(pl.Int64),
        most_units=pl.Series(units).fill_nan(None).cast(pl.Int64),
    )
