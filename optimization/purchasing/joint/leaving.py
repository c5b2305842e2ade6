"""Which documents leave where limits have no room for all of them.

Prices of limits decide well among many documents. Among few, the one that leaves takes the room of
another as a whole, and single steps do not lead from one set of documents to a better one. So sets
of documents that leave are weighed: all of them where there are few, else those that one document
more, one fewer or an exchange makes of the best so far. The items of a set are decided at its own
prices of limits, and a set whose bound says that it cannot be better is passed over.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from optimization.purchasing.joint.choose import choose_options
from optimization.purchasing.joint.items import decide_items
from optimization.purchasing.joint.limits import fit_limits
from optimization.purchasing.joint.market import TIE, WAITS, Flags, OrderMarket
from optimization.purchasing.joint.prices import (
    PricedDocuments,
    price_documents,
    price_limits,
)
from optimization.value import FloatArray, IntArray

_MOST_WHOLE = 5
"""Documents of which every set is weighed."""

_MOST_EXCHANGED = 6
"""Documents that leave, and as many that wait, which are exchanged of more than that."""

_MOST_DOCUMENTS = 60
"""Of more documents than that prices decide alone."""

_MOST_ROUNDS = 10


def exchange_documents(market: OrderMarket, option: IntArray, priced: PricedDocuments) -> IntArray:
    """Better a choice by other documents that leave.

    Args:
        market: what may be ordered.
        option: a choice within limits, `WAITS` for items of documents that wait.
        priced: what the prices of limits make of documents.

    Returns:
        A choice within limits that is worth as much at least.
    """
    documents = len(market.least_value)
    draws = np.bincount(market.document[market.limited], minlength=documents) > 0
    if np.count_nonzero(draws) > _MOST_DOCUMENTS:
        return option
    free = np.flatnonzero(draws & market.may_wait & np.isfinite(priced.price))
    least = np.maximum(market.least_value, 1.0)
    free = free[np.argsort((-priced.worth[free] / least[free]).round(9), kind="stable")]
    tried = set[bytes]()
    for _ in range(_MOST_ROUNDS):
        before = option
        for leaves in list(_list_sets(market, option, free)):
            shared = leaves & draws
            if shared.tobytes() not in tried:
                tried.add(shared.tobytes())
                option = _try_set(market, option, shared, draws)
        if option is before or len(free) <= _MOST_WHOLE:
            break
    return option


def _list_sets(market: OrderMarket, option: IntArray, free: IntArray) -> Iterator[Flags]:
    """Sets of documents that leave, the one that does first."""
    now = np.zeros(len(market.least_value), dtype=np.bool_)
    now[market.document[option >= 0]] = True
    yield now
    if len(free) <= _MOST_WHOLE:
        for which in product((True, False), repeat=len(free)):
            leaves = now.copy()
            leaves[free] = which
            yield leaves
        return
    # The last that leave are worth least, the first that wait most.
    out = [-1, *free[now[free]][::-1][:_MOST_EXCHANGED].tolist()]
    come = [-1, *free[~now[free]][:_MOST_EXCHANGED].tolist()]
    for goes, comes in product(out, come):
        leaves = now.copy()
        leaves[[document for document in (goes, comes) if document >= 0]] ^= True
        yield leaves


def _try_set(market: OrderMarket, option: IntArray, leaves: Flags, draws: Flags) -> IntArray:
    """The choice in which these documents leave of those that draw on limits, if it is better."""
    shared = draws[market.document]
    chosen = option[shared]
    now = float(np.where(chosen >= 0, market.benefit[chosen], 0.0).sum())
    items = np.flatnonzero(leaves[market.document])
    found = _decide_set(market.keep_items(items), now)
    if found is None:
        return option
    better = np.where(shared, WAITS, option)
    starts = market.start[items]
    better[items] = starts + found
    return better


def _decide_set(market: OrderMarket, now: float) -> IntArray | None:
    """Place of the option of each item, where all documents leave and gain more than now."""
    if not len(market.document):
        return np.zeros(0, dtype=np.int64) if now < -TIE else None
    limit_price, bound = price_limits(market)
    if bound <= now + TIE:
        return None
    priced = price_documents(market, limit_price)
    if not np.isfinite(priced.price).all():
        return None
    found = _fit(market, priced, limit_price, now)
    if found is not None:
        now = float(market.benefit[found].sum())
    better = decide_items(market, priced, limit_price, now)
    found = found if better is None else better
    return None if found is None else found - market.start[:-1]


def _fit(
    market: OrderMarket, priced: PricedDocuments, limit_price: FloatArray, now: float
) -> IntArray | None:
    """The choice that steps lead to from the one of the prices, if it gains more than now."""
    _, offers = choose_options(market, priced, limit_price)
    if (offers < 0).any():
        return None
    try:
        option = fit_limits(market, offers, offers, limit_price, priced.price)
    except ValueError:
        # Steps down do not reach the limits; other ones may.
        return None
    return option if float(market.benefit[option].sum()) > now + TIE else None
