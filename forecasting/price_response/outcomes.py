"""What prices that were changed, or held, brought since, against the price that they replaced.

Nobody sees what would have sold at the other price. It is reckoned from what did sell, by the
response to prices that was learnt before the price was changed, so that no sale of the window
says both how much sold and how much a price does.
"""

import polars as pl

from quality_checks.contracts import ChangedPrices, find_frame

LEAST_KNOWN = 0.5
"""Share of the days that must be known for a price to be judged."""

TAIL_SD = 1.2815515655446004
"""Standard deviations of a normal within which 80 % lie."""


def judge_price_outcomes(changed: pl.DataFrame) -> pl.DataFrame:
    """Compare what sold at a price with what would have sold at the price that it replaced.

    A promotion that was announced takes its share of either price. With D the demand of the window,
    p the price paid and o the other price, less what promotions took off, b the response of demand
    to prices, normal with the mean and deviation stated then, S the units that were there, at least
    those sold, and z what one left over is worth, demand at the other price is D (o / p)^b,
    lognormal, and

        gain = (p - z) sold - (o - z) min(D (o / p)^b, S)            currency, before returns

    the proceeds that it added, less what the units are still worth that it took out of stock. The
    interval of 80 % is that of b: what else moved demand moved it at either price.

    Args:
        changed: frame `changed_prices`.

    Returns:
        Of the contract PriceOutcomes action_id, kind, sku, zone, first_day, last_day, other_price,
        asked_price, paid_price, promoted_share, implemented (what was paid is nearer to that share
        of the asked price than to that of the other; missing where nothing sold), known_share,
        sold, demand (units, brought up to all days), sold_otherwise (units), sell_through and
        expected_sell_through (shares of `quantity`; the latter until the season's end), gain,
        gain_low and gain_high (currency), sorted by action_id. Those of which less than
        `LEAST_KNOWN` of the days is known are left out.

    Raises:
        ValueError: `changed` breaks its contract.
    """
    share = pl.col("known_days") / pl.col("days")
    paid = pl.col("paid_price")
    asked, other = (
        pl.col(name) * pl.col("promoted_share").fill_null(1.0)
        for name in ("asked_price", "other_price")
    )
    told = (
        find_frame(ChangedPrices)
        .read(changed)
        .with_columns(known_share=share)
        .filter(pl.col("known_share") >= LEAST_KNOWN)
        .with_columns(
            pl.col("sold", "demand") / pl.col("known_share"),
            # Coupons and the day on which tills were changed move it, either way.
            implemented=(paid / asked).log().abs() < (paid / other).log().abs(),
            step=(other / paid.fill_null(asked)).log(),
            charged=paid.fill_null(asked),
            promoted_other=other,
        )
        # A day's estimate may lie below what sold on it.
        .with_columns(demand=pl.max_horizontal("demand", "sold"))
    )
    step, slope, width = pl.col("step"), pl.col("slope"), pl.col("slope_sd")
    ends = [(step * (slope + side * TAIL_SD * width)).exp() for side in (-1, 1)]
    expected = (step * slope + (step * width).pow(2) / 2).exp()
    gains = [_gain(_otherwise(factor)) for factor in ends]
    return told.select(
        "action_id", "kind", "sku", "zone", "first_day", "last_day", "other_price", "asked_price",
        "paid_price", "promoted_share", "implemented", "known_share", "sold", "demand",
        sold_otherwise=_otherwise(expected),
        sell_through=pl.col("sold") / pl.col("quantity"),
        expected_sell_through=pl.col("sold_then") / pl.col("quantity"),
        gain=_gain(_otherwise(expected)),
        gain_low=pl.min_horizontal(gains),
        gain_high=pl.max_horizontal(gains),
    ).sort("action_id")  # fmt: skip


def _otherwise(factor: pl.Expr) -> pl.Expr:
    """Units sold at the other price, of those that were there or came since and sold."""
    return pl.min_horizontal(pl.col("demand") * factor, pl.max_horizontal("quantity", "sold"))


def _gain(otherwise: pl.Expr) -> pl.Expr:
    at_price = (pl.col("charged") - pl.col("salvage")) * pl.col("sold")
    return at_price - (pl.col("promoted_other") - pl.col("salvage")) * otherwise


def summarize_price_outcomes(judged: pl.DataFrame) -> pl.DataFrame:
    """Prices and what they brought by kind of action, for the eye.

    Args:
        judged: result of `judge_price_outcomes`.
    """
    return (
        judged.sort("kind", "action_id")
        .group_by("kind", maintain_order=True)
        .agg(
            pl.len().alias("prices"),
            pl.col("implemented").mean().round(2).alias("share paid as asked"),
            pl.col("sold").sum().round(1).alias("units sold"),
            pl.col("sold_otherwise").sum().round(1).alias("units sold otherwise"),
            pl.col("gain").sum().round(2).alias("gain, currency"),
        )
    )
