"""Plans in contract columns, and expressions that several planners share."""

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from optimization.lanes import UNLIMITED
from quality_checks.contracts import Table, find_contract


class Plan(NamedTuple):
    """What was planned, and what could not be.

    Attributes:
        lines: the columns of the plan's contract without business_date, sorted by its key.
        left_out: keys and `problem`: rows that got no line although they may need one.
    """

    lines: pl.DataFrame
    left_out: pl.DataFrame


class SourcingFrames(NamedTuple):
    """What the sourcing of customers' orders is given.

    Attributes:
        lines: frame `sourcing_lines`.
        candidates: frame `sourcing_candidates`.
        parcels: frame `sourcing_parcels`.
        stock: frame `sourcing_stock`.
        capacities: frame `sourcing_capacities`.
    """

    lines: pl.DataFrame
    candidates: pl.DataFrame
    parcels: pl.DataFrame
    stock: pl.DataFrame
    capacities: pl.DataFrame


class SubstitutionFrames(NamedTuple):
    """What substitutes for customers' lines are chosen from.

    Attributes:
        lines: frame `customer_lines` of lines that no node serves by their promise, with otherwise
            (currency: what each costs without a substitute), is_open (nothing is to be shipped
            without one) and has_others (its order has other lines to its place).
        chances: frame `substitute_chances`.
        goods: frame `substitute_goods`.
        answered: frame `answered_lines`.
        candidates: substitutes of each line by node and day, as `substitution` prices them.
        stock: frame `sourcing_stock`, as sourcing leaves it.
        capacities: frame `sourcing_capacities`, likewise.
    """

    lines: pl.DataFrame
    chances: pl.DataFrame
    goods: pl.DataFrame
    answered: pl.DataFrame
    candidates: pl.DataFrame
    stock: pl.DataFrame
    capacities: pl.DataFrame


def cast_to_contract(frame: pl.DataFrame, model: type[Table]) -> pl.DataFrame:
    """`frame` in the columns and types of the contract, business_date left out, sorted by key."""
    contract = find_contract(model)
    columns = (pl.col(name).cast(dtype) for name, dtype in contract.made_schema.items())
    return frame.select(columns).sort(contract.key)


def number_groups(frame: pl.DataFrame, *columns: str) -> pl.Series:
    """Give each row the number, from 0, of its values of `columns` in sorted order."""
    distinct = frame.select(columns).unique().sort(columns).with_row_index("number")
    joined = frame.select(columns).join(distinct, on=columns, how="left", maintain_order="left")
    return joined["number"].cast(pl.Int64)


def count_stock_days(daily_demand: pl.Expr) -> pl.Expr:
    """Days until the inventory position runs out; missing where nothing is demanded."""
    days = pl.col("inventory_position").clip(lower_bound=0) / daily_demand
    return pl.when(daily_demand > 0).then(days)


def compute_daily_demand() -> pl.Expr:
    """The mean demand a day over the protection window; missing for an empty window."""
    days = pl.col("protection_days")
    return pl.when(days > 0).then(pl.col("demand_mean") / days)


def limit_cover(most_days: float) -> pl.Expr:
    """Units that last for most_days, or for the protection interval if that is longer, rounded up.

    Where nothing is known of demand a day there is no such limit.
    """
    days = pl.max_horizontal(pl.lit(most_days), "protection_days")
    units = (days * compute_daily_demand()).ceil()
    known = pl.when(units.is_finite()).then(units).cast(pl.Int64)
    return known.fill_null(UNLIMITED)


def word_amounts(words: Iterable[str], amounts: Iterable[float]) -> pl.Series:
    """Put amounts of money, to two decimals, into words."""
    return pl.Series(
        [f"{word} {amount:.2f}" for word, amount in zip(words, amounts, strict=True)],
        dtype=pl.String,
    )


def word_worth(words: pl.Expr, worth: pl.Expr) -> pl.Expr:
    """Put what an alternative is worth, to two decimals, behind its words; missing with either."""
    cents = (worth * 100).round().cast(pl.Int64)
    sign = pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    part = (cents.abs() % 100).cast(pl.String).str.zfill(2)
    return pl.format("{}, worth {}{}.{}", words, sign, cents.abs() // 100, part)
