"""The replayed world: stock, goods on the way, customers and suppliers, day by day.

A day runs: supplier goods and transfers arrive, customers buy what is there and the rest is lost,
returns come in, what spoils and items past their exit are cleared. Then a policy decides; its moves
leave, its orders are placed and its prices hold before the next day opens. Where the scenario says
how demand answers to prices, a price other than that of the retailer's list has customers of its
own.

Which units come back, when, and in what state hangs on the pair, the day and the number of the unit
alone, so that all policies that sell a unit meet the same return (common random numbers).
"""

import copy
from dataclasses import dataclass, fields, replace
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from compilation import compiled, copy_array
from simulation.replay.customer_orders import (
    CustomerOrders,
    Handed,
    OnlineView,
    OpenLines,
    PlannedShipments,
    draw_ordered,
)
from simulation.replay.decision import (
    Decision,
    EveningView,
    PlannedChanges,
    PlannedMoves,
    PlannedOrders,
    PlannedPrices,
)
from simulation.replay.draws import REFUSAL_DRAW, draw_uniform
from simulation.replay.feasible import refuse_impossible
from simulation.replay.lives import StockLives
from simulation.replay.price_list import draw_answer, find_listed, lower_prices, put_off_falls
from simulation.replay.scenario import (
    NEVER,
    OTHER,
    Bools,
    Counts,
    Floats,
    Ints,
    Scenario,
    SupplierOrders,
)
from simulation.replay.shipping_rules import ship_as_oms

REVIEWED_VALUE = 2500.0
"""Value of a purchase line, currency, above which a person looks at it (as the shipped policy)."""

REFUSED_SHARE = 0.1
"""Share of changes and expedites that suppliers refuse (as the shipped policy takes them to)."""

CENT = 0.01

Scalar = TypeVar("Scalar", bound=np.generic)

RING = 64
"""Days that goods on the way and returns are kept for, more than any of them takes."""

FASTEST_RETURN, LONGEST_RETURN, DAILY_RETURN = 2, 37, 1 / 7
"""Days from sale to return: at least, at most, and the chance of each day between."""

STAYS, DAMAGED = -1, 0
"""What `_draw_return` says of a unit that cannot be sold again."""

SALES = (
    "wanted",
    "sold",
    "returned",
    "revenue",
    "list_revenue",
    "cost_of_sales",
    "lost_revenue",
    "lost_margin",
    "on_sale",
    "empty",
)
"""What `_sell` sums up over a day: units; currency; and pairs on sale, and empty of them.

Returns count on the day of the sale: `revenue` and `list_revenue` are net of them, `cost_of_sales`
is that of units that stay with the customer or come back damaged."""


SHIPPED = (
    "order_lines",
    "order_substitutes",
    "order_late",
    "order_parcels",
    "order_splits",
    "order_carriage",
    "order_refused",
    "order_dc_picks",
    "order_picks",
)
"""What `CustomerOrders.ship` sums up over a morning."""

_STATE = (
    "on_hand",
    "in_transit",
    "on_order",
    "_arriving",
    "_returning",
    "_sold",
    "_empty",
    "_moved",
    "_customers",
)
"""What days change in place."""


@dataclass(frozen=True)
class Flows:
    """Units by pair on a day.

    opening + arrived + received + returned - sold - spoiled - cleared = closing.

    The closing stock of a day, less what left on the decisions of its evening, opens the next.

    Attributes:
        sold: over the counter and on the day; orders of customers are of those that left before.
        kept, coming_back: of the units sold, those that stay with the customer, and those that
            come back on a later day and can be sold again; the rest comes back damaged.
    """

    opening: Ints
    arrived: Ints
    received: Ints
    returned: Ints
    sold: Ints
    spoiled: Ints
    cleared: Ints
    kept: Ints
    coming_back: Ints


