"""Forecast of returns: units that customers will bring or send back, by day and channel of sale.

A unit sold comes back with the rate of its sku and channel after a delay of its channel. So the
returns of a day are the lagged sales up to now and the lagged forecast sales, times the rate.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from forecasting.distribution import aggregate_groups
from forecasting.returns.delays import MAX_DELAY_DAYS, delays
from quality_checks.contracts import ChannelSales, DailyDemand, ReturnedUnits, find_frame

FloatArray = npt.NDArray[np.float64]

DEFAULT_SHAPE = 2.0
SHAPE_BOUNDS = (0.5, 1000.0)
"""Shape of the gamma of return rates around those of the level above: where it cannot be
estimated, and the bounds of the estimate."""

RESALABLE_PRIOR_UNITS = 20.0
"""Returned units that the resalable share of the level above weighs against one's own."""

RESALABLE_DEFAULT = 0.5
"""Resalable share where nothing came back anywhere."""

MIX_DAYS = 28
MIX_PRIOR_UNITS = 20.0
"""Days of sales whose channels forecast sales follow, and units by which a pair's mix is shrunk to
its location's."""

SETTLED = 0.99
"""Share of the delay that must lie within the history before a return counts for the rate."""

_OUTPUT = ["sku", "location", "channel", "date", "mean", "variance", "resalable_mean"]


@dataclass(frozen=True)
class _Lagged:
    """Sales whose returns would fall due on each day of the horizon, if all came back.

    Attributes:
        series: sku, location, channel, a row of the arrays each.
        units: units due. excess: variance beyond Poisson of what is due of forecast sales.
    """

    series: pl.DataFrame
    units: FloatArray
    excess: FloatArray


def forecast_returns(
    sold: pl.DataFrame,
    returned: pl.DataFrame,
    forecast: pl.DataFrame,
    *,
    as_of: dt.date,
    horizon: int,
) -> pl.DataFrame:
    """Forecast the returns of the days after `as_of`.

    The rate is gamma-Poisson: units back over units sold that have had the time to come back, each
    shrunk sku and channel to category and channel, that to the channel, that to all; the shape
    at each level is estimated by moments (Clayton and Kaldor 1987). The variance is that of Poisson
    returns, of the rate, and of the forecast sales beyond Poisson, whose days correlate. The
    resalable share is beta-binomial along the same levels.

    Returns come to the location that sold, but for those that locations take of a channel that they
    do not sell in (web orders brought to a store): each such location takes its share of the
    channel's returns, of every sku alike.

    Args:
        sold: frame `channel_sales`. Rows after as_of are not read.
        returned: frame `returned_units`. As long a history as `sold`; rows after as_of, and of what
            was never sold in `sold`, are not read.
        forecast: frame `daily_demand`; split over the channels of recent sales. Locations without
            sales are left out, as their channels are not known.
        as_of: last day known.
        horizon: days to forecast, at least 1.

    Returns:
        Of the contract ReturnsForecast sku, location, channel, date, mean, variance, resalable_mean
        (units), sorted by the first four: every day of the horizon for each pair and channel with
        sales or forecast sales.

    Raises:
        ValueError: the horizon is below 1, or a frame breaks its contract.
    """
    if horizon < 1:
        msg = f"horizon must be at least 1 day, not {horizon}"
        raise ValueError(msg)
    find_frame(ChannelSales).check(sold)
    find_frame(ReturnedUnits).check(returned)
    find_frame(DailyDemand).check(forecast)
    # Sums of floats depend on their order.
    sales = sold.filter(pl.col("date") <= as_of, pl.col("units") > 0).sort(_OUTPUT[:4])
    if sales.is_empty():
        return _empty(sold)
    category = sales.group_by("sku", maintain_order=True).agg(pl.col("category").min())
    back = _matching(returned, sales, as_of)
    delay = delays(sales, back, as_of=as_of)
    due = forecast.filter(
        pl.col("date") > as_of, pl.col("date") <= as_of + dt.timedelta(days=horizon)
    )
    lagged = _lagged(sales, _by_channel(sales, due, as_of), delay, as_of, horizon)
    wanted = lagged.series.select("sku", "channel").unique(maintain_order=True)
    rates = _rates(sales, back, wanted.join(category, on="sku", how="left"), delay, as_of)
    made = _returns(lagged, rates, as_of)
    return _landed(made, sales, back).select(_OUTPUT).sort(_OUTPUT[:4])


