"""The chance that a customer takes a substitute, learned from answers with shrinkage.

Two items have few answers of their own. Their share is drawn to that of items as close in the same
category, that one to the share of items as close in any, and that one to what policy says, each as
if so many answers more had come out like the next wider share:

    chance = (x + m p) / (n + m),

the mean of the beta law that x of n answers leave of one with mean p and weight m. With policy m
is stated. Between the others it is found from how far shares differ beyond what chance alone makes
them differ: of shares y_i = x_i / n_i around p_i,

    r = (sum n_i (y_i - p_i)^2 / (p_i (1 - p_i)) - (k - g)) / sum (n_i - 1),     m = 1 / r - 1,

over the k shares of the g groups that have several, p_i being what the wider share makes of the
prices that were asked (`prices.py`); r is the correlation of two answers to the same (Kleinman,
Proportions with extraneous variance, Journal of the American Statistical Association 68, 1973;
Ridout, Demetrio and Firth, Estimating intraclass correlation for binary data, Biometrics 55, 1999).
Shares that differ no more than by chance are one.
"""

import polars as pl

from forecasting.substitution.closeness import PAIR, classify_pairs, list_substitutes
from forecasting.substitution.prices import find_chance, find_equal_shares, learn_price_slope
from quality_checks.contracts import (
    CLOSENESS,
    StatedSubstitutes,
    SubstituteChances,
    SubstituteItems,
    SubstitutionAnswers,
    SubstitutionRules,
    find_frame,
)

LEAST_WEIGHT = 4.0
"""Least answers that a share is weighed against: few shares tell little of m."""

_LIKE = ["closeness", "category"]


def estimate_substitute_chances(  # noqa: PLR0913  # who asks, what there is, what was said
    wanted: pl.Series,
    items: pl.DataFrame,
    stated: pl.DataFrame,
    answers: pl.DataFrame,
    rules: SubstitutionRules,
    *,
    at_hand: pl.Series,
) -> pl.DataFrame:
    """Estimate how surely customers take what may be sent in place of items.

    Args:
        wanted: skus that are asked about.
        items: frame `substitute_items`.
        stated: frame `stated_substitutes`.
        answers: frame `substitution_answers`.
        rules: of policy.
        at_hand: skus that any node has units of.

    Returns:
        Frame `substitute_chances`: of each sku as many as policy weighs, those at hand first, and
        of these those of the best chance.

    Raises:
        ValueError: a frame breaks its contract.
    """
    items = find_frame(SubstituteItems).read(items)
    known = find_frame(StatedSubstitutes).read(stated)
    told = classify_pairs(find_frame(SubstitutionAnswers).read(answers), items)
    # Where nobody knows what they were to pay it counts as no more.
    told = _rate_prices(told, items, rules).with_columns(
        price_ratio=pl.coalesce("price_ratio", "asked_ratio", pl.lit(1.0))
    )
    pairs = list_substitutes(wanted, items, known, price_band=rules.price_band)
    pairs = _rate_prices(classify_pairs(pairs, items), items, rules)
    return (
        _find_chances(pairs, told, rules)
        .with_columns(absent=~pl.col("substitute").is_in(at_hand.implode()))
        .sort(
            *("sku", "absent", pl.col("chance").round(9), "substitute"),
            descending=[False, False, True, False],
        )
        .group_by("sku", maintain_order=True)
        .head(rules.most_substitutes)
        .select(find_frame(SubstituteChances).columns)
        .sort(PAIR)
    )


