"""A seeded network in which an allocation is short of units, docks and DC capacity."""

from dataclasses import dataclass

import numpy as np

from optimization.allocation import AllocationMarket, FloatArray, IntArray, Shipments
from optimization.value import Keeping, StockValue, build_pack_ladders

STORES, DCS = 400, 4
LOCATIONS = STORES + 1
"""Stores and the e-commerce node, each supplied by one DC and with one dock."""

ECOM_SIZE = 40.0
"""Demand of the e-commerce node against an average store."""

PACKS = (1, 2, 4, 6)
LINE_COST, SHIPMENT_COST, LEAST_SHIPMENT = 0.5, 30.0, 20


@dataclass(frozen=True)
class Network:
    """Pairs by item, then DC, then location; a group is an item of a DC.

    Attributes:
        value: worth of stock at each pair.
        position, level, pack, location: of each pair.
        group_start: first pair of each group, then the number of pairs.
        free: units of each group at its DC.
        volume: litres a unit, by group.
        room: litres that each location can receive.
        outbound: units that each DC can send.
        lines: lines that each DC can pick.
        lumpy: packs by location, a cost and a least size of lines and shipments, lines limited.
    """

    value: StockValue
    position: IntArray
    level: IntArray
    pack: IntArray
    location: IntArray
    group_start: IntArray
    free: IntArray
    volume: FloatArray
    room: FloatArray
    outbound: FloatArray
    lines: FloatArray
    lumpy: bool


def draw_network(pairs: int, seed: int, *, lumpy: bool) -> Network:
    """Draw about so many pairs: negative binomial demand, half of the groups short of units."""
    rng = np.random.default_rng(seed)
    skus = max(pairs // LOCATIONS, 1)
    dc = np.arange(LOCATIONS) % DCS
    order = np.argsort(dc, kind="stable")
    of_dc = np.bincount(dc)
    sku = np.repeat(np.arange(skus), LOCATIONS)
    location = np.tile(order, skus)
    size = rng.lognormal(0, 0.35, LOCATIONS)
    size[-1] = ECOM_SIZE
    mean = (rng.gamma(0.8, 2.0, skus) + 0.05)[sku] * size[location]
    mean *= rng.lognormal(0, 0.3, mean.size)
    variance = mean * rng.uniform(1.2, 3, skus)[sku]
    cost = rng.lognormal(2.5, 0.6, skus)
    margin = cost * rng.uniform(0.4, 1.5, skus)
    position = rng.poisson(mean * rng.choice([0, 0.3, 1.0], mean.size))
    level = np.ceil(mean + 1.5 * np.sqrt(variance)).astype(np.int64) + 1
    group_start = np.append(0, np.cumsum(np.tile(of_dc, skus)))
    missing = np.maximum(level - position, 0)
    needed = np.add.reduceat(missing, group_start[:-1])
    free = (needed * rng.choice([0, 0.4, 0.7, 1, 2], needed.size)).astype(np.int64)
    volume = np.repeat(rng.lognormal(0, 0.7, skus), DCS)
    share = np.minimum(free / np.maximum(needed, 1), 1)
    got = missing * np.repeat(share, np.diff(group_start))
    litres = got * np.repeat(volume, np.diff(group_start))
    pack = rng.choice(PACKS, LOCATIONS)[location] if lumpy else np.ones_like(location)
    return Network(
        value=StockValue.of_demand(mean, variance, margin[sku], 0.01 * cost[sku]),
        position=position,
        level=level,
        pack=pack,
        location=location,
        group_start=group_start,
        free=free,
        volume=volume,
        room=np.floor(np.bincount(location, litres) * rng.uniform(0.5, 1.2, LOCATIONS)),
        outbound=np.floor(np.bincount(dc[location], got) * np.array([0.6, 0.8, 1.0, 0.7])),
        lines=np.floor(np.bincount(dc[location], missing > 0) * np.array([0.3, 0.4, 0.2, 1.0])),
        lumpy=lumpy,
    )


def market_of(network: Network) -> tuple[AllocationMarket, Shipments]:
    """The network as the solver reads it, every pack valued."""
    pairs = len(network.pack)
    missing = np.maximum(network.level - network.position, 0)
    nothing = np.zeros(pairs)
    ladder_start, ladder = build_pack_ladders(
        network.value,
        Keeping(nothing, nothing, nothing, nothing),
        np.ones(pairs),
        nothing,
        network.position,
        network.pack,
        -(-missing // network.pack),
    )
    kinds = 3 if network.lumpy else 2
    dc = (network.location % DCS).astype(np.int32)
    limit = np.empty((pairs, kinds), dtype=np.int32)
    limit[:, 0] = network.location
    limit[:, 1] = LOCATIONS + dc
    limit[:, 2:] = (LOCATIONS + DCS + dc)[:, None]
    use = np.zeros((len(network.free), kinds))
    use[:, 0], use[:, 1] = network.volume, 1.0
    capacity = [network.room, network.outbound, *([network.lines] if network.lumpy else [])]
    market = AllocationMarket(
        group_start=network.group_start,
        free=network.free,
        fence=np.zeros(pairs, dtype=np.int32),
        ladder_start=ladder_start,
        ladder=ladder,
        pack=network.pack.astype(np.int32),
        first=(-(-2 // network.pack) if network.lumpy else np.ones(pairs)).astype(np.int32),
        line_cost=np.full(pairs, LINE_COST if network.lumpy else 0.0, dtype=np.float32),
        limit=limit,
        use=use,
        by_line=np.array([0.0, 0.0, 1.0][:kinds]),
        capacity=np.concatenate(capacity),
    )
    return market, Shipments(
        lane=network.location.astype(np.int32),
        fixed_cost=np.full(LOCATIONS, SHIPMENT_COST if network.lumpy else 0.0),
        least_units=LEAST_SHIPMENT if network.lumpy else 0,
    )
