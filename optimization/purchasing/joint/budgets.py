"""A choice made to fit into its budgets, by what each step brings for its money.

Prices decide nearly all; a few options at the margin draw too much, or leave room. So what is over
is taken back where least is lost for the money, what is left is given where most is gained for it,
and what still is left serves floors.
"""

from typing import NamedTuple

import numpy as np

from optimization.purchasing.joint.market import ROUNDING, WAITS, OrderMarket
from optimization.value import FloatArray, IntArray


class _State(NamedTuple):
    """A choice, and what it draws.

    Attributes:
        option: of each item.
        money: of each document, currency.
        left: of each budget, currency; below 0 where it is passed.
    """

    option: IntArray
    money: FloatArray
    left: FloatArray

    @classmethod
    def of(cls, market: OrderMarket, option: IntArray) -> "_State":
        left = market.room - market.sum_budgets(option)
        return cls(option, market.sum_documents(option, market.money), left)


def fit_budgets(market: OrderMarket, option: IntArray, offers: IntArray) -> IntArray:
    """Change a choice until no budget is passed and nothing that fits would gain.

    Args:
        market: what may be ordered.
        option: of each item, `WAITS` where its document waits.
        offers: options of items whose documents wait, as they would leave together; `WAITS` where
            a document cannot.
    """
    state = _State.of(market, option)
    while (state.left < -ROUNDING).any():
        state = _take_back(market, state)
    while (more := _give(market, state, offers)) is not None:
        state = more
    return state.option


def serve_floors(market: OrderMarket, option: IntArray) -> IntArray:
    """Raise items to their floors with what is left of budgets, where least is lost for it."""
    state, option = _State.of(market, option), option.copy()
    asked = np.flatnonzero((market.floor >= 0) & (option >= 0))
    more = market.money[market.floor[asked]] - market.money[option[asked]]
    lost = market.benefit[option[asked]] - market.benefit[market.floor[asked]]
    short = more > 0
    rate = np.where(short, lost / np.where(short, more, 1.0), np.inf)
    left = state.left.copy()
    for at in np.argsort(rate, kind="stable"):
        item = int(asked[at])
        budget = int(market.budget[item])
        if not short[at] or (budget >= 0 and more[at] > left[budget] + ROUNDING):
            continue
        option[item] = market.floor[item]
        if budget >= 0:
            left[budget] -= more[at]
    return option


def _item_of(market: OrderMarket) -> IntArray:
    return np.repeat(np.arange(len(market.document)), np.diff(market.start))


def _list_changes(market: OrderMarket, state: _State) -> tuple[IntArray, FloatArray, FloatArray]:
    """Every option beside the chosen one, where its document can have it: money and benefit."""
    item = _item_of(market)
    chosen = state.option[item]
    option = np.flatnonzero(chosen >= 0)
    now = chosen[option]
    money = market.money[option] - market.money[now]
    benefit = market.benefit[option] - market.benefit[now]
    document = market.document[item[option]]
    reaches = state.money[document] + money >= market.least_value[document] - ROUNDING
    return option[reaches], money[reaches], benefit[reaches]


def _take_back(market: OrderMarket, state: _State) -> _State:
    """The step down, or the document left for another night, that loses least for the money."""
    option, money, benefit = _list_changes(market, state)
    item = _item_of(market)[option]
    over = np.maximum(-state.left, 0.0)
    saved = np.where(market.budget[item] >= 0, np.minimum(-money, over[market.budget[item]]), 0.0)
    rate = np.where(saved > ROUNDING, -benefit / np.where(saved > ROUNDING, saved, 1.0), np.inf)
    freed = np.minimum(_draw_by_document(market, state.option), over).sum(axis=1)
    worth = market.sum_documents(state.option, market.benefit)
    able = market.may_wait & (freed > ROUNDING)
    document_rate = np.where(able, worth / np.where(able, freed, 1.0), np.inf)
    step, whole = int(np.argmin(rate)), int(np.argmin(document_rate))
    changed = state.option.copy()
    if rate[step] <= document_rate[whole]:
        changed[item[step]] = option[step]
    else:
        changed[market.document == whole] = WAITS
    return _State.of(market, changed)


def _give(market: OrderMarket, state: _State, offers: IntArray) -> _State | None:
    """The step up, or the waiting document, that gains most for money that is left; or None."""
    option, money, benefit = _list_changes(market, state)
    item = _item_of(market)[option]
    budget = market.budget[item]
    fits = (budget < 0) | (money <= state.left[budget] + ROUNDING)
    gains = (benefit > ROUNDING) & fits
    rate = np.where(gains, benefit / np.maximum(money, ROUNDING), -np.inf)
    waits = np.ones(len(market.least_value), dtype=np.bool_)
    waits[market.document[state.option >= 0]] = False
    drawn = _draw_by_document(market, offers)
    worth = market.sum_documents(offers, market.benefit)
    able = waits & (worth > ROUNDING) & (drawn <= state.left + ROUNDING).all(axis=1)
    document_rate = np.where(able, worth / np.maximum(drawn.sum(axis=1), ROUNDING), -np.inf)
    step, whole = int(np.argmax(rate)), int(np.argmax(document_rate))
    changed = state.option.copy()
    if document_rate[whole] > rate[step]:
        of = market.document == whole
        changed[of] = offers[of]
    elif gains[step]:
        changed[item[step]] = option[step]
    else:
        return None
    return _State.of(market, changed)


def _draw_by_document(market: OrderMarket, option: IntArray) -> FloatArray:
    """Money that each document draws from each budget, shape (documents, budgets)."""
    of = (market.budget >= 0) & (option >= 0)
    budgets = len(market.room)
    cell = market.document[of] * budgets + market.budget[of]
    drawn = np.bincount(cell, market.money[option[of]], minlength=len(market.least_value) * budgets)
    return drawn.reshape(len(market.least_value), budgets)
