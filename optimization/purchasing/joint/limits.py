"""A choice made to fit into its limits, by what each step brings for what it draws.

Prices decide nearly all; a few options at the margin draw too much, or leave room. So what is over
is taken back where least is lost for the money, what is left is given where most is gained for it,
and what still is left serves floors. Each goes through all steps in the order of what they are
worth, and again as long as that changes something. A step down that would leave a document below
its least value is made up for by a step up of another of its items, where limits have room.
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
        self.item = market.item
        self.money = market.sum_documents(option, market.money)
        self.left = market.room - market.sum_limits(option)
        self.worth = _find_mean_money(market)
        of_options = market.document[self.item]
        self.in_document = np.argsort(of_options, kind="stable")
        self.first = np.searchsorted(
            of_options[self.in_document], np.arange(len(market.least_value) + 1)
        )

    def list_steps(self) -> tuple[IntArray, FloatArray, FloatArray]:
        """Options of items whose document leaves: option, what it adds to use, and to benefit."""
        now = self.option[self.item]
        option = np.flatnonzero((now >= 0) & (now != np.arange(len(now))))
        use = self.market.use[option] - self.market.use[now[option]]
        return option, use, self.market.benefit[option] - self.market.benefit[now[option]]

    def sum_money(self, option: IntArray, use: FloatArray) -> FloatArray:
        """What options draw of their limits, as money, shape (options,)."""
        limit = self.market.limit[self.item[option]]
        return np.asarray((np.append(self.worth, 0.0)[limit] * use).sum(axis=1))

    def draw(self, option: IntArray) -> FloatArray:
        """What each document draws from each limit, shape (documents, limits)."""
        market, limits = self.market, len(self.market.room)
        of = (market.limit >= 0) & (option >= 0)[:, None]
        cell = (market.document[:, None] * limits + market.limit)[of]
        drawn = sum_groups(cell, market.use[option][of], len(market.least_value) * limits)
        return drawn.reshape(len(market.least_value), limits)

    def take(self, steps: _Steps, whole: IntArray, drawn: FloatArray, *, back: bool) -> bool:
        """Take the steps in their order as far as they still serve; whether any did.

        An item is moved once, and a document as a whole only where none of its items was.

        Args:
            steps: best first.
            whole: options of all items with which a document comes or goes as a whole.
            drawn: what each document draws then, shape (documents, limits).
            back: whether limits are passed, and steps free room.
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
        """Whether room freed of limits is of use, or what is drawn is there."""
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
        market = self.market
        own = market.limit[item] >= 0
        limits = market.limit[item][own]
        drawn = (market.use[option] - market.use[self.option[item]])[own]
        left = self.left[limits]
        if ((drawn > ROUNDING) & (drawn > left + ROUNDING)).any():
            return False
        if back and not ((left < -ROUNDING) & (drawn < -ROUNDING)).any():
            return False
        added = float(market.money[option] - market.money[self.option[item]])
        missing = float(market.least_value[document] - self.money[document]) - added
        if missing <= ROUNDING:
            self._put(item, option, document)
            return True
        made_up = self._find_makeup(item, option, missing) if back else None
        if made_up is None:
            return False
        self._put(item, option, document)
        self._put(int(self.item[made_up]), made_up, document)
        return True

    def _put(self, item: int, option: int, document: int) -> None:
        market, now = self.market, self.option[item]
        own = market.limit[item] >= 0
        self.left[market.limit[item][own]] -= (market.use[option] - market.use[now])[own]
        self.money[document] += market.money[option] - market.money[now]
        self.option[item] = option

    def _find_makeup(self, item: int, step: int, missing: float) -> int | None:
        """The option of another item of its document that makes up for the money a step misses.

        Of those that fit into what limits have left after the step the one that gains most.
        """
        market, own = self.market, self.market.limit[item] >= 0
        room = np.append(self.left, np.inf)
        room[market.limit[item][own]] -= (market.use[step] - market.use[self.option[item]])[own]
        document = market.document[item]
        option = self.in_document[self.first[document] : self.first[document + 1]]
        now = self.option[self.item[option]]
        adds = market.money[option] - market.money[now] >= missing - ROUNDING
        option, now = option[adds], now[adds]
        drawn = market.use[option] - market.use[now]
        left = room[market.limit[self.item[option]]]
        fits = ((drawn <= ROUNDING) | (drawn <= left + ROUNDING)).all(axis=1)
        fits &= self.item[option] != item
        if not fits.any():
            return None
        gained = np.where(fits, market.benefit[option] - market.benefit[now], -np.inf)
        return int(option[np.argmax(gained)])


def _find_mean_money(market: OrderMarket) -> FloatArray:
    """What is paid in the mean for one of the measure of each limit, currency."""
    every = market.limit[market.item]
    of = every >= 0
    money = np.broadcast_to(market.money[:, None], every.shape)
    paid, used = (sum_groups(every[of], what[of], len(market.room)) for what in (money, market.use))
    return np.where(used > 0, paid / np.maximum(used, ROUNDING), 0.0)


