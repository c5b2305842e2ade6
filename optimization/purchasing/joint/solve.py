"""The options that are worth most together: priced, filled document by document, fitted."""

import numpy as np

from optimization.purchasing.joint.budgets import fit_budgets, serve_floors
from optimization.purchasing.joint.documents import Options, fill_document
from optimization.purchasing.joint.market import ROUNDING, WAITS, Choice, Flags, OrderMarket
from optimization.purchasing.joint.prices import list_steps, price_budgets, price_documents
from optimization.value import FloatArray, IntArray


def solve_orders(market: OrderMarket) -> Choice:
    """Choose an option of every item, so that documents reach their least values within budgets.

    Without budgets every document is decided by itself, the best way there is unless it is very
    large; budgets are shared by prices, and the choice is fitted to them.

    Args:
        market: what may be ordered; a document that may not wait has no least value, or reaches
            it by what its items are worth by themselves and draws on no budget.

    Returns:
        What is ordered, and a bound that no choice passes.
    """
    steps = list_steps(market)
    budget_price, bound = price_budgets(market, steps)
    priced = price_documents(market, steps, budget_price)
    open_, offers = _choose(market, priced.price, priced.worth, budget_price)
    option = np.where(open_[market.document], offers, WAITS)
    if len(market.room):
        option = fit_budgets(market, option, offers)
    value = float(market.sum_documents(option, market.benefit).sum())
    if len(market.room):
        option = serve_floors(market, option)
    return Choice(option, budget_price, value, bound)


def _choose(
    market: OrderMarket, price: FloatArray, worth: FloatArray, budget_price: FloatArray
) -> tuple[Flags, IntArray]:
    """Whether each document leaves, and the options of all items as if it did."""
    costs = market.price_items(budget_price)
    known = np.where(np.isfinite(price), price, 0.0)
    option = market.find_best(known[market.document] - costs)
    reached = market.sum_documents(option, market.money) >= market.least_value - ROUNDING
    # One that cannot pay is filled only where budgets may have room for it after all.
    tried = (worth > 0) | bool(len(market.room)) | ~market.may_wait
    for document in np.flatnonzero(~(reached & (known == 0.0)) & tried):
        of = np.flatnonzero(market.document == document)
        items = [_list_options(market, int(item), known[document], costs[item]) for item in of]
        filled = fill_document(items, market.least_value[document], known[document])
        option[of] = WAITS if filled is None else filled
        reached[document] = filled is not None
    option[~reached[market.document]] = WAITS
    net = market.benefit - np.repeat(costs, np.diff(market.start)) * market.money
    gains = market.sum_documents(option, net) > ROUNDING
    return reached & (gains | ~market.may_wait), option


def _list_options(market: OrderMarket, item: int, price: float, cost: float) -> Options:
    """The options of an item, with what each loses at the prices of its document and budget."""
    option = np.arange(market.start[item], market.start[item + 1])
    money = market.money[option]
    worth = market.benefit[option] + (price - cost) * money
    return Options(option, money, worth.max() - worth)
