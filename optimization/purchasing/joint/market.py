"""What may be ordered, as arrays, and what was chosen of it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from optimization.value import FloatArray, IntArray

Flags = npt.NDArray[np.bool_]

ROUNDING = 1e-6
"""Currency by which a sum of decimals may miss what it must reach."""

TIE = 1e-9
"""Currency by which two choices must differ for one to be better."""

WAITS = -1
"""Option of an item whose document waits."""


def sum_groups(group: IntArray, of: FloatArray, groups: int) -> FloatArray:
    """Sum numbers by group, shape (groups,)."""
    return np.asarray(np.bincount(group, of, minlength=groups), dtype=np.float64)


class OrderMarket(NamedTuple):
    """Items with the quantities in which each can be ordered, and what they share.

    An item is in one document. It draws on limits, money of budgets and units of capacities, at
    most one in each column. One without an option of no money is ordered whenever its document is.

    Attributes:
        start: first option of each item, then their number; shape (items + 1,).
        money: of each option, currency, from least to most within an item; shape (options,).
        benefit: of each option, currency; shape (options,).
        document: of each item; shape (items,).
        limit: that each item draws on, -1 for none; shape (items, columns).
        use: what each option draws of them, at least 0; shape (options, columns).
        floor: option that a floor asks for once the rest is decided, -1 for none; shape (items,).
        least_value: money that a document must reach to leave, 0 for none; shape (documents,).
        may_wait: whether a document may be left for another night; shape (documents,).
        room: of each limit, in its measure; shape (limits,).
    """

    start: IntArray
    money: FloatArray
    benefit: FloatArray
    document: IntArray
    limit: IntArray
    use: FloatArray
    floor: IntArray
    least_value: FloatArray
    may_wait: Flags
    room: FloatArray

    @property
    def item(self) -> IntArray:
        """Item of each option, shape (options,)."""
        return np.repeat(np.arange(len(self.document)), np.diff(self.start))

    @property
    def limited(self) -> Flags:
        """Whether each item draws on a limit, shape (items,)."""
        return np.asarray((self.limit >= 0).any(axis=1))

    def net_benefit(self, limit_price: FloatArray) -> FloatArray:
        """Benefit of each option less what it draws from limits at their prices, currency."""
        priced = np.append(limit_price, 0.0)[self.limit]
        return np.asarray(self.benefit - (priced[self.item] * self.use).sum(axis=1))

    def find_best(self, net: FloatArray, price: FloatArray) -> IntArray:
        """The option of each item that is worth most, the cheapest of equals.

        Args:
            net: benefit of each option at the prices of limits, shape (options,).
            price: what money of an item is worth besides, shape (items,).
        """
        sizes = np.diff(self.start)
        worth = net + np.repeat(price, sizes) * self.money
        best = np.repeat(np.maximum.reduceat(worth, self.start[:-1]), sizes)
        last = len(worth)
        number = np.where(worth >= best - TIE, np.arange(last), last)
        return np.minimum.reduceat(number, self.start[:-1])

    def keep_items(self, items: IntArray) -> "OrderMarket":
        """Some items, whose documents may not wait, with the whole room of limits."""
        counts = np.diff(self.start)[items]
        start = np.append(0, np.cumsum(counts))
        option = np.arange(start[-1]) + np.repeat(self.start[items] - start[:-1], counts)
        documents, document = np.unique(self.document[items], return_inverse=True)
        return OrderMarket(
            start=start,
            money=self.money[option],
            benefit=self.benefit[option],
            document=document,
            limit=self.limit[items],
            use=self.use[option],
            floor=np.full(len(items), -1, dtype=np.int64),
            least_value=self.least_value[documents],
            may_wait=np.zeros(len(documents), dtype=np.bool_),
            room=self.room,
        )

    def sum_documents(self, option: IntArray, of: FloatArray) -> FloatArray:
        """Sum a figure of the chosen options by document."""
        chosen = np.where(option >= 0, of[option], 0.0)
        return sum_groups(self.document, chosen, len(self.least_value))

    def sum_limits(self, option: IntArray) -> FloatArray:
        """Sum what the chosen options draw from each limit."""
        drawn = self.use[option]
        of = (self.limit >= 0) & (option >= 0)[:, None]
        return sum_groups(self.limit[of], drawn[of], len(self.room))


class Choice(NamedTuple):
    """What is ordered.

    Attributes:
        option: of each item, `WAITS` where its document waits; shape (items,).
        limit_price: benefit of one more of the measure of each limit; shape (limits,).
        value: benefit of what is ordered, before floors take what is left of limits; currency.
        bound: no choice is worth more, currency.
    """

    option: IntArray
    limit_price: FloatArray
    value: float
    bound: float