class ReplayWorld:
    """The state of a scenario under one policy.

    Attributes:
        scenario: what is played.
        day: last day that is over, -1 before the first.
        on_hand, in_transit, on_order: units of each pair.
        lives: when the units on hand spoil.
        price: what a unit sells for, currency, [day, pair]: as the retailer's list had it on days
            to come.
        flows: of the last day.
        paid_more: than cost for what other suppliers delivered of each pair on it, currency.
    """

    def __init__(self, scenario: Scenario) -> None:
        size, past = scenario.masters.size, scenario.past
        self.scenario, self.day = scenario, past.days - 1
        self.on_hand = scenario.stock.copy()
        self.in_transit = np.zeros(size, dtype=np.int64)
        self._arriving = np.zeros((RING, size), dtype=np.int64)
        self._returning = np.zeros((RING, size), dtype=np.int64)
        self._sold: Counts = np.zeros((scenario.days, size), dtype=np.int32)
        self._empty = np.zeros((scenario.days, size), dtype=np.bool_)
        self._sold[: past.days], self._empty[: past.days] = past.sold, past.empty
        self._moved = np.full(size, -NEVER, dtype=np.int64)
        self._orders = scenario.orders
        self.lives = StockLives(scenario.masters.life, self.on_hand, self.day)
        self._entries = None if scenario.pricing is None else scenario.pricing.entries
        self.price = scenario.truth.price
        ordering = scenario.ordering
        self._customers = (
            None if ordering is None else CustomerOrders(ordering, scenario.masters, scenario.days)
        )
        self._handed = Handed(OpenLines.none(), np.zeros(0, dtype=np.int64), {})
        coming = scenario.orders.due > self.day
        self.on_order = _sums(scenario.orders.pair[coming], scenario.orders.quantity[coming], size)
        self.flows = Flows(*np.zeros((len(fields(Flows)), size), dtype=np.int64))
        self.paid_more = np.zeros(size)

    def copy(self) -> Self:
        """Copy the world, so that both go on by themselves from the same evening."""
        other = copy.copy(self)
        for name in _STATE:
            own = getattr(self, name)
            setattr(other, name, None if own is None else own.copy())
        other.lives = copy.deepcopy(self.lives)
        if self.price is not self.scenario.truth.price:
            other.price = self.price.copy()
        return other

    def keep_promises(self) -> None:
        """Let every open line come on the day that was asked for, if it would have come later."""
        lines = self._orders
        waits = lines.due > self.day
        in_time = np.minimum(lines.due, np.maximum(lines.requested, self.day + 1))
        self._orders = replace(lines, due=np.where(waits, in_time, lines.due))

    def trade(self) -> dict[str, float]:
        """Play the next day.

        Returns:
            The sums named in `SALES`; units that spoiled at cost, `spoiled_cost`; units `cleared`,
            at cost and at list price, `cleared_cost` and `cleared_list`; units sold of items
            cleared by the last day, `sold_leaving`; `stock_value` at cost, on hand and on the way
            between nodes; `paid_more` than cost for what other suppliers delivered (currency);
            lines of customers' orders that were `order_cancelled`. What was shipped to them this
            day is among what was sold.
        """
        self.day += 1
        day, masters = self.day, self.scenario.masters
        opening = self.on_hand.copy()
        arrived = self._arriving[day % RING].copy()
        self._arriving[day % RING] = 0
        self.in_transit -= arrived
        received = self._receive(day)
        self.on_hand += arrived + received
        self.lives.take_in(day, received)
        self.lives.arrive(day)
        self.paid_more = self._pay_more(day)
        sums, kept, coming_back = self._sell(day)
        # What was shipped to customers left in the evening, and not from where it counts as sold.
        sold = self._sold[day].astype(np.int64)
        sums |= self._settle_orders(day, sums)
        returned = self._take_back(day)
        self.lives.take_out(day, sold)
        self.lives.take_back(day, returned)
        spoiled = self.lives.spoil(day)
        self.on_hand -= spoiled
        cleared = np.where(masters.exit < day, self.on_hand, 0)
        self.on_hand -= cleared
        self.lives.take_out(day, cleared)
        self.flows = Flows(
            opening, arrived, received, returned, sold, spoiled, cleared, kept, coming_back
        )
        stock = self.on_hand + self.in_transit
        leaving = masters.exit < self.scenario.days - 1
        return sums | {
            "paid_more": float(self.paid_more.sum()),
            "spoiled_cost": float(spoiled @ masters.cost),
            "cleared": float(cleared.sum()),
            "sold_leaving": float(self._sold[day][leaving].sum()),
            "cleared_cost": float(cleared @ masters.cost),
            "cleared_list": float(cleared @ masters.list_price),
            "stock_value": float(stock @ masters.cost),
        }

    def seen(self) -> EveningView:
        """What policies see of the last day."""
        known = self._orders.due <= self.day
        return EveningView(
            masters=self.scenario.masters,
            day=self.day,
            on_hand=_locked(self.on_hand),
            in_transit=_locked(self.in_transit),
            on_order=_locked(self.on_order),
            arriving=_locked(np.roll(self._arriving, -(self.day + 1), axis=0)),
            sold=_locked(self._sold[: self.day + 1]),
            price=_locked(self.price[: self.day + 1]),
            empty=_locked(self._empty[: self.day + 1]),
            moved=_locked(self._moved),
            orders=replace(
                self._orders,
                due=np.where(known, self._orders.due, NEVER),
                accepted=np.where(known, self._orders.accepted, 0),
            ),
            entries=self._entries,
            online=self._see_orders(),
        )

    def carry_out(self, decision: Decision) -> dict[str, float]:
        """Let moves leave and place orders, both on the day after the last day played.

        Returns:
            `replenished`, `transferred` (units), their `_lines`, `_trips` (lanes used) and `_cost`
            (currency); of orders that suppliers take `purchased_value` (currency),
            `purchased_lines`, and of these `reviewed_lines`, worth more than `REVIEWED_VALUE`, and
            `other_lines`, from other suppliers; `changed_lines` of open orders that
            were asked for, and `change_fees` (currency), due whether suppliers agree or not;
            `marked` and `put_off`, pairs whose price falls, or is held instead; and what
            `CustomerOrders.ship` says of lines of customers' orders.

        Raises:
            ValueError: the decision cannot be carried out; names what is at fault.
        """
        refuse_impossible(decision, self.seen())
        masters = self.scenario.masters
        sums = self._send(decision.replenishment, "replenished")
        sums |= self._send(decision.transfers, "transferred")
        sums |= self._ship(decision.shipments)
        transfers = decision.transfers
        self._moved[transfers.origin] = self._moved[transfers.destination] = self.day + 1
        self._change(decision.changes)
        self._reprice(decision.prices)
        placed = self._take_orders(decision.purchases)
        self._order(placed)
        value = placed.units * masters.order_price[placed.whom, placed.pair]
        return sums | {
            "purchased_value": float(value.sum()),
            "purchased_lines": float(value.size),
            "reviewed_lines": float((value > REVIEWED_VALUE).sum()),
            "other_lines": float((placed.whom == OTHER).sum()),
            "changed_lines": float(decision.changes.order.size),
            "change_fees": float(decision.changes.fee.sum()),
            "marked": float(decision.prices.marked.size),
            "put_off": float(decision.prices.held.size),
        }

    def _send(self, moves: PlannedMoves, name: str) -> dict[str, float]:
        masters = self.scenario.masters
        np.subtract.at(self.on_hand, moves.origin, moves.units)
        np.add.at(self.in_transit, moves.destination, moves.units)
        lane = masters.way[masters.location[moves.origin], masters.location[moves.destination]]
        arrives = self.day + 1 + masters.lane_days[lane]
        np.add.at(self._arriving, (arrives % RING, moves.destination), moves.units)
        self.lives.send(self.day + 1, moves, arrives)
        fixed, by_unit = masters.lane_costs
        trips = np.unique(lane)
        return {
            name: float(moves.units.sum()),
            f"{name}_lines": float(moves.units.size),
            f"{name}_trips": float(trips.size),
            f"{name}_cost": float(fixed[trips].sum() + by_unit[lane] @ moves.units),
        }

    def _change(self, changes: PlannedChanges) -> None:
        """Let suppliers change lines, or refuse; who agrees is as late as it would have been."""
        lines = self._orders
        if not changes.order.size:
            return
        requested, quantity, due, accepted, changed = (
            values.copy()
            for values in (
                lines.requested, lines.quantity, lines.due, lines.accepted, lines.changed
            )
        )  # fmt: skip
        changed[changes.order] = self.day + 1
        agreed = ~self._refuse_some(changes.order)
        order, units, days, moved = (
            values[agreed] for values in (changes.order, changes.units, changes.days, changes.moved)
        )
        self.on_order -= _sums(lines.pair[order], quantity[order] - units, self.on_order.size)
        # A line comes in the share in which it would have come.
        accepted[order] = accepted[order] * units // np.maximum(quantity[order], 1)
        quantity[order] = units
        stays, still_due = requested[order], due[order]
        requested[order] += days
        due[order] = np.maximum(due[order] + days, self.day + 2)
        self._orders = replace(
            lines, requested=requested, quantity=quantity, due=due, accepted=accepted,
            changed=changed,
        )  # fmt: skip
        split = moved < units
        self._part_lines(order[split], moved[split], stays[split], still_due[split])

    def _part_lines(self, order: Ints, moved: Ints, requested: Ints, due: Ints) -> None:
        """Give what is not moved of lines a line of its own, on the day that they had."""
        lines = self._orders
        quantity, accepted = lines.quantity.copy(), lines.accepted.copy()
        came = accepted[order] * moved // np.maximum(quantity[order], 1)
        rest = SupplierOrders(
            pair=lines.pair[order],
            whom=lines.whom[order],
            ordered=lines.ordered[order],
            requested=requested,
            quantity=quantity[order] - moved,
            due=due,
            accepted=accepted[order] - came,
            changed=lines.changed[order],
        )
        quantity[order], accepted[order] = moved, came
        self._orders = replace(lines, quantity=quantity, accepted=accepted).plus(rest)

    def _see_orders(self) -> OnlineView | None:
        orders, ordering = self._customers, self.scenario.ordering
        if orders is None or ordering is None:
            return None
        known = slice(0, self.day + 1)
        return OnlineView(
            ordering,
            orders.lines,
            _locked(orders.asked[known]),
            _locked(orders.refused[known]),
            orders.answers,
        )

    def _ship(self, shipments: PlannedShipments | None) -> dict[str, float]:
        """Ship lines of customers' orders; the OMS decides where nothing is said."""
        online, ways, day = self._see_orders(), self.scenario.ways, self.day + 1
        if online is None or self._customers is None or ways is None:
            return dict.fromkeys(SHIPPED, 0.0)
        masters = self.scenario.masters
        planned = shipments
        if planned is None:
            planned = ship_as_oms(online, masters, self.on_hand, day)
        self._handed = self._customers.ship(planned, ways, self.scenario.seed, day)
        origin = self._handed.origin
        shipped = _sums(origin, np.ones_like(origin), masters.size)
        self.on_hand -= shipped
        self.lives.take_out(day, shipped)
        return self._handed.sums

    def _settle_orders(self, day: int, sums: dict[str, float]) -> dict[str, float]:
        """Sums of the day with what was shipped to customers, and what was cancelled, in them."""
        ways = self.scenario.ways
        if self._customers is None or ways is None:
            return {"order_cancelled": 0.0}
        masters, truth = self.scenario.masters, self.scenario.truth
        lines, origin, _ = self._handed
        # Nothing leaves on a day before the first evening.
        self._handed = Handed(lines.take(origin < 0), origin[:0], {})
        # What comes back goes to the node that sold, or if that does not keep it whence it came.
        home = masters.pair_at[masters.location[lines.pair], masters.item[origin]]
        np.add.at(self._sold[day], lines.pair, 1)
        kept, coming_back = _draw_order_returns(
            np.uint64(self.scenario.seed),
            (lines.created, lines.pair, lines.unit, np.where(home < 0, origin, home)),
            (truth.return_rate, truth.damaged),
            day,
            self._returning,
        )
        cost = masters.cost[origin]
        over = self._customers.give_up(ways, self.scenario.seed, day)
        lost = float(over.price.sum())
        more = {
            "sold": float(lines.pair.size),
            "returned": float(lines.pair.size - kept.sum()),
            "revenue": float(kept @ lines.price),
            "list_revenue": float(kept @ masters.list_price[lines.pair]),
            "cost_of_sales": float((1 - coming_back) @ cost),
            "lost_revenue": lost,
            "lost_margin": lost - float(masters.cost[over.pair].sum()),
        }
        return {name: sums[name] + value for name, value in more.items()} | {
            "order_cancelled": float(over.pair.size)
        }

    def _take_orders_in(self, day: int, wanted: Counts, on_sale: Bools) -> tuple[Counts, int]:
        """What customers want to have at once, and how many units they order instead."""
        ordering = self.scenario.ordering
        if self._customers is None or ordering is None:
            return wanted, 0
        pair, unit = draw_ordered(
            np.uint64(self.scenario.seed), day, wanted, self.on_hand, ordering.asks & on_sale
        )
        price = self.price[day].astype(np.float64)
        self._customers.take_in(self.scenario.seed, day, pair, unit, price)
        ordered = np.bincount(pair, minlength=wanted.size).astype(np.int32)
        return wanted - ordered, pair.size

    def _reprice(self, prices: PlannedPrices) -> None:
        """Enter into the price list what falls, and what is held, from the next day on."""
        if self._entries is None or not prices.marked.size + prices.held.size:
            return
        if self.price is self.scenario.truth.price:
            self.price = self.price.copy()
        held = put_off_falls(self._entries, prices.held, prices.until, self.day + 1)
        self._entries = lower_prices(held, prices.marked, prices.price, prices.last, self.day + 1)

    def _find_customers(self, day: int) -> Counts:
        """Units wanted of each pair at the prices of a day, which are noted."""
        truth, pricing = self.scenario.truth, self.scenario.pricing
        drawn: Counts = truth.demand[day]
        if pricing is None or self._entries is None or self._entries is pricing.entries:
            return drawn
        full = self.scenario.masters.list_price
        share = find_listed(self._entries, day, full) / find_listed(pricing.entries, day, full)
        self.price[day] = np.round(truth.price[day] * share, 2)
        wanted: Counts = draw_answer(
            np.uint64(self.scenario.seed),
            day,
            drawn,
            pricing.rate[day],
            share**-pricing.elasticity,
        )
        return wanted

    def _refuse_some(self, order: Ints) -> Bools:
        """Which lines' suppliers refuse what they are asked tonight, by line and day alone."""
        seed, day = np.uint64(self.scenario.seed), self.day
        draws = [draw_uniform(seed, day, int(line), REFUSAL_DRAW) for line in order]
        return np.array(draws) < REFUSED_SHARE

    def _take_orders(self, purchases: PlannedOrders) -> PlannedOrders:
        """The lines of orders that suppliers take: one below their least value is not placed."""
        pair, units, whom = purchases
        masters = self.scenario.masters
        document = masters.document[whom, pair]
        value = np.bincount(document, units * masters.order_price[whom, pair])
        # Sums of decimals may miss a value that they reach by a part of a cent.
        taken = value[document] >= masters.least_value[whom, pair] - CENT
        return PlannedOrders(*(column[taken] for column in purchases))

    def _order(self, purchases: PlannedOrders) -> None:
        """Place lines the day after; what they will bring is drawn at once, but not told."""
        pair, units, whom = purchases
        truth, ordered = self.scenario.truth, min(self.day + 1, self.scenario.days - 1)
        lines = SupplierOrders(
            pair=pair,
            whom=whom,
            ordered=np.full(pair.size, self.day + 1),
            requested=self.day + 1 + self.scenario.masters.lead[whom, pair],
            quantity=units,
            due=self.day + 1 + truth.lead[whom, ordered, pair].astype(np.int64),
            accepted=np.floor(units * truth.accepted[whom, ordered, pair]).astype(np.int64),
            changed=np.full(pair.size, -NEVER),
        )
        self._orders = self._orders.plus(lines)
        self.on_order += _sums(pair, units, self.on_order.size)

    def _receive(self, day: int) -> Ints:
        """Units that suppliers deliver on a day."""
        today = np.flatnonzero(self._orders.due == day)
        pair = self._orders.pair[today]
        self.on_order -= _sums(pair, self._orders.quantity[today], self.on_order.size)
        return _sums(pair, self._orders.accepted[today], self.on_order.size)

    def _pay_more(self, day: int) -> Floats:
        """What is paid beyond cost for what other suppliers deliver on a day, by pair."""
        lines, masters = self._orders, self.scenario.masters
        today = np.flatnonzero((lines.due == day) & (lines.whom == OTHER))
        pair = lines.pair[today]
        more = (masters.order_price[OTHER] - masters.cost)[pair] * lines.accepted[today]
        return np.bincount(pair, more, minlength=masters.size).astype(np.float64)

    def _sell(self, day: int) -> tuple[dict[str, float], Ints, Ints]:
        """The sums of a day, and what is kept and comes back of each pair's sales."""
        masters, truth = self.scenario.masters, self.scenario.truth
        on_sale = (masters.launch <= day) & (masters.exit >= day)
        wanted, ordered = self._take_orders_in(day, self._find_customers(day), on_sale)
        kept, coming_back = np.zeros((2, masters.size), dtype=np.int64)
        sums = _serve_customers(
            np.uint64(self.scenario.seed),
            day,
            wanted,
            self.price[day],
            copy_array(masters.list_price),
            copy_array(masters.cost),
            on_sale & masters.opens[day][masters.location],
            (truth.return_rate, truth.damaged),
            self.on_hand,
            self._returning,
            self._sold[day],
            self._empty[day],
            (kept, coming_back),
        )
        named = dict(zip(SALES, sums.tolist(), strict=True))
        return named | {"wanted": named["wanted"] + ordered}, kept, coming_back

    def _take_back(self, day: int) -> Ints:
        """Take back resalable returns of a day; a closed node takes them a day later."""
        masters = self.scenario.masters
        opens = masters.opens[day][masters.location]
        waiting = self._returning[day % RING]
        returned = np.where(opens, waiting, 0)
        self._returning[(day + 1) % RING] += waiting - returned
        self._returning[day % RING] = 0
        self.on_hand += returned
        return returned


