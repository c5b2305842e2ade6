"""Whether the counts that are asked for are the ones that gain most, recomputed unit by unit."""

import numpy as np
import polars as pl

from optimization.feasibility.findings import CENT, Rules, collect, report, report_excess
from optimization.feasibility.worth import find_chance_of_sale, find_right_chance
from quality_checks.contracts import CountingRules, LineRules

KEY = ("sku", "location")
_RIGHT = 1e-6


def find_count_problems(
    counts: pl.DataFrame,
    pairs: pl.DataFrame,
    records: pl.DataFrame,
    rules: CountingRules,
    lines: LineRules,
) -> pl.DataFrame:
    """What makes counts wrong: other chances or gains than stated, or others that gain more.

    Args:
        counts: rows of the contract CountPlan.
        pairs: frame `countable_pairs`.
        records: frame `record_chances`.
        rules: what a count takes, and how many a location is asked for.
        lines: what an hour of labour costs.

    Returns:
        Frame `plan_problems`.
    """
    cost = lines.labour_cost_per_hour * rules.count_seconds / 3600
    gains = _weigh(pairs, records, rules.horizon_days)
    stated = counts.select(
        *KEY, "on_record", "wrong_chance", "missing_mean", "gain_chance",
        kept="margin_kept", stated_cost="count_cost",
    )  # fmt: skip
    judged = stated.join(gains, on=list(KEY), how="left")
    least = stated.group_by("location", maintain_order=True).agg(
        least=(pl.col("kept") - cost).min(), asked=pl.len()
    )
    left = (
        gains.join(stated, on=list(KEY), how="anti")
        .join(least, on="location", how="left")
        .with_columns(net=pl.col("gain") - cost)
    )
    rooms = counts.select("location", most=pl.lit(rules.most_counts)).unique(maintain_order=True)
    return collect(
        report(judged, KEY, _list_rules(cost, rules.least_gain)),
        report(left, KEY, _better(rules)),
        report_excess(counts.with_columns(one=1), "most_counts", "one", rooms),
    )


def _list_rules(cost: float, least_gain: float) -> Rules:
    stated = pl.col("wrong_chance") + pl.col("missing_mean")
    recomputed = pl.col("chance") + pl.col("missing")
    return {
        "unknown_record": (
            pl.col("on_hand") != pl.col("on_record"), pl.col("on_hand"), "on_record",
        ),
        "stated_chance": (
            (recomputed - stated).abs() > _RIGHT * recomputed,
            pl.col("chance").round(4),
            pl.col("wrong_chance").round(4),
        ),
        "stated_benefit": (
            ((pl.col("gain") - pl.col("kept")).abs() > CENT)
            | ((pl.col("stated_cost") - cost).abs() > CENT),
            pl.format("{} less {}", pl.col("gain").round(2), pl.lit(round(cost, 2))),
            pl.format("{} less {}", pl.col("kept").round(2), pl.col("stated_cost").round(2)),
        ),
        "count_pays": (
            pl.col("gain") - cost <= least_gain - CENT, f"more than {least_gain}",
            (pl.col("gain") - cost).round(2),
        ),
    }  # fmt: skip


def _better(rules: CountingRules) -> Rules:
    """A record that was left out although a count of it pays, and no better ones took the room."""
    room = pl.col("asked").fill_null(0) < rules.most_counts
    dearer = pl.col("net") > pl.col("least").fill_null(0.0) + CENT
    pays = pl.col("net") > rules.least_gain + CENT
    return {
        "better_count": (
            pays & (room | dearer) & (rules.most_counts > 0),
            pl.format("a gain of {}", pl.col("net").round(2)),
            pl.lit("not counted"),
        )
    }


def _weigh(pairs: pl.DataFrame, records: pl.DataFrame, horizon: int) -> pl.DataFrame:
    """sku, location, on_hand, chance that the record is wrong, missing units, gain of a count."""
    size = (
        pairs.select(*KEY, "available")
        .join(records.filter(units=0), on="location")
        .filter(pl.col("record_from") <= pl.col("available"))
        .sort("record_from")
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("record_from", "short_rate", "unfound_odds").last())
    )
    right = find_right_chance()
    units = (
        pairs.join(size, on=list(KEY))
        .with_columns(unit=pl.int_ranges(0, "available"))
        .explode("unit")
        .sort("unit")
        .join_asof(
            records.select("location", "record_from", "more_share", unit="units").sort("unit"),
            on="unit",
            by=["location", "record_from"],
            check_sortedness=False,
        )
        .with_columns(chance=1 - pl.col("record_chance") * (1 - pl.col("more_share") * (1 - right)))
    )
    position = (units["inventory_position"] - units["unit"]).to_numpy()
    mean, variance = (
        units[name].to_numpy() for name in ("open_demand_mean", "open_demand_variance")
    )
    sold = find_chance_of_sale(mean, variance, position - units["sold_before"].to_numpy())
    under, over = units["underage_cost"].to_numpy(), units["overage_cost"].to_numpy()
    above = np.maximum(position - units["value_level"].to_numpy(), 0)
    surplus = np.minimum(above * units["surplus_step"].to_numpy(), units["surplus_most"].to_numpy())
    worth = np.maximum(under * sold - over * (1 - sold) - surplus, 0)
    rate = pl.col("count_rate")
    days = pl.when(rate > 0).then((1 - (-rate * horizon).exp()) / rate).otherwise(float(horizon))
    return (
        units.with_columns(loss=pl.Series(worth) * pl.col("chance"))
        .group_by(KEY, maintain_order=True)
        .agg(
            pl.col("on_hand", "count_rate", "review_days").first(),
            pl.col("chance").max(),
            missing=pl.col("chance").sum(),
            loss=pl.col("loss").sum(),
        )
        .select(
            *KEY,
            "on_hand",
            "chance",
            "missing",
            gain=pl.col("loss") * (days - 1).clip(lower_bound=0) / pl.col("review_days"),
        )
    )
