"""What a frame contract is, and the one way in which a bad frame is refused.

A frame is a table that crosses a door without being stored: what a planner or a forecast is given.
Its contract is a model in the vocabulary of tables. What a frame must keep beyond single values,
such as rows that have to agree, is a rule of the model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

import polars as pl

from quality_checks.contracts.base import Statement, Table
from quality_checks.contracts.statement import Rule, is_kept
from quality_checks.contracts.words import TYPES, describe_check


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
        return frame.with_columns(
            pl.lit(stated.metadata.get("absent"), stated.dtype).alias(name)
            for name, stated in self.model.stated_columns.items()
            if name not in frame.columns and stated.metadata.get("omissible")
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
    def _conditions(self) -> list[tuple[str, pl.Expr]]:
        """Each column with what it must hold; numbers are finite, as bounds let infinity pass."""
        found = []
        for name, stated in self.model.stated_columns.items():
            finite = [pl.col(name).is_finite()] if stated.dtype.is_float() else []
            found += [(name, holds) for holds in (*finite, *stated.find_conditions(name))]
        return found

    def _validate(self, chosen: pl.DataFrame) -> None:
        """Look at the whole frame in one query, and for what is at fault only where it finds any.

        Plans are made often, of frames of a few rows.
        """
        looks = [holds.all() for _, holds in self._conditions]
        if not chosen.select(pl.all_horizontal(looks)).item():
            held = chosen.select(look.alias(str(place)) for place, look in enumerate(looks)).row(0)
            name, holds = self._conditions[held.index(False)]
            self._refuse_value(chosen.filter(~holds), name)
        for rule in self.model.stated_rules:
            if not is_kept(rule, chosen):
                self._refuse(chosen, rule)

    def _refuse(self, chosen: pl.DataFrame, rule: Rule) -> NoReturn:
        """Name the first row that breaks a rule."""
        kept = rule.holds(chosen.lazy()).collect().to_series().fill_null(value=True)
        words = rule.description.partition("\n")[0]
        raise ValueError(f"{self.name}: {self._named(chosen.filter(~kept))}: {words}")

    def _refuse_value(self, at_fault: pl.DataFrame, name: str) -> NoReturn:
        column = self.model.stated_columns[name]
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


def rows_agree(rows: pl.LazyFrame, *columns: str, within: str) -> pl.LazyFrame:
    """Whether rows with the same `within` agree on `columns`, as a rule asks."""
    values = pl.any_horizontal(pl.col(name).n_unique() > 1 for name in columns)
    torn = rows.group_by(within, maintain_order=True).agg(torn=values).filter("torn").collect()
    return rows.select(~pl.col(within).is_in(torn[within].implode()))
