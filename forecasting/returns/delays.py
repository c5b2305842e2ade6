"""How long after the sale units come back, by channel, from returns that are still coming in."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import optimize

FloatArray = npt.NDArray[np.float64]

MAX_DELAY_DAYS = 90
"""Longest delay; what comes back later counts for the rate, not for the delay."""

MATCHED_UNITS = 50
"""Matched units from which a channel's delay is read from its receipts."""

POOLED_DELAY_DAYS = 10.0
POOLED_DELAY_SHAPE = 1.5
"""Mean and shape of the negative binomial delay assumed of a channel of which nothing is known:
most goods come back within the two to four weeks that retailers usually grant."""

PRIOR_SPREAD = 1.0
"""Standard deviation of the logarithms of mean and shape around the pooled ones."""


def delays(sold: pl.DataFrame, returned: pl.DataFrame, *, as_of: dt.date) -> dict[str, FloatArray]:
    """Distribution of the days between sale and return, by channel of `sold`.

    Recent sales have not had the time to come back, so delays of the returns seen are short ones
    (right truncation). Where at least `MATCHED_UNITS` units name their day of sale, the chance of
    coming back after d days is units back after d days over units sold at least d days ago, which
    with the sold units known is the maximum likelihood estimate (a life table; without them it
    would be the reverse hazard of Lagakos, Barraj and De Gruttola 1988). Delays that no sale is old
    enough for follow the pooled one.

    Else a negative binomial delay is fitted to the daily returns of each category as a distributed
    lag of its sales, by quasi-Poisson likelihood with a rate for each category, a factor for each
    weekday (desks close) and log-normal priors around the pooled delay, on the days whose sales
    are known long enough before.

    Args:
        sold: frame `channel_sales`, up to as_of.
        returned: frame `returned_units` with the category of the items, up to as_of.
        as_of: last day known.

    Returns:
        Probabilities of 0 to `MAX_DELAY_DAYS` days.
    """
    found = {}
    for channel in sold["channel"].unique().sort():
        sales = sold.filter(pl.col("channel") == channel)
        back = returned.filter(pl.col("channel") == channel)
        first = sales.select(pl.col("date").min()).item()
        days = (pl.col("date") - pl.col("sold_date")).dt.total_days()
        matched = back.filter(pl.col("sold_date") >= first, days <= MAX_DELAY_DAYS)
        if matched["units"].sum() >= MATCHED_UNITS:
            found[channel] = _life_table(sales, matched, as_of)
        else:
            found[channel] = _distributed_lag(sales, back, as_of)
    return found


def pooled_delay() -> FloatArray:
    """The delay assumed where nothing is known."""
    return _negative_binomial(POOLED_DELAY_DAYS, POOLED_DELAY_SHAPE)


def _life_table(sales: pl.DataFrame, matched: pl.DataFrame, as_of: dt.date) -> FloatArray:
    days = (matched["date"] - matched["sold_date"]).dt.total_days().to_numpy()
    length = MAX_DELAY_DAYS + 1
    back = np.bincount(days, matched["units"].to_numpy(), minlength=length)
    age = (as_of - sales["date"]).dt.total_days().to_numpy()
    of_age = np.bincount(np.minimum(age, length), sales["units"].to_numpy(), minlength=length + 1)
    at_risk = of_age[::-1].cumsum()[::-1][:length]
    chance = _ratio(back, at_risk)
    pooled = pooled_delay()
    unseen = at_risk == 0
    chance[unseen] = pooled[unseen] * chance.sum() / pooled[~unseen].sum()
    return np.asarray(chance / chance.sum())


def _distributed_lag(sales: pl.DataFrame, back: pl.DataFrame, as_of: dt.date) -> FloatArray:
    first = sales.select(pl.col("date").min()).item()
    length = (as_of - first).days + 1
    categories = sales["category"].unique().sort()
    bought = _daily(sales, categories, first, length)
    came = _daily(back.filter(pl.col("date") >= first), categories, first, length)
    settled = min(MAX_DELAY_DAYS, length // 2)
    counts = came[:, settled:]
    weekday = np.arange(settled, length) % 7

    def expected(logs: FloatArray) -> FloatArray:
        """Returns by category and day, with rate and weekday factor that match the totals."""
        delay = _negative_binomial(*np.exp(np.clip(logs, -5, 5)))
        lagged = np.stack([np.convolve(row, delay)[:length] for row in bought])[:, settled:]
        lagged *= _ratio(counts.sum(axis=1), lagged.sum(axis=1))[:, None]
        came_on = np.bincount(weekday, counts.sum(axis=0), 7)
        due_on = np.bincount(weekday, lagged.sum(axis=0), 7)
        return np.asarray(lagged * _ratio(came_on, due_on)[weekday])

    def loss(logs: FloatArray) -> float:
        mean = expected(logs)
        on = mean > 0
        likelihood = float((counts[on] * np.log(mean[on]) - mean[on]).sum())
        return float((((logs - start) / PRIOR_SPREAD) ** 2).sum()) / 2 - likelihood / noise

    start = np.log([POOLED_DELAY_DAYS, POOLED_DELAY_SHAPE])
    first_mean = expected(start)
    # Goods come back in batches: the likelihood counts for as much as the variance lets it.
    pearson = _ratio((counts - first_mean) ** 2, first_mean)
    noise = max(float(pearson.sum()) / max(int((first_mean > 0).sum()), 1), 1.0)
    best = optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-3})
    return _negative_binomial(*np.exp(np.clip(best.x, -5, 5)))


def _ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> FloatArray:
    """Divide, and give 0 where the divisor is 0."""
    out = np.zeros(np.shape(above))
    np.divide(above, below, out=out, where=np.asarray(below) > 0)
    return out


def _daily(rows: pl.DataFrame, categories: pl.Series, first: dt.date, length: int) -> FloatArray:
    """Units by category and day."""
    out = np.zeros((len(categories), length))
    index = pl.DataFrame({"category": categories}).with_row_index("row")
    placed = rows.join(index, on="category")
    day = (placed["date"] - first).dt.total_days().to_numpy()
    np.add.at(out, (placed["row"].to_numpy(), day), placed["units"].to_numpy())
    return out


def _negative_binomial(mean: float, shape: float) -> FloatArray:
    from scipy import stats  # noqa: PLC0415  # slow import

    chance = stats.nbinom.pmf(np.arange(MAX_DELAY_DAYS + 1), shape, shape / (shape + mean))
    return np.asarray(chance / chance.sum())
