"""Steps of an explanation: how each is stated, and how they become rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter
from typing import NamedTuple

import polars as pl

from quality_checks.contracts import EXPLANATION_PARTS

LINE = "sku={sku};origin={origin};destination={destination}"
AT_DESTINATION = "sku={sku};location={destination}"
AT_ORIGIN = "sku={sku};location={origin}"
OF_ACTION = "action_id={action_id}"
OF_ITEM = "sku={sku}"
POLICY = "policies/planning.yaml"
ON_LANE = "origin={origin};destination={destination}"


@dataclass(frozen=True)
class Source:
    """Where a number was read.

    Attributes:
        table: qualified table, or policy file.
        key: row or rows of the table, as the contract Explanations has it.
        column: column of the table.

    Names in braces are columns of the lines explained.
    """

    table: str
    key: str
    column: str


@dataclass(frozen=True)
class Step:
    """One number of an explanation: a row for every line in which it is not missing.

    Attributes:
        name: by which formulas call it.
        unit: as the contract Explanations has it; names in braces as in words.
        words: what it is; names in braces are columns of the lines explained.
        source: where it was read.
        formula: how it follows from earlier steps, as the contract Explanations has it.
        function: public function that computed it.
        value: column of the lines that holds it, where that is not its name.
        terms: earlier steps from which the function computed it, where it has no other origin.
    """

    name: str
    unit: str
    words: str
    source: Source | None = None
    formula: str | None = None
    function: str | None = None
    value: str | None = None
    terms: tuple[str, ...] = ()


class Explained(NamedTuple):
    """Lines of one kind of action, and the steps that explain them.

    Attributes:
        lines: action_id and a column for every value and every name in braces.
        parts: part -> its steps, in the order in which they are told.
    """

    lines: pl.DataFrame
    parts: Sequence[tuple[str, Sequence[Step]]]


def rows_of(explained: Explained) -> pl.DataFrame:
    """The steps of each line as rows: the columns of Explanations without business_date, unsorted.

    Raises:
        ValueError: parts are not told in the order of the contract.
    """
    told = [EXPLANATION_PARTS.index(part) for part, _ in explained.parts]
    if told != sorted(told):
        raise ValueError(f"parts are told out of order: {[part for part, _ in explained.parts]}")
    steps = [(part, step) for part, of_part in explained.parts for step in of_part]
    rows = [
        _rows(explained.lines, number, part, step)
        for number, (part, step) in enumerate(steps, start=1)
    ]
    return pl.concat(rows)


def _rows(lines: pl.DataFrame, number: int, part: str, step: Step) -> pl.DataFrame:
    value = step.value or step.name
    source = step.source
    return lines.filter(pl.col(value).is_not_null()).select(
        "action_id",
        pl.lit(number, pl.Int64).alias("step"),
        pl.lit(part).alias("part"),
        pl.lit(step.name).alias("name"),
        pl.col(value).cast(pl.Float64).alias("value"),
        _filled(step.unit).alias("unit"),
        _filled(step.words).alias("words"),
        *(
            (_filled(getattr(source, part)) if source else pl.lit(None, pl.String)).alias(
                f"source_{part}"
            )
            for part in ("table", "key", "column")
        ),
        pl.lit(step.formula, pl.String).alias("formula"),
        pl.lit(step.function, pl.String).alias("function"),
        pl.lit(";".join(step.terms) or None, pl.String).alias("terms"),
    )


def _filled(template: str) -> pl.Expr:
    """Replace each name in braces by the value of that column."""
    parts = list(Formatter().parse(template))
    if all(name is None for _, name, _, _ in parts):
        return pl.lit(template)
    text = "".join(before + ("{}" if name else "") for before, name, _, _ in parts)
    return pl.format(text, *(pl.col(name) for _, name, _, _ in parts if name))
