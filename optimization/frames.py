"""The shapes of what planners take and give: stated inputs, and plans in contract columns."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import polars as pl

from quality_checks.contracts import Table, find_contract

UNITS = pl.Int64
REAL = pl.Float64
TEXT = pl.String
FLAG = pl.Boolean
DAY = pl.Date


class Plan(NamedTuple):
    """What was planned, and what could not be.

    Attributes:
        lines: the contract's columns without business_date, sorted by its key.
        left_out: keys and `problem`: rows that got no line although they may need one.
    """

    lines: pl.DataFrame
    left_out: pl.DataFrame


@dataclass(frozen=True)
class Input:
    """Columns that a planner needs of a frame.

    Attributes:
        name: the frame's name in messages.
        key: columns that identify a row, text.
        columns: further columns and their types.
        at_least: lower bounds of those that have one.
        nullable: columns whose value may be missing.
    """

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, type[pl.DataType]]
    at_least: Mapping[str, float] = field(default_factory=dict)
    nullable: Collection[str] = ()

    def read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The stated columns of `frame` in the stated types, sorted by key.

        Raises:
            ValueError: a column is absent, a value is missing, not finite, below its bound or not
                whole where units are meant, or a key comes twice; names the frame, the column and
                the first row at fault.
            polars.exceptions.PolarsError: a column cannot be cast.
        """
        types = {**dict.fromkeys(self.key, TEXT), **self.columns}
        absent = [name for name in types if name not in frame.columns]
        if absent:
            raise ValueError(f"{self.name}: lacks the columns {', '.join(absent)}")
        chosen = frame.select(list(types)).sort(self.key)
        for name in types:
            if self._doubtful(chosen[name]):
                self._refuse_values(chosen, name)
        twice = chosen.filter(pl.all_horizontal(_as_before(name) for name in self.key))
        if twice.height:
            raise ValueError(f"{self.name}: {self._keys(twice)} comes more than once")
        return chosen.cast(types)  # type: ignore[arg-type]  # a dict of names is a mapping of them

    def _doubtful(self, values: pl.Series) -> bool:
        """Whether a value of a column may be at fault: a look that is quick where none is."""
        lacks = values.null_count() > 0
        if lacks and values.name not in self.nullable:
            return True
        if not values.dtype.is_numeric():
            return False
        known = (values.drop_nulls() if lacks else values).to_numpy()
        least = self.at_least.get(values.name, -np.inf)
        good = np.isfinite(known) & (known >= least)
        if self.columns.get(values.name) is UNITS and values.dtype.is_float():
            good &= known == np.floor(known)
        return not good.all()

    def _refuse_values(self, frame: pl.DataFrame, name: str) -> None:
        value = pl.col(name)
        bad = pl.lit(value=False) if name in self.nullable else value.is_null()
        if frame.schema[name].is_float():
            bad = bad | ~value.is_finite().fill_null(value=True)
            if self.columns[name] is UNITS:
                bad = bad | (value != value.floor()).fill_null(value=False)
        if name in self.at_least:
            bad = bad | (value < self.at_least[name]).fill_null(value=False)
        found = frame.filter(bad)
        if found.height:
            kind = "whole units" if self.columns.get(name) is UNITS else "a value"
            bound = f" of at least {self.at_least[name]:g}" if name in self.at_least else ""
            raise ValueError(
                f"{self.name}: {name} of {self._keys(found)} is {found[name][0]}; "
                f"it must be {kind}{bound}"
            )

    def _keys(self, frame: pl.DataFrame) -> str:
        row = frame.row(0, named=True)
        return ", ".join(f"{name} {row[name]}" for name in self.key)


def _as_before(name: str) -> pl.Expr:
    """Whether the value of a row is that of the row before it."""
    return (pl.col(name) == pl.col(name).shift()).fill_null(value=False)


def in_contract(frame: pl.DataFrame, model: type[Table]) -> pl.DataFrame:
    """`frame` in the columns and types of the contract, business_date left out, sorted by key."""
    contract = find_contract(model)
    columns = [
        pl.col(name).cast(dtype)
        for name, dtype in contract.schema.items()
        if name != "business_date"
    ]
    return frame.select(columns).sort(contract.key)


def numbered(frame: pl.DataFrame, *columns: str) -> pl.Series:
    """For each row the number, from 0, of its values of `columns` among the sorted distinct."""
    distinct = frame.select(columns).unique().sort(columns).with_row_index("number")
    joined = frame.select(columns).join(distinct, on=columns, how="left", maintain_order="left")
    return joined["number"].cast(pl.Int64)


def days_of_stock(position: str, daily_demand: pl.Expr) -> pl.Expr:
    """Days until the units in column `position` run out; missing where nothing is demanded."""
    days = pl.col(position).clip(lower_bound=0) / daily_demand
    return pl.when(daily_demand > 0).then(days)


def window_daily_demand() -> pl.Expr:
    """Mean demand a day, from that over the protection window; missing for an empty window."""
    days = pl.col("protection_days")
    return pl.when(days > 0).then(pl.col("demand_mean") / days)


def worded(words: Iterable[str], amounts: Iterable[float]) -> pl.Series:
    """Each of `words` with its amount of money to two decimals."""
    return pl.Series(
        [f"{word} {amount:.2f}" for word, amount in zip(words, amounts, strict=True)],
        dtype=pl.String,
    )
