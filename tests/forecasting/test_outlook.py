"""The year ahead: season, events, launches and drift are found where they are, and only there."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.outlook import estimate_outlook

AS_OF = dt.date(2025, 9, 30)
YEAR, WEEK = 52, 7
NO_EVENTS = pl.DataFrame(schema={"name": pl.String, "date": pl.Date, "share": pl.Float64})


def first_days(weeks):
    return [AS_OF - dt.timedelta(days=WEEK * back - 1) for back in range(weeks, 0, -1)]


def items(styles, categories=2, **columns):
    names = [f"I{number:03d}" for number in range(styles)]
    return pl.DataFrame(
        {
            "sku": names,
            "style": names,
            "department": ["all"] * styles,
            "category": [f"C{number % categories}" for number in range(styles)],
            "launch_date": [dt.date(2020, 1, 1)] * styles,
            "exit_date": pl.Series([None] * styles, dtype=pl.Date),
        }
    ).with_columns(**columns)


def sales(mean, rng=None):
    """Weeks of items whose mean demand is [item, week], in halves; drawn, or the means."""
    count, weeks = mean.shape
    rows = []
    for half in (0, 1):
        units = rng.poisson(mean / 2) if rng else mean / 2
        rows.append(
            pl.DataFrame(
                {
                    "sku": np.repeat([f"I{n:03d}" for n in range(count)], weeks),
                    "half": np.full(count * weeks, half),
                    "week": first_days(weeks) * count,
                    "units": units.ravel().astype(float),
                    "usual": np.repeat(units.mean(axis=1), weeks),
                }
            )
        )
    return pl.concat(rows)


def outlook(mean, events=NO_EVENTS, rng=None, chosen=None):
    chosen = items(len(mean)) if chosen is None else chosen
    return estimate_outlook(sales(mean, rng), chosen, events, as_of=AS_OF, horizon=28)


def column(found, name, sku="I000"):
    return found.factors.filter(sku=sku)[name].to_numpy()


def wave(weeks=YEAR, swing=0.4):
    return 1 + swing * np.sin(2 * np.pi * np.arange(weeks) / YEAR)


@pytest.mark.parametrize(("years", "share"), [(1, 1 / 2), (2, 2 / 3)])
def test_a_season_is_told_of_the_year_ahead_as_far_as_years_bear_it_out(years, share):
    found = outlook(np.full((40, 1), 50.0) * np.tile(wave(), years))
    season = column(found, "season")
    # The first week of the year ahead is like that of a year ago, at the level of now.
    expected = (wave() / wave()[0]) ** share
    assert np.abs(season / season[0] - expected)[3:-3].max() < 0.04


def test_past_weeks_stand_beside_now_as_the_season_says():
    found = outlook(np.full((40, 1), 50.0) * wave()).past.filter(sku="I000")
    assert found["week"].to_list() == first_days(YEAR)
    expected = (wave() / wave()[0]) ** 0.5
    factor = found["factor"].to_numpy()
    assert np.abs(factor / factor[0] - expected)[3:-3].max() < 0.04


def test_a_past_event_is_in_the_past_factors_as_a_whole():
    then = first_days(YEAR)[10]
    mean = with_event(then, 7, 1.6)
    quiet = outlook(mean).past.filter(sku="I000")["factor"].to_numpy()
    told = outlook(mean, event("sale", then, 7)).past.filter(sku="I000")["factor"].to_numpy()
    # A peak that no calendar names comes back by half, and an event as it was.
    assert told[10] == pytest.approx(1.6, abs=0.1)
    assert quiet[10] == pytest.approx(1.6**0.5, abs=0.1)
    assert np.delete(told, 10) == pytest.approx(np.ones(YEAR - 1), abs=0.03)


def test_a_year_without_a_season_has_factors_near_one():
    rng = np.random.default_rng(3)
    season = outlook(np.full((40, YEAR), 20.0), rng=rng).factors["season"].to_numpy()
    assert np.abs(season - 1).max() < 0.03


def test_growth_from_year_to_year_is_not_a_season():
    found = outlook(np.full((40, 1), 50.0) * np.repeat([1.0, 1.5], YEAR)[None, :])
    assert column(found, "factor") == pytest.approx(np.ones(YEAR))


def test_less_than_a_year_says_nothing_of_the_season():
    found = outlook(np.full((40, 1), 50.0) * wave()[None, :40])
    assert column(found, "season") == pytest.approx(np.ones(YEAR))


def test_a_small_category_leans_on_all_of_them():
    mean = np.full((41, 1), 50.0) * wave()
    mean[40] = 0.2 * np.roll(wave(swing=0.9), 20)
    chosen = items(41).with_columns(
        category=pl.when(pl.col("sku") == "I040").then(pl.lit("lone")).otherwise("category")
    )
    found = outlook(mean, rng=np.random.default_rng(5), chosen=chosen)
    lone, usual = column(found, "season", "I040"), column(found, "season")
    assert np.abs(lone - usual).max() < 0.15


def event(name, first, days):
    dates = [first + dt.timedelta(days=day) for day in range(days)]
    return pl.DataFrame({"name": [name] * days, "date": dates, "share": [1.0] * days})


def with_event(first, days, factor):
    """Sales of forty items, `factor` times as many on the days of an event."""
    week = (first - first_days(YEAR)[0]).days / WEEK
    mean = np.full((40, YEAR), 50.0)
    for day in range(days):
        mean[:, int(week + day / WEEK)] += 50.0 / WEEK * (factor - 1)
    return mean


def test_an_event_that_moves_takes_its_effect_along():
    then = first_days(YEAR)[10]
    moved = then + dt.timedelta(days=WEEK * (YEAR + 3))
    mean = with_event(then, 7, 1.6)
    found = outlook(mean, pl.concat([event("fair", then, 7), event("fair", moved, 7)]))
    effect = column(found, "factor")
    assert effect[13] == pytest.approx(1.6, abs=0.15)
    assert effect[10] == pytest.approx(1.0, abs=0.1)
    # Half a week of it does half as much.
    days = pl.concat([event("fair", then, 7), event("fair", moved + dt.timedelta(days=4), 3)])
    assert column(outlook(mean, days), "event")[13] == pytest.approx(1.25, abs=0.07)


def test_an_event_that_nobody_announced_again_comes_a_year_later():
    then = first_days(YEAR)[10]
    found = outlook(with_event(then, 7, 1.6), event("fair", then, 7))
    assert column(found, "factor")[10] == pytest.approx(1.6, abs=0.15)


def test_launches_are_learnt_from_past_ones_and_wear_off():
    rng = np.random.default_rng(11)
    starts = rng.integers(2, 26, 40)
    age = np.arange(YEAR)[None, :] - starts[:, None]
    mean = np.where(age >= 0, 50.0 * (1 + np.exp(-np.maximum(age, 0) / 3)), 0.0)
    launch = [first_days(YEAR)[start] for start in starts]
    old = np.full((40, YEAR), 50.0)
    chosen = items(80).with_columns(
        launch_date=pl.Series([*launch, *([dt.date(2020, 1, 1)] * 40)], dtype=pl.Date)
    )
    rows = sales(np.concatenate([mean, old])).filter(pl.col("units") > 0)
    found = estimate_outlook(rows, chosen, NO_EVENTS, as_of=AS_OF, horizon=28)
    curve = found.launches.filter(category="C0")["factor"].to_numpy()
    assert curve[0] == pytest.approx(1.9, abs=0.2)
    assert (np.diff(curve[:6]) < 0).all()
    assert curve[-1] == pytest.approx(1.0, abs=0.1)


def test_one_launch_is_no_curve():
    mean = np.full((10, YEAR), 50.0)
    start = 20
    mean[0] = np.where(np.arange(YEAR) < start, 0.0, 50.0)
    mean[0, start : start + 6] = 150.0
    launched = pl.when(pl.col("sku") == "I000").then(pl.lit(first_days(YEAR)[start]))
    chosen = items(10).with_columns(launch_date=launched.otherwise("launch_date"))
    rows = sales(mean).filter(pl.col("units") > 0)
    found = estimate_outlook(rows, chosen, NO_EVENTS, as_of=AS_OF, horizon=28)
    assert found.launches["factor"].to_numpy() == pytest.approx(1.0, abs=0.02)


def stray(rng, count, weeks, kept, sd):
    """Logarithms of levels that stray and come back."""
    level = np.zeros((count, weeks))
    level[:, 0] = rng.normal(0, sd, count)
    for week in range(1, weeks):
        shock = rng.normal(0, sd * np.sqrt(1 - kept**2), count)
        level[:, week] = kept * level[:, week - 1] + shock
    return level


def test_levels_that_stray_are_less_sure_the_further_ahead():
    rng = np.random.default_rng(13)
    mean = 50.0 * np.exp(stray(rng, 200, 2 * YEAR, 0.9, 0.3))
    found = outlook(mean, rng=rng)
    drift = column(found, "level_variance")
    assert (drift[:4] == 0).all()
    assert (np.diff(drift) >= 0).all()
    # Of a variation of 0.3, 0.3^2 (1 - 0.9^(2 k)) is lost in k weeks, and forecasts state some.
    assert 0.015 < drift[25] < 0.06


def test_a_high_level_goes_back_by_as_much_as_levels_do():
    rng = np.random.default_rng(17)
    found = outlook(50.0 * np.exp(stray(rng, 200, 2 * YEAR, 0.85, 0.3)), rng=rng)
    level = found.factors.group_by("sku", maintain_order=True).agg(pl.col("level"))
    ends = np.array([values[20] for values in level["level"].to_list()])
    assert ends.min() < 0.8
    assert ends.max() > 1.2
    assert (found.factors.group_by("sku").agg(pl.col("level").first())["level"] == 1).all()


def test_levels_that_stay_drift_nowhere():
    rng = np.random.default_rng(19)
    found = outlook(np.full((200, YEAR), 30.0), rng=rng)
    assert column(found, "level_variance").max() < 0.01


def test_items_that_leave_teach_nothing_in_their_last_weeks():
    mean = np.full((40, YEAR), 50.0)
    mean[:20, -4:] = 5.0
    chosen = items(40).with_columns(
        exit_date=pl.when(pl.col("sku") < "I020").then(AS_OF).otherwise(None)
    )
    found = outlook(mean, chosen=chosen)
    assert column(found, "factor", "I030") == pytest.approx(np.ones(YEAR))
    assert found.factors["sku"].n_unique() == 20, "items that have left need no weeks ahead"


def test_a_week_that_ends_on_another_day_is_named():
    rows = sales(np.full((2, YEAR), 5.0)).with_columns(week=pl.col("week").dt.offset_by("2d"))
    with pytest.raises(ValueError, match="does not end weeks before 2025-09-30"):
        estimate_outlook(rows, items(2), NO_EVENTS, as_of=AS_OF, horizon=28)


def test_no_sales_at_all_leave_every_factor_at_one():
    found = outlook(np.zeros((3, YEAR)))
    assert (found.factors["factor"] == 1).all()
    assert (found.factors["level_variance"] == 0).all()
