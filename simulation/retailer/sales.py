"""Sales lines and their receipts, and the hours in which a shelf was empty."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Bools,
    Floats,
    Ints,
    draw_cases,
    find_date,
    make_generator,
    masked,
    moments,
    numbered,
    pick,
    repeat_index,
)
from simulation.retailer.locations import ECOM, MARKETPLACE, STORE
from simulation.retailer.network import Network
from simulation.retailer.offers import Offers

CHANNELS = pl.Series(["store", "click_and_collect", "ecom", "marketplace"])
OPENS, CLOSES = 9, 21
"""Opening hours of a store."""

STORE_HOURS = (2, 4, 6, 7, 6, 6, 7, 9, 11, 10, 7, 4)
ONLINE_HOURS = (3, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 9, 10, 9, 8, 8, 8, 9, 11, 14, 16, 15, 11, 6)
"""Shares of the day's demand by hour."""

JOINS_BASKET = 0.45


@dataclass(frozen=True)
class SoldUnits:
    """What was sold on a day, one row a pair and fulfilling pair.

    Attributes:
        pair: pair at the node credited with the sale.
        source: pair whose stock the goods left.
        units: units sold.
        until: share of the day's demand that had come in when the shelf got empty, 1 if it did not.
    """

    pair: Ints
    source: Ints
    units: Ints
    until: Floats


@dataclass(frozen=True)
class SaleLines:
    """Sales lines of a day as columns, in order of receipts."""

    pair: Ints
    source: Ints
    units: Ints
    channel: Ints
    receipt: Ints
    line: Ints
    second: Ints


def empties_at(demand: Ints, sold: Ints, rng: np.random.Generator) -> Floats:
    """Share of the day's demand that had come in when the last unit of a shelf was sold.

    The `sold`-th of `demand` moments that are uniform in the share of the day's demand: a beta
    distribution (order statistics). 1 where the shelf served all.
    """
    until = np.ones(demand.size)
    cut = np.flatnonzero(demand > sold)
    until[cut] = rng.beta(np.maximum(sold[cut], 1), demand[cut] - sold[cut] + 1)
    return until


def draw_lines(network: Network, sold: SoldUnits, day: int, seed: int, part: int) -> SaleLines:
    """Spread units over lines, lines over the day, and neighbours in time over receipts."""
    rng = make_generator(seed, f"lines {part}", day)
    count = sold.units - rng.binomial(np.maximum(sold.units - 1, 0), 0.13)
    index, place = repeat_index(count)
    units = sold.units[index] // count[index] + (place < sold.units[index] % count[index])
    pair = sold.pair[index]
    node = network.location[pair]
    channel = _channels(network, pair, rng)
    second = _seconds(rng.random(index.size) * sold.until[index], network.kind[pair] == STORE)
    order = np.lexsort((pair, second, channel, node))
    pair, units, channel, node = pair[order], units[order], channel[order], node[order]
    second = second[order]
    joins = draw_cases(rng, order.size, JOINS_BASKET)
    joins &= (np.diff(node, prepend=-1) == 0) & (np.diff(channel, prepend=-1) == 0)
    start = np.flatnonzero(~joins)
    number = np.cumsum(~joins)
    first = start[number - 1]
    # Receipts are numbered by node.
    nodes = np.flatnonzero(np.diff(node, prepend=-1) != 0)
    before = np.repeat(number[nodes] - 1, np.diff(nodes, append=node.size))
    return SaleLines(
        pair=pair,
        source=sold.source[index][order],
        units=units,
        channel=channel,
        receipt=number - before,
        line=np.arange(order.size) - first + 1,
        second=second[first],
    )


def _channels(network: Network, pair: Ints, rng: np.random.Generator) -> Ints:
    collected = draw_cases(rng, pair.size, 0.07)
    kind = network.kind[pair]
    online = np.where(kind == MARKETPLACE, 3, 2)
    stores = collected.astype(np.int64)
    return np.asarray(np.where((kind == ECOM) | (kind == MARKETPLACE), online, stores))


def _seconds(share: Floats, in_store: Bools) -> Ints:
    """Second of the day by which a share of the day's demand has come in."""
    seconds = np.interp(share, _cumulative(ONLINE_HOURS), np.arange(25) * 3600.0)
    hours = np.arange(OPENS, CLOSES + 1) * 3600.0
    seconds[in_store] = np.interp(share[in_store], _cumulative(STORE_HOURS), hours)
    return np.asarray(np.minimum(seconds, 86_399), dtype=np.int64)


def _cumulative(hours: tuple[int, ...]) -> Floats:
    return np.asarray(np.concatenate([[0.0], np.cumsum(hours) / sum(hours)]))


def sale_rows(network: Network, offers: Offers, lines: SaleLines, day: int) -> pl.DataFrame:
    """Rows of `pos_sales`."""
    price, applied = offers.selling_prices(day)
    cell = network.zone_cell[lines.pair]
    promo = applied.ravel()[cell]
    promo_names = pl.Series([p.promo_id for p in offers.promotions])
    names = network.names(lines.pair)
    return pl.DataFrame(
        {
            "receipt": numbered(names["location"] + f"-{find_date(day):%y%m%d}-", lines.receipt, 5),
            "line": lines.line,
            "timestamp": moments(day, lines.second),
            **names,
            "channel": pick(CHANNELS, lines.channel),
            "fulfilment_location": pick(network.locations.names, network.location[lines.source]),
            "quantity": lines.units,
            "net_value": np.round(price.ravel()[cell] * lines.units, 2),
            "list_value": np.round(
                network.products.price[network.sku[lines.pair]] * lines.units, 2
            ),
            "promo_id": masked(pick(promo_names, np.maximum(promo, 0)), promo >= 0),
        }
    )


def stockout_rows(
    network: Network, lines: SaleLines, empty: Bools, was_empty: Bools, day: int
) -> pl.DataFrame:
    """Rows of `stockout_hours`: stores with shelf sensors, whole hours after the last sale.

    Args:
        network: the pairs.
        lines: the day's sales lines.
        empty: pairs whose shelf was empty when the store closed.
        was_empty: pairs whose shelf was empty when it opened.
        day: the day.
    """
    since = np.where(was_empty, OPENS, CLOSES)
    last = np.full(network.size, -1)
    own = lines.pair == lines.source
    np.maximum.at(last, lines.pair[own], lines.second[own] // 3600 + 1)
    since = np.where(last >= 0, last, since)
    sensed = network.locations.senses_shelves[network.location] & empty & (since < CLOSES)
    pair = np.flatnonzero(sensed)
    hours = CLOSES - since[pair]
    return pl.DataFrame(
        {
            "date": pl.Series([find_date(day)] * pair.size, dtype=pl.Date),
            **network.names(pair),
            "hours": hours,
            "mask": (1 << CLOSES) - (1 << since[pair]),
        }
    )
