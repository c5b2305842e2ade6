"""Stock counts, by what it costs not to know that units are missing.

A record that states M units too many makes the inventory position S too high by M, so the plan
holds back units that it would send: those numbered S - M + 1 to S, as far as they are worth more
than nothing. From one review to the next that costs the margin, less holding, of

    E[sum_{j < M} v+(S - j)] = sum_{j < R} P(M > j) v+(S - j),

v(k) being the value of the k-th unit of the position (`value`), v+ its part above 0, R the units
that the record states, and P(M > j) what counts of such records have found (`records`). A store
that is never counted loses this each review (DeHoratius, Mersereau and Schrage, Manufacturing &
Service Operations Management 10, 2008, replenish by such beliefs; Chuang, Oliva and Liu, Production
and Operations Management 25, 2016, measure what audits of phantom stock bring). Without this count
the record is found wrong by another one, at the rate c at which items of the location are counted,
and is charged for no more than H days:

    days = (1 - exp(-c H)) / c, or H where nothing is counted,    reviews = (days - 1)+ / review,

the day that the count itself takes left out. What is not there cannot be sold in either case, so
nothing else differs. A location takes the counts that gain most, up to policy's number: each costs
the same, so no other choice is better.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.frames import cast_to_contract, word_amounts
from optimization.records import MissingUnits, join_record_sizes
from optimization.value import FloatArray, IntArray, StockValue, build_ladders
from quality_checks.contracts import (
    CountablePairs,
    CountingRules,
    CountPlan,
    LineRules,
    RecordChances,
    find_frame,
)


def plan_counts(
    pairs: pl.DataFrame, records: pl.DataFrame, rules: CountingRules, lines: LineRules
) -> pl.DataFrame:
    """Choose the records that are to be counted tomorrow.

    Args:
        pairs: frame `countable_pairs`.
        records: frame `record_chances`, of each location of `pairs`.
        rules: what a count takes, and how many a location is asked for.
        lines: what an hour of labour costs.

    Returns:
        The columns of the contract CountPlan but business_date, sorted by key.
    """
    pairs = find_frame(CountablePairs).read(pairs)
    records = find_frame(RecordChances).read(records)
    known = join_record_sizes(pairs, records)
    cost = lines.cost_hands(rules.count_seconds)
    reviews = _count_reviews(known, rules.horizon_days)
    loss = _weigh_missing(known, records, reviews, cost)
    weighed = known.with_columns(
        pl.Series("reviews", reviews),
        pl.Series("wrong_chance", loss.wrong_chance),
        pl.Series("missing_mean", loss.missing_mean),
        pl.Series("lost_a_review", loss.a_review),
        pl.Series("gain_chance", loss.gain_chance),
        pl.Series("margin_kept", loss.a_review * reviews),
        count_cost=pl.lit(cost),
    )
    return cast_to_contract(_put_into_words(_take_best(weighed, rules)), CountPlan)


def _count_reviews(pairs: pl.DataFrame, horizon: int) -> FloatArray:
    """Reviews for which a wrong record is expected to stay wrong without the count."""
    rate = pairs["count_rate"].to_numpy()
    found = np.divide(1 - np.exp(-rate * horizon), rate, out=rate * 0 + horizon, where=rate > 0)
    return np.asarray(np.maximum(found - 1, 0) / pairs["review_days"].to_numpy())


class _Loss(NamedTuple):
    """What a record costs that may be wrong; all of shape (n,)."""

    wrong_chance: FloatArray
    missing_mean: FloatArray
    a_review: FloatArray
    gain_chance: FloatArray


def _weigh_missing(
    pairs: pl.DataFrame, records: pl.DataFrame, reviews: FloatArray, cost: float
) -> _Loss:
    """Weigh the units that may be missing of each record by what they are worth."""
    units = pairs["available"].to_numpy()
    pair, rung = build_ladders(units)
    more = MissingUnits.of_pairs(pairs, records).find_more_chance(pair, rung)
    position = pairs["inventory_position"].to_numpy()[pair]
    worth = np.maximum(StockValue.of_pairs(pairs).of_unit(pair, position - rung), 0)
    return _Loss(
        wrong_chance=more[np.cumsum(units) - units],
        missing_mean=_sum_by_pair(pair, more, len(units)),
        a_review=_sum_by_pair(pair, more * worth, len(units)),
        gain_chance=_find_gain_chance(pair, more, worth * reviews[pair], cost, len(units)),
    )


def _sum_by_pair(pair: IntArray, amounts: FloatArray, pairs: int) -> FloatArray:
    return np.asarray(np.bincount(pair, weights=amounts, minlength=pairs), dtype=np.float64)


def _find_gain_chance(
    pair: IntArray, more: FloatArray, worth: FloatArray, cost: float, pairs: int
) -> FloatArray:
    """Chance that the units that turn out to be missing are worth more than the count.

    They are once enough of them are missing, the dearest unit being the last to be looked at.
    """
    total = np.cumsum(worth)
    before = np.append(0.0, total)[np.searchsorted(pair, np.arange(pairs))]
    pays = total - before[pair] > cost
    chance = np.zeros(pairs)
    np.maximum.at(chance, pair[pays], more[pays])
    return chance


def _take_best(weighed: pl.DataFrame, rules: CountingRules) -> pl.DataFrame:
    """Take the counts of each location that gain most, as many as policy allows."""
    gain = pl.col("margin_kept") - pl.col("count_cost")
    best = pl.int_range(pl.len()).over("location") < rules.most_counts
    return (
        weighed.filter(gain > rules.least_gain)
        .sort(gain.round(9), "sku", "location", descending=[True, False, False])
        .filter(best)
    )


def _put_into_words(chosen: pl.DataFrame) -> pl.DataFrame:
    """Add quantity, urgency, reason, binding and the alternative, which is to leave it alone."""
    expected = pl.col("missing_mean") / pl.col("wrong_chance")
    demand = pl.col("daily_demand")
    return chosen.with_columns(
        on_record="on_hand",
        quantity=(expected + 0.5).floor().clip(lower_bound=1).cast(pl.Int64),
        urgency_days=pl.when(demand > 0).then(pl.col("available") / demand),
        reason=pl.when(pl.col("record_chance") < 1)
        .then(pl.lit("phantom_stock"))
        .when(pl.col("not_found") & (pl.col("unfound_odds") > 1))
        .then(pl.lit("not_found"))
        .otherwise(pl.lit("long_uncounted")),
        binding=pl.lit("nothing"),
        rejected=word_amounts(["no count, worth"] * len(chosen), [0.0] * len(chosen)),
    )
