"""Causes of exceptions: those of the item-locations that they touch, summed up."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from optimization.causes.words import describe_units
from optimization.frames import cast_to_contract
from quality_checks.contracts import ExceptionCauses

_PAIR = ["sku", "location"]
_OF_ONE = ["exception_id", "cause"]


def explain_exceptions(scope: pl.DataFrame, causes: pl.DataFrame) -> pl.DataFrame:
    """Say of each exception what took stock off its item-locations, or added it.

    An exception with item-locations that have too little is explained by what took stock off them,
    another one by what added stock to those that have too much; one with neither is not explained.
    Where nothing did, the earlier plan expected as much; where there is no such plan, nobody knows.

    Args:
        scope: the columns of the contract ExceptionScope.
        causes: the columns of the contract StockCauses.

    Returns:
        The columns of the contract ExceptionCauses without business_date, sorted by key.
    """
    touched = _choose_side(scope)
    sided = touched.join(causes, on=_PAIR, maintain_order="left").filter(
        pl.col("units") != 0, (pl.col("units") < 0) == pl.col("short")
    )
    at_place = pl.col("units").abs().sum().over(*_OF_ONE, "place").round(9)
    summed = (
        sided.with_columns(at_place=at_place)
        .sort(*_OF_ONE, *_PAIR, "place")
        .group_by(_OF_ONE, maintain_order=True)
        .agg(
            units=pl.col("units").sum(),
            item_locations=pl.struct(_PAIR).n_unique().cast(pl.Int64),
            place=pl.col("place").sort_by(["at_place", "place"], descending=[True, False]).first(),
        )
    )
    whole = pl.concat([summed, _name_unexplained(touched, causes, summed)])
    ranked = whole.sort(
        "exception_id", pl.col("units").abs().round(9), "cause", descending=[False, True, False]
    ).with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("exception_id"),
        share=_share(),
    )
    words = [_describe(row) for row in ranked.iter_rows(named=True)]
    return cast_to_contract(
        ranked.with_columns(pl.Series("words", words, pl.String)), ExceptionCauses
    )


def _choose_side(scope: pl.DataFrame) -> pl.DataFrame:
    """exception_id, sku, location, short: the item-locations by which each is explained."""
    short = (pl.col("side") == "short").any().over("exception_id")
    side = pl.when(short).then(pl.lit("short")).otherwise(pl.lit("over"))
    return (
        scope.with_columns(short=short, chosen=side)
        .filter(pl.col("side") == pl.col("chosen"))
        .select("exception_id", *_PAIR, "short")
    )


def _name_unexplained(
    touched: pl.DataFrame, causes: pl.DataFrame, summed: pl.DataFrame
) -> pl.DataFrame:
    """A row of each exception that no cause explains, as the plan expected it or nobody knows."""
    known = pl.struct(_PAIR).is_in(causes.select(pl.struct(_PAIR).alias("pair"))["pair"].implode())
    left = touched.join(summed, on="exception_id", how="anti")
    return (
        left.with_columns(known=known)
        .group_by("exception_id", maintain_order=True)
        .agg(
            cause=pl.when(pl.col("known").any())
            .then(pl.lit("as_planned"))
            .otherwise(pl.lit("unknown"))
            .first(),
            units=pl.lit(0.0),
            item_locations=pl.len().cast(pl.Int64),
            place=pl.when(pl.col("location").n_unique() == 1)
            .then(pl.col("location").first())
            .otherwise(pl.lit("*"))
            .first(),
        )
        .select(summed.columns)
    )


def _share() -> pl.Expr:
    units = pl.col("units").abs()
    whole = units.sum().over("exception_id")
    return pl.when(whole > 0).then(units / whole).otherwise(1.0)


def _describe(row: Mapping[str, Any]) -> str:
    said = describe_units(row["cause"], row["units"])
    if not row["units"]:
        return f"{said}."
    count = row["item_locations"]
    many = f"{count} item-location{'' if count == 1 else 's'}, most at {row['place']}"
    return f"{row['share']:.0%}: {said} of {many}."
