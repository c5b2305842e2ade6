"""What a frame contract is, and the one way in which a bad frame is refused.

A frame is a table that crosses a door without being stored: what a planner or a forecast is given.
Its contract is a pandera model in the vocabulary of tables. What a frame must keep beyond single
values, such as rows that have to agree, is a check of the model.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NoReturn

import pandera.polars as pa
import polars as pl

from quality_checks.contracts.base import Statement, Table
from quality_checks.contracts.words import TYPES, describe_check

_FINITE: Final = pa.Check(
    lambda data: data.lazyframe.select(pl.col(data.key).is_finite()), name="is_finite"
)


_HOLDS: Final[Mapping[str, Callable[[pl.Expr, Mapping[str, Any]], pl.Expr]]] = {
    "is_finite": lambda value, _: value.is_finite(),
    "greater_than_or_equal_to": lambda value, stated: value >= stated["min_value"],
    "greater_than": lambda value, stated: value > stated["min_value"],
    "less_than_or_equal_to": lambda value, stated: value <= stated["max_value"],
    "isin": lambda value, stated: value.is_in(list(stated["allowed_values"])),
    "notin": lambda value, stated: ~value.is_in(list(stated["forbidden_values"])),
    "str_matches": lambda value, stated: value.str.contains(stated["pattern"]),
}
"""What pandera calls a check -> where it holds, to look at all columns of a frame in one query."""


@dataclass(frozen=True)
class FrameContract(Statement):
    """One frame: its model and what the model cannot say.

    Attributes:
        reader: package that is given it.
        unique: whether a key comes once; else it only names rows.
    """

    reader: str
    unique: bool = True

    def read(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The stated columns of `frame` in the stated types, sorted by key.

        Omissible columns that it lacks are filled in; whole numbers may come as numbers with a
        fraction of zero.

        Raises:
            ValueError: a column is absent, a value is missing, not finite or out of bounds, or a
                key comes twice; names the frame, the column and the first row at fault.
            polars.exceptions.PolarsError: a column cannot be cast.
        """
        chosen = self._stated(frame)
        in_order = ascends(chosen, self.key)
        if not in_order:
            chosen = chosen.sort(self.key)
        self._validate(chosen)
        if not in_order:
            self._refuse_twice(chosen)
        return chosen

    def check(self, frame: pl.DataFrame) -> None:
        """Refuse a frame that `read` would refuse, and leave the frame as it is."""
        chosen = self._stated(frame)
        self._validate(chosen)
        self._refuse_twice(chosen)

    def fill(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add the omissible columns that a frame lacks, and change nothing else."""
        columns, schema = self.model.to_schema().columns, self.schema
        return frame.with_columns(
            pl.lit(columns[name].metadata.get("absent"), schema[name]).alias(name)
            for name in self.columns
            if name not in frame.columns and (columns[name].metadata or {}).get("omissible")
        )

    def _stated(self, frame: pl.DataFrame) -> pl.DataFrame:
        whole = self.fill(frame)
        absent = [name for name in self.columns if name not in whole.columns]
        if absent:
            raise ValueError(f"{self.name}: lacks the columns {', '.join(absent)}")
        chosen = whole.select(self.columns)
        for name, dtype in self.schema.items():
            if dtype.is_integer() and chosen.schema[name].is_float():
                value = pl.col(name)
                broken = chosen.filter(~value.is_finite() | (value != value.floor()))
                if broken.height:
                    self._refuse_value(broken, name)
        return chosen.cast(self.schema)

    @cached_property
    def _checked(self) -> Any:  # noqa: ANN401  # pandera does not export the type
        """The model's schema with finite numbers only, since a bound alone lets infinity pass."""
        schema = copy.deepcopy(self.model.to_schema())
        for name, dtype in self.schema.items():
            if dtype.is_float():
                schema.columns[name].checks = [_FINITE, *schema.columns[name].checks]
        return schema

    @cached_property
    def _looks(self) -> list[pl.Expr]:
        """Whether the columns hold, as one expression for each condition.

        Raises:
            KeyError: a check of a column is none of `_HOLDS`.
        """
        looks = []
        for name, stated in self._checked.columns.items():
            value = pl.col(name)
            looks += [] if stated.nullable else [value.null_count() == 0]
            looks += [_HOLDS[check.name](value, check.statistics).all() for check in stated.checks]
        return looks

    def _validate(self, chosen: pl.DataFrame) -> None:
        """Ask pandera what is at fault, but only when a look at the whole frame finds a fault.

        Its own look takes a millisecond a column even of a few rows, and plans are made often.
        """
        columns = chosen.select(pl.all_horizontal(self._looks)).item()
        rules = (check(chosen.lazy()).check_passed for check in self._checked.checks)
        if columns and all(passed.collect().item() for passed in rules):
            return
        try:
            self._checked.validate(chosen)
        except pa.errors.SchemaError as error:
            found = error
        else:
            return
        self._refuse(chosen, found)

    def _refuse(self, chosen: pl.DataFrame, error: pa.errors.SchemaError) -> NoReturn:
        """Name the first row at fault of what pandera found."""
        passed = error.check_output.to_series().fill_null(value=True)
        at_fault = chosen.filter(~passed)
        if error.column_name is not None:
            self._refuse_value(at_fault, error.column_name)
        rule = error.check.description.partition("\n")[0]
        raise ValueError(f"{self.name}: {self._named(at_fault)}: {rule}")

    def _refuse_value(self, at_fault: pl.DataFrame, name: str) -> NoReturn:
        column = self.model.to_schema().columns[name]
        kind = TYPES[self.schema[name].base_type()]
        rule = ", ".join([kind, *map(describe_check, column.checks)])
        raise ValueError(
            f"{self.name}: {name} of {self._named(at_fault)} is {at_fault[name][0]}; "
            f"it must be: {rule}"
        )

    def _refuse_twice(self, chosen: pl.DataFrame) -> None:
        if not self.unique or ascends(chosen, self.key):
            return
        twice = chosen.filter(pl.struct(self.key).is_duplicated())
        if twice.height:
            raise ValueError(f"{self.name}: {self._named(twice)} comes more than once")

    def _named(self, frame: pl.DataFrame) -> str:
        row = frame.row(0, named=True)
        return ", ".join(f"{name} {row[name]}" for name in self.key)


FRAMES: dict[str, FrameContract] = {}
"""Every frame contract by name, in the order in which they are stated."""


def frame(
    name: str, reader: str, *, key: tuple[str, ...], unique: bool = True
) -> Callable[[type[Table]], type[Table]]:
    """Register the contract of a frame; see `FrameContract`."""

    def register(model: type[Table]) -> type[Table]:
        if name in FRAMES:
            raise ValueError(f"two frames are named {name}")
        FRAMES[name] = FrameContract(name=name, model=model, key=key, reader=reader, unique=unique)
        return model

    return register


def find_frame(model: type[Table]) -> FrameContract:
    """The frame contract that `model` states."""
    return next(contract for contract in FRAMES.values() if contract.model is model)


def ascends(frame: pl.DataFrame, keys: tuple[str, ...]) -> bool:
    """Whether every key is there and above that of the row before it."""
    above = pl.lit(value=False)
    for key in reversed(keys):
        value, before = pl.col(key), pl.col(key).shift()
        above = (value > before) | ((value == before) & above)
    there = ~pl.any_horizontal(pl.col(keys).is_null())
    return bool(frame.select(there.all() & above.slice(1).all()).item())


def rows_agree(data: pa.PolarsData, *columns: str, within: str) -> pl.LazyFrame:
    """Whether rows with the same `within` agree on `columns`, as a check asks."""
    values = pl.any_horizontal(pl.col(name).n_unique() > 1 for name in columns)
    torn = (
        data.lazyframe.group_by(within, maintain_order=True)
        .agg(torn=values)
        .filter("torn")
        .collect()
    )
    return data.lazyframe.select(~pl.col(within).is_in(torn[within].implode()))
