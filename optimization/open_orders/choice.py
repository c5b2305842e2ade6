"""Which open lines to change or to speed up, one by one, until nothing gains enough any more."""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from optimization.frames import cast_to_contract
from optimization.open_orders.alternatives import (
    EXPEDITE,
    TAKEN_OFF,
    Alternative,
    list_alternatives,
)
from optimization.open_orders.capacities import keep_what_fits
from optimization.open_orders.gain_chances import find_gain_chances
from optimization.open_orders.held_back import name_what_holds
from optimization.open_orders.lines import KEY, Flags, OpenLines
from optimization.open_orders.risks import state_risks
from optimization.open_orders.statement import count_moved, find_day, state_actions
from optimization.open_orders.weighed import ACCEPT, state_alternatives
from optimization.paths import build_courses
from optimization.value import FloatArray, IntArray
from quality_checks.contracts import (
    CapacityRooms,
    ChangePlan,
    Economics,
    ExpeditePlan,
    LineArrivals,
    LineChances,
    OpenOrderLines,
    OpenOrderRules,
    OrderAlternatives,
    OrderItems,
    find_contract,
    find_frame,
)

_PAIR = ["sku", "destination"]
_CENT = 0.01


@dataclass(frozen=True)
class OpenOrderPlan:
    """What may become of open lines, and what to do about them.

    Attributes:
        risks: the columns of the contract OrderRisks without business_date.
        changes: the columns of the contract ChangePlan without business_date.
        expedites: the columns of the contract ExpeditePlan without business_date.
        alternatives: the columns of the contract OrderAlternatives without business_date.
    """

    risks: pl.DataFrame
    changes: pl.DataFrame
    expedites: pl.DataFrame
    alternatives: pl.DataFrame


@dataclass(frozen=True)
class OpenOrders:
    """What is known of open lines of suppliers and of their items.

    Attributes:
        lines: frame `open_order_lines`.
        chances: frame `line_chances`.
        arrivals: frame `line_arrivals`.
        items: frame `order_items`.
        demand: frame `echelon_demand`, at the ends of `list_ends` cut at the protection interval.
        members: frame `member_stock`, of the nodes.
        receipts: frame `receipts_due`, what documents bring to the nodes themselves.
        ordered: frame `receipts_due`, what is ordered tonight.
        rooms: frame `capacity_rooms`, what is left of it beside open orders and tonight's.
    """

    lines: pl.DataFrame
    chances: pl.DataFrame
    arrivals: pl.DataFrame
    items: pl.DataFrame
    demand: pl.DataFrame
    members: pl.DataFrame
    receipts: pl.DataFrame
    ordered: pl.DataFrame
    rooms: pl.DataFrame


def plan_open_orders(
    orders: OpenOrders, rules: OpenOrderRules, economics: Economics, *, as_of: dt.date
) -> OpenOrderPlan:
    """State the risks of open lines, and change or speed up those where it gains enough.

    Of each item the action that gains most comes first; the others are weighed again with it in
    place, and a line is changed once. What was weighed last of a line that puts a cent or more at
    risk, or that is changed, is stated. Lines of items without a level have risks and no money.

    Args:
        orders: lines with their items.
        rules: what may be changed.
        economics: what stock costs.
        as_of: business date; days count from the next one.

    Raises:
        ValueError: a frame breaks its contract.
    """
    first_day = as_of + dt.timedelta(days=1)
    every = _read_lines(orders)
    known = _join_lines(every, orders, first_day, economics)
    risks = state_risks(every, known)
    at_risk = risks.filter(pl.col("margin_at_risk") >= _CENT)
    rooms = find_frame(CapacityRooms).read(orders.rooms)
    taken, weighed = _choose(known, rules, at_risk, rooms)
    changes = taken.filter(pl.col("form") != EXPEDITE)
    return OpenOrderPlan(
        risks,
        cast_to_contract(changes, ChangePlan),
        cast_to_contract(taken.filter(pl.col("form") == EXPEDITE), ExpeditePlan),
        cast_to_contract(weighed, OrderAlternatives),
    )


def _read_lines(orders: OpenOrders) -> pl.DataFrame:
    """Every open line with its chances and the quantiles of its arrival."""
    arrivals = find_frame(LineArrivals).read(orders.arrivals)
    days = arrivals.group_by(KEY, maintain_order=True).agg(days=pl.col("due_on"))
    return (
        find_frame(OpenOrderLines)
        .read(orders.lines)
        .join(find_frame(LineChances).read(orders.chances), on=KEY, validate="1:1")
        .join(days, on=KEY, validate="1:1")
        .sort(KEY)
    )


def _join_lines(
    read: pl.DataFrame, orders: OpenOrders, first_day: dt.date, economics: Economics
) -> OpenLines:
    """The lines of items that have a level, with the demand, stock and receipts of those."""
    items = find_frame(OrderItems).read(orders.items)
    items = items.filter(pl.col("protection_days") > 0).join(
        read, on=_PAIR, how="semi", maintain_order="left"
    )
    courses = build_courses(
        items,
        orders.demand,
        orders.members,
        orders.receipts,
        orders.ordered,
        economics,
        first_day=first_day,
    )
    numbers = courses.paths.items.with_columns(pl.col("item").cast(pl.Int64))
    rows = read.join(numbers, on=_PAIR, maintain_order="left").join(
        items.select(*_PAIR, "inventory_position", "order_up_to", "daily_demand"),
        on=_PAIR,
        maintain_order="left",
    )
    arrivals = _count_arrivals(rows, first_day)
    return OpenLines(rows, arrivals, courses, first_day)


