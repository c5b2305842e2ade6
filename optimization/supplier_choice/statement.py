"""Choices of suppliers as rows: what they cost and gain, how surely, and what was rejected."""

import polars as pl

from optimization.frames import cast_to_contract, word_amounts, word_worth
from optimization.paths import ItemCourses
from optimization.supplier_choice.costs import cost_orders_on_paths
from optimization.supplier_choice.orders import ITEM
from optimization.supplier_choice.waiting import follow_orders, list_best_alternatives
from quality_checks.contracts import SupplierChoices

_OFFER = ["item", "other_supplier", "form", "other_units"]


def state_choices(
    candidates: pl.DataFrame, best: pl.DataFrame, placed: pl.DataFrame
) -> pl.DataFrame:
    """State from whom each item is ordered.

    Args:
        candidates: all that were weighed, as `set_beside_waiting` gives them.
        best: of each item the one that gains most.
        placed: what is ordered from another supplier, weighed by the units that are, with what
            `find_chances` adds.

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
    bought = placed.with_columns(rejected=_word_rejected(candidates, best, placed))
    told = pl.concat([kept, bought.select(kept.columns)])
    short = pl.col("underage_cost")
    return cast_to_contract(
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


def find_chances(placed: pl.DataFrame, courses: ItemCourses) -> pl.DataFrame:
    """Add to orders gain_chance, the share of the paths of demand on which each gains.

    Beside what is best otherwise: to wait a review, or the preferred supplier alone.

    Args:
        placed: what is ordered from another supplier, as `set_beside_waiting` gives it.
        courses: the items without any order of tonight.
    """
    otherwise, then = list_best_alternatives(placed), follow_orders(placed)
    saved = cost_orders_on_paths(courses, otherwise) - cost_orders_on_paths(courses, then)
    dearer = (then["price_difference"] - otherwise["price_difference"]).to_numpy()
    gains = saved > dearer[:, None]
    return placed.with_columns(gain_chance=pl.Series(gains.mean(axis=1), dtype=pl.Float64))


def restate_lines(lines: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """State of the lines of other suppliers what they change, beside what is best otherwise.

    Alone they would be worth what their units keep beside no order at all; but without them the
    preferred supplier is asked, or the other one when orders are placed again.

    Args:
        lines: the columns of PurchasePlan without business_date.
        placed: what is ordered from another supplier, with what `find_chances` adds.
    """
    stated = placed.select(
        *ITEM,
        "gain_chance",
        supplier="other_supplier",
        margin_kept=pl.col("short_as_is") - pl.col("short_then") - pl.col("price_difference"),
        margin_given_up="wait_gain",
        holding_cost=pl.col("holding_then") - pl.col("holding_as_is"),
        reason=pl.lit("other_supplier"),
        # The line states what it gains beside this.
        rejected=_word_otherwise(placed.with_columns(worth=pl.lit(0.0)), "worth"),
    )
    return lines.update(stated, on=[*ITEM, "supplier"], maintain_order="left")


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
    beside = second.select("item", second_gain="gain")
    return (
        placed.with_columns(_word_otherwise(placed, "wait_gain").alias("otherwise"))
        .join(words, on="item", how="left", maintain_order="left")
        .join(beside, on="item", how="left", maintain_order="left")
        .select(
            pl.when(pl.col("wait_gain") > pl.col("second_gain").fill_null(0.0))
            .then("otherwise")
            .otherwise(pl.coalesce("words", "otherwise"))
        )
        .to_series()
    )


def _word_otherwise(placed: pl.DataFrame, worth: str) -> pl.Series:
    """What is best beside each order in words, with what it is worth by the column `worth`."""
    stay = pl.format("all from {}", "supplier")
    wait = pl.format("{}, and {} units from {} a review later", stay, "wait_units", "wait_supplier")
    words = pl.when(pl.col("wait_gain") > 0).then(wait).otherwise(stay)
    return placed.select(word_worth(words, pl.col(worth))).to_series()


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
    return word_amounts(words.to_series(), rows["gain"])
