"""The options that are worth most together: priced, filled document by document, fitted."""

import numpy as np

from optimization.purchasing.joint.choose import choose_options
from optimization.purchasing.joint.leaving import exchange_documents
from optimization.purchasing.joint.limits import fit_limits, serve_floors
from optimization.purchasing.joint.market import WAITS, Choice, OrderMarket
from optimization.purchasing.joint.prices import price_documents, price_limits

_CLOSE = 1e-3
"""Share of the bound within which a choice is near enough."""


def solve_orders(market: OrderMarket) -> Choice:
    """Choose an option of every item, so that documents reach their least values within limits.

    Without limits every document is decided by itself, the best way there is unless it is very
    large; budgets and capacities are shared by prices, and the choice is fitted to them. Where few
    documents share them and that is not near the bound, other documents are tried in the place of
    those that leave.

    Args:
        market: what may be ordered; a document that may not wait has no least value, or reaches
            it by what its items are worth by themselves and draws on no limit.

    Returns:
        What is ordered, and a bound that no choice passes.
    """
    limit_price, bound = price_limits(market)
    priced = price_documents(market, limit_price)
    leaves, offers = choose_options(market, priced, limit_price)
    option = np.where(leaves[market.document], offers, WAITS)
    if len(market.room):
        option = fit_limits(market, option, offers, limit_price, priced.price)
        if bound - _sum_benefit(market, option) > _CLOSE * abs(bound):
            option = exchange_documents(market, option, priced)
    value = _sum_benefit(market, option)
    if len(market.room):
        option = serve_floors(market, option)
    return Choice(option, limit_price, value, bound)


def _sum_benefit(market: OrderMarket, option: np.ndarray) -> float:
    return float(market.sum_documents(option, market.benefit).sum())