def _count_arrivals(rows: pl.DataFrame, first_day: dt.date) -> FloatArray:
    """Days from the first one on which each line may come, [line, point]."""
    if rows.is_empty():
        return np.zeros((0, 1))
    counted = rows.select(
        pl.col("days").list.eval((pl.element() - pl.lit(first_day)).dt.total_days())
    )
    return np.array(counted["days"].to_list(), dtype=float).clip(min=0.0)


def _choose(
    lines: OpenLines, rules: OpenOrderRules, at_risk: pl.DataFrame, rooms: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of the actions taken, as both plans have them, with form; and of all that was weighed.

    The latter of lines `at_risk`, and of those that are changed.
    """
    actions: list[pl.DataFrame] = []
    weighed = [pl.DataFrame(schema=find_contract(OrderAlternatives).made_schema)]
    while lines.rows.height:
        alternatives = name_what_holds(lines, list_alternatives(lines, rules, rooms), rules, rooms)
        gains = np.stack([one.gain for one in alternatives])
        best, gain = gains.argmax(axis=0), gains.max(axis=0)
        wanted = _pick_lines(lines, gain, rules.least_change_gain)
        picked, rooms = _keep_what_fits(lines, alternatives, best, wanted, rooms)
        touched = np.isin(lines.item, lines.item[wanted])
        told = _find_settled(lines, picked, touched, at_risk)
        chances = find_gain_chances(lines, alternatives, told)
        forms = np.array([one.form for one in alternatives])
        done = np.where(np.isin(told, picked), forms[best[told]], ACCEPT)
        weighed.append(
            state_alternatives(lines, alternatives, told, chances, taken=done, rules=rules)
        )
        if not len(picked):
            break
        of_picked = chances[np.searchsorted(told, picked)]
        actions.append(state_actions(lines, alternatives, best, picked, of_picked))
        lines = _carry_out(lines, alternatives, best, picked, touched)
    taken = pl.concat(actions) if actions else find_contract(ChangePlan).empty()
    return taken, pl.concat(weighed)


def _keep_what_fits(
    lines: OpenLines,
    alternatives: list[Alternative],
    best: IntArray,
    wanted: IntArray,
    rooms: pl.DataFrame,
) -> tuple[IntArray, pl.DataFrame]:
    """The lines of those wanted whose suppliers can deliver all of them so, and what is left.

    Those that gain most come first; the others are weighed again with what is left.
    """
    if rooms.is_empty() or not len(wanted):
        return wanted, rooms
    gains = [round(float(alternatives[best[line]].gain[line]), 9) for line in wanted]
    order = np.lexsort((wanted, -np.array(gains)))
    asked = (
        lines.rows[wanted[order].tolist()]
        .select("supplier", "sku", "due_on")
        .hstack(
            pl.DataFrame(
                [
                    {
                        "asked_on": find_day(lines, alternatives[best[line]], line),
                        "units": _count_drawn(alternatives[best[line]], line),
                    }
                    for line in wanted[order].tolist()
                ]
            )
        )
    )
    kept, left = keep_what_fits(asked, rooms)
    return np.sort(wanted[order][kept]), left


def _count_drawn(chosen: Alternative, line: int) -> int:
    """Units of a line that come on another day by an alternative."""
    return 0 if chosen.form in TAKEN_OFF else round(count_moved(chosen, line))


def _find_settled(
    lines: OpenLines, picked: IntArray, touched: Flags, at_risk: pl.DataFrame
) -> IntArray:
    """Lines that are not weighed again: those picked, and of items not touched those at risk."""
    risky = lines.rows.with_row_index("row").join(at_risk, on=KEY, how="semi")["row"].to_numpy()
    settled = np.isin(lines.every, risky) & ~touched
    settled[picked] = True
    return np.flatnonzero(settled)


def _pick_lines(lines: OpenLines, gain: FloatArray, least: float) -> IntArray:
    """Of each item the line that gains most, where it gains more than `least`; ties by key."""
    ranked = (
        pl.DataFrame({"item": lines.item, "gain": gain.round(9)})
        .with_row_index("row")
        .filter(pl.col("gain") > least)
        .sort("item", "gain", "row", descending=[False, True, False])
        .unique("item", keep="first", maintain_order=True)
    )
    return np.array(ranked["row"].to_numpy()).astype(np.int64)


def _carry_out(
    lines: OpenLines,
    alternatives: list[Alternative],
    best: IntArray,
    picked: IntArray,
    touched: Flags,
) -> OpenLines:
    """The other lines of the items touched, with those picked in their new places."""
    receipts = lines.courses.receipts.copy()
    for line in picked:
        chosen = alternatives[best[line]]
        # What others count on: the share of its units, by the chance that it comes.
        counted, refused = lines.chance[line] * lines.share[line], lines.refused[line]
        then = chosen.units[line] * chosen.weights[line]
        now = lines.units[line] * lines.now[line]
        receipts[lines.item[line]] = lines.others[line] + counted * (
            refused * now + (1.0 - refused) * then
        )
    changed = touched.copy()
    changed[picked] = False
    left = lines.take(np.flatnonzero(changed))
    return replace(left, courses=replace(lines.courses, receipts=receipts))
