"""What items that have one price are worth together, worked out apart from the plan."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from optimization.feasibility.price_paths import WeekDemand, work_out_first_weeks
from optimization.value import FloatArray
from quality_checks.contracts import MarkdownRules

FAMILY = ("department", "family", "zone")

_WEEK = 7

_SLOPES = 2000
"""Slopes, each as likely as the next, that stand for what demand may answer with."""

_WORKED_OUT = {
    "then": pl.Float64,
    "recomputed": pl.Float64,
    "of_family": pl.Float64,
    "best": pl.Float64,
    "gains_with": pl.Float64,
    "together": pl.Boolean,
}


class _Member(NamedTuple):
    """An item of a family, with the worth of each price that its first week may have."""

    row: dict[str, Any]
    prices: list[float]
    worth: FloatArray
    comes_down: float | None
    """Price to which the list takes it this week."""
    unmarked: float
    """Worth without a markdown tonight: held, or come down by the list."""
    chances: list[float]
    """That each price gains, kept to the end, beside the one in force."""


def work_out_families(
    rows: pl.DataFrame,
    known: pl.DataFrame,
    weeks: pl.DataFrame,
    rules: MarkdownRules,
    first_day: dt.date,
) -> pl.DataFrame:
    """Work out what lines of the price plan are worth, and the families that they are of.

    Args:
        rows: lines of both plans, with planned_on missing for markdowns.
        known: frame `season_items`.
        weeks: frame `season_weeks`.
        rules: of policy.
        first_day: day on which a price may change.

    Returns:
        In the order of `rows`: then (worth as stated), recomputed, of_family (of all its items as
        decided, recomputed), best (of the family, within the budget; currency), gains_with (chance
        that the item's price gains), and together (all of its items do the same).
    """
    of_family = known.filter(pl.col("stock") > 0).partition_by(FAMILY, as_dict=True)
    of_item = weeks.sort("week").partition_by("sku", "zone", as_dict=True)
    told: dict[int, tuple[float | bool, ...]] = {}
    numbered = rows.with_row_index("line").with_columns(held=pl.col("planned_on").is_not_null())
    for key, lines in numbered.group_by(*FAMILY, "held", maintain_order=True):
        items = of_family.get(key[:-1], known.clear())
        members = {
            item["sku"]: _work_out(item, of_item[item["sku"], item["zone"]], rules, first_day)
            for item in items.sort("sku").iter_rows(named=True)
            if (item["sku"], item["zone"]) in of_item
        }
        known_lines = [line for line in lines.to_dicts() if line["sku"] in members]
        if key[-1]:
            told |= _judge_deferrals(known_lines, members)
        elif known_lines:
            told |= _judge_markdowns(known_lines, members, rules)
    ordered = [told.get(line, (None,) * len(_WORKED_OUT)) for line in range(rows.height)]
    return pl.DataFrame(ordered, schema=_WORKED_OUT, orient="row")


def _work_out(
    row: dict[str, Any], ahead: pl.DataFrame, rules: MarkdownRules, first_day: dt.date
) -> _Member:
    """Worth of the stock by the price of the first week, of an item of `season_items`."""
    prices = _list_prices(row, rules)
    allowed = prices.tolist()[1:]
    demands, proceeds = _answer(ahead, prices, row), _find_proceeds(row, prices)
    chances = [_work_out_chance(demands, prices, proceeds, at, row) for at in range(len(prices))]
    worth_from = partial(
        _work_out_worth, row, demands, proceeds.tolist(), rules=rules, stock=row["stock"]
    )
    worth = worth_from(locked=row["locked_weeks"])
    if row["planned_price"] not in allowed or (row["planned_on"] - first_day).days >= _WEEK:
        return _Member(row, prices.tolist(), worth, None, float(worth[0]), chances)
    # The list waits for no lock of ours.
    listed = worth_from(locked=0)[1 + allowed.index(row["planned_price"])]
    unmarked = float(max(worth[0], listed))
    return _Member(row, prices.tolist(), worth, row["planned_price"], unmarked, chances)


def _list_prices(row: dict[str, Any], rules: MarkdownRules) -> FloatArray:
    """The price in force, and those that it may fall to."""
    lower = {_lower(row, share) for share in (*rules.ladder, None)}
    most = row["price"] * 0.99
    allowed = sorted((p for p in lower if p and row["floor_price"] <= p <= most), reverse=True)
    return np.array([row["price"], *allowed])


def _find_proceeds(row: dict[str, Any], prices: FloatArray) -> FloatArray:
    """What a sale at each price brings net of returns."""
    again = row["return_rate"] * (row["resalable_share"] * row["salvage"] - row["return_cost"])
    return np.asarray((1 - row["return_rate"]) * prices + again)


def _work_out_worth(  # noqa: PLR0913  # a season
    row: dict[str, Any],
    demands: Sequence[WeekDemand],
    proceeds: Sequence[float],
    *,
    rules: MarkdownRules,
    stock: int,
    locked: int,
) -> FloatArray:
    """Worth of a stock by the price of the first week."""
    return work_out_first_weeks(
        demands,
        proceeds,
        stock=stock,
        salvage=row["salvage"],
        keeping=row["keeping_cost"],
        weeks_between=max(-(-rules.least_days_between_steps // 7), 1),
        locked=locked,
        told=rules.told_in_a_week,
    )


def work_out_zone_worth(
    row: dict[str, Any], ahead: pl.DataFrame, rules: MarkdownRules, stock: int
) -> float:
    """Work out what so many units of an item are worth in a zone with the best prices.

    Args:
        row: of frame `season_items`.
        ahead: rows of frame `season_weeks` of the item in the zone, by week.
        rules: of policy.
        stock: units.
    """
    if stock == 0:
        return 0.0
    prices = _list_prices(row, rules)
    demands, proceeds = _answer(ahead, prices, row), _find_proceeds(row, prices).tolist()
    worth = _work_out_worth(
        row, demands, proceeds, rules=rules, stock=stock, locked=row["locked_weeks"]
    )
    return float(worth.max())


def _work_out_chance(
    demands: Sequence[WeekDemand],
    prices: FloatArray,
    proceeds: FloatArray,
    at: int,
    row: dict[str, Any],
) -> float:
    """Chance that a price to the end brings more than the one in force, by many slopes."""
    from scipy import stats  # noqa: PLC0415  # slow import

    old, new = (float(proceeds[rung]) - row["salvage"] for rung in (0, at))
    if at == 0 or new <= 0:
        return 0.0
    total = sum(demand.chance for demand in demands)
    mean, variance = (
        float(sum(d.chance / total * getattr(d, name)[:, 0].sum() for d in demands))
        for name in ("mean", "variance")
    )
    if mean <= 0:
        return 0.0
    levels = (np.arange(_SLOPES) + 0.5) / _SLOPES
    slopes = row["slope"] + row["slope_sd"] * stats.norm.ppf(levels)
    steep = (prices[at] / prices[0]) ** slopes * new > old
    below = np.ceil(new * row["stock"] / old) - 1
    if variance <= mean * (1 + 1e-9):
        few = stats.poisson.cdf(below, mean)
    else:
        few = stats.nbinom.cdf(below, mean**2 / (variance - mean), mean / variance)
    return float(steep.mean() * few)


def _lower(row: dict[str, Any], share: float | None) -> float | None:
    """Price that a share off the list price leaves, or that the price list plans."""
    if share is None:
        return None if row["planned_price"] is None else float(row["planned_price"])
    return float(round(max(row["list_price"] or 0.0, row["price"]) * (1 - share), 2))


def _list_steps(members: Sequence[_Member], rules: MarkdownRules) -> Iterator[tuple[float, ...]]:
    """First prices that all members can take together; that in force for those that stay."""
    for share in (*rules.ladder, None):
        first = []
        for member in members:
            price, lower = member.prices[0], _lower(member.row, share)
            stays = lower is not None and (lower > price * 0.99 or lower == member.comes_down)
            free = lower in member.prices and _may_take(member.row, lower)
            first.append(price if stays else lower if free else None)
        if None not in first:
            yield tuple(price for price in first if price is not None)


def _may_take(row: dict[str, Any], price: float | None) -> bool:
    """Whether nothing keeps an item from a lower price tonight."""
    if row["locked_weeks"] > 0 or row["prior_held"] or price is None:
        return False
    return row["prior_price"] is None or price < row["prior_price"]


def _sum_worth(members: Sequence[_Member], first: Sequence[float]) -> float:
    """Worth of a family by the prices that its members take, those in force where they stay."""
    return sum(
        member.unmarked if price == member.prices[0] else _find_worth(member, price)
        for member, price in zip(members, first, strict=True)
    )


def _find_worth(member: _Member, price: float) -> float:
    return float(member.worth[member.prices.index(price)])


def _find_member_chance(member: _Member, price: float) -> float:
    return member.chances[member.prices.index(_snap(member, price))]


def _judge_markdowns(
    lines: Sequence[dict[str, Any]], members: Mapping[str, _Member], rules: MarkdownRules
) -> dict[int, tuple[float | bool, ...]]:
    """Line -> its part of `work_out_families`, of markdowns of one family."""
    everyone = list(members.values())
    new = {line["sku"]: _snap(members[line["sku"]], line["new_price"]) for line in lines}
    first = tuple(new.get(sku, member.prices[0]) for sku, member in members.items())
    steps = [*_list_steps(everyone, rules)]
    worth = _sum_worth(everyone, first)
    others = [_sum_worth(everyone, step) for step in (*steps, [m.prices[0] for m in everyone])]
    # What a spent budget keeps from falling further is not beaten by what it cannot pay.
    limited = any(line["binding"] == "department_budget" for line in lines)
    best = worth if limited else max(others)
    return {
        line["line"]: (
            _state_worth(line),
            _find_worth(members[line["sku"]], new[line["sku"]]),
            worth,
            best,
            _find_member_chance(members[line["sku"]], new[line["sku"]]),
            first in steps,
        )
        for line in lines
    }


def _judge_deferrals(
    lines: Sequence[dict[str, Any]], members: Mapping[str, _Member]
) -> dict[int, tuple[float | bool, ...]]:
    """Line -> its part of `work_out_families`, of falls of one family that are put off."""
    worth = float(sum(member.worth[0] for member in members.values()))
    planned = {sku for sku, found in members.items() if found.row["planned_price"] in found.prices}
    days = {line["due_on"] for line in lines}
    whole = len(days) == 1 and planned <= {line["sku"] for line in lines}
    return {
        line["line"]: (
            _state_worth(line),
            float(members[line["sku"]].worth[0]),
            worth,
            worth,
            1
            - _find_member_chance(members[line["sku"]], members[line["sku"]].row["planned_price"]),
            whole,
        )
        for line in lines
    }


def _snap(member: _Member, price: float) -> float:
    """The price of the member's ladder that a line states, to the cent."""
    return min(member.prices, key=lambda known: abs(known - price))


def _state_worth(line: dict[str, Any]) -> float:
    """Worth of the season as the line states it."""
    left = line["salvage"] * (line["stock"] - line["sold_then"])
    return float(line["proceeds_then"] - line["kept_then"] + left)


def _answer(ahead: pl.DataFrame, prices: FloatArray, row: dict[str, Any]) -> list[WeekDemand]:
    """What demand at prices may be: three slopes that have the moments of their doubt."""
    mean, variance, base = (ahead[name].to_numpy() for name in ("mean", "variance", "base_price"))
    away = np.log(prices[None, :] / base[:, None])
    beyond = np.maximum(variance - mean, 0)[:, None]
    found = []
    for deviations, chance in ((-(3**0.5), 1), (0.0, 4), (3**0.5, 1)):
        slope = min(row["slope"] + deviations * row["slope_sd"], 0.0)
        times = np.exp(slope * away)
        at_price = mean[:, None] * times
        found.append(WeekDemand(chance / 6, at_price, at_price + beyond * times**2))
    return found
