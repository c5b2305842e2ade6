"""What the DCs order from suppliers, and what they had ordered before the first day."""

import numpy as np

from simulation.retailer.arrays import Bools, Floats, Ints, draw_cases, find_date, make_generator
from simulation.retailer.locations import DC
from simulation.retailer.order_book import BookedLines, OrderBook
from simulation.retailer.stock_state import StockState
from simulation.retailer.vendors import review_day

REVIEW = 7
LAST_SELLING_DAYS = 20
"""Days before its exit after which nothing more of an item is to arrive."""

HISTORY_WEEKS = 3
"""Weeks between two orders of an item before the first business date."""

STEADY_COVER = 14
"""Days of sales beyond the lead time that a buyer wants to have."""


def lead_times(book: OrderBook, pair: Ints) -> Ints:
    """Contract lead time of the main supplier of each pair."""
    return book.vendors.lead_time[book.network.products.supplier[book.network.sku[pair]]]


def _buying(book: OrderBook, day: int) -> Bools:
    """The DC pairs that a buyer still buys for, from long before launch to well before exit."""
    network, products = book.network, book.network.products
    lead = book.vendors.lead_time[products.supplier]
    wanted = (products.launch - lead - 14 <= day) & (
        day <= products.exit - lead - LAST_SELLING_DAYS
    )
    return np.asarray(wanted[network.sku] & (network.kind == DC))


def buyer_bias(book: OrderBook) -> Floats:
    """By which factor the buyer of each item misjudges its demand."""
    styles = int(book.network.products.style.max()) + 1
    bias = make_generator(book.seed, "buyers").lognormal(0.0, 0.22, styles)
    return np.asarray(np.clip(bias, 0.6, 1.7)[book.network.products.style])


def purchase(book: OrderBook, state: StockState, forecast: Floats, levels: Ints, day: int) -> None:
    """Place the orders of a day: echelon order-up-to for the suppliers whose day it is.

    The echelon of a DC pair is its own stock and that of every pair it supplies, what is on the
    way between them included.
    """
    network, products = book.network, book.network.products
    weekday = find_date(day).weekday()
    called = review_day(book.vendors, weekday)[products.supplier][network.sku]
    pair = np.flatnonzero(_buying(book, day) & called)
    if pair.size == 0:
        return

    def echelon(values: Ints | Floats) -> Floats:
        total = np.bincount(network.dependants, values, minlength=network.size)
        return np.asarray(total[pair])

    lead = lead_times(book, pair)
    sku = network.sku[pair]
    left = np.minimum(lead + REVIEW + STEADY_COVER, products.exit[sku] - day)
    wanted = echelon(forecast) * np.maximum(left, 0) * buyer_bias(book)[sku]
    at_hand = echelon(np.maximum(state.recorded, 0) + state.in_transit)
    short = wanted + echelon(levels) - at_hand - book.on_order(day)[pair]
    lots = np.ceil(short / book.terms.multiple[sku]).astype(np.int64)
    units = np.maximum(lots * book.terms.multiple[sku], book.terms.minimum[sku])
    buys = short > 0.4 * book.terms.minimum[sku]
    supplier = _suppliers(book, pair, day)
    book.place(day, pair[buys], units[buys], supplier[buys])


def _suppliers(book: OrderBook, pair: Ints, day: int) -> Ints:
    """Choose the main supplier mostly, and sometimes the second one."""
    sku = book.network.sku[pair]
    second = book.terms.second[sku]
    other = (second >= 0) & (draw_cases(make_generator(book.seed, "sourcing", day), pair.size, 0.2))
    return np.asarray(np.where(other, second, book.network.products.supplier[sku]))


def order_history(book: OrderBook, forecast: Floats, first: int, days: int) -> None:
    """Draw the orders of the past: each item every few weeks, as much as it sells."""
    network, products = book.network, book.network.products
    echelon = np.bincount(network.dependants, forecast, minlength=network.size)
    parts: list[BookedLines] = [book.open]
    for day in range(first - days, first):
        called = review_day(book.vendors, find_date(day).weekday())[products.supplier][network.sku]
        turn = (network.sku + day // REVIEW) % HISTORY_WEEKS == 0
        pair = np.flatnonzero(_buying(book, day) & called & turn)
        sku = network.sku[pair]
        units = echelon[pair] * REVIEW * HISTORY_WEEKS * buyer_bias(book)[sku]
        lots = np.ceil(units / book.terms.multiple[sku]).astype(np.int64)
        quantity = np.maximum(lots * book.terms.multiple[sku], book.terms.minimum[sku])
        if pair.size:
            parts.append(book.draw(day, pair, quantity, _suppliers(book, pair, day)))
    book.open = _joined(parts)


def _joined(parts: list[BookedLines]) -> BookedLines:
    """Join all parts, pairing neighbours so that no column is copied often."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [a.plus(b) for a, b in pairs] + ([parts[-1]] if len(parts) % 2 else [])
    return parts[0]


def opening_stock(book: OrderBook, levels: Ints, forecast: Floats, first: int) -> Ints:
    """Units of every pair before the first day: some have too much, some too little."""
    network, products = book.network, book.network.products
    rng = make_generator(book.seed, "opening stock")
    on_sale = ((products.launch <= first) & (first <= products.exit))[network.sku]
    arrived = (network.locations.opened <= first)[network.location] & on_sale
    stores = np.round(levels * rng.uniform(0.35, 1.2, network.size))
    leftovers = rng.poisson(1.5, network.size) * (levels == 0) * (network.kind != DC)
    units = (stores + leftovers).astype(np.int64) * arrived
    dcs = np.flatnonzero((network.kind == DC) & on_sale)
    echelon = np.bincount(network.dependants, forecast, minlength=network.size)[dcs]
    units[dcs] = np.round(echelon * rng.uniform(4, 32, dcs.size)).astype(np.int64)
    return np.asarray(units)
