"""One business day: what moves in which order, and what the systems note of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulation.retailer.arrays import Bools, Floats, Ints, find_date, make_generator
from simulation.retailer.fulfilment import refusal_rows
from simulation.retailer.locations import DC, STORE
from simulation.retailer.online_orders import OrderLine
from simulation.retailer.purchasing import purchase
from simulation.retailer.sales import (
    SaleLines,
    SoldUnits,
    draw_lines,
    empties_at,
    sale_rows,
    stockout_rows,
)
from simulation.retailer.stock_state import adjustment_rows, correct, count_rows, drift, lose_unseen
from simulation.retailer.substitution import outcome_rows
from simulation.retailer.world import RetailerWorld

EVENING_ORDERS = 0.18
"""Share of online demand that comes in after the cut-off and ships another day."""

WAITS = 0.4
"""Share of online customers who order an item that is out of stock."""


@dataclass(frozen=True)
class Trade:
    """What customers wanted and got on a day, over the pairs.

    Attributes:
        means: true mean demand.
        wanted: units of demand.
        sold: units handed over from the pair's own stock.
        ordered: units that became online orders for another day.
        empty, was_empty: whether the shelf was empty when the day ended and began.
    """

    means: Floats
    wanted: Ints
    sold: Ints
    ordered: Ints
    empty: Bools
    was_empty: Bools

    @property
    def lost(self) -> Ints:
        """Units of demand that nobody served."""
        return self.wanted - self.sold - self.ordered


@dataclass(frozen=True)
class DayRecord:
    """What the systems note of a day.

    Attributes:
        rows: rows by source.
        sales: rows of `pos_sales` and `stockout_hours` of each part, made as they are taken, so
            that only one part of a large network is in memory; take each before the next day.
        truth: rows by table of the truth.
        trade: what customers wanted and got.
    """

    rows: dict[str, pl.DataFrame]
    sales: Iterator[tuple[pl.DataFrame, pl.DataFrame]]
    truth: dict[str, pl.DataFrame]
    trade: Trade


def regions_of(world: RetailerWorld, pair: Ints) -> list[Bools]:
    """The rows of each part of a day's files: by region, or all in one."""
    if not world.settings.parts_by_region:
        return [np.ones(pair.size, dtype=np.bool_)]
    region = world.network.locations.region[world.network.location[pair]]
    return [np.asarray(region == r) for r in range(world.settings.regions)]


def run_day(world: RetailerWorld, day: int) -> DayRecord:
    """Play one day and note what every system knows when it closed."""
    state, seed, network = world.state, world.seed, world.network
    rows: dict[str, pl.DataFrame] = {}
    arrived = world.replenishment.receive(state, day)
    rows["receipts"] = _supplier_goods(world, day)
    shipped = world.backlog.ship(state)
    lose_unseen(state, day, seed)
    world.backlog.allocate(state, day)
    trade = _trade(world, day)
    sales = _sales(world, trade, shipped, day)
    taken = world.backlog.list_allocated()
    short = state.truth < state.record
    rows["node_refusals"] = refusal_rows(network, world.fulfilment, taken, short, day, seed)
    rows["node_capacities"] = world.fulfilment.capacities(network.locations, day, first=world.first)
    price = world.offers.selling_prices(day)[0].ravel()[network.zone_cell]
    world.backlog.take_in(np.arange(trade.ordered.size), trade.ordered, price, day)
    rows["online_orders"] = world.backlog.rows(day)
    rows["substitution_outcomes"] = outcome_rows(
        network, world.substitution, world.backlog.closed, day, seed
    )
    rows["returns"] = world.returns.take_back(state, day)
    corrections = correct(world.network, state, day, seed)
    rows["adjustments"] = adjustment_rows(world.network, corrections, day, seed)
    rows["stock_counts"] = count_rows(world.network, corrections, day, seed)
    left = _replenish(world, trade, shipped, day)
    rows["transfers"] = pl.concat([frame for frame in (arrived, left) if frame.width])
    rows |= _orders(world, day)
    rows["supplier_returns"] = world.defects.rows(day)
    live = world.known(day) & (state.record > 0)
    rates = np.where(live, world.settings.discrepancy_rate, 0.0)
    discrepancies = drift(world.network, state, rates, day, seed)
    truth = {"demand": _demand_truth(world, trade, day), "discrepancies": discrepancies}
    return DayRecord(rows, sales, truth, trade)