def estimate_return_rates(
    sold: pl.DataFrame, returned: pl.DataFrame, items: pl.DataFrame, *, as_of: dt.date
) -> pl.DataFrame:
    """Estimate how likely a unit sold comes back, and whether it can be sold again.

    Rates and shares are those of `forecast_returns`. An item that never sold in a channel has
    those of its category there, or of the channel where the category has none.

    Args:
        sold: frame `channel_sales`. Rows after as_of are not read.
        returned: frame `returned_units`, of as long a history.
        items: sku and category of the contract Products, of every item that is asked for.
        as_of: last day known.

    Returns:
        The columns of the contract ReturnRates without business_date: every item in every channel
        with sales, sorted by the first two; nothing where nothing ever came back, which does not
        mean that nothing will.

    Raises:
        ValueError: a frame breaks its contract.
    """
    find_frame(ChannelSales).check(sold)
    find_frame(ReturnedUnits).check(returned)
    sales = sold.filter(pl.col("date") <= as_of, pl.col("units") > 0).sort(_OUTPUT[:4])
    back = _matching(returned, sales, as_of)
    columns = {"return_rate": pl.Float64, "resalable_share": pl.Float64}
    if back.is_empty():
        return (
            items.clear()
            .select("sku", pl.col("sku").alias("channel"))
            .with_columns(pl.lit(None, dtype).alias(name) for name, dtype in columns.items())
        )
    wanted = items.select("sku", "category").join(
        sales.select("channel").unique().sort("channel"), how="cross"
    )
    rates = _rates(sales, back, wanted, delays(sales, back, as_of=as_of), as_of)
    return rates.select(
        "sku",
        "channel",
        return_rate=pl.col("rate").clip(0, 1),
        resalable_share=pl.col("resalable_share").clip(0, 1),
    ).sort("sku", "channel")


