"""The price plan in words and numbers: what is done, against what, and all that was weighed."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from optimization.frames import cast_to_contract
from optimization.markdown.courses import Weighed, estimate_gain_chance
from optimization.markdown.families import Family, FamilyStep
from optimization.markdown.inputs import KEY
from optimization.markdown.ladders import is_fall, take_off
from optimization.markdown.seasons import PricePath
from quality_checks.contracts import (
    DeferralPlan,
    MarkdownOptions,
    MarkdownPlan,
    Table,
    find_contract,
)


class Decided(NamedTuple):
    """An item in a zone, and what becomes of its price tonight.

    Attributes:
        family: the items that have one price with it, and what they do.
        at: its place among them.
    """

    family: Family
    at: int

    @property
    def weighed(self) -> Weighed:
        """All that its price may do."""
        return self.family.members[self.at]

    @property
    def rung(self) -> int:
        """The rung that it takes tonight; 0 where its price stays."""
        return self.family.steps[self.family.taken].rungs[self.at]

    @property
    def put_off(self) -> bool:
        """Whether the fall that the price list has is better put off."""
        return self.family.put_off_to is not None and self.weighed.planned is not None

    def find_step(self, rung: int) -> FamilyStep | None:
        """What all do at best where it takes a rung; None where they cannot."""
        those = (step for step in self.family.steps if step.rungs[self.at] == rung)
        return max(those, key=lambda step: step.worth, default=None)

    def name_choice(self) -> tuple[str, float]:
        """The option that is taken, and its price."""
        found = self.weighed
        price = float(found.item.season.prices[self.rung])
        if self.rung > 0:
            return "markdown", price
        if self.put_off or found.planned is None:
            return "hold", price
        return "planned", float(found.item.row["planned_price"])


def list_decided(families: Iterable[Family]) -> list[Decided]:
    """List the items of families by themselves, sorted by item and zone."""
    decided = [Decided(family, at) for family in families for at in range(len(family.members))]
    return sorted(decided, key=lambda one: [one.weighed.item.row[name] for name in KEY])


def state_markdowns(decided: Sequence[Decided], first_day: dt.date) -> pl.DataFrame:
    """The columns of the contract MarkdownPlan without business_date."""
    return _in_rows(
        (
            _state_action(one, one.weighed.walk_from(one.rung), one.rung, first_day)
            | {
                "due_on": first_day,
                "binding": _name_binding(one),
                "limit_price": one.family.limit_price,
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
            | _state_delay(one)
            for one in decided
            if one.put_off
        ),
        DeferralPlan,
    )


def _state_delay(one: Decided) -> dict[str, Any]:
    item = one.weighed.item
    ends = one.family.put_off_to == item.row["season_end"]
    return {
        "planned_on": item.row["planned_on"],
        "due_on": one.family.put_off_to,
        "binding": "season_end" if ends else "value",
        "reason": _join_codes("sells_at_this_price", one),
        "gain_chance": 1 - estimate_gain_chance(item, item.planned_rung),
    }


def _state_action(one: Decided, then: PricePath, rung: int, first_day: dt.date) -> dict[str, Any]:
    """What both kinds of action say, with the benefit in its terms."""
    found, season, row = one.weighed, one.weighed.item.season, one.weighed.item.row
    as_is = found.as_is
    kept, given_up = _split_margin(as_is, then, season.salvage)
    benefit = kept - given_up - (then.kept - as_is.kept)
    return row | {
        "family_size": len(one.family.members),
        "family_worth": one.family.worth,
        "quantity": season.stock,
        "packs": season.stock,
        "old_price": season.prices[0],
        "new_price": season.prices[rung],
        "demand_held": float((season.chance @ season.mean[:, :, 0]).sum()),
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
        "rejected": _word_best_other(one, first_day, benefit),
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


def state_options(
    decided: Sequence[Decided],
    items: pl.DataFrame,
    moves: pl.DataFrame,
    ladder: Sequence[float],
    first_day: dt.date,
) -> pl.DataFrame:
    """The columns of the contract MarkdownOptions without business_date.

    Args:
        decided: what becomes of prices.
        items: frame `season_items`.
        moves: the columns of the contract SeasonMoves.
        ladder: shares of the list price.
        first_day: day on which a price may change.
    """
    rows: list[dict[str, Any]] = []
    gone = moves.filter(pl.col("net_units") < 0, pl.col("step_price").is_not_null())
    replaced = {
        (sku, zone): price for sku, zone, price in gone.select(*KEY, "step_price").iter_rows()
    }
    for one in decided:
        chosen = one.name_choice()
        key = tuple(one.weighed.item.row[name] for name in KEY)
        for option in _list_options(one, first_day):
            taken = (option["option"], option["new_price"]) == chosen
            verdict = "chosen" if taken else _judge(option, one, replaced.get(key))
            worth = one.family.worth if taken else option["family_worth"]
            told = {"verdict": verdict, "family_worth": worth}
            rows.append(one.weighed.item.row | option | told)
        rows.extend(
            one.weighed.item.row | barred for barred in _list_barred(one, ladder, first_day)
        )
    of_moves = moves.join(items, on=KEY, how="inner", maintain_order="left", suffix="_of_item")
    rows.extend(
        row | _state_transfer(row, first_day)
        for row in of_moves.iter_rows(named=True)
        if row["wanted_zone"] is not None or row["net_units"] < 0
    )
    return _in_rows(rows, MarkdownOptions)


_LIMITED = {
    "no_lane": "no lane leads there",
    "lane_days": "no lane there ships on the day",
    "zone_takes": "this zone takes units from elsewhere tonight",
    "zone_sends": "the other zone sends units elsewhere tonight",
    "sender_need": "senders keep what they need, or their units are not there to send",
    "receiver_room": "receivers have no room, or cover for long enough",
    "trip_gain": "no trip gains its costs and the least gain",
    "value": "more would not gain",
}
"""Limit of a move between zones -> in words; others are limits of lanes and places."""


def _state_transfer(row: dict[str, Any], first_day: dt.date) -> dict[str, Any]:
    """The move of a zone's units, made or wanted, as a row of MarkdownOptions."""
    moved, limit = max(-row["net_units"], 0), row["limit"]
    words = None if limit is None else _LIMITED.get(limit, f"{limit} is used up")
    verdict = "chosen" if moved else words
    if moved and words is not None:
        verdict = f"chosen, in part: {words}"
    return _state_path("transfer", row["price"], first_day, None) | {
        "worth": row["worth_before"] + (row["gain"] if moved else row["wanted_gain"]),
        "worth_unmoved": row["worth_before"],
        "family_worth": None,
        "moved": moved or row["wanted_units"],
        "moved_to": row["moved_to"] or row["wanted_zone"],
        "verdict": verdict,
    }


