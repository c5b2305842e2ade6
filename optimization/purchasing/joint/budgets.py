"""A choice made to fit into its budgets, by what each step brings for its money.

Prices decide nearly all; a few options at the margin draw too much, or leave room. So what is over
is taken back where least is lost for the money, what is left is given where most is gained for it,
and what still is left serves floors. Each goes through all steps in the order of what they are
worth, and again as long as that changes something.
"""

from typing import NamedTuple

import numpy as np

from optimization.purchasing.joint.market import ROUNDING, WAITS, OrderMarket, sum_groups
from optimization.value import FloatArray, IntArray


class _Steps(NamedTuple):
    """Options beside the chosen ones, and documents as a whole, best first.

    Attributes:
        option: that an item would have; -1 of a whole document.
        document: that it is of.
    """

    option: IntArray
    document: IntArray


class _Plan:
    """A choice that is changed, with what it draws."""

    def __init__(self, market: OrderMarket, option: IntArray) -> None:
        self.market, self.option = market, option.copy()
        self.item = np.repeat(np.arange(len(market.document)), np.diff(market.start))
        self.money = market.sum_documents(option, market.money)
        self.left = market.room - market.sum_budgets(option)

    def list_steps(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Options of items whose document leaves: option, and what money and benefit it adds."""
        now = self.option[self.item]
        option = np.flatnonzero((now >= 0) & (now != np.arange(len(now))))
        money = self.market.money[option] - self.market.money[now[option]]
        return option, money, self.market.benefit[option] - self.market.benefit[now[option]]

    def draw(self, option: IntArray) -> FloatArray:
        """Money that each document draws from each budget, shape (documents, budgets)."""
        market, budgets = self.market, len(self.market.room)
        of = (market.budget >= 0) & (option >= 0)
        cell = market.document[of] * budgets + market.budget[of]
        drawn = sum_groups(cell, market.money[option[of]], len(market.least_value) * budgets)
        return drawn.reshape(len(market.least_value), budgets)

    def take(self, steps: _Steps, whole: IntArray, drawn: FloatArray, *, back: bool) -> bool:
        """Take the steps in their order as far as they still serve; whether any did.

        An item is moved once, and a document as a whole only where none of its items was.

        Args:
            steps: best first.
            whole: options of all items with which a document comes or goes as a whole.
            drawn: what each document draws then, shape (documents, budgets).
            back: whether budgets are passed, and steps free money.
        """
        moved, touched = set[int](), set[int]()
        for option, document in zip(steps.option.tolist(), steps.document.tolist(), strict=True):
            if back and not (self.left < -ROUNDING).any():
                break
            if option < 0:
                if document not in touched and self._serves(-drawn[document], back=back):
                    self._move_document(document, whole, drawn[document])
                    touched.add(document)
                continue
            item = int(self.item[option])
            if item not in moved and self._move(item, option, document, back=back):
                moved.add(item)
                touched.add(document)
        return bool(touched)

    def _serves(self, freed: FloatArray, *, back: bool) -> bool:
        """Whether money freed of budgets is of use, or money drawn is there."""
        if back:
            return bool(((self.left < -ROUNDING) & (freed > ROUNDING)).any())
        return bool((self.left + freed >= -ROUNDING).all())

    def _move_document(self, document: int, whole: IntArray, drawn: FloatArray) -> None:
        of = self.market.document == document
        self.option[of] = whole[of]
        self.left -= drawn
        chosen = whole[of]
        self.money[document] = self.market.money[chosen[chosen >= 0]].sum()

    def _move(self, item: int, option: int, document: int, *, back: bool) -> bool:
        market, budget = self.market, int(self.market.budget[item])
        added = float(market.money[option] - market.money[self.option[item]])
        if self.money[document] + added < market.least_value[document] - ROUNDING:
            return False
        if budget >= 0:
            over = self.left[budget] < -ROUNDING
            if not over if back else added > self.left[budget] + ROUNDING:
                return False
            self.left[budget] -= added
        self.option[item] = option
        self.money[document] += added
        return True


def fit_budgets(market: OrderMarket, option: IntArray, offers: IntArray) -> IntArray:
    """Change a choice until no budget is passed and nothing that fits would gain.

    Args:
        market: what may be ordered.
        option: of each item, `WAITS` where its document waits.
        offers: options of items whose documents wait, as they would leave together; `WAITS` where
            a document cannot.

    Raises:
        ValueError: documents that may not wait pass a budget.
    """
    plan, nothing = _Plan(market, option), np.full_like(option, WAITS)
    while (plan.left < -ROUNDING).any():
        drawn = plan.draw(plan.option)
        if not plan.take(_list_ways_back(plan, drawn), nothing, -drawn, back=True):
            raise ValueError("documents that may not wait pass a budget")
    drawn = plan.draw(offers)
    while plan.take(_list_gifts(plan, offers, drawn), offers, drawn, back=False):
        pass
    return plan.option


def _list_ways_back(plan: _Plan, drawn: FloatArray) -> _Steps:
    """Steps down, and documents left for another night, by what they lose for the money."""
    market = plan.market
    option, money, benefit = plan.list_steps()
    budget = market.budget[plan.item[option]]
    over = np.append(np.maximum(-plan.left, 0.0), 0.0)
    saved = np.minimum(-money, over[budget])
    document_saved = np.minimum(drawn, over[:-1]).sum(axis=1)
    worth = market.sum_documents(plan.option, market.benefit)
    some = np.flatnonzero(saved > ROUNDING)
    whole = np.flatnonzero(market.may_wait & (document_saved > ROUNDING))
    return _sort_steps(
        plan,
        option[some],
        whole,
        np.append(benefit[some] / saved[some], -worth[whole] / document_saved[whole]),
    )


def _list_gifts(plan: _Plan, offers: IntArray, drawn: FloatArray) -> _Steps:
    """Steps up, and documents that wait, by what they gain for the money."""
    market = plan.market
    option, money, benefit = plan.list_steps()
    budget = market.budget[plan.item[option]]
    fits = money <= np.append(plan.left, np.inf)[budget] + ROUNDING
    some = np.flatnonzero((benefit > ROUNDING) & fits)
    waits = np.ones(len(market.least_value), dtype=np.bool_)
    waits[market.document[plan.option >= 0]] = False
    worth = market.sum_documents(offers, market.benefit)
    fitting = (drawn <= plan.left + ROUNDING).all(axis=1)
    whole = np.flatnonzero(waits & (worth > ROUNDING) & fitting)
    asked = np.append(money[some], drawn[whole].sum(axis=1))
    gained = np.append(benefit[some], worth[whole])
    return _sort_steps(plan, option[some], whole, gained / np.maximum(asked, ROUNDING))


def _sort_steps(plan: _Plan, option: IntArray, whole: IntArray, rate: FloatArray) -> _Steps:
    """Put steps of items, then whole documents, in the order of their rates, the best first."""
    every = np.append(option, np.full(len(whole), WAITS))
    document = np.append(plan.market.document[plan.item[option]], whole)
    order = np.argsort(-rate, kind="stable")
    return _Steps(every[order], document[order])


def serve_floors(market: OrderMarket, option: IntArray) -> IntArray:
    """Raise items to their floors with what is left of budgets, where least is lost for it."""
    plan = _Plan(market, option)
    asked = np.flatnonzero((market.floor >= 0) & (option >= 0))
    floor = market.floor[asked]
    money = market.money[floor] - market.money[option[asked]]
    benefit = market.benefit[floor] - market.benefit[option[asked]]
    some = np.flatnonzero(money > 0)
    steps = _sort_steps(plan, floor[some], floor[:0], benefit[some] / money[some])
    plan.take(steps, option, plan.draw(option), back=False)
    return plan.option
