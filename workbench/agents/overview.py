"""Tools that read the plan as a whole: where it stands, its figures, its data, what it changes."""

from typing import Annotated

import polars as pl
from pydantic import Field

from workbench.agents.answers import (
    Answer,
    BriefAnswer,
    FigureAnswer,
    QuotedText,
    StatementAnswer,
)
from workbench.agents.callers import Caller
from workbench.agents.showing import make_answer, name_plan, show_figure, show_rows
from workbench.brief import Statement, write_brief, write_statement
from workbench.citing import Source

Most = Annotated[int, Field(ge=1, le=100, description="Rows that are listed at most.")]
Role = Annotated[str, Field(max_length=40, description="Role, such as buyer or planner.")]
Chosen = Annotated[str, Field(max_length=100)]


def plan_status(look: Caller) -> Answer:
    """Where the newest plan stands: its actions by standing, what is short, and open exceptions."""
    citer = look.citer
    figures = [
        *_count_by(citer.worklist, "standing", "actions", ("value", "benefit")),
        *_count_by(
            citer.read_view("projected_stock_outs"), "state", "item-locations", ("lost_margin",)
        ),
    ]
    exceptions = citer.read_view("open_exceptions")
    figures += [
        show_figure("open exceptions", exceptions.count("exceptions")),
        show_figure("money at risk in open exceptions", exceptions.sum("money_at_risk")),
    ]
    return make_answer(citer, figures=figures, tables=[show_rows(citer.read_view("newest_plan"))])


def brief(look: Caller, role: Role) -> BriefAnswer:
    """The morning's brief for a role, without a language model: quote its sentences and figures."""
    written = write_brief(look.citer, role)
    return BriefAnswer(
        **name_plan(look.citer),
        role=role,
        statements=[_show_statement(one) for one in written.statements],
    )


def kpis(look: Caller) -> Answer:
    """Key figures: turns, service and others, automation, what waits, stock, capital, the trend."""
    names = (
        "key_metrics",
        "plan_trend",
        "automation_by_kind",
        "waiting_by_role",
        "units_by_state",
        "health_by_cut",
        "capital_by_week",
    )
    tables = [show_rows(look.citer.read_view(name)) for name in names]
    # What is summed over the network is not nothing for who does not read it.
    told = [rows for rows in tables if rows.rows or look.citer.plan.reads_all]
    return make_answer(look.citer, tables=told)


def data_health(look: Caller) -> Answer:
    """Whether the data are good: checks that failed, how far sources have come, what waits."""
    citer = look.citer
    checks = citer.read_view("checks_made")
    waiting = citer.read_view("rows_waiting")
    figures = [
        *_count_by(checks, "passed", "checks", ()),
    ]
    if citer.plan.reads_all:
        figures.append(show_figure("rows in quarantine", waiting.count("rows")))
    tables = [
        show_rows(checks.choose(passed="false").sort("failing_rows")),
        show_rows(citer.read_view("sources_landed").sort("days_behind")),
        show_rows(waiting),
    ]
    return make_answer(citer, figures=figures, tables=tables)


def compare_plans(look: Caller, change: Chosen = "", most: Most = 50) -> Answer:
    """What the newest plan changes against the plan before it, and why, the dearest first."""
    source = look.citer.read_view("plan_differences")
    figures = _count_by(source, "change", "lines", ("value_before", "value"))
    chosen = source.choose(change=change) if change else source
    # What was dropped is worth nothing now.
    listed = show_rows(chosen.sort(pl.max_horizontal("value_before", "value")), most=most)
    return make_answer(look.citer, figures=figures, tables=[listed])


def _count_by(
    source: Source, column: str, unit: str, summed: tuple[str, ...]
) -> list[FigureAnswer]:
    """Rows by what they have in a column, with sums of others."""
    figures = []
    for value in source.rows[column].cast(str).drop_nulls().unique().sort():
        found = source.choose(**{column: value})
        figures.append(show_figure(f"{column} {value}: {unit}", found.count(unit)))
        figures += [show_figure(f"{column} {value}: {name}", found.sum(name)) for name in summed]
    return figures


def _show_statement(statement: Statement) -> StatementAnswer:
    texts = [
        QuotedText(
            letter=chr(ord("a") + place),
            text=quote.text,
            table=quote.table,
            where=dict(quote.where),
            column=quote.column,
        )
        for place, quote in enumerate(statement.quotes)
    ]
    return StatementAnswer(
        part=statement.part,
        words=write_statement(statement, quoting=False),
        figures=[show_figure(cited.column, cited) for cited in statement.numbers],
        texts=texts,
    )