def _locked(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    view = array.view()
    view.flags.writeable = False
    return view


def _sums(pair: Ints, units: Ints, size: int) -> Ints:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, pair, units)
    return total


@compiled
def _draw_return(
    seed: np.uint64, day: int, pair: int, unit: int, chances: tuple[float, float]
) -> int:
    """Days until a unit that was sold comes back, or that it stays, or comes back damaged."""
    rate, damaged = chances
    if draw_uniform(seed, day, pair, 3 * unit) >= rate:
        return STAYS
    if draw_uniform(seed, day, pair, 3 * unit + 2) < damaged:
        return DAMAGED
    days = np.log(1 - draw_uniform(seed, day, pair, 3 * unit + 1)) / np.log(1 - DAILY_RETURN)
    return FASTEST_RETURN + min(1 + int(days), LONGEST_RETURN - FASTEST_RETURN)


@compiled
def _draw_order_returns(
    seed: np.uint64,
    lines: tuple[Ints, Ints, Ints, Ints],
    returns: tuple[Floats, Floats],
    day: int,
    returning: Ints,
) -> tuple[Ints, Ints]:
    """Draw which units of orders stay, and which come back to be sold again, filling `returning`.

    Args:
        seed: of the scenario.
        lines: day of the order, pair and number of the unit, and the pair that it comes back to.
        returns: chance that a unit of each pair comes back, and that it is damaged then.
        day: on which they were shipped.
        returning: units by day and pair.
    """
    created, pairs, units, home = lines
    rate, damaged = returns
    staying = np.ones(len(pairs), dtype=np.int64)
    back = np.zeros(len(pairs), dtype=np.int64)
    for row in range(len(pairs)):
        pair = pairs[row]
        chances = rate[pair], damaged[pair]
        delay = _draw_return(seed, created[row], pair, units[row], chances)
        staying[row] = delay == STAYS
        if delay > 0:
            back[row] = 1
            returning[(day + delay) % RING, home[row]] += 1
    return staying, back


