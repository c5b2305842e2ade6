"""By how much fewer customers take a substitute that costs more than what they ordered.

With r what the customer pays over the price of the item ordered, at least 1, and a the chance at
r = 1, the odds fall by a power of r (logit model, McFadden, Conditional logit analysis of
qualitative choice behavior, Frontiers in Econometrics, 1974):

    a(r) = a / (a + (1 - a) r^g),        g >= 0.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from quality_checks.contracts import SubstitutionRules

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STEEPEST = 30.0
"""No slope is looked for beyond: a tenth more halves the odds eight times over."""

_HALVINGS = 50


def find_chance(equal: pl.Expr, ratio: pl.Expr, slope: float) -> pl.Expr:
    """The chance at a price, of that at the price of the item ordered.

    Args:
        equal: chance at the price of the item ordered.
        ratio: what the customer pays over that price, at least 1.
        slope: fall of the log-odds by the log of the ratio.
    """
    return equal / (equal + (1 - equal) * ratio**slope)


def find_equal_shares(
    told: pl.DataFrame, keys: list[str], prior: pl.DataFrame, *, weight: float, slope: float
) -> pl.DataFrame:
    """The share of each group that takes a substitute at the price of the item ordered.

    It is the a at which answers and the prior's, m of share p at r = 1, are likeliest:

        sum n_i a(r_i) + m a = sum x_i + m p,

    for answers that all cost no more (x + m p) / (n + m).

    Args:
        told: keys, price_ratio, answers and accepted.
        keys: of the groups.
        prior: keys and wider, the p of each group, one row for each.
        weight: m, in answers; infinite where groups are all as the prior says.
        slope: fall of the log-odds by the log of the ratio.

    Returns:
        `prior` with answers, accepted (sums, 0 where there are none) and chance.
    """
    sums = told.group_by(keys, maintain_order=True).agg(pl.col("answers", "accepted").sum())
    groups = prior.join(sums, on=keys, how="left", maintain_order="left").with_columns(
        pl.col("answers", "accepted").fill_null(0)
    )
    if weight == float("inf"):
        return groups.with_columns(chance="wider")
    rows = told.join(groups.select(keys).with_row_index("group"), on=keys, maintain_order="left")
    wanted = groups["accepted"].to_numpy() + weight * groups["wider"].to_numpy()
    times = rows["price_ratio"].to_numpy() ** slope
    shares = _solve_shares(
        rows["group"].to_numpy(), rows["answers"].to_numpy(), times, wanted, weight
    )
    return groups.with_columns(chance=pl.Series(shares))


def _solve_shares(
    group: Ints, answers: Ints, times: Floats, wanted: Floats, weight: float
) -> Floats:
    """The share of each group at which as many take it as `wanted`, by halving."""
    low, high = np.zeros(len(wanted)), np.ones(len(wanted))
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        each = _lower(share[group], times)
        over = np.bincount(group, answers * each, len(wanted)) + weight * share > wanted
        low, high = np.where(over, low, share), np.where(over, share, high)
    return np.asarray((low + high) / 2)


def _lower(share: Floats, times: Floats) -> Floats:
    """Chances whose odds are lower by so many times."""
    return np.asarray(share / (share + (1 - share) * times))


def learn_price_slope(told: pl.DataFrame, keys: list[str], rules: SubstitutionRules) -> float:
    """Learn by how much the log-odds fall, from answers and what policy says until there are many.

    The slope is normal around that of policy; given it, groups have their own shares, each with the
    prior's answers. It is where the likelihood of all that is greatest: as that is concave, where
    its derivative is 0. Answers count the less, the more items of a group differ beyond chance
    (quasi-likelihood, McCullagh and Nelder, Generalized linear models, 1989, chapter 9).

    Args:
        told: sku, substitute, keys, prior (policy's chance), price_ratio, answers and accepted.
        keys: what has a share of its own.
        rules: of policy.
    """
    groups = told.group_by(keys, maintain_order=True).agg(
        pl.col("accepted").sum(), pl.col("prior").first()
    )
    rows = told.join(groups.select(keys).with_row_index("group"), on=keys, maintain_order="left")
    group, answers = rows["group"].to_numpy(), rows["answers"].to_numpy()
    accepted, ratio = rows["accepted"].to_numpy(), rows["price_ratio"].to_numpy()
    weight, doubt = rules.prior_answers, rules.prior_price_deviation**-2
    wanted = groups["accepted"].to_numpy() + weight * groups["prior"].to_numpy()

    def expect(slope: float) -> Floats:
        times = ratio**slope
        return _lower(_solve_shares(group, answers, times, wanted, weight)[group], times)

    spread = _measure_spread(rows, expect(rules.prior_price_slope))
    low, high = 0.0, _STEEPEST
    for _ in range(_HALVINGS):
        slope = (low + high) / 2
        rises = float(np.log(ratio) @ (answers * expect(slope) - accepted)) / spread
        up = rises > (slope - rules.prior_price_slope) * doubt
        low, high = (slope, high) if up else (low, slope)
    return (low + high) / 2


def _measure_spread(rows: pl.DataFrame, expected: Floats) -> float:
    """How far answers to items differ from what is expected of them, over what chance makes."""
    n, p = pl.col("answers"), pl.col("expected")
    pairs = (
        rows.with_columns(expected=pl.Series(expected, dtype=pl.Float64))
        .group_by("sku", "substitute", maintain_order=True)
        .agg(
            pl.col("group").first(),
            off=(pl.col("accepted") - n * p).sum(),
            variance=(n * p * (1 - p)).sum(),
        )
        .filter(pl.col("variance") > 0)
    )
    free = pairs.height - pairs["group"].n_unique()
    far = pairs.select((pl.col("off") ** 2 / pl.col("variance")).sum()).item()
    return max(far / free, 1.0) if free > 0 else 1.0
