"""Puts sources into answers: rows with what their columns mean, and numbers with their origin."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from quality_checks.contracts import Column
from workbench.agents.answers import Answer, ColumnAnswer, FigureAnswer, Rows, read_value
from workbench.citing import Cited, Citer, Source

MOST_ROWS: Final = 100
"""Rows of a table that an answer lists."""

_LATE: Final = ("arrived", "not_too_late")


def make_answer(
    citer: Citer, *, figures: Sequence[FigureAnswer] = (), tables: Sequence[Rows] = ()
) -> Answer:
    """Put together what a plan says, with what it lacks."""
    return Answer(
        **name_plan(citer), figures=[*figures], tables=[*tables], lacking=_list_lacking(citer)
    )


def name_plan(citer: Citer) -> dict[str, Any]:
    """Business date and version of a plan, the time, and what of the plan is read."""
    plan = citer.plan
    return {
        "business_date": plan.business_date,
        "plan_version": plan.plan_version,
        "now": citer.now,
        "reading": plan.reading_words,
    }


def show_figure(name: str, cited: Cited) -> FigureAnswer:
    """A number under a name."""
    return FigureAnswer(
        name=name,
        value=read_value(cited.value),
        unit=cited.unit,
        table=cited.table,
        where=dict(cited.where),
        column=cited.column,
        made_by=cited.made_by,
        without_value=cited.without_value,
    )


def show_rows(
    source: Source,
    columns: Sequence[str] = (),
    *,
    most: int = MOST_ROWS,
) -> Rows:
    """Rows of a source with the meaning of their columns.

    Args:
        source: of the rows, in order.
        columns: that are shown beside the key; all without any.
        most: rows that are listed.
    """
    names = list(dict.fromkeys((*source.key, *(columns or source.columns))))
    currency = None
    if "currency" in source.rows.columns and source.rows["currency"].n_unique() == 1:
        # The currency of an amount is that of its row where that says one.
        currency = source.rows["currency"][0]
    return Rows(
        table=source.table,
        key=list(source.key),
        where=dict(source.where),
        total=show_figure("rows", source.count("rows")),
        columns={
            name: _show_column(source.columns[name], source.find_unit(name, currency))
            for name in names
        },
        rows=[
            {name: read_value(value) for name, value in row.items()}
            for row in source.rows.select(names).head(most).iter_rows(named=True)
        ],
    )


def show_row(source: Source, row: Mapping[str, Any], columns: Sequence[str]) -> list[FigureAnswer]:
    """Some numbers of a row."""
    return [show_figure(name, source.cell(row, name)) for name in columns]


def _show_column(stated: Column, unit: str) -> ColumnAnswer:
    is_closed = any(bound.name == "isin" for bound in stated.checks)
    is_text = stated.dtype == pl.String() and not is_closed
    return ColumnAnswer(unit=unit, meaning=stated.description, is_untrusted_text=is_text)


def _list_lacking(citer: Citer) -> list[Rows]:
    """Sources that have not come, due or not, or are too late, and items set aside."""
    failed = citer.read_view("checks_made").choose(passed="false")
    late = [show_rows(failed.choose(check=name), ("message", "remedy")) for name in _LATE]
    aside = show_rows(citer.read_result("items_set_aside"))
    return [rows for rows in (*late, aside) if rows.rows]
