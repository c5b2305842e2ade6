"""The price plan in words and numbers: what is done, against what, and all that was weighed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import polars as pl

from optimization.frames import in_contract
from optimization.markdown.courses import Weighed, estimate_gain_chance
from optimization.markdown.seasons import PricePath
from quality_checks.contracts import (
    DeferralPlan,
    MarkdownOptions,
    MarkdownPlan,
    Table,
    find_contract,
)

_WEEK = dt.timedelta(days=7)


class Decided(NamedTuple):
    """An item in a zone, and what becomes of its price tonight.

    Attributes:
        weighed: all that its price may do.
        rung: that it takes tonight; 0 where the price stays.
        put_off: the fall that the price list has is better put off.
        limited: another rung would be worth more, and the budget does not allow it.
        limit_price: what one more of currency in its department's budget would bring.
    """

    weighed: Weighed
    rung: int
    put_off: bool
    limited: bool
    limit_price: float

    def name_choice(self) -> tuple[str, float]:
        """The option that is taken, and its price."""
        found = self.weighed
        price = float(found.item.season.prices[self.rung])
        if self.rung > 0:
            return "markdown", price
        if self.put_off or found.planned is None:
            return "hold", price
        return "planned", float(found.item.row["planned_price"])


def state_markdowns(decided: Sequence[Decided], first_day: dt.date) -> pl.DataFrame:
    """The columns of the contract MarkdownPlan without business_date."""
    return _in_rows(
        (
            _state_action(one, one.weighed.walk_from(one.rung), one.rung, first_day)
            | {
                "due_on": first_day,
                "binding": _name_binding(one),
                "limit_price": one.limit_price,
                "reason": _join_codes(
                    "leaves_range" if one.weighed.item.row["leaves"] else "aged_overstock", one
                ),
            }
            for one in decided
            if one.rung > 0
        ),
        MarkdownPlan,
    )


def state_deferrals(decided: Sequence[Decided], first_day: dt.date) -> pl.DataFrame:
    """The columns of the contract DeferralPlan without business_date."""
    return _in_rows(
        (
            _state_action(one, one.weighed.hold, one.weighed.item.planned_rung, first_day)
            | _state_delay(one, first_day)
            for one in decided
            if one.put_off
        ),
        DeferralPlan,
    )


def _state_delay(one: Decided, first_day: dt.date) -> dict[str, Any]:
    row, week = one.weighed.item.row, one.weighed.find_step_week()
    due_on = row["season_end"] if week is None else first_day + week * _WEEK
    return {
        "planned_on": row["planned_on"],
        "due_on": min(max(due_on, row["planned_on"]), row["season_end"]),
        "binding": "season_end" if week is None else "value",
        "reason": _join_codes("sells_at_this_price", one),
        "gain_chance": 1 - estimate_gain_chance(one.weighed.item, one.weighed.item.planned_rung),
    }


def _state_action(one: Decided, then: PricePath, rung: int, first_day: dt.date) -> dict[str, Any]:
    """What both kinds of action say, with the benefit in its terms."""
    found, season, row = one.weighed, one.weighed.item.season, one.weighed.item.row
    as_is = found.as_is
    kept, given_up = _split_margin(as_is, then, season.salvage)
    return row | {
        "quantity": season.stock,
        "packs": season.stock,
        "old_price": season.prices[0],
        "new_price": season.prices[rung],
        "demand_held": float(season.mean[:, 0].sum()),
        "sold_as_is": float(as_is.sold.sum()),
        "sold_then": float(then.sold.sum()),
        "proceeds_as_is": as_is.proceeds,
        "proceeds_then": then.proceeds,
        "kept_as_is": as_is.kept,
        "kept_then": then.kept,
        "margin_kept": kept,
        "margin_given_up": given_up,
        "holding_cost": then.kept - as_is.kept,
        "gain_chance": estimate_gain_chance(found.item, rung),
        "urgency_days": None,
        "rejected": _word_best_other(one, first_day),
    }


def _split_margin(as_is: PricePath, then: PricePath, salvage: float) -> tuple[float, float]:
    """Margin kept and given up, whose difference is what the path adds before the cost of stock.

    Two things change: the units that sell, each worth the mean price above salvage, and the mean
    price of those that would have sold anyway. A markdown keeps by the first and gives up by the
    second, a price that is held the other way round.
    """
    sold, sold_then = float(as_is.sold.sum()), float(then.sold.sum())
    mean = then.proceeds / sold_then if sold_then > 0 else salvage
    parts = (sold_then - sold) * (mean - salvage), sold * mean - as_is.proceeds
    return sum(max(part, 0.0) for part in parts), sum(max(-part, 0.0) for part in parts)


def state_options(decided: Sequence[Decided], first_day: dt.date) -> pl.DataFrame:
    """The columns of the contract MarkdownOptions without business_date."""
    rows = []
    for one in decided:
        chosen = one.name_choice()
        for option in _list_options(one, first_day):
            taken = (option["option"], option["new_price"]) == chosen
            verdict = "chosen" if taken else _judge(option, one)
            rows.append(one.weighed.item.row | option | {"verdict": verdict})
    return _in_rows(rows, MarkdownOptions)


def _judge(option: dict[str, Any], one: Decided) -> str:
    """Why an option was not taken."""
    if option["option"] == "transfer":
        return "transfers decide"
    if option["option"] == "markdown" and one.limited and option["worth"] > one.weighed.hold.value:
        return "the budget of the department is spent"
    return "worth less, or not more by the least gain"


def _list_options(one: Decided, first_day: dt.date) -> list[dict[str, Any]]:
    """All that the price may do, as rows of MarkdownOptions; rungs that are locked are left out."""
    found, season, row = one.weighed, one.weighed.item.season, one.weighed.item.row
    price = float(season.prices[0])
    rows = [_state_path("hold", price, first_day, found.hold)]
    for rung in range(1, len(season.prices)):
        if found.rungs[rung] > float("-inf"):
            lower = float(season.prices[rung])
            path = found.walk_from(rung) if rung == one.rung else None
            stated = _state_path("markdown", lower, first_day, path)
            money = (price - lower) * season.stock
            rows.append(stated | {"worth": float(found.rungs[rung]), "markdown_money": money})
    if found.planned is not None:
        rows.append(_state_path("planned", row["planned_price"], row["planned_on"], found.planned))
    rows.append(_state_path("no_markdown", price, first_day, found.constant))
    if found.move is not None:
        moved = {"moved": found.move.units, "moved_to": found.move.zone}
        worth = {"worth": found.hold.value + found.move.gain}
        rows.append(_state_path("transfer", price, first_day, None) | moved | worth)
    return rows


def _state_path(
    option: str, price: float, starts_on: dt.date, path: PricePath | None
) -> dict[str, Any]:
    told: dict[str, float | None] = {"worth": None, "sold": None, "left": None, "proceeds": None}
    if path is not None:
        told = {
            "worth": path.value,
            "sold": float(path.sold.sum()),
            "left": path.left,
            "proceeds": path.proceeds,
        }
    return {
        "option": option,
        "new_price": price,
        "starts_on": starts_on,
        "moved": 0,
        "moved_to": None,
        "markdown_money": 0.0,
        **told,
    }


_WORDS = {
    "hold": "hold the price for a week",
    "planned": "follow the price list",
    "no_markdown": "keep the price to the end",
}


def _word_best_other(one: Decided, first_day: dt.date) -> str:
    """The best option that is not taken, and its worth."""
    chosen = one.name_choice()
    others = [
        option
        for option in _list_options(one, first_day)
        if (option["option"], option["new_price"]) != chosen
    ]
    best = max(others, key=lambda option: option["worth"])
    words = _WORDS.get(best["option"], "")
    if best["option"] == "markdown":
        words = f"mark down to {best['new_price']:.2f}"
    if best["option"] == "transfer":
        words = f"hold, and move {best['moved']} to {best['moved_to']}"
    return f"{words} {best['worth']:.2f}"


def _name_binding(one: Decided) -> str:
    season, row = one.weighed.item.season, one.weighed.item.row
    if one.limited:
        return "department_budget"
    if one.rung < len(season.prices) - 1:
        return "value"
    return "floor_price" if season.prices[-1] <= row["floor_price"] else "ladder"


def _join_codes(code: str, one: Decided) -> str:
    cautions = one.weighed.item.row["cautions"]
    return f"{code};{cautions}" if cautions else code


def _in_rows(rows: Iterable[dict[str, Any]], model: type[Table]) -> pl.DataFrame:
    """Rows in the columns of a contract."""
    schema = find_contract(model).made_schema
    named = [{name: row[name] for name in schema} for row in rows]
    return in_contract(pl.DataFrame(named, schema=schema), model)
