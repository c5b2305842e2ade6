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

    An item is in one document and draws on at most one budget. One without an option of no money
    is ordered whenever its document is.

    Attributes:
        start: first option of each item, then their number; shape (items + 1,).
        money: of each option, currency, from least to most within an item; shape (options,).
        benefit: of each option, currency; shape (options,).
        document: of each item; shape (items,).
        budget: of each item, -1 for none; shape (items,).
        floor: option that a floor asks for once the rest is decided, -1 for none; shape (items,).
        least_value: money that a document must reach to leave, 0 for none; shape (documents,).
        may_wait: whether a document may be left for another night; shape (documents,).
        room: money of each budget; shape (budgets,).
    """

    start: IntArray
    money: FloatArray
    benefit: FloatArray
    document: IntArray
    budget: IntArray
    floor: IntArray
    least_value: FloatArray
    may_wait: Flags
    room: FloatArray

    def find_best(self, price: FloatArray) -> IntArray:
        """The option of each item that is worth most, the cheapest of equals.

        Args:
            price: what money of an item is worth besides its benefit, shape (items,).
        """
        sizes = np.diff(self.start)
        worth = self.benefit + np.repeat(price, sizes) * self.money
        best = np.repeat(np.maximum.reduceat(worth, self.start[:-1]), sizes)
        last = len(worth)
        number = np.where(worth >= best - TIE, np.arange(last), last)
        return np.minimum.reduceat(number, self.start[:-1])

    def keep_items(self, items: IntArray) -> "OrderMarket":
        """Some items, whose documents may not wait, with the whole room of budgets."""
        counts = np.diff(self.start)[items]
        start = np.append(0, np.cumsum(counts))
        option = np.arange(start[-1]) + np.repeat(self.start[items] - start[:-1], counts)
        documents, document = np.unique(self.document[items], return_inverse=True)
        return OrderMarket(
            start=start,
            money=self.money[option],
            benefit=self.benefit[option],
            document=document,
            budget=self.budget[items],
            floor=np.full(len(items), -1, dtype=np.int64),
            least_value=self.least_value[documents],
            may_wait=np.zeros(len(documents), dtype=np.bool_),
            room=self.room,
        )

    def sum_documents(self, option: IntArray, of: FloatArray) -> FloatArray:
        """Sum a figure of the chosen options by document."""
        chosen = np.where(option >= 0, of[option], 0.0)
        return sum_groups(self.document, chosen, len(self.least_value))

    def sum_budgets(self, option: IntArray) -> FloatArray:
        """Money that the chosen options draw from each budget."""
        drawn = np.where(option >= 0, self.money[option], 0.0)
        of = self.budget >= 0
        return sum_groups(self.budget[of], drawn[of], len(self.room))

    def price_items(self, budget_price: FloatArray) -> FloatArray:
        """What a unit of each item's money costs by its budget."""
        if not len(budget_price):
            return np.zeros(len(self.document))
        return np.where(self.budget >= 0, budget_price[self.budget], 0.0)


class Choice(NamedTuple):
    """What is ordered.

    Attributes:
        option: of each item, `WAITS` where its document waits; shape (items,).
        budget_price: benefit of one more unit of money of each budget; shape (budgets,).
        value: benefit of what is ordered, before floors take what is left of budgets; currency.
        bound: no choice is worth more, currency.
    """

    option: IntArray
    budget_price: FloatArray
    value: float
    bound: float
