"""Features by hand on a small panel, and that none sees what is not known yet."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forecasting.global_model import features
from forecasting.global_model.features import (
    CENTRED,
    COLUMN,
    RELATIVE,
    feature_rows,
    measure_groups,
)
from forecasting.global_model.panel import WEATHER, ModelPanel, cut

PAIRS, DAYS, HORIZON = 6, 60, 14
LENGTH = DAYS + HORIZON


def small_panel(seed=4):
    """Three skus at two locations of two regions; some days unknown, some out of stock."""
    rng = np.random.default_rng(seed)
    demand = rng.poisson(3, (PAIRS, DAYS)).astype(np.float32)
    demand[rng.random(demand.shape) < 0.15] = np.nan
    price = rng.choice([1.0, 0.95, 0.8], (PAIRS, LENGTH)).astype(np.float32)
    location = np.arange(PAIRS) % 2
    return ModelPanel(
        pairs=pl.DataFrame(
            {
                "region": [f"r{n % 2}" for n in range(PAIRS)],
                "sku": [f"i{n // 2}" for n in range(PAIRS)],
                "location": [f"s{n % 2}" for n in range(PAIRS)],
                "category": "food",
            }
        ),
        sku=np.arange(PAIRS) // 2,
        location=location,
        region=location,
        category=np.zeros(PAIRS, dtype=np.int64),
        as_of=dt.date(2025, 3, 2),
        demand=demand,
        in_stock=np.isfinite(demand) & (rng.random(demand.shape) < 0.8),
        price=price,
        promoted=price < 0.9,
        day_off=rng.random((2, LENGTH)) < 0.3,
        event=rng.random((2, LENGTH)) < 0.1,
        weather=rng.random((len(WEATHER), 2, DAYS, HORIZON)).astype(np.float32),
        announced=np.full((PAIRS, LENGTH), -1, dtype=np.int16),
    )


def even_groups(panel):
    """Groups without a season and a common level, so that units are units."""
    groups = measure_groups(panel)
    return replace(groups, season=np.ones_like(groups.season))


def rows_of(panel, groups, pair, origin, target):
    """Features of days from one origin, no longer relative to what is usual for all pairs."""
    asked = [np.atleast_1d(np.array(number)) for number in (pair, origin, target)]
    rows = feature_rows(panel, groups, *asked)
    (usual,) = features._usual(panel, groups, np.unique(asked[1]))
    centred = {name: usual[number] for number, name in enumerate(CENTRED)}
    centred |= {name: centred[like] for name, like in features.WEEKDAYS.items()}
    for name, mean in centred.items():
        rows.values[:, COLUMN[name]] *= mean
    return rows


def values_of(pair, origin, target):
    """Features of one day by name, those relative to the base in units."""
    panel = small_panel()
    rows = rows_of(panel, even_groups(panel), pair, origin, target).values[0].astype(float)
    base = rows[COLUMN["base"]]
    return {
        name: rows[number] * (base if name in RELATIVE else 1) for name, number in COLUMN.items()
    }


def smoothed(values, alpha):
    """By its definition: older days weigh (1 - alpha) times as much for each day of age."""
    known = [(age, v) for age, v in enumerate(reversed(values)) if v is not None]
    weights = [(1 - alpha) ** age for age, _ in known]
    return sum(w * v for w, (_, v) in zip(weights, known, strict=True)) / sum(weights)


@pytest.mark.parametrize(("pair", "origin", "target"), [(0, 59, 60), (3, 40, 51), (5, 20, 34)])
def test_by_hand(pair, origin, target):
    panel = small_panel()
    known = [float(v) if np.isfinite(v) else None for v in panel.demand[pair, : origin + 1]]
    held = [v if h else None for v, h in zip(known, panel.in_stock[pair], strict=False)]
    found = values_of(pair, origin, target)
    for alpha in (0.05, 0.15, 0.4):
        assert found[f"level_{alpha}"] == pytest.approx(smoothed(known, alpha), rel=1e-5)
    for alpha in (0.1, 0.3):
        assert found[f"level_in_stock_{alpha}"] == pytest.approx(smoothed(held, alpha), rel=1e-5)
    for days in (7, 28):
        window = [v for v in known[-days:] if v is not None]
        inside = [v for v in held[-days:] if v is not None]
        assert found[f"mean_{days}"] == pytest.approx(np.mean(window), rel=1e-5)
        assert found[f"mean_in_stock_{days}"] == pytest.approx(np.mean(inside), rel=1e-5)
        assert found[f"in_stock_{days}"] == pytest.approx(len(inside) / len(window))
        prices = panel.price[pair, max(origin + 1 - days, 0) : origin + 1]
        assert found[f"price_{days}"] == pytest.approx(prices.mean())
    window = [v for v in known[-28:] if v is not None]
    assert found["deviation_28"] == pytest.approx(np.std(window), rel=1e-4)
    assert found["known_28"] == pytest.approx(len(window) / 28)
    assert found["zeros_28"] == pytest.approx(window.count(0) / len(window))
    assert found["last_in_stock"] == pytest.approx([v for v in held if v is not None][-1])
    by_price = list(zip(known, panel.price[pair], strict=False))
    full = [v for v, p in by_price if v is not None and p > 0.99]
    reduced = [v for v, p in by_price if v is not None and p < 0.85]
    assert found["level_full_price"] == pytest.approx(np.mean(full), rel=1e-5)
    assert found["level_discount"] == pytest.approx(np.mean(reduced), rel=1e-5)
    same = [known[day] for day in range(target % 7, origin + 1, 7)][-4:]
    same = [v for v in same if v is not None]
    assert found["same_weekday"] == pytest.approx(np.mean(same), rel=1e-5)
    assert found["last_same_weekday"] == pytest.approx(same[-1])
    assert found["lead"] == target - origin
    assert found["day_off"] == panel.day_off[pair % 2, target]
    assert found["rain_ahead"] == panel.weather[1, pair % 2, origin, target - origin - 1]


def test_weekday_is_that_of_the_calendar():
    as_of = small_panel().as_of
    assert values_of(0, 59, 62)["weekday"] == (as_of + dt.timedelta(days=3)).weekday()


def test_what_all_pairs_share_is_no_feature_of_any():
    # Every pair sells more from week to week, and in step.
    panel = small_panel()
    path = 50 + np.arange(DAYS) ** 1.5
    demand = (path * np.arange(1, PAIRS + 1)[:, None]).astype(np.float32)
    in_stock = np.broadcast_to(np.arange(DAYS) % 3 > 0, demand.shape)
    rising = replace(panel, demand=demand, in_stock=in_stock)
    groups = measure_groups(replace(rising, day_off=np.zeros_like(panel.day_off)))
    pair = np.arange(PAIRS)
    # Each has its own prices.
    own = [name for name in CENTRED if name not in {"level_full_price", "level_discount"}]
    for origin in (30, DAYS - 1):
        asked = (pair, np.full(PAIRS, origin), np.full(PAIRS, origin + 1))
        found = feature_rows(rising, groups, *asked).values
        for name in own:
            assert found[:, COLUMN[name]] == pytest.approx(1, rel=0.02), name


def test_base_of_a_long_history_is_its_level_and_of_none_that_of_its_sku():
    panel = small_panel()
    demand = np.full_like(panel.demand, 5)
    demand[1] = np.nan
    panel = replace(panel, demand=demand, in_stock=np.isfinite(demand))
    groups = even_groups(panel)
    base = rows_of(panel, groups, [0, 1], [59, 59], [60, 60]).base
    assert base == pytest.approx([5, 5], rel=0.05)
    unheard = replace(panel, demand=np.where(panel.sku[:, None] == 0, np.nan, demand))
    assert np.isnan(rows_of(unheard, even_groups(unheard), 0, 59, 60).base).all()


def all_rows(origin):
    pair = np.repeat(np.arange(PAIRS), HORIZON)
    target = np.tile(np.arange(origin + 1, origin + 1 + HORIZON), PAIRS)
    return pair, np.full(len(pair), origin), target


def test_nothing_after_the_origin_is_seen():
    # Without days off, since their factor is measured once over all of the history.
    panel, origin = small_panel(), 40
    panel = replace(panel, day_off=np.zeros_like(panel.day_off))
    asked = all_rows(origin)
    before = feature_rows(panel, even_groups(panel), *asked)
    demand, in_stock = panel.demand.copy(), panel.in_stock.copy()
    demand[:, origin + 1 :] = 99
    in_stock[:, origin + 1 :] ^= True
    weather = panel.weather.copy()
    weather[:, :, origin + 1 :] = -50
    changed = replace(panel, demand=demand, in_stock=in_stock, weather=weather)
    after = feature_rows(changed, even_groups(changed), *asked)
    np.testing.assert_array_equal(before.values, after.values)
    np.testing.assert_array_equal(before.base, after.base)


def test_a_panel_cut_back_knows_no_more_than_its_origin():
    panel, origin = small_panel(), 40
    changed = replace(panel, demand=panel.demand.copy())
    changed.demand[:, origin + 1 :] = 99
    found = []
    for each in (panel, changed):
        then = cut(each, DAYS - 1 - origin)
        found.append(feature_rows(then, measure_groups(then), *all_rows(origin)).values)
    np.testing.assert_array_equal(*found)


def test_offers_not_yet_announced_look_like_ordinary_days():
    panel, origin = small_panel(), DAYS - 1
    announced = panel.announced.copy()
    announced[:, DAYS + 5 :] = DAYS
    hidden = replace(panel, announced=announced)
    price, promoted = panel.price.copy(), panel.promoted.copy()
    price[:, DAYS + 5 :] = 0.4
    promoted[:, DAYS + 5 :] = True
    asked, groups = all_rows(origin), even_groups(panel)
    before = feature_rows(hidden, groups, *asked).values
    after = feature_rows(replace(hidden, price=price, promoted=promoted), groups, *asked).values
    np.testing.assert_array_equal(before, after)
    seen = feature_rows(panel, groups, *asked).values
    near = asked[2] < DAYS + 5
    np.testing.assert_array_equal(seen[near], before[near])
    assert (before[~near, COLUMN["price"]] == 1).all()
    assert not before[~near, COLUMN["promoted"]].any()


def test_a_location_whose_known_skus_sold_nothing_keeps_a_finite_size():
    # One sku sold earlier and is unknown at the end, the others never sold anything anywhere.
    panel = small_panel()
    demand = np.zeros_like(panel.demand)
    demand[:2, 40:50] = 4
    demand[:2, 50:] = np.nan
    panel = replace(panel, demand=demand, in_stock=np.isfinite(demand))
    assert np.isfinite(measure_groups(panel).size).all()


def test_the_level_of_all_follows_what_pairs_share_and_not_their_noise():
    rng = np.random.default_rng(6)
    panel = small_panel()
    count = 40
    wave = 1 + 0.3 * np.sin(np.arange(DAYS) / 6)
    even = {
        "pairs": panel.pairs[np.zeros(count, dtype=np.int64)],
        **dict.fromkeys(("sku", "location", "region", "category"), np.zeros(count, dtype=np.int64)),
        **{name: getattr(panel, name)[[0] * count] for name in ("price", "promoted", "announced")},
        "in_stock": np.ones((count, DAYS), dtype=bool),
        "day_off": np.zeros_like(panel.day_off),
    }

    def swing(common, units):
        demand = rng.poisson(np.tile(units * common, (count, 1))).astype(np.float32)
        scale = measure_groups(replace(panel, demand=demand, **even)).scale
        means = [demand[:, DAYS - days :].mean() for days in (7, 28)]
        return np.log(scale[-1]), np.log(means[0] / means[1])

    damped, seen = swing(wave, 50.0)
    assert damped == pytest.approx(seen, rel=0.05)
    swings = np.array([swing(np.ones(DAYS), 0.2) for _ in range(20)])
    assert (swings[:, 0] ** 2).mean() < 0.5 * (swings[:, 1] ** 2).mean()