def _judge(option: dict[str, Any], one: Decided, replaced: float | None) -> str:
    """Why an option was not taken; `replaced` is the price that a move tonight is taken for."""
    item, family = one.weighed.item, one.family
    listed = item.season.prices[item.planned_rung] if item.planned_week == 0 else None
    if option["option"] == "markdown" and option["new_price"] == listed:
        return "the price list does so this week"
    if option["family_worth"] is None:
        return "not all that are priced together can take it"
    gains = option["option"] == "markdown" and option["family_worth"] > family.held
    if gains and family.limited:
        return "the budget of the department is spent"
    if option["option"] == "markdown" and option["new_price"] == replaced and not gains:
        return "the goods move instead"
    return "worth less, or not more by the least gain"


def _list_options(one: Decided, first_day: dt.date) -> list[dict[str, Any]]:
    """All that the price may do, as rows of MarkdownOptions; rungs that are locked are left out."""
    found, season, row = one.weighed, one.weighed.item.season, one.weighed.item.row
    family, price = one.family, float(season.prices[0])
    constant = sum(other.constant.value for other in family.members)
    rows = [_state_path("hold", price, first_day, found.hold) | {"family_worth": family.held}]
    free = (rung for rung in range(1, len(season.prices)) if found.rungs[rung] > float("-inf"))
    rows.extend(_state_rung(one, rung, first_day) for rung in free)
    if found.planned is not None:
        planned = _state_path("planned", row["planned_price"], row["planned_on"], found.planned)
        rows.append(planned | {"family_worth": family.as_is})
    kept = _state_path("no_markdown", price, first_day, found.constant)
    rows.append(kept | {"family_worth": constant})
    return rows