def fit_limits(
    market: OrderMarket,
    option: IntArray,
    offers: IntArray,
    limit_price: FloatArray,
    document_price: FloatArray,
) -> IntArray:
    """Change a choice until no limit is passed and nothing that fits would gain.

    Args:
        market: what may be ordered.
        option: of each item, `WAITS` where its document waits.
        offers: options of items whose documents wait, as they would leave together; `WAITS` where
            a document cannot.
        limit_price: what one more unit of each limit would bring, currency.
        document_price: what one less of currency of each least value would bring.

    Raises:
        ValueError: documents that may not wait pass a limit.
    """
    plan, nothing = _Plan(market, option), np.full_like(option, WAITS)
    while (plan.left < -ROUNDING).any():
        drawn = plan.draw(plan.option)
        if not plan.take(
            _list_ways_back(plan, drawn, limit_price, document_price), nothing, -drawn, back=True
        ):
            raise ValueError("documents that may not wait pass a limit")
    drawn = plan.draw(offers)
    while plan.take(_list_gifts(plan, offers, drawn), offers, drawn, back=False):
        pass
    return plan.option


def _list_ways_back(
    plan: _Plan, drawn: FloatArray, limit_price: FloatArray, document_price: FloatArray
) -> _Steps:
    """Steps down, and documents left for another night, by what they lose for what they free.

    What is freed beyond what limits are passed by brings its price elsewhere, and what makes up for
    a least value that of the document.
    """
    market = plan.market
    option, use, benefit = plan.list_steps()
    limit = market.limit[plan.item[option]]
    over, price = np.append(np.maximum(-plan.left, 0.0), 0.0), np.append(limit_price, 0.0)
    freed = np.minimum(np.maximum(-use, 0.0), over[limit])
    saved = plan.sum_money(option, freed)
    benefit += (price[limit] * (-use - freed)).sum(axis=1)
    document = market.document[plan.item[option]]
    known = np.where(np.isfinite(document_price), document_price, 0.0)
    fewer = market.money[plan.option[plan.item[option]]] - market.money[option]
    benefit -= known[document] * fewer
    document_freed = np.minimum(drawn, over[:-1])
    document_saved = document_freed @ plan.worth
    worth = market.sum_documents(plan.option, market.benefit)
    worth -= (drawn - document_freed) @ limit_price
    some = np.flatnonzero(saved > ROUNDING)
    whole = np.flatnonzero(market.may_wait & (document_saved > ROUNDING))
    return _sort_steps(
        plan,
        option[some],
        whole,
        np.append(benefit[some] / saved[some], -worth[whole] / document_saved[whole]),
    )


def _list_gifts(plan: _Plan, offers: IntArray, drawn: FloatArray) -> _Steps:
    """Steps up, and documents that wait, by what they gain for what they draw."""
    market = plan.market
    option, use, benefit = plan.list_steps()
    left = np.append(plan.left, np.inf)[market.limit[plan.item[option]]]
    fits = (use <= left + ROUNDING).all(axis=1)
    some = np.flatnonzero((benefit > ROUNDING) & fits)
    waits = np.ones(len(market.least_value), dtype=np.bool_)
    waits[market.document[plan.option >= 0]] = False
    worth = market.sum_documents(offers, market.benefit)
    fitting = (drawn <= plan.left + ROUNDING).all(axis=1)
    whole = np.flatnonzero(waits & (worth > ROUNDING) & fitting)
    asked = np.append(plan.sum_money(option[some], use[some]), drawn[whole] @ plan.worth)
    gained = np.append(benefit[some], worth[whole])
    return _sort_steps(plan, option[some], whole, gained / np.maximum(asked, ROUNDING))


def _sort_steps(plan: _Plan, option: IntArray, whole: IntArray, rate: FloatArray) -> _Steps:
    """Put steps of items, then whole documents, in the order of their rates, the best first."""
    every = np.append(option, np.full(len(whole), WAITS))
    document = np.append(plan.market.document[plan.item[option]], whole)
    order = np.argsort(-rate, kind="stable")
    return _Steps(every[order], document[order])


def serve_floors(market: OrderMarket, option: IntArray) -> IntArray:
    """Raise items to their floors with what is left of limits, where least is lost for it."""
    plan = _Plan(market, option)
    asked = np.flatnonzero((market.floor >= 0) & (option >= 0))
    floor = market.floor[asked]
    drawn = plan.sum_money(floor, market.use[floor] - market.use[option[asked]])
    benefit = market.benefit[floor] - market.benefit[option[asked]]
    some = np.flatnonzero(drawn > 0)
    steps = _sort_steps(plan, floor[some], floor[:0], benefit[some] / drawn[some])
    plan.take(steps, option, plan.draw(option), back=False)
    return plan.option
