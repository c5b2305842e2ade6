"""A change of a level that is tried: what the level of an item-location would be with it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from governance.level_changes import LevelChange, read_level_changes
from quality_checks.contracts import CONTRACTS, EVERYWHERE
from workbench.pair import PairRows
from workbench.reading import Desks, Plan

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TriedLevel:
    """What a change would make of a level.

    Attributes:
        change: that is tried.
        level: of tonight; missing where the pair has none.
        level_then: with the change and all that is recorded, on its first day to come; missing
            where nothing touches it then, or no plan tells what it would be without them.
        is_touched: whether something touches it then.
        day: that day.
        position: units that are there and on their way.
    """

    change: LevelChange
    level: int | None
    level_then: int | None
    is_touched: bool
    day: date
    position: int | None

    @property
    def words(self) -> str:
        """What it does, as sentences."""
        what = self.change.words[0].upper() + self.change.words[1:]
        if self.level is None:
            return f"{what}. The pair has no level tonight."
        if self.is_touched and self.level_then is None:
            return f"{what}. No plan tells the level of the pair without a change of somebody."
        if self.level_then is None:
            return f"{what}. It would not touch the level of {self.level:,} units."
        said = (
            f"{what}. The level is {self.level:,} units tonight and would be "
            f"{self.level_then:,} for {self.day}."
        )
        if self.position is None:
            return said
        short, short_then = (
            max(level - self.position, 0) for level in (self.level, self.level_then)
        )
        return (
            f"{said} There and on their way are {self.position:,}, which leaves it {short:,} short "
            f"tonight and {short_then:,} then."
        )


def rehearse_level_change(
    plan: Plan, desks: Desks, pair: PairRows, change: LevelChange
) -> TriedLevel:
    """Find what a change would make of the level of an item-location, by the query of the night.

    Args:
        plan: the newest plan.
        desks: of the store that has the changes that are recorded.
        pair: the item at its location.
        change: that is tried.
    """
    # The next night plans the day after the next business date, and each change is seen from the
    # eve of a day on which it holds: one of tomorrow alone is for tonight's plan made anew.
    eve = min(max(plan.business_date + _DAY, change.starts_on - _DAY), change.ends_on - _DAY)
    known = [*read_level_changes(desks.office.store), change]
    standing = pl.DataFrame(
        [one.model_dump() for one in known], schema=CONTRACTS["level_changes"].schema
    ).unique("change_id", keep="last", maintain_order=True)
    found = plan.use_for_pair(
        pair.sku,
        pair.location,
        lambda warehouse: warehouse.query("changed_levels", eve, frames={"standing": standing}),
    ).filter(sku=pair.sku, location=pair.location)
    stock = pair.stock or {}
    bounds = found.row(0, named=True) if found.height else None
    # Tonight's level may be what a change that is over by then has made of it.
    own = plan.query_chosen("level_of_plans", sku=pair.sku, location=pair.location)["order_up_to"]
    base = own[0] if own.len() else None
    return TriedLevel(
        change=change,
        level=stock.get("order_up_to"),
        level_then=None if bounds is None or base is None else _bound(base, bounds),
        is_touched=bounds is not None,
        day=eve + _DAY,
        position=stock.get("inventory_position"),
    )


def list_changes_of(desks: Desks, pair: PairRows) -> list[LevelChange]:
    """List the recorded changes that touch an item-location, those that end last first."""
    item, place = pair.item or {}, pair.place or {}
    own = {
        "sku": pair.sku,
        "location": pair.location,
        "region": place.get("region"),
        "category": item.get("category"),
    }
    found = [
        change
        for change in read_level_changes(desks.office.store)
        if all(getattr(change, name) in {EVERYWHERE, value} for name, value in own.items())
    ]
    return sorted(found, key=lambda change: change.ends_on, reverse=True)


def _bound(level: int, bounds: dict[str, Any]) -> int:
    """The level within what changes ask for at least and at most."""
    least, most = bounds["least_level"], bounds["most_level"]
    raised = level if least is None else max(level, least)
    return raised if most is None else min(raised, most)
