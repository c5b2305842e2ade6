"""Actions on open lines as rows of their plans: money, day, reason, and what was rejected."""

import datetime as dt

import numpy as np
import polars as pl

from optimization.open_orders.alternatives import (
    CANCEL,
    CUT,
    EXPEDITE,
    NEVER,
    PULL_IN,
    PUSH_OUT,
    SPLIT,
    TAKEN_OFF,
    Alternative,
)
from optimization.open_orders.lines import OpenLines
from optimization.value import FloatArray, IntArray

_TOO_LATE, _NEEDED_LATER = "due_too_late", "needed_later"

_REASONS = {
    PULL_IN: _TOO_LATE,
    EXPEDITE: _TOO_LATE,
    PUSH_OUT: _NEEDED_LATER,
    CUT: "above_target",
    CANCEL: "above_target",
}

_BINDINGS = {
    PULL_IN: "days_asked_for",
    PUSH_OUT: "days_asked_for",
    CUT: "minimum_order_quantity",
    SPLIT: "days_asked_for",
    EXPEDITE: "expedite_days_saved",
}
"""Form -> what kept it from going further, where something but value did."""

_OFTEN_MISSING = {"rest_on": pl.Date, "capacity_limit": pl.String, "capacity_missing": pl.Int64}

_WORDS = {
    PULL_IN: "pull in by {days} days, worth",
    PUSH_OUT: "push out by {days} days, worth",
    CUT: "cut to {units} units, worth",
    CANCEL: "cancel, worth",
    SPLIT: "move {moved} units by {days} days, worth",
    EXPEDITE: "expedite by {days} days, worth",
}


def state_actions(
    lines: OpenLines,
    alternatives: list[Alternative],
    best: IntArray,
    picked: IntArray,
    chances: FloatArray,
) -> pl.DataFrame:
    """State the actions on picked lines.

    Args:
        lines: open lines.
        alternatives: what can be asked of each.
        best: position of the alternative that gains most, [line].
        picked: lines to act on.
        chances: that each alternative gains on each of them, [picked, alternative].

    Returns:
        The columns of the contracts ChangePlan and ExpeditePlan together, without business_date.
    """
    short = lines.courses.costs.short[lines.item]
    rows = [
        _state_money(alternatives[best[line]], line, lines.as_is[line], short[line])
        | _state_ask(lines, alternatives, best[line], line)
        | {"gain_chance": chances[at, best[line]]}
        for at, line in enumerate(picked.tolist())
    ]
    stated = pl.DataFrame(rows, schema_overrides=_OFTEN_MISSING)
    told: pl.DataFrame = lines.rows[picked.tolist()].rename({"document": "po", "line": "po_line"})
    daily = pl.col("daily_demand")
    there = np.maximum(lines.courses.costs.opening[lines.item[picked]], 0.0)
    return pl.concat([told.drop("due_on"), stated], how="horizontal").with_columns(
        packs=-(-pl.col("quantity") // pl.col("order_multiple")),
        # What is taken off or put off runs out of nothing sooner.
        urgency_days=pl.when(daily > 0, pl.col("reason") == _TOO_LATE).then(
            pl.Series(there) / daily
        ),
    )


def find_day(lines: OpenLines, alternative: Alternative, line: int) -> dt.date:
    """Find the day on which a line is to come by an alternative."""
    stated: dt.date = lines.rows["stated_on"][line]
    due = stated + dt.timedelta(days=int(alternative.days[line]))
    # A line that is late already is sped up to the next day at best.
    return max(due, lines.first_day) if alternative.form == EXPEDITE else due


def _state_money(
    chosen: Alternative, line: int, as_is: FloatArray, short: float
) -> dict[str, float]:
    """What the alternative keeps, gives up and costs."""
    then = chosen.cost[line]
    saved = as_is - then
    units = 1.0 / short if short > 0 else 0.0
    return {
        "underage_cost": float(short),
        "lost_as_is": float(as_is[0] * units),
        "lost_then": float(then[0] * units),
        "holding_as_is": float(as_is[1:].sum()),
        "holding_then": float(then[1:].sum()),
        "margin_kept": max(float(saved[0]), 0.0),
        "margin_given_up": max(float(then[0] - as_is[0]), 0.0),
        "holding_cost": -float(saved[1:].sum()),
        "fee": float(chosen.fee[line]),
    }


def _state_ask(
    lines: OpenLines,
    alternatives: list[Alternative],
    best: int,
    line: int,
) -> dict[str, object]:
    """What is asked for, why, and the best that was not."""
    chosen = alternatives[best]
    whole, left = float(lines.units[line]), float(chosen.units[line])
    taken_off = chosen.form in TAKEN_OFF
    moved = count_moved(chosen, line)
    holding = _find_holding(alternatives, chosen, line)
    return {
        "form": chosen.form,
        "due_on": find_day(lines, chosen, line),
        "quantity": round(whole - left) if taken_off else round(moved),
        "open_units": round(whole),
        "left_units": round(left),
        "rest_on": lines.rows["stated_on"][line] if chosen.form == SPLIT else None,
        "reason": _name_reason(chosen, line),
        "binding": _name_binding(chosen, holding, line),
        **state_limit(holding, line),
        "rejected": _word_rejected(alternatives, best, line),
    }


def _find_holding(alternatives: list[Alternative], chosen: Alternative, line: int) -> Alternative:
    """What a capacity keeps a line from that would gain most, and more than what is chosen."""

    def find_gain(one: Alternative) -> float:
        return float(one.held.gain[line]) if one.held is not None else NEVER

    most = max(alternatives, key=find_gain)
    return most if find_gain(most) > chosen.gain[line] else chosen


def _name_binding(chosen: Alternative, holding: Alternative, line: int) -> str:
    """What kept it from going further."""
    if holding.is_held(line):
        return "supplier_capacity"
    return _BINDINGS[chosen.form] if chosen.bound[line] else "value"


def state_limit(chosen: Alternative, line: int) -> dict[str, object]:
    """State the capacity that keeps a line from what would gain more, and what it lacks."""
    if chosen.held is None or not chosen.is_held(line):
        return {"capacity_limit": None, "capacity_missing": None}
    held = chosen.held
    return {"capacity_limit": held.limit[line], "capacity_missing": int(held.missing[line])}


def count_moved(chosen: Alternative, line: int) -> float:
    """Units of a line that come on the day asked for."""
    return float((chosen.units if chosen.parts is None else chosen.parts.moved)[line])


def _name_reason(chosen: Alternative, line: int) -> str:
    """Why it is asked; a part of a line is asked for sooner or later."""
    if chosen.form == SPLIT:
        return _TOO_LATE if chosen.days[line] < 0 else _NEEDED_LATER
    return _REASONS[chosen.form]


def _word_rejected(alternatives: list[Alternative], best: int, line: int) -> str:
    """The best other thing that could have been done, leaving the line alone among them."""
    others = [one for at, one in enumerate(alternatives) if at != best and one.gain[line] > NEVER]
    other = max(others, key=lambda one: float(one.gain[line]), default=None)
    if other is None or other.gain[line] <= 0:
        return "left alone, worth 0.00"
    words = _WORDS[other.form].format(
        days=abs(int(other.days[line])),
        units=round(float(other.units[line])),
        moved=round(count_moved(other, line)),
    )
    return f"{words} {other.gain[line]:.2f}"