def _supplier_goods(world: RetailerWorld, day: int) -> pl.DataFrame:
    for trouble in world.troubles:
        if trouble.day == day:
            world.book.delay(day, trouble.suppliers, trouble.severity)
    frame, pair, supplier = world.book.receipts(day)
    world.state.add(pair, frame["received"].to_numpy())
    world.defects.expect(frame, supplier, day)
    return frame


def _trade(world: RetailerWorld, day: int) -> Trade:
    """Let customers come, and give them what the shelf holds."""
    network, state = world.network, world.state
    price, _ = world.offers.selling_prices(day)
    means = world.demand.means(day, price)
    wanted = world.demand.draw(means, day)
    rng = make_generator(world.seed, "online", day)
    online = np.flatnonzero((network.kind != STORE) & (network.kind != DC))
    evening = np.zeros(wanted.size, dtype=np.int64)
    evening[online] = rng.binomial(wanted[online], EVENING_ORDERS)
    shelf = np.maximum(state.sellable, 0)
    sold = np.minimum(wanted - evening, shelf)
    waiting = np.zeros(wanted.size, dtype=np.int64)
    waiting[online] = rng.binomial((wanted - evening - sold)[online], WAITS)
    state.record -= sold
    state.truth -= sold
    return Trade(
        means=means,
        wanted=wanted,
        sold=sold,
        ordered=evening + waiting,
        empty=(shelf == sold) & (means > 0),
        was_empty=shelf == 0,
    )


def _sales(
    world: RetailerWorld, trade: Trade, shipped: OrderLine, day: int
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Rows of `pos_sales` and `stockout_hours` by part; returns are drawn on the way."""
    network = world.network
    until = empties_at(trade.wanted, trade.sold, make_generator(world.seed, "empties", day))
    own = np.flatnonzero(trade.sold)
    sold = SoldUnits(
        pair=np.concatenate([own, shipped.pair]),
        source=np.concatenate([own, shipped.node]),
        units=np.concatenate([trade.sold[own], shipped.units]),
        until=np.concatenate([until[own], np.ones(shipped.units.size)]),
    )
    everywhere = regions_of(world, np.arange(network.size))
    for part, mine in enumerate(regions_of(world, sold.pair)):
        chosen = SoldUnits(sold.pair[mine], sold.source[mine], sold.units[mine], sold.until[mine])
        lines: SaleLines = draw_lines(network, chosen, day, world.seed, part)
        world.returns.expect(lines, day, part)
        empty = trade.empty & everywhere[part]
        yield (
            sale_rows(network, world.offers, lines, day),
            stockout_rows(network, lines, empty, trade.was_empty, day),
        )


def _replenish(world: RetailerWorld, trade: Trade, shipped: OrderLine, day: int) -> pl.DataFrame:
    """Learn from the day's sales, ship from the DCs, order from the suppliers."""
    sold = trade.sold + np.bincount(shipped.pair, shipped.units, minlength=trade.sold.size).astype(
        np.int64
    )
    replenishment = world.replenishment
    replenishment.learn(sold, trade.means > 0)
    levels = replenishment.levels()
    left = replenishment.ship(world.state, levels * replenishment.served(day), day)
    purchase(world.book, world.state, replenishment.forecast, levels, day)
    return left


def _orders(world: RetailerWorld, day: int) -> dict[str, pl.DataFrame]:
    """Rows of `purchase_orders` and `in_transit`; on the first day all of the past as well."""
    book = world.book
    lines = book.open
    if day == world.first:
        rows = {
            "purchase_orders": book.rows(lines, day),
            "in_transit": book.shipments(lines, day, only=lines.due >= day),
        }
    else:
        rows = {
            "purchase_orders": book.rows(lines.take(lines.touched(day)), day),
            "in_transit": book.changed_shipments(day),
        }
    book.archive(day)
    return rows


def _demand_truth(world: RetailerWorld, trade: Trade, day: int) -> pl.DataFrame:
    pair = np.flatnonzero(trade.wanted)
    return pl.DataFrame(
        {
            "date": pl.Series([find_date(day)] * pair.size, dtype=pl.Date),
            **world.network.names(pair),
            "mean": trade.means[pair].astype(np.float32),
            "demand": trade.wanted[pair],
            "sold": trade.sold[pair],
            "ordered": trade.ordered[pair],
            "lost": trade.lost[pair],
        }
    )
