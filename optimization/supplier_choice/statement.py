"""Choices of suppliers as rows: what they cost and gain, how surely, and what was rejected."""

import polars as pl

from optimization.frames import in_contract, worded
from optimization.paths import ItemCourses
from optimization.supplier_choice.costs import cost_orders_on_paths
from quality_checks.contracts import SupplierChoices

_OFFER = ["item", "other_supplier", "form", "other_units"]


def state_choices(
    candidates: pl.DataFrame, best: pl.DataFrame, placed: pl.DataFrame, courses: ItemCourses
) -> pl.DataFrame:
    """State from whom each item is ordered.

    Args:
        candidates: all that were weighed, as `WeighedOrders.weigh` gives them.
        best: of each item the one that gains most.
        placed: what is ordered from another supplier, weighed by the units that are.
        courses: the items without any order of tonight.

    Returns:
        The columns of the contract SupplierChoices without business_date.
    """
    stays = best.join(placed, on="item", how="anti", maintain_order="left")
    kept = stays.with_columns(
        preferred_units="quantity",
        other_units=pl.lit(0, pl.Int64),
        then_price="preferred_price",
        price_difference=pl.lit(0.0),
        short_then="short_as_is",
        holding_then="holding_as_is",
        gain=pl.lit(0.0),
        gain_chance=pl.lit(None, pl.Float64),
        rejected=_word(stays.with_columns(gain=pl.col("gain") - pl.col("wait_gain"))),
    )
    bought = placed.with_columns(
        gain_chance=_find_chances(placed, courses),
        rejected=_word_rejected(candidates, best, placed),
    )
    told = pl.concat([kept, bought.select(kept.columns)])
    short = pl.col("underage_cost")
    return in_contract(
        told.with_columns(
            preferred_supplier="supplier",
            form=pl.when(pl.col("other_units") == 0)
            .then(pl.lit("preferred"))
            .when(pl.col("preferred_units") == 0)
            .then(pl.lit("other"))
            .otherwise(pl.lit("split")),
            then_price=pl.when(pl.col("preferred_units") > 0).then("then_price"),
            lost_as_is=pl.when(short > 0).then(pl.col("short_as_is") / short).otherwise(0.0),
            lost_then=pl.when(short > 0).then(pl.col("short_then") / short).otherwise(0.0),
        ),
        SupplierChoices,
    )


def _find_chances(placed: pl.DataFrame, courses: ItemCourses) -> pl.Series:
    """Share of the paths of demand on which each choice gains, by the expected arrival."""
    planned = placed.with_columns(preferred_units="quantity", other_units=pl.lit(0, pl.Int64))
    saved = cost_orders_on_paths(courses, planned) - cost_orders_on_paths(courses, placed)
    gains = saved > placed["price_difference"].to_numpy()[:, None]
    return pl.Series(gains.mean(axis=1), dtype=pl.Float64)


def _word_rejected(candidates: pl.DataFrame, best: pl.DataFrame, placed: pl.DataFrame) -> pl.Series:
    """The best other thing to do than what is placed, ordering as planned among them."""
    chosen = best.join(placed, on="item", how="semi").select(_OFFER)
    second = (
        candidates.join(chosen, on=_OFFER, how="anti", maintain_order="left")
        .filter(pl.col("gain") > 0)
        .sort("item", "gain", descending=[False, True], maintain_order=True)
        .unique("item", keep="first", maintain_order=True)
    )
    words = second.select("item", words=_word(second))
    stay = pl.format("all from {}, worth 0.00", "supplier")
    waits = worded(
        placed.select(
            pl.format("the units from {} a review later, worth", "other_supplier")
        ).to_series(),
        placed["wait_gain"],
    )
    beside = second.select("item", second_gain="gain")
    return (
        placed.with_columns(waits.alias("waits"))
        .join(words, on="item", how="left", maintain_order="left")
        .join(beside, on="item", how="left", maintain_order="left")
        .select(
            pl.when(pl.col("wait_gain") > pl.col("second_gain").fill_null(0.0))
            .then("waits")
            .otherwise(pl.coalesce("words", stay))
        )
        .to_series()
    )


def _word(rows: pl.DataFrame) -> pl.Series:
    """Candidates in words, with what they gain."""
    part = pl.format(
        "{} of {} units from {}",
        "other_units",
        pl.col("other_units") + pl.col("preferred_units"),
        "other_supplier",
    )
    whole = pl.format("all from {}", "other_supplier")
    words = rows.select(pl.when(pl.col("form") == "split").then(part).otherwise(whole) + ", worth")
    return worded(words.to_series(), rows["gain"])
