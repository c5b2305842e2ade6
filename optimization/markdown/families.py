"""Items that have one price: the steps that all of them can take, and falls that all put off.

Sizes of a style and colour are priced together. A step of the ladder is one for all: who is below
it already stays there, since prices do not rise, and one whose floor or last fall forbids it keeps
the others from it. What comes after tonight is weighed for each item by itself.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from optimization.markdown.courses import Weighed
from optimization.markdown.ladders import is_fall, take_off

_WEEK = dt.timedelta(days=7)


class FamilyStep(NamedTuple):
    """What the items of a family may do tonight.

    Attributes:
        rungs: of each item; 0 where its price stays.
        worth: of all, currency.
        money: what their prices fall by, times their stock, currency.
    """

    rungs: tuple[int, ...]
    worth: float
    money: float


class Family(NamedTuple):
    """Items of a department that have one price in a zone, and what becomes of it tonight.

    Attributes:
        members: the items, sorted.
        steps: what they may do; the first marks nothing down.
        taken: the step that they take.
        put_off_to: day to which planned falls are put off; None where they are not.
        limited: another step would be worth more, and the budget does not allow it.
        limit_price: what one more of currency in their department's budget would bring.
    """

    members: Sequence[Weighed]
    steps: Sequence[FamilyStep]
    taken: int
    put_off_to: dt.date | None
    limited: bool
    limit_price: float

    @property
    def held(self) -> float:
        """Worth if all prices are held for a week, currency."""
        return sum(found.hold.value for found in self.members)

    @property
    def as_is(self) -> float:
        """Worth if nothing is done, currency."""
        return sum(found.as_is.value for found in self.members)

    @property
    def worth(self) -> float:
        """Worth of what is done, currency."""
        if self.taken > 0:
            return self.steps[self.taken].worth
        return self.as_is if self.put_off_to is None else self.held


def group_families(weighed: Sequence[Weighed]) -> list[list[Weighed]]:
    """Group items by department, zone and family, sorted by these and the item."""
    found: dict[tuple[str, ...], list[Weighed]] = {}
    for one in sorted(weighed, key=lambda one: str(one.item.row["sku"])):
        key = tuple(one.item.row[name] for name in ("department", "family", "zone"))
        found.setdefault(key, []).append(one)
    return [members for _, members in sorted(found.items())]


def list_steps(members: Sequence[Weighed], ladder: Sequence[float]) -> list[FamilyStep]:
    """List what the items of a family may do tonight: nothing, or a step that all can take.

    Args:
        members: the items.
        ladder: shares of the list price; that all come down to what the price list plans is a
            step, too.
    """
    unmarked = FamilyStep((0,) * len(members), sum(found.unmarked for found in members), 0.0)
    steps = {unmarked.rungs: unmarked}
    for share in (*sorted({*ladder}), None):
        rungs = [_find_rung(found, share) for found in members]
        if None not in rungs:
            step = _sum_step(members, tuple(rung for rung in rungs if rung is not None))
            steps.setdefault(step.rungs, step)
    return list(steps.values())


def _find_rung(found: Weighed, share: float | None) -> int | None:
    """The rung by which an item comes down by a share, or as planned; None where it may not."""
    item, season = found.item, found.item.season
    price = float(season.prices[0])
    lower = (
        item.row["planned_price"]
        if share is None
        else take_off(price, item.row["list_price"], share)
    )
    if lower is not None and not is_fall(price, lower):
        return 0
    if lower is None or lower not in season.prices:
        return None
    rung = int(np.argmax(season.prices == lower))
    if item.planned_week == 0 and rung == item.planned_rung:
        return 0  # The price list has it come down so this week.
    return rung if found.rungs[rung] > float("-inf") else None


def _sum_step(members: Sequence[Weighed], rungs: tuple[int, ...]) -> FamilyStep:
    worth = money = 0.0
    for found, rung in zip(members, rungs, strict=True):
        season = found.item.season
        worth += float(found.rungs[rung]) if rung else found.unmarked
        money += float(season.prices[0] - season.prices[rung]) * season.stock
    return FamilyStep(rungs, worth, money)


def find_put_off_day(
    members: Sequence[Weighed], least_gain: float, *, first_day: dt.date
) -> dt.date | None:
    """Find the day to which the planned falls of a family are better put off.

    Holding must be worth more than the price list for all of them together, and likely outlast
    every fall that is planned.

    Args:
        members: the items.
        least_gain: what putting off must gain, currency.
        first_day: day on which a price may change.

    Returns:
        The first day on which one of them would likely come down; None where nothing is put off.
    """
    listed = [found for found in members if found.planned is not None]
    if not listed:
        return None
    due_on = min(_find_due_day(found, first_day) for found in listed)
    gain = sum(found.hold.value - found.as_is.value for found in listed)
    outlasts = all(due_on > found.item.row["planned_on"] for found in listed)
    return due_on if outlasts and gain > least_gain else None


def _find_due_day(found: Weighed, first_day: dt.date) -> dt.date:
    end: dt.date = found.item.row["season_end"]
    week = found.find_step_week()
    return end if week is None else min(first_day + week * _WEEK, end)
