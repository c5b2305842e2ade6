"""Print why an action is what it is: its arithmetic, and each number with where it comes from."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from governance import write_arithmetic

WIDTH = 80
"""Columns of the narrowest terminal that is printed for."""

_WHOLE_FROM = 1000
"""Numbers from here on are printed without decimals."""

_CLEAR = ("units", "share")
"""Units that need not be named."""

_NONE = "none"
_NAME = re.compile(r"\b[a-z]\w*")
_FUNCTIONS = {
    "LEAST": "least",
    "GREATEST": "most",
    "COALESCE": "first",
    "CEIL": "round up",
    "FLOOR": "round down",
}
"""Functions of formulas, in words."""


class ExplainedStep(NamedTuple):
    """A line of an action's arithmetic: number of the step, value, what it is, and whence."""

    place: int
    value: str
    words: str
    origin: str


class Arithmetic(NamedTuple):
    """Why an action is what it is.

    Attributes:
        said: in one line; None where that cannot be said.
        steps: in order.
        sources: number, table and key of each row that numbers were read from.
    """

    said: str | None
    steps: list[ExplainedStep]
    sources: list[tuple[int, str, str]]


def lay_out_arithmetic(steps: pl.DataFrame, currency: str) -> Arithmetic:
    """Lay out the steps of one action for whoever reads them.

    Args:
        steps: `Explanations` rows of the action, in order.
        currency: ISO 4217 code of its amounts.
    """
    keys, places = _sources(steps), dict(steps.select("name", "step").iter_rows())
    told = [
        ExplainedStep(
            row["step"],
            _value(row["value"], row["unit"], currency),
            row["words"],
            _origin(row, keys, places),
        )
        for row in steps.iter_rows(named=True)
    ]
    return Arithmetic(
        said=write_arithmetic(dict(steps.select("name", "value").iter_rows())),
        steps=told,
        sources=[(number, name, key.replace(";", ", ")) for (name, key), number in keys.items()],
    )


def print_explanation(steps: pl.DataFrame, currency: str, console: Console) -> None:
    """Print the steps of one action within 80 columns, and below them the rows they come from.

    Args:
        steps: `Explanations` rows of the action, in order.
        currency: ISO 4217 code of its amounts.
        console: where to.
    """
    if steps.is_empty():
        console.print("No explanation is stored for this action.")
        return
    told = lay_out_arithmetic(steps, currency)
    if told.said:
        console.print(f"Why: {told.said}.")
    table = Table("", "value", "what it is", "from", width=min(console.width, WIDTH), box=None)
    table.columns[1].justify = "right"
    table.columns[1].no_wrap = True
    table.columns[3].overflow = "fold"
    for step in told.steps:
        table.add_row(f"#{step.place}", step.value, escape(step.words), escape(step.origin))
    console.print(table)
    for number, name, key in told.sources:
        console.print(f"\\[{number}] {name}: {escape(key)}", highlight=False)


def _sources(steps: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Each row that numbers were read from, with its number, in the order of the steps."""
    read = steps.select("source_table", "source_key").drop_nulls().unique(maintain_order=True)
    return {(name, key): number for number, (name, key) in enumerate(read.iter_rows(), start=1)}


def _value(value: float, unit: str, currency: str) -> str:
    if unit == "currency":
        return f"{value:,.2f} {currency}"
    if value.is_integer() or abs(value) >= _WHOLE_FROM:
        number = f"{value:,.0f}"
    else:
        number = f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"
    if unit in _CLEAR:
        return number
    return f"{number} {unit.removesuffix('s') if value == 1 else unit}"


def _origin(
    row: Mapping[str, Any], keys: Mapping[tuple[str, str], int], places: Mapping[str, int]
) -> str:
    """Column and row that a number was read from, its formula, or else what was made of which."""
    origin = []
    if row["source_table"]:
        origin.append(f"[{keys[row['source_table'], row['source_key']]}] {row['source_column']}")
    if row["formula"]:
        origin.append(f"= {_readable(row['formula'], places)}")
    return "\n".join(origin) or _made_of(row["function"], row["terms"].split(";"), places)


def _made_of(function: str, terms: Sequence[str], places: Mapping[str, int]) -> str:
    """A function and the places of what it was given: runs of them from first to last."""
    runs: list[list[int]] = []
    for place in sorted(places[name] for name in terms if name in places):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    told = [f"#{run[0]}" if len(run) == 1 else f"#{run[0]}-#{run[-1]}" for run in runs]
    return f"{function.removeprefix('optimization.')} of {', '.join(told)}"


def _readable(formula: str, places: Mapping[str, int]) -> str:
    """Show a formula with the places of its steps in place of their names.

    Args:
        formula: as `Explanations` has it.
        places: name of a step of the action -> its place.
    """
    text = _NAME.sub(lambda name: f"#{places[name[0]]}" if name[0] in places else _NONE, formula)
    # A sum with a missing part is missing, and the functions pass over what is missing.
    text = re.sub(rf"[#\w]+ [-+*/] {_NONE}\b", _NONE, text)
    text = re.sub(rf", {_NONE}\b|\b{_NONE}, ", "", text)
    text = re.sub(r"(?:LEAST|GREATEST|COALESCE)\(([^(),]+)\)", r"\1", text)
    for function, words in _FUNCTIONS.items():
        text = text.replace(f"{function}(", f"{words}(")
    return text
