"""The benchmark of markdowns: its optimum is one, and ours comes near it."""

import numpy as np
import pytest

from benchmarks.markdown_instances import SALVAGE, draw_instances
from benchmarks.markdown_optimum import bound_by_fluid, evaluate_policy, find_optimum


def small(prices=3):
    """A season of six weeks with a few units a week, and its instance."""
    instance = next(one for one in draw_instances() if len(one.prices) == prices)
    return instance, instance.build_season(1.0, instance.slope, 0.0, 0.0)


def test_72_seasons_differ():
    seasons = draw_instances()
    shapes = {(len(i.forecast), len(i.prices), i.slope, i.stock) for i in seasons}
    assert len(shapes) == len(seasons) == 72


def test_no_policy_beats_the_optimum_and_the_optimum_not_the_fluid_bound():
    _, season = small()
    optimum = find_optimum(season)
    assert optimum < bound_by_fluid(season)
    fixed = [
        evaluate_policy(season, lambda *asked, to=to: np.full(len(asked[-1]), to))
        for to in range(len(season.prices))
    ]
    assert max(fixed) <= optimum + 1e-9
    assert min(fixed) > SALVAGE * season.stock


def test_one_price_to_the_end_is_worth_what_its_demand_sells():
    # With stock for any demand, sales are the mean; kept is what is left, less half of the week's.
    instance, _ = small()
    season = instance._replace(stock=400).build_season(1.0, instance.slope, 0.0, 0.0)
    held = evaluate_policy(season, lambda *asked: np.full(len(asked[3]), asked[2]))
    sold = season.mean[0, :, 0]
    before = 400 - np.cumsum(sold) + sold
    kept = (season.keeping * (before - sold / 2)).sum()
    worth = 100 * sold.sum() - kept + SALVAGE * (400 - sold.sum())
    assert held == pytest.approx(worth, rel=1e-6)