def _rate_prices(
    pairs: pl.DataFrame, items: pl.DataFrame, rules: SubstitutionRules
) -> pl.DataFrame:
    """Add asked_ratio: what policy has customers pay over the price of the item ordered."""
    if rules.customer_pays == "lower":
        return pairs.with_columns(asked_ratio=pl.lit(1.0))
    own = items.select("sku", own_price="unit_price")
    theirs = items.select(substitute="sku", other_price="unit_price")
    free = pl.col("own_price") <= 0
    ratio = pl.when(~free).then(pl.col("other_price") / pl.col("own_price"))
    return (
        pairs.join(own, on="sku", how="left", maintain_order="left")
        .join(theirs, on="substitute", how="left", maintain_order="left")
        .with_columns(asked_ratio=pl.when(ratio.is_not_null()).then(pl.max_horizontal(ratio, 1.0)))
        .drop("own_price", "other_price")
    )


def _find_chances(
    pairs: pl.DataFrame, told: pl.DataFrame, rules: SubstitutionRules
) -> pl.DataFrame:
    """Pairs with the chance of each at an equal price, its fall, and the answers they rest on."""
    prior = pl.DataFrame(
        {"closeness": CLOSENESS, "wider": [rules.prior_acceptance[name] for name in CLOSENESS]}
    )
    of_policy = told.join(
        prior.rename({"wider": "prior"}), on="closeness", how="left", maintain_order="left"
    )
    slope = learn_price_slope(of_policy, _LIKE, rules)
    close = find_equal_shares(
        told, ["closeness"], prior, weight=rules.prior_answers, slope=slope
    ).select("closeness", like_answers="answers", close_chance="chance")
    like = _draw_to(told, close.rename({"close_chance": "wider"}), _LIKE, ["closeness"], slope)
    like = like.select(*_LIKE, like_chance="chance")
    own = _draw_to(told, like.rename({"like_chance": "wider"}), [*PAIR, *_LIKE], _LIKE, slope)
    return (
        pairs.join(close, on="closeness", maintain_order="left")
        .join(like, on=_LIKE, how="left", maintain_order="left")
        .join(
            own.select(*PAIR, "answers", own_chance="chance"),
            on=PAIR,
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.col("answers").fill_null(0),
            dearer_answers=told.filter(pl.col("price_ratio") > 1)["answers"].sum(),
            equal_chance=pl.coalesce("own_chance", "like_chance", "close_chance"),
            price_slope=pl.lit(slope),
            chance=find_chance(
                pl.coalesce("own_chance", "like_chance", "close_chance"),
                pl.col("asked_ratio").fill_null(1 + rules.price_band),
                slope,
            ),
        )
    )


def _draw_to(
    told: pl.DataFrame, wider: pl.DataFrame, keys: list[str], group: list[str], slope: float
) -> pl.DataFrame:
    """Shares of answers at an equal price by keys, drawn to the wider chance of their group."""
    rows = told.join(wider.select(*group, "wider"), on=group, maintain_order="left").sort(keys)
    asked = rows.with_columns(
        expected=pl.col("answers") * find_chance(pl.col("wider"), pl.col("price_ratio"), slope)
    )
    shares = (
        asked.group_by(keys, maintain_order=True)
        .agg(pl.col("answers", "accepted", "expected").sum(), pl.col("wider").first())
        .with_columns(expected=pl.col("expected") / pl.col("answers"))
    )
    prior = shares.select(*keys, "wider")
    return find_equal_shares(told, keys, prior, weight=_weigh(shares, group), slope=slope)


def _weigh(shares: pl.DataFrame, group: list[str]) -> float:
    """Answers that the wider chance counts for; infinite where shares differ by chance alone.

    Shares are held against `expected`, what the wider chance makes of the prices asked.
    A share that is the only one of its group says nothing of how far shares of a group differ.
    """
    p, n = pl.col("expected"), pl.col("answers")
    told = shares.filter(p > 0, p < 1, pl.len().over(group) > 1)
    far = n * (pl.col("accepted") / n - p) ** 2 / (p * (1 - p))
    spread, reach = told.select(far=far.sum(), reach=(n - 1).sum()).row(0)
    alike = (spread - (told.height - told.select(group).n_unique())) / reach if reach > 0 else 0.0
    return max(1 / alike - 1, LEAST_WEIGHT) if alike > 0 else float("inf")