@compiled
def _serve_customers(  # noqa: PLR0913, PLR0917  # a kernel over the columns of a day
    seed: np.uint64,
    day: int,
    wanted: Counts,
    price: npt.NDArray[np.float32],
    list_price: Floats,
    cost: Floats,
    on_sale: Bools,
    returns: tuple[Floats, Floats],
    on_hand: Ints,
    returning: Ints,
    sold: Counts,
    empty: Bools,
    after: tuple[Ints, Ints],
) -> Floats:
    """Sell what is there: draw on `on_hand`, and fill `returning`, `sold`, `empty` and `after`."""
    rate, damaged = returns
    staying, coming_back = after
    sums = np.zeros(10)
    for pair in range(len(wanted)):
        empty[pair] = on_hand[pair] <= wanted[pair]
        if on_sale[pair]:
            sums[8] += 1
            sums[9] += empty[pair]
        if wanted[pair] == 0:
            continue
        units = min(wanted[pair], on_hand[pair])
        lost = wanted[pair] - units
        on_hand[pair] -= units
        sold[pair] = units
        kept = units
        back = 0
        for unit in range(units):
            delay = _draw_return(seed, day, pair, unit, (rate[pair], damaged[pair]))
            if delay == STAYS:
                continue
            kept -= 1
            if delay == DAMAGED:
                continue
            back += 1
            returning[(day + delay) % RING, pair] += 1
        staying[pair] = kept
        coming_back[pair] = back
        sums[0] += wanted[pair]
        sums[1] += units
        sums[2] += units - kept
        sums[3] += kept * price[pair]
        sums[4] += kept * list_price[pair]
        sums[5] += (units - back) * cost[pair]
        sums[6] += lost * price[pair]
        sums[7] += lost * (price[pair] - cost[pair])
    return sums
