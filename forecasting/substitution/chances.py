"""The chance that a customer takes a substitute, learned from answers with shrinkage.

Two items have few answers of their own. Their share is drawn to that of items as close in the same
category, that one to the share of items as close in any, and that one to what policy says, each as
if so many answers more had come out like the next wider share:

    chance = (x + m p) / (n + m),

the mean of the beta law that x of n answers leave of one with mean p and weight m. With policy m
is stated. Between the others it is found from how far shares differ beyond what chance alone makes
them differ: of shares y_i = x_i / n_i around p_i,

    r = (sum n_i (y_i - p_i)^2 / (p_i (1 - p_i)) - (k - g)) / sum (n_i - 1),     m = 1 / r - 1,

over the k shares of the g groups that have several; r is the correlation of two answers to the
same (Kleinman, Proportions with extraneous variance, Journal of the American Statistical
Association 68, 1973; Ridout, Demetrio and Firth, Estimating intraclass correlation for binary data,
Biometrics 55, 1999). Shares that differ no more than by chance are one.
"""

import polars as pl

from forecasting.substitution.closeness import PAIR, classify_pairs, list_substitutes
from quality_checks.contracts import (
    CLOSENESS,
    StatedSubstitutes,
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
    pairs = list_substitutes(wanted, items, known, price_band=rules.price_band)
    return (
        _find_chances(classify_pairs(pairs, items), told, rules)
        .with_columns(absent=~pl.col("substitute").is_in(at_hand.implode()))
        .sort(
            *("sku", "absent", pl.col("chance").round(9), "substitute"),
            descending=[False, False, True, False],
        )
        .group_by("sku", maintain_order=True)
        .head(rules.most_substitutes)
        .select(*PAIR, "closeness", "answers", "like_answers", "chance")
        .sort(PAIR)
    )


def _find_chances(
    pairs: pl.DataFrame, told: pl.DataFrame, rules: SubstitutionRules
) -> pl.DataFrame:
    """Pairs with the chance of each, and the answers that it rests on."""
    prior = pl.DataFrame(
        {"closeness": CLOSENESS, "prior": [rules.prior_acceptance[name] for name in CLOSENESS]}
    )
    weight = rules.prior_answers
    close = (
        prior.join(_count(told, ["closeness"]), on="closeness", how="left", maintain_order="left")
        .with_columns(pl.col("answers", "accepted").fill_null(0))
        .select(
            "closeness",
            like_answers="answers",
            close_chance=(pl.col("accepted") + weight * pl.col("prior"))
            / (pl.col("answers") + weight),
        )
    )
    like = _count(told, _LIKE).join(close, on="closeness", maintain_order="left")
    like = _draw_to(like, "close_chance", ["closeness"]).select(*_LIKE, like_chance="chance")
    wider = pl.coalesce("like_chance", "close_chance")
    own = (
        told.join(like, on=_LIKE, maintain_order="left")
        .pipe(_draw_to, "like_chance", _LIKE)
        .select(*PAIR, "answers", own_chance="chance")
    )
    return (
        pairs.join(close, on="closeness", maintain_order="left")
        .join(like, on=_LIKE, how="left", maintain_order="left")
        .join(own, on=PAIR, how="left", maintain_order="left")
        .with_columns(pl.col("answers").fill_null(0), chance=pl.coalesce("own_chance", wider))
    )


def _count(told: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Answers, and those that took the substitute, of each group."""
    return (
        told.group_by(keys, maintain_order=True).agg(pl.col("answers", "accepted").sum()).sort(keys)
    )


def _draw_to(shares: pl.DataFrame, wider: str, group: list[str]) -> pl.DataFrame:
    """Add chance: shares of answers, drawn to the wider chance of their group."""
    weight = _weigh(shares, wider, group)
    drawn = (pl.col("accepted") + weight * pl.col(wider)) / (pl.col("answers") + weight)
    return shares.with_columns(chance=pl.col(wider) if weight == float("inf") else drawn)


def _weigh(shares: pl.DataFrame, wider: str, group: list[str]) -> float:
    """Answers that the wider chance counts for; infinite where shares differ by chance alone.

    A share that is the only one of its group says nothing of how far shares of a group differ.
    """
    p, n = pl.col(wider), pl.col("answers")
    told = shares.filter(p > 0, p < 1, pl.len().over(group) > 1)
    far = n * (pl.col("accepted") / n - p) ** 2 / (p * (1 - p))
    spread, reach = told.select(far=far.sum(), reach=(n - 1).sum()).row(0)
    alike = (spread - (told.height - told.select(group).n_unique())) / reach if reach > 0 else 0.0
    return max(1 / alike - 1, LEAST_WEIGHT) if alike > 0 else float("inf")
