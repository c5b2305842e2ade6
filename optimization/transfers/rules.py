"""What transfers must keep: the inputs of a plan, the rules of policy, and what pairs may move."""

import math

import polars as pl

from optimization.frames import limit_cover
from quality_checks.contracts import TransferRules

RUN = ("location", "style", "colour", pl.col("size").is_null())
"""What the sizes of a run share."""


def sender_need() -> pl.Expr:
    """Units that a pair keeps: its level, or presentation minimum and expected demand if less.

    Where the item or the location goes, nothing must be kept: what units are worth there decides.
    """
    expected = pl.col("presentation_min") + pl.col("demand_mean").ceil().cast(pl.Int64)
    need = pl.min_horizontal("order_up_to", expected)
    return pl.when(pl.col("clearance") | pl.col("closing")).then(0).otherwise(need)


def add_movable_units(
    pairs: pl.DataFrame, rules: TransferRules, most_cover_days: float = math.inf
) -> pl.DataFrame:
    """`pairs` with spare and want (units), and what limits them: run_kept and cover_kept.

    A pair wants no more than lasts for most_cover_days, but what its presentation asks for, what
    it owes, and one unit where it has none. An item in clearance goes where it sells, whatever that
    covers.

    Args:
        pairs: frame `movers`; a pair of unknown stock has neither.
        rules: of policy.
        most_cover_days: days of demand that a receiver is filled to at most.

    Returns:
        Frame `movers` with spare, want, run_kept (whether the size run limits what is spare) and
        cover_kept (whether the most cover limits what is wanted).
    """
    held = pl.min_horizontal("available", "inventory_position")
    stays = pl.col("recently_moved") | pl.col("just_launched")
    spare = pl.when(stays).then(0).otherwise((held - sender_need()).clip(lower_bound=0))
    level = pl.min_horizontal("order_up_to", "shelf_max")
    short = (level - pl.col("inventory_position")).clip(lower_bound=0)
    most = pl.max_horizontal(limit_cover(most_cover_days), "presentation_min", 1)
    covered = pl.min_horizontal(short, (most - pl.col("inventory_position")).clip(lower_bound=0))
    want = pl.when("clearance").then(short).otherwise(covered)
    in_run = pl.col("size").is_not_null() & ~pl.col("closing") & pl.lit(rules.keep_size_runs)
    # Of a run that is whole the last unit of each size stays; a broken one may be cleared.
    whole = (pl.col("available").fill_null(0) >= 1).all() & (pl.col("size").n_unique() > 1)
    return (
        pairs.with_columns(
            spare=spare,
            want=pl.when("closing").then(0).otherwise(want),
            cover_kept=(want < short).fill_null(value=False),
            whole_run=whole.over(RUN) & in_run,
        )
        .with_columns(
            run_kept=pl.col("whole_run") & (pl.col("spare") > pl.col("available") - 1),
        )
        .with_columns(
            spare=pl.when("run_kept").then(pl.col("available") - 1).otherwise("spare"),
        )
        .drop("whole_run")
    )


def conflicts(
    pairs: pl.DataFrame, lanes: pl.DataFrame, places: pl.DataFrame | None
) -> pl.DataFrame:
    """sku, location, origin, problem: what cannot be as stated, and how it was taken.

    `negative_stock` sends nothing, `presentation_above_shelf` is filled to the shelf,
    `closes_before_arrival` takes nothing although it is short; a `lane_to_nowhere`, of which an
    end is none of `places`, is not used (sku is missing).

    Args:
        pairs: frame `movers`.
        lanes: frame `lanes_left`.
        places: every location, with column location; where missing no lane is judged.
    """
    short = pl.col("inventory_position") < pl.min_horizontal("order_up_to", "shelf_max")
    named = pl.concat(
        pairs.filter(broken).select(
            "sku", "location", origin=pl.lit(None, pl.String), problem=pl.lit(problem)
        )
        for problem, broken in (
            ("negative_stock", pl.col("available") < 0),
            ("presentation_above_shelf", pl.col("presentation_min") > pl.col("shelf_max")),
            ("closes_before_arrival", pl.col("closing") & short),
        )
    )
    if places is not None:
        known = places["location"].implode()
        lost = lanes.filter(
            "allowed", ~(pl.col("origin").is_in(known) & pl.col("destination").is_in(known))
        )
        nowhere = lost.select(
            pl.lit(None, pl.String).alias("sku"),
            pl.col("destination").alias("location"),
            "origin",
            problem=pl.lit("lane_to_nowhere"),
        )
        named = pl.concat([named, nowhere])
    return named.sort("sku", "location", "origin", "problem")
