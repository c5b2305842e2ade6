"""What may become of an item's price, each course with the best prices after it."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from forecasting.distribution import compute_survival
from optimization.markdown.inputs import ItemSeason
from optimization.markdown.seasons import PricePath, SolvedSeason, play_season
from optimization.value import FloatArray

LIKELY = 0.5
"""Probability from which on a path is taken to be at a price."""


class Weighed(NamedTuple):
    """An item in a zone with all that its price may do.

    Attributes:
        item: the item, and its season.
        solved: the worth of every state.
        rungs: worth of the stock where the first week takes each rung, currency; the first holds.
        hold: the path that holds the price for a week.
        planned: the path that follows the price list; None where it plans nothing.
        constant: the path that keeps the price to the end.
    """

    item: ItemSeason
    solved: SolvedSeason
    rungs: FloatArray
    hold: PricePath
    planned: PricePath | None
    constant: PricePath

    @property
    def as_is(self) -> PricePath:
        """What happens if nothing is done: the price list, or the price for a week."""
        return self.hold if self.planned is None else self.planned

    @property
    def unmarked(self) -> float:
        """Worth if it is not marked down tonight: it is held, or follows the price list."""
        return max(self.hold.value, self.as_is.value)

    def walk_from(self, rung: int) -> PricePath:
        """The path that takes a rung now."""
        return play_season(self.solved, _force(self.solved, [rung]))

    def find_step_week(self) -> int | None:
        """The week in which holding likely ends; None where it lasts to the end."""
        held = self.hold.at_rung[:, 0]
        ended = np.flatnonzero(held < LIKELY)
        return int(ended[0]) if len(ended) else None


def weigh_courses(item: ItemSeason, solved: SolvedSeason) -> Weighed:
    """Weigh what the price of an item may do."""
    weeks = len(item.season.keeping)
    planned = None
    if item.planned_week >= 0:
        forced = [0] * item.planned_week + [item.planned_rung]
        planned = play_season(solved, _force(solved, forced))
    return Weighed(
        item,
        solved,
        solved.value_rungs(),
        play_season(solved, _force(solved, [0])),
        planned,
        play_season(solved, _force(solved, [0] * weeks)),
    )


def estimate_gain_chance(item: ItemSeason, rung: int) -> float:
    """Probability that a rung to the end brings more than the price in force to the end.

    With margins over salvage m0 and m1, demand D at the old price and f D at the lower one, it does
    where m1 min(f D, S) > m0 min(D, S): where the slope is so steep that f m1 > m0, and D is below
    m1 S / m0.
    """
    season, row = item.season, item.row
    held = (season.chance @ part[:, :, 0].sum(1) for part in (season.mean, season.variance))
    mean, variance = map(float, held)
    old, new = season.proceeds[0] - season.salvage, season.proceeds[rung] - season.salvage
    if mean <= 0 or new <= 0:
        return 0.0
    least = np.log(old / new) / np.log(season.prices[rung] / season.prices[0])
    steep = _find_normal_chance(least, row["slope"], row["slope_sd"])
    return steep * float(1.0 - compute_survival(mean, variance, np.ceil(new * season.stock / old)))


def _find_normal_chance(most: float, mean: float, deviation: float) -> float:
    """Probability of less than `most`; of a deviation of 0 the value itself is."""
    if deviation == 0:
        return float(mean < most)
    return NormalDist(mean, deviation).cdf(most)


def _force(solved: SolvedSeason, rungs: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The rungs of the first weeks; the others are free."""
    forced = np.full(len(solved.season.keeping), -1, dtype=np.int64)
    forced[: len(rungs)] = rungs
    return forced
