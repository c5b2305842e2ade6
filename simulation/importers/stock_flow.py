"""Assumed stock that fits real sales: deliveries, write-offs and purchases that balance.

Sales are given and never change. The flows are played forward day by day, so that a quantity
of a day depends on nothing that happens after it, and the books of every node balance.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Units = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class StockFlow:
    """Units by pair and day, each of shape [pairs, days].

    `on_hand` is what is there when the day closes; `delivered` came from the DC that day;
    `written_off` was taken off the books.
    """

    on_hand: Units
    delivered: Units
    written_off: Units


@dataclass(frozen=True)
class Window:
    """The past days that a mean is taken over.

    Attributes:
        most: days that it looks back.
        least: days that it divides by at least. 1 for items that sold before the data begins;
            more for launches, whose first sale is no day's average.
    """

    most: int
    least: int = 1

    def mean(self, units: Units, first_day: Units, day: int) -> npt.NDArray[np.float64]:
        """Mean units before `day`, [pairs]; on a pair's first day its own units stand in."""
        past = units[:, max(0, day - self.most) : day].sum(axis=1)
        known = np.where(day > first_day, past, units[:, day])
        return known / np.clip(day - first_day, self.least, self.most)


def round_up(units: Units, multiple: Units) -> Units:
    """`units` rounded up to a multiple."""
    return -(-units // multiple) * multiple


def replenish(  # noqa: PLR0913  # each is a fact of the pairs, and keyword-only
    sales: Units,
    *,
    returned: Units,
    empty_at_close: Flags,
    cover_days: npt.NDArray[np.float64],
    case_pack: Units,
    shelf_max: Units,
    first_day: Units,
    window: Window,
) -> StockFlow:
    """Assume deliveries, in whole case packs, that make given sales and empty shelves possible.

    A pair is filled up before opening to its mean past sales times (1 + `cover_days`), at most
    `shelf_max`. Where that would not have covered the day's sales a second delivery of the same
    day does, leaving a unit or more. On a day known to close empty only what was sold is
    delivered, and what is left is written off.

    Args:
        sales: units sold, [pairs, days].
        returned: units that came back fit for sale, [pairs, days].
        empty_at_close: the shelf is known to be empty when the day closes, [pairs, days].
        cover_days: days of cover kept beyond the day itself, [pairs].
        case_pack: units a delivery comes in, [pairs].
        shelf_max: most units a morning delivery fills up to, [pairs].
        first_day: index of the day on which the pair starts, [pairs]; before it nothing moves.
        window: days of past sales that the mean is taken of.
    """
    flow = StockFlow(*(np.zeros_like(sales) for _ in range(3)))
    before = np.zeros(len(sales), dtype=np.int64)
    for day in range(sales.shape[1]):
        active = day >= first_day
        empty = empty_at_close[:, day]
        mean = window.mean(sales, first_day, day)
        level = np.minimum(np.ceil(mean * (1 + cover_days)).astype(np.int64), shelf_max)
        morning = np.where(empty, 0, level - before)
        covering = sales[:, day] - returned[:, day] - before + np.where(empty, 0, 1)
        wanted = np.maximum(np.maximum(morning, covering), 0)
        delivered = np.where(active, round_up(wanted, case_pack), 0)
        book = before + delivered + returned[:, day] - sales[:, day]
        flow.delivered[:, day] = delivered
        flow.written_off[:, day] = np.where(empty, book, 0)
        flow.on_hand[:, day] = before = np.where(empty, 0, book)
    return flow


@dataclass(frozen=True)
class BuyingTerms:
    """How items are bought, each of shape [items]; days and units as in the contracts."""

    lead_time: Units
    late_probability: npt.NDArray[np.float64]
    short_probability: npt.NDArray[np.float64]
    minimum: Units
    multiple: Units

    def take(self, rows: npt.NDArray[np.int64]) -> "BuyingTerms":
        """The terms of some of the items."""
        return BuyingTerms(
            lead_time=self.lead_time[rows],
            late_probability=self.late_probability[rows],
            short_probability=self.short_probability[rows],
            minimum=self.minimum[rows],
            multiple=self.multiple[rows],
        )


@dataclass(frozen=True)
class DcPurchases:
    """What a DC bought.

    `on_hand` is [items, days]. `orders` has a row an order line: item (index), ordered_day,
    requested_day, arrival_day (indices, an arrival may lie beyond the last day), ordered and
    delivered units, and whether it was a spot buy of the same day.
    """

    on_hand: Units
    orders: pl.DataFrame


def purchase(  # noqa: PLR0913  # each is a fact of the items, and keyword-only
    outflow: Units,
    *,
    sales: Units,
    terms: BuyingTerms,
    review: Flags,
    cover_days: float,
    first_day: Units,
    window: Window,
    rng: np.random.Generator,
) -> DcPurchases:
    """Assume supplier orders of a DC that make a given outflow possible.

    An order-up-to rule (mean past sales over lead time, review interval and `cover_days`)
    orders on review days. Orders come late by 1 to 4 days or short by 10 to 50 % with the
    probabilities of `terms`. Where stock would not cover the outflow, the missing units are a
    spot buy that arrives the same day.

    Args:
        outflow: units shipped to stores, [items, days].
        sales: units that those stores sold, [items, days].
        terms: terms of each item.
        review: whether orders go out on a day, [days].
        cover_days: days of safety.
        first_day: index of the day on which an item starts, [items].
        window: days of past sales that the mean is taken of.
        rng: draws late and short deliveries.
    """
    items, days = outflow.shape
    horizon = terms.lead_time + round(days / max(1, int(review.sum()))) + cover_days
    arrivals = np.zeros((items, days + int(terms.lead_time.max(initial=0)) + 5), dtype=np.int64)
    settled = np.zeros_like(arrivals)  # ordered units that are no longer awaited
    on_hand = np.zeros_like(outflow)
    before = np.zeros(items, dtype=np.int64)
    awaited = np.zeros(items, dtype=np.int64)
    orders: list[pl.DataFrame] = []
    for day in range(days):
        mean = window.mean(sales, first_day, day)
        level = np.ceil(mean * horizon).astype(np.int64)
        # Stock of an item on its first day: what an order for its whole horizon left.
        before = np.where(day == first_day, level + outflow[:, day], before)
        stock = before + arrivals[:, day] - outflow[:, day]
        awaited -= settled[:, day]
        short = np.flatnonzero(stock < 0)
        spot = round_up(-stock[short], terms.multiple[short])
        orders.append(_lines(short, day, day, day, spot, spot))
        stock[short] += spot
        on_hand[:, day] = before = stock
        late, days_late, cut, share = rng.random((4, items))
        if not review[day]:
            continue
        item = np.flatnonzero((stock + awaited < level) & (day >= first_day))
        wanted = np.maximum(level - stock - awaited, terms.minimum)[item]
        ordered = round_up(wanted, terms.multiple[item])
        cut_short = cut[item] < terms.short_probability[item]
        kept = np.maximum((ordered * (0.5 + 0.4 * share[item])).astype(np.int64), 1)
        delivered = np.where(cut_short, kept, ordered)
        is_late = late[item] < terms.late_probability[item]
        delay = np.where(is_late, 1 + (4 * days_late[item]).astype(np.int64), 0)
        lead = terms.lead_time[item]
        arrival = day + lead + delay
        arrivals[item, arrival] += delivered
        settled[item, arrival] += ordered
        awaited[item] += ordered
        orders.append(_lines(item, day, day + lead, arrival, ordered, delivered))
    return DcPurchases(on_hand=on_hand, orders=pl.concat(orders))


def _lines(  # noqa: PLR0913, PLR0917  # the columns of a frame, in order
    item: Units,
    ordered_day: int,
    requested_day: Units | int,
    arrival_day: Units | int,
    ordered: Units,
    delivered: Units,
) -> pl.DataFrame:
    days = np.zeros_like(item)
    return pl.DataFrame(
        {
            "item": item,
            "ordered_day": days + ordered_day,
            "requested_day": days + requested_day,
            "arrival_day": days + arrival_day,
            "ordered": ordered,
            "delivered": delivered,
        },
        schema_overrides=dict.fromkeys(("ordered", "delivered"), pl.Int64),
    ).with_columns((pl.col("ordered_day") == pl.col("requested_day")).alias("spot"))
