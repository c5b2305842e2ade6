"""Return forecasts on simulated sales whose return rate and delay are known, and on real ones."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from forecasting.returns.delays import MAX_DELAY_DAYS, delays, pooled_delay
from forecasting.returns.forecast import estimate_return_rates, forecast_returns

AS_OF = dt.date(2025, 6, 30)
HORIZON = 14
RATE = {"store": 0.08, "ecom": 0.3}
DELAY = {"store": stats.nbinom(3, 3 / (3 + 6)), "ecom": stats.nbinom(4, 4 / (4 + 12))}


def simulate(  # noqa: PLR0913  # the truth in its parts
    rng, *, days=200, skus=40, mean=6.0, rate=None, matched=True, ahead=0
):
    """Sales by sku and day of a store and a web shop, and all that comes back up to `ahead` days.

    Sales begin at the first day. `rate` is by channel, and may vary by sku.
    """
    rate = RATE if rate is None else rate
    dates = [AS_OF + dt.timedelta(days=d) for d in range(1 - days, ahead + 1)]
    sold, back = [], []
    for channel, location in (("store", "s1"), ("ecom", "web")):
        units = rng.poisson(mean, (skus, len(dates)))
        item, day = np.nonzero(units)
        sold.append(
            pl.DataFrame(
                {
                    "sku": [f"k{i:03d}" for i in item],
                    "location": location,
                    "channel": channel,
                    "category": [f"c{i % 2}" for i in item],
                    "date": [dates[d] for d in day],
                    "units": units[item, day],
                }
            )
        )
        chance = np.broadcast_to(rate[channel], skus)[item]
        returned = rng.binomial(units[item, day], chance)
        item, day = np.repeat(item, returned), np.repeat(day, returned)
        at = day + DELAY[channel].rvs(len(day), random_state=rng)
        here = at < len(dates)
        item, day, at = item[here], day[here], at[here]
        back.append(
            pl.DataFrame(
                {
                    "sku": [f"k{i:03d}" for i in item],
                    "location": location,
                    "channel": channel,
                    "date": [dates[d] for d in at],
                    "sold_date": pl.Series(
                        [dates[d] if matched else None for d in day], dtype=pl.Date
                    ),
                    "units": 1,
                    "resalable": (rng.random(len(item)) < 0.7).astype(int),
                }
            )
        )
    return pl.concat(sold), pl.concat(back)


def ahead(skus=40, mean=6.0, variance=None):
    """The forecast of the simulated sales."""
    rows = [
        (f"k{i:03d}", location, AS_OF + dt.timedelta(days=d))
        for i in range(skus)
        for location in ("s1", "web")
        for d in range(1, HORIZON + 1)
    ]
    return pl.DataFrame(rows, schema=["sku", "location", "date"], orient="row").with_columns(
        mean=pl.lit(float(mean)),
        variance=pl.lit(float(mean if variance is None else variance)),
        correlation=pl.lit(0.0),
    )


def forecast(sold, returned, future):
    return forecast_returns(sold, returned, future, as_of=AS_OF, horizon=HORIZON)


def split(frame):
    return frame.filter(pl.col("date") <= AS_OF), frame.filter(pl.col("date") > AS_OF)


@pytest.mark.parametrize("matched", [True, False])
def test_daily_returns_are_unbiased(matched):
    rng = np.random.default_rng(1)
    sold, returned = simulate(rng, skus=300, matched=matched, ahead=HORIZON)
    known, _ = split(sold)
    before, _ = split(returned)
    found = forecast(known, before, ahead(300))
    for channel, rate in RATE.items():
        # 300 skus of mean 6 for so long that all delays are in play: the flow is steady.
        expected = 300 * 6 * rate
        by_day = found.filter(pl.col("channel") == channel).group_by("date").agg(pl.sum("mean"))
        assert by_day.height == HORIZON
        assert by_day["mean"].mean() == pytest.approx(expected, rel=0.03)
        assert by_day["mean"].min() > 0.96 * expected
        assert by_day["mean"].max() < 1.04 * expected


@pytest.mark.parametrize(("matched", "off"), [(True, 0.02), (False, 0.04)])
def test_the_delay_is_recovered(matched, off):
    rng = np.random.default_rng(2)
    # Days differ threefold, without which unmatched returns could not tell a delay.
    mean = 3 * rng.integers(1, 4, 200)
    sold, returned = simulate(rng, skus=300, mean=mean, matched=matched)
    back = returned.join(sold.select("sku", "category").unique(), on="sku")
    found = delays(sold, back, as_of=AS_OF)
    for channel, delay in DELAY.items():
        truth = delay.cdf(np.arange(MAX_DELAY_DAYS + 1))
        assert np.abs(found[channel].cumsum() - truth).max() < off
        assert found[channel].sum() == pytest.approx(1)


def test_a_channel_without_returns_has_the_pooled_delay():
    sold, returned = simulate(np.random.default_rng(14), skus=2, matched=False)
    back = returned.join(sold.select("sku", "category").unique(), on="sku").clear()
    for found in delays(sold, back, as_of=AS_OF).values():
        assert np.allclose(found, pooled_delay())


def test_truncation_is_corrected():
    # Sales of the last 30 days only: many are still to come back.
    rng = np.random.default_rng(3)
    sold, returned = simulate(rng, skus=800, days=30)
    web = pl.col("channel") == "ecom"
    naive = returned.filter(web)["units"].sum() / sold.filter(web)["units"].sum()
    assert naive < 0.7 * RATE["ecom"]
    back = returned.join(sold.select("sku", "category").unique(), on="sku")
    found = delays(sold, back, as_of=AS_OF)["ecom"]
    seen = returned.filter(web)
    seen_days = (seen["date"] - seen["sold_date"]).dt.total_days().mean()
    truth = DELAY["ecom"].cdf(np.arange(25))
    assert seen_days < 0.85 * 12
    assert np.abs(found[:25].cumsum() / found[:25].sum() - truth / truth[-1]).max() < 0.03
    made = forecast(sold, returned, ahead(800)).filter(web)
    rate = RATE["ecom"]
    for day in (1, HORIZON):
        # Sold on each of the 30 days before and on the days ahead, times the delay's chance.
        due = 800 * 6 * rate * DELAY["ecom"].cdf(29 + day)
        total = made.filter(pl.col("date") == AS_OF + dt.timedelta(days=day))["mean"].sum()
        assert total == pytest.approx(due, rel=0.1)


def test_the_width_is_right():
    rng = np.random.default_rng(4)
    skus = 400
    of_sku = {name: np.clip(rng.gamma(8, mean / 8, skus), 0, 1) for name, mean in RATE.items()}
    sold, returned = simulate(rng, skus=skus, days=120, mean=2.0, rate=of_sku, ahead=HORIZON)
    (known, _), (before, after) = split(sold), split(returned)
    found = forecast(known, before, ahead(skus, 2.0))
    key = ["sku", "channel", "date"]
    truth = after.group_by(key).agg(actual=pl.sum("units"))
    both = found.join(truth, on=key, how="left").with_columns(pl.col("actual").fill_null(0))
    error = both["actual"] - both["mean"]
    assert (error**2).mean() == pytest.approx(both["variance"].mean(), rel=0.08)
    # The total of a sku over the horizon strays by the rate: own rates beat the channel's.
    by_sku = both.group_by("sku", "channel").agg(pl.sum("actual", "mean"))
    pooled = pl.col("mean").mean().over("channel")
    own = by_sku.select(((pl.col("actual") - pl.col("mean")) ** 2).mean()).item()
    assert own < by_sku.select(((pl.col("actual") - pooled) ** 2).mean()).item()


def test_uncertain_sales_widen_returns():
    sold, returned = simulate(np.random.default_rng(5), skus=4)
    sure, unsure = (forecast(sold, returned, ahead(4, variance=v)) for v in (6, 60))
    tied = forecast(sold, returned, ahead(4, variance=60).with_columns(correlation=pl.lit(0.5)))
    assert sure["mean"].to_list() == unsure["mean"].to_list()
    # On the first day little of what comes back is of forecast sales; on the last much.
    last = pl.col("date") == AS_OF + dt.timedelta(days=HORIZON)
    widths = [frame.filter(last)["variance"].sum() for frame in (sure, unsure, tied)]
    assert widths[0] < widths[1] < widths[2]


def test_a_sku_without_history_is_pooled_and_wider():
    sold, returned = simulate(np.random.default_rng(6), skus=20)
    future = pl.concat([ahead(20), ahead(1).with_columns(sku=pl.lit("new"))])
    found = forecast(sold, returned, future).filter(pl.col("channel") == "ecom")
    last = found.filter(pl.col("date") == AS_OF + dt.timedelta(days=HORIZON))
    new = last.filter(pl.col("sku") == "new").row(0, named=True)
    old = last.filter(pl.col("sku") == "k000").row(0, named=True)
    part = DELAY["ecom"].cdf(HORIZON - 1)
    assert new["mean"] == pytest.approx(6 * part * RATE["ecom"], rel=0.1)
    assert new["variance"] / new["mean"] > old["variance"] / old["mean"]


def test_what_neither_sold_nor_will_has_no_rows():
    sold, returned = simulate(np.random.default_rng(7), skus=3)
    found = forecast(sold, returned, ahead(3, mean=0))
    assert found["sku"].unique().sort().to_list() == ["k000", "k001", "k002"]
    old = sold.with_columns(date=pl.col("date").dt.offset_by("-2y"))
    stale = forecast(old, returned.clear(), ahead(3, mean=0))
    assert stale["mean"].sum() == 0
    none = forecast(sold.clear(), returned.clear(), ahead(1))
    assert none.is_empty()
    assert none.columns == found.columns


def test_web_orders_brought_to_a_store_come_to_the_store():
    sold, returned = simulate(np.random.default_rng(8), skus=10)
    rng = np.random.default_rng(9)
    at_store = (pl.col("channel") == "ecom") & pl.Series(rng.random(returned.height) < 0.4)
    moved = returned.with_columns(
        location=pl.when(at_store).then(pl.lit("s1")).otherwise("location")
    )
    plain, found = forecast(sold, returned, ahead(10)), forecast(sold, moved, ahead(10))
    assert found["mean"].sum() == pytest.approx(plain["mean"].sum())
    web = found.filter(pl.col("channel") == "ecom").group_by("location").agg(pl.sum("mean"))
    shares = {row[0]: row[1] / web["mean"].sum() for row in web.rows()}
    assert shares["s1"] == pytest.approx(0.4, abs=0.02)


def test_the_resalable_share_follows_what_came_back():
    sold, returned = simulate(np.random.default_rng(10), skus=20)
    found = forecast(sold, returned, ahead(20))
    assert found["resalable_mean"].sum() / found["mean"].sum() == pytest.approx(0.7, abs=0.02)
    assert found.filter(pl.col("resalable_mean") > pl.col("mean")).is_empty()


def test_order_of_rows_does_not_matter_and_output_is_sorted():
    sold, returned = simulate(np.random.default_rng(11), skus=5)
    found = forecast(sold, returned, ahead(5))
    mixed = [frame.sample(fraction=1, shuffle=True, seed=1) for frame in (sold, returned, ahead(5))]
    assert found.equals(forecast(*mixed))
    assert found.equals(found.sort("sku", "location", "channel", "date"))
    # What lies after as_of is not read.
    later, came = simulate(np.random.default_rng(12), skus=5, days=1, ahead=9)
    late = [frame.filter(pl.col("date") > AS_OF) for frame in (later, came)]
    assert found.equals(
        forecast(pl.concat([sold, late[0]]), pl.concat([returned, late[1]]), ahead(5))
    )


def test_bad_rows_are_named():
    sold, returned = simulate(np.random.default_rng(13), skus=1, days=40)
    with pytest.raises(ValueError, match=r"sku k000, location s1.*more than once"):
        forecast(pl.concat([sold, sold[:1]]), returned, ahead(1))
    with pytest.raises(ValueError, match=r"units of sku k000.*-1"):
        forecast(sold.with_columns(units=pl.lit(-1)), returned, ahead(1))
    with pytest.raises(ValueError, match=r"mean of sku k000.*nan"):
        forecast(sold, returned, ahead(1, mean=math.nan, variance=1))
    with pytest.raises(ValueError, match=r"sku k000, location s1.*: No more is resalable"):
        forecast(sold, returned.with_columns(resalable=pl.lit(2)), ahead(1))
    with pytest.raises(ValueError, match=r"sku k000.*: Nothing came back before it was sold"):
        forecast(sold, returned.with_columns(sold_date=pl.col("date").dt.offset_by("1d")), ahead(1))
    with pytest.raises(ValueError, match="horizon"):
        forecast_returns(sold, returned, ahead(1), as_of=AS_OF, horizon=0)


def test_rates_are_those_of_the_truth_and_an_unsold_item_has_its_category_s():
    rng = np.random.default_rng(3)
    doubled = {"store": 0.08, "ecom": np.where(np.arange(40) % 2, 0.4, 0.2)}
    sold, back = simulate(rng, rate=doubled)
    items = sold.select("sku", "category").unique().sort("sku")
    new = pl.DataFrame({"sku": ["new", "other"], "category": ["c1", "hats"]})
    rates = estimate_return_rates(sold, back, pl.concat([items, new]), as_of=AS_OF)
    assert rates.height == 2 * (items.height + 2)
    web = rates.filter(channel="ecom").join(items, on="sku", how="left")
    for category, truth in (("c0", 0.2), ("c1", 0.4)):
        found = web.filter(category=category)["return_rate"].mean()
        assert found == pytest.approx(truth, abs=0.02)
    unsold = dict(web.select("sku", "return_rate").iter_rows())
    assert unsold["new"] == pytest.approx(0.4, abs=0.03)
    # Nothing is known of its category: the channel's rate.
    assert unsold["other"] == pytest.approx(0.3, abs=0.04)
    assert rates["resalable_share"].mean() == pytest.approx(0.7, abs=0.03)


def test_no_returns_on_record_say_nothing_of_rates():
    sold, back = simulate(np.random.default_rng(3), days=30)
    items = sold.select("sku", "category").unique().sort("sku")
    assert estimate_return_rates(sold, back.clear(), items, as_of=AS_OF).is_empty()