def _list_barred(
    one: Decided, ladder: Sequence[float], first_day: dt.date
) -> Iterator[dict[str, Any]]:
    """Prices that the lowest one of the days before forbids tonight, as rows of MarkdownOptions."""
    season, row = one.weighed.item.season, one.weighed.item.row
    price, prior = float(season.prices[0]), row["prior_price"]
    if season.lock > 0 or (prior is None and not row["prior_held"]):
        return
    shares = {take_off(price, row["list_price"], share) for share in ladder}
    for lower in sorted(shares | {*season.prices[1:].tolist()}, reverse=True):
        if not is_fall(price, lower):
            continue
        if row["prior_held"]:
            verdict = "the lowest price of the days before is not known"
        elif lower >= prior:
            verdict = f"no reduction from {prior:.2f}, the lowest price of the days before"
        elif lower < row["prior_floor"]:
            verdict = f"too far below {prior:.2f}, the lowest price of the days before"
        else:
            continue
        told = {"verdict": verdict, "family_worth": None}
        yield _state_path("markdown", lower, first_day, None) | told


def _state_rung(one: Decided, rung: int, first_day: dt.date) -> dict[str, Any]:
    """A rung taken tonight, by the item and by all that are priced together."""
    found, season = one.weighed, one.weighed.item.season
    lower, step = float(season.prices[rung]), one.find_step(rung)
    path = found.walk_from(rung) if rung == one.rung else None
    return _state_path("markdown", lower, first_day, path) | {
        "worth": float(found.rungs[rung]),
        "family_worth": None if step is None else step.worth,
        "markdown_money": float(season.prices[0] - lower) * season.stock,
    }


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
        "worth_unmoved": None,
        "markdown_money": 0.0,
        **told,
    }


_WORDS = {
    "hold": "hold the price for a week",
    "planned": "follow the price list",
    "no_markdown": "keep the price to the end",
}


def _word_best_other(one: Decided, first_day: dt.date, benefit: float) -> str:
    """The best option that was not taken, and the benefit less what all priced together lose so."""
    chosen = one.name_choice()
    others = [
        option
        for option in _list_options(one, first_day)
        if (option["option"], option["new_price"]) != chosen and option["family_worth"] is not None
    ]
    best = max(others, key=lambda option: option["family_worth"])
    words = _WORDS.get(best["option"], "")
    if best["option"] == "markdown":
        words = f"mark down to {best['new_price']:.2f}"
    return f"{words}, worth {benefit + best['family_worth'] - one.family.worth:.2f}"


def _name_binding(one: Decided) -> str:
    season, row = one.weighed.item.season, one.weighed.item.row
    if one.family.limited:
        return "department_budget"
    if any(step.rungs[one.at] > one.rung for step in one.family.steps):
        return "value"
    if one.rung < len(season.prices) - 1:
        return "priced_together"
    return "floor_price" if season.prices[-1] <= row["floor_price"] else "ladder"


def _join_codes(code: str, one: Decided) -> str:
    cautions = one.weighed.item.row["cautions"]
    return f"{code};{cautions}" if cautions else code


def _in_rows(rows: Iterable[dict[str, Any]], model: type[Table]) -> pl.DataFrame:
    """Rows in the columns of a contract."""
    schema = find_contract(model).made_schema
    named = [{name: row[name] for name in schema} for row in rows]
    return cast_to_contract(pl.DataFrame(named, schema=schema), model)