def _matching(returned: pl.DataFrame, sales: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Returns up to a day of what was sold, with the category of the sale."""
    category = sales.group_by("sku", maintain_order=True).agg(pl.col("category").min())
    back = returned.filter(pl.col("date") <= as_of).drop("category", strict=False)
    back = back.join(sales.select("sku", "channel").unique(), on=["sku", "channel"], how="semi")
    return back.join(category, on="sku")


def _empty(sold: pl.DataFrame) -> pl.DataFrame:
    numbers = {name: pl.lit(0.0) for name in _OUTPUT[4:]}
    return sold.clear().select("sku", "location", "channel", "date", **numbers)


def _by_channel(sales: pl.DataFrame, due: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """The forecast rows by channel, with the channel's `part` of them."""
    recent = sales.filter(pl.col("date") > as_of - dt.timedelta(days=MIX_DAYS))
    units = pl.col("units")
    # A location that sold nothing lately still has the channels of its whole history.
    at_location = (
        pl.concat([recent, sales.join(recent, on="location", how="anti")])
        .group_by("location", "channel", maintain_order=True)
        .agg(units.sum().cast(pl.Float64))
    )
    mix = at_location.select("location", "channel", share=units / units.sum().over("location"))
    own = recent.group_by("sku", "location", "channel", maintain_order=True).agg(
        units.sum().cast(pl.Float64)
    )
    sold = units.fill_null(0.0)
    pair = ["sku", "location"]
    parts = (
        due.select(pair)
        .unique(maintain_order=True)
        .join(mix, on="location")
        .join(own, on=[*pair, "channel"], how="left")
        .sort(*pair, "channel")
        .select(
            *pair,
            "channel",
            part=(sold + MIX_PRIOR_UNITS * pl.col("share"))
            / (sold.sum().over(pair) + MIX_PRIOR_UNITS),
        )
    )
    return due.select(*pair, "date", "mean", "variance", "correlation").join(parts, on=pair)


def _lagged(
    sales: pl.DataFrame,
    due: pl.DataFrame,
    delay: dict[str, FloatArray],
    as_of: dt.date,
    horizon: int,
) -> _Lagged:
    """Units that would be due back on each day if all past and forecast sales came back."""
    keys = ["sku", "location", "channel"]
    since = (pl.col("date") - as_of).dt.total_days().alias("since")
    recent = sales.filter(pl.col("date") > as_of - dt.timedelta(days=MAX_DELAY_DAYS))
    series = pl.concat([sales.select(keys), due.select(keys)]).unique().sort(keys)
    index = series.with_row_index("row")
    past = recent.select(*keys, since, "units").join(index, on=keys)
    ahead = due.with_columns(since).join(index, on=keys).sort("row", "since")
    units = np.zeros((series.height, horizon))
    excess = np.zeros_like(units)
    for channel in sorted(delay):
        rows = index.filter(pl.col("channel") == channel)["row"].to_numpy()
        lag = _lag_matrix(delay[channel], horizon)
        old = past.filter(pl.col("channel") == channel)
        shape = (series.height, MAX_DELAY_DAYS)
        at = (old["row"].to_numpy(), old["since"].to_numpy() + MAX_DELAY_DAYS - 1)
        before = sparse.csr_matrix((old["units"].to_numpy().astype(float), at), shape=shape)[rows]
        units[rows] = before @ lag[:MAX_DELAY_DAYS]
        new = ahead.filter(pl.col("channel") == channel)
        position = np.searchsorted(rows, new["row"].to_numpy()), new["since"].to_numpy() - 1
        mean, sd, beyond = (np.zeros((len(rows), horizon)) for _ in range(3))
        part, m, v = (new[name].to_numpy() for name in ("part", "mean", "variance"))
        mean[position] = part * m
        sd[position] = part * np.sqrt(v)
        beyond[position] = part**2 * np.maximum(v - m, 0)
        rho = np.zeros(len(rows))
        rho[position[0]] = new["correlation"].to_numpy()
        weight = lag[MAX_DELAY_DAYS:]
        units[rows] += mean @ weight
        cross = (sd @ weight) ** 2 - sd**2 @ weight**2
        excess[rows] = beyond @ weight**2 + rho[:, None] * np.maximum(cross, 0)
    return _Lagged(series, units, excess)


def _lag_matrix(delay: FloatArray, horizon: int) -> FloatArray:
    """The chance that a sale of a day from -89 to the horizon comes back on each day ahead."""
    sale = np.arange(1 - MAX_DELAY_DAYS, horizon + 1)
    days = np.arange(1, horizon + 1)[None, :] - sale[:, None]
    within = (days >= 0) & (days <= MAX_DELAY_DAYS)
    return np.where(within, delay[np.clip(days, 0, MAX_DELAY_DAYS)], 0.0)


def _rates(
    sales: pl.DataFrame,
    back: pl.DataFrame,
    wanted: pl.DataFrame,
    delay: dict[str, FloatArray],
    as_of: dt.date,
) -> pl.DataFrame:
    """sku, channel, rate, rate_variance, resalable_share of each wanted sku and channel.

    `wanted` has sku, channel and category; what never sold there takes the rate above it.
    """
    exposure, cases = _exposure(sales, back, delay, as_of)
    keys = ["sku", "channel"]
    leaf = (
        wanted.join(exposure, on=keys, how="left")
        .join(cases, on=keys, how="left")
        .join(
            back.group_by(keys, maintain_order=True).agg(
                all_units=pl.col("units").sum(), resalable=pl.col("resalable").sum()
            ),
            on=keys,
            how="left",
        )
        .with_columns(
            pl.col("exposure", "cases", "all_units", "resalable").cast(pl.Float64).fill_null(0.0),
            pl.col("category").fill_null("").alias("category"),
        )
        .sort(keys)
    )
    total = (
        leaf.rechunk().select(pl.col("exposure", "cases", "all_units", "resalable").sum()).row(0)
    )
    above = leaf.select(
        *keys,
        "category",
        rate=pl.lit(total[1] / total[0] if total[0] > 0 else 0.0),
        rate_variance=pl.lit(0.0),
        resalable_share=pl.lit(total[3] / total[2] if total[2] > 0 else RESALABLE_DEFAULT),
    )
    for level in (["channel"], ["category", "channel"], keys):
        above = _shrunk(leaf, above, level)
    return above


def _exposure(
    sales: pl.DataFrame, back: pl.DataFrame, delay: dict[str, FloatArray], as_of: dt.date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Units whose return was due and units that came back, on days that the history explains."""
    exposures, cases = [], []
    for channel in sorted(delay):
        of_channel = pl.col("channel") == channel
        sold = sales.filter(of_channel)
        length = (as_of - sold.select(pl.col("date").min()).item()).days + 1
        reached = delay[channel].cumsum()
        burn_in = min(int(np.searchsorted(reached, SETTLED)), length // 2)
        window = length - burn_in
        age = (as_of - sold["date"]).dt.total_days().to_numpy()
        due = reached[np.minimum(age, MAX_DELAY_DAYS)]
        before = age - window
        early = np.where(before >= 0, reached[np.clip(before, 0, MAX_DELAY_DAYS)], 0.0)
        exposures.append(
            sold.select("sku", "channel", exposure=pl.col("units") * pl.Series(due - early))
        )
        start = as_of - dt.timedelta(days=window - 1)
        cases.append(
            back.filter(of_channel, pl.col("date") >= start).select("sku", "channel", cases="units")
        )
    keys = ["sku", "channel"]
    return (
        aggregate_groups(pl.concat(exposures), keys, pl.col("exposure").sum()),
        pl.concat(cases).group_by(keys, maintain_order=True).agg(pl.col("cases").sum()),
    )


def _shrunk(leaf: pl.DataFrame, above: pl.DataFrame, level: list[str]) -> pl.DataFrame:
    """Rate, its variance and resalable share of each sku and channel at a level.

    A gamma of shape a around the rate r above has the posterior shape a + cases and rate
    a / r + exposure; the uncertainty of r itself counts by the weight that r has.
    """
    groups = aggregate_groups(
        leaf.join(above.drop("category"), on=["sku", "channel"]).sort("sku", "channel"),
        level,
        pl.col("exposure", "cases", "all_units", "resalable").sum(),
        pl.col("rate", "rate_variance", "resalable_share").first(),
    )
    shape = _shape(groups)
    rate, prior = pl.col("rate"), pl.col("prior")
    certainty = prior + pl.col("exposure")
    posterior = (shape + pl.col("cases")) / certainty
    found = groups.with_columns(prior=shape / rate).select(
        *level,
        rate=pl.when(rate > 0).then(posterior).otherwise(0.0),
        rate_variance=pl.when(rate > 0)
        .then(posterior / certainty + (prior / certainty).pow(2) * pl.col("rate_variance"))
        .otherwise(0.0),
        resalable_share=(pl.col("resalable") + RESALABLE_PRIOR_UNITS * pl.col("resalable_share"))
        / (pl.col("all_units") + RESALABLE_PRIOR_UNITS),
    )
    return above.select("sku", "channel", "category").join(found, on=level, maintain_order="left")


def _shape(groups: pl.DataFrame) -> float:
    """1 / shape solves sum((y - e)^2 / e - 1 - e / shape) = 0 for y units back of e expected."""
    seen = groups.filter(pl.col("exposure") * pl.col("rate") > 0)
    expected = (seen["exposure"] * seen["rate"]).to_numpy()
    if len(expected) < 2:  # noqa: PLR2004  # one group says nothing of how groups differ
        return DEFAULT_SHAPE
    error = seen["cases"].to_numpy() - expected
    spread = float((error**2 / expected - 1).sum() / expected.sum())
    low, high = SHAPE_BOUNDS
    return float(np.clip(1 / max(spread, 1 / high), low, high))


def _returns(lagged: _Lagged, rates: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Returns by the location that sold."""
    horizon = lagged.units.shape[1]
    known = lagged.series.join(rates, on=["sku", "channel"], how="left", maintain_order="left")
    rate, doubt = (known[name].to_numpy()[:, None] for name in ("rate", "rate_variance"))
    mean = rate * lagged.units
    variance = mean + doubt * lagged.units**2 + (rate**2 + doubt) * lagged.excess
    row = np.repeat(np.arange(len(mean)), horizon)
    dates = pl.Series([as_of + dt.timedelta(days=day) for day in range(1, horizon + 1)])
    return known.select("sku", "location", "channel", "resalable_share")[row].with_columns(
        date=dates[np.tile(np.arange(horizon), len(mean))],
        mean=pl.Series(mean.ravel()),
        variance=pl.Series(variance.ravel()),
    )


def _landed(made: pl.DataFrame, sales: pl.DataFrame, back: pl.DataFrame) -> pl.DataFrame:
    """Spread returns over the locations that take them.

    A share p of returns of mean m and variance v has the variance p m + p^2 (v - m).
    """
    sells = sales.select("location", "channel").unique(maintain_order=True)
    taken = back.group_by("location", "channel", maintain_order=True).agg(
        pl.col("units").sum().cast(pl.Float64)
    )
    taken = taken.with_columns(part=pl.col("units") / pl.col("units").sum().over("channel"))
    foreign = taken.join(sells, on=["location", "channel"], how="anti").select(
        "channel", "part", taker="location"
    )
    gone = aggregate_groups(foreign.sort("taker"), "channel", gone=pl.col("part").sum())
    kept = made.join(gone, on="channel", how="left").with_columns(
        part=1 - pl.col("gone").fill_null(0.0)
    )
    elsewhere = (
        aggregate_groups(
            made.sort("sku", "channel", "date", "location"),
            ["sku", "channel", "date"],
            pl.col("mean", "variance").sum(),
            pl.col("resalable_share").first(),
        )
        .join(foreign, on="channel")
        .rename({"taker": "location"})
    )
    columns = ["sku", "location", "channel", "date", "mean", "variance", "resalable_share", "part"]
    mean, part = pl.col("mean"), pl.col("part")
    return (
        pl.concat([kept.select(columns), elsewhere.select(columns)])
        .with_columns(
            mean=part * mean, variance=part * mean + part**2 * (pl.col("variance") - mean)
        )
        .with_columns(resalable_mean=pl.col("mean") * pl.col("resalable_share"))
    )
