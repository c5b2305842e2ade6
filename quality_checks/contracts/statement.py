"""What a contract states of rows: columns with type, meaning and bounds, and rules of whole rows.

Plain classes and polars: whoever only has to know a table need not import pandera, which takes
longer than a decision may. `enforcement` makes pandera's schema of it where a fault is to be told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, get_args

import polars as pl

Rows = Callable[[pl.LazyFrame], pl.LazyFrame]

_TYPES: Final[Mapping[object, pl.DataType]] = {
    str: pl.String(),
    int: pl.Int64(),
    float: pl.Float64(),
    bool: pl.Boolean(),
    pl.Date: pl.Date(),
}
"""Annotation of a column -> its type."""

_HOLDS: Final[Mapping[str, Callable[[pl.Expr, Mapping[str, Any]], pl.Expr]]] = {
    "greater_than_or_equal_to": lambda value, stated: value >= stated["min_value"],
    "greater_than": lambda value, stated: value > stated["min_value"],
    "less_than_or_equal_to": lambda value, stated: value <= stated["max_value"],
    "less_than": lambda value, stated: value < stated["max_value"],
    "isin": lambda value, stated: value.is_in(list(stated["allowed_values"])),
    "notin": lambda value, stated: ~value.is_in(list(stated["forbidden_values"])),
    "str_matches": lambda value, stated: value.str.contains(stated["pattern"]),
    "str_length": lambda value, stated: value.str.len_chars().is_between(
        stated["min_value"] or 0, stated["max_value"] or 2**32 - 1
    ),
    "in_vocabulary": lambda value, stated: value.is_in(stated["vocabulary"].words),
}
"""What pandera calls a check -> where it holds."""

_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "ge": ("greater_than_or_equal_to", "min_value"),
    "gt": ("greater_than", "min_value"),
    "le": ("less_than_or_equal_to", "max_value"),
    "lt": ("less_than", "max_value"),
    "isin": ("isin", "allowed_values"),
    "notin": ("notin", "forbidden_values"),
    "str_matches": ("str_matches", "pattern"),
    "in_vocabulary": ("in_vocabulary", "vocabulary"),
}
"""What a column states -> what pandera calls the check and its one argument."""


@dataclass(frozen=True)
class Bound:
    """A condition on the values of a column, under the name that pandera has for it.

    Attributes:
        name: of the check.
        statistics: its arguments.
    """

    name: str
    statistics: Mapping[str, Any]

    def holds(self, value: pl.Expr) -> pl.Expr:
        """Where a value holds it; missing where the value is."""
        return _HOLDS[self.name](value, self.statistics)


@dataclass(frozen=True)
class Column:
    """A column as it is stated; see `base.column`."""

    description: str
    nullable: bool
    metadata: Mapping[str, Any]
    checks: tuple[Bound, ...]
    dtype: pl.DataType = field(default_factory=pl.Null)

    def find_conditions(self, name: str) -> list[pl.Expr]:
        """What a column of that name must hold, each where it does, in the order of refusals."""
        value = pl.col(name)
        # No number is as good as none.
        known = value.is_not_nan().fill_null(value=False)
        there = known if self.dtype.is_float() else value.is_not_null()
        return [*([] if self.nullable else [there]), *(check.holds(value) for check in self.checks)]


@dataclass(frozen=True)
class Rule:
    """A condition on whole rows.

    Attributes:
        name: of the rule.
        description: what must hold, in words.
        holds: for rows, one column of whether each holds it.
    """

    name: str
    description: str
    holds: Rows


def is_kept(rule: Rule, frame: pl.DataFrame) -> bool:
    """Whether every row of a frame keeps a rule."""
    return bool(rule.holds(frame.lazy()).collect().to_series().all())


def rule(holds: Rows) -> Rule:
    """State a rule of a contract: a static method whose name and docstring say it."""
    return Rule(holds.__name__, (holds.__doc__ or "").strip(), holds)


def read_bounds(stated: Mapping[str, Any]) -> tuple[Bound, ...]:
    """The bounds that the arguments of a column state.

    Raises:
        KeyError: there is no such bound.
    """
    found = []
    for name, value in stated.items():
        if name == "str_length":
            length = {"min_value": None, "max_value": None, **value}
            found.append(Bound("str_length", length))
        else:
            check, argument = _BOUNDS[name]
            found.append(Bound(check, {argument: value}))
    return tuple(found)


def find_type(annotation: object) -> pl.DataType:
    """The type of a column, from the annotation that states it."""
    known = _TYPES.get(annotation)
    if known is not None:
        return known
    dtype, *arguments = get_args(annotation)
    made: pl.DataType = dtype(*arguments)
    return made
