"""What is kept of each version of a plan, and what changed since the plan before."""

from datetime import date

import polars as pl

from governance import (
    KeptPlan,
    PlanVersion,
    compare_plans,
    find_plan_before,
    list_dearest_changes,
    list_plan_lines,
    tabulate_changes,
)
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from quality_checks.checks import CHANGES_ADD_UP, judge_changes
from quality_checks.contracts import CONTRACTS

_SHOWN = 20
_STORY = ["kind", "sku", "partner", "destination", "change", "words", "value_before", "value"]


@result_assets(
    {"plan_lines": (), "plan_terms": (), "plan_changes": (CHANGES_ADD_UP,)},
    reads=["plan_versions", "proposals", "routed", "planning_pairs", "targets"],
    earlier=["plan_versions", "plan_lines", "plan_terms", "plan_changes"],
    by_item=True,
)
def plan_changes(inputs: Inputs) -> list[Computed]:
    """Keep the plan beside the versions before it, and compare it with the one before."""
    version = inputs.plan_version()
    number = pl.lit(version.plan_version)
    lines = list_plan_lines(inputs.read("proposals"), inputs.read("routed"))
    terms = inputs.query("plan_terms").with_columns(plan_version=number)
    before = _read_plan_before(inputs, version)
    now = KeptPlan(version, lines, terms)
    changes = CONTRACTS["plan_changes"].empty() if before is None else compare_plans(*before, now)
    judged = judge_changes(lines if before is None else before[1].lines, lines, changes)
    # Terms are as many as there are pairs: those of two versions are enough for the next one.
    newest = pl.col("plan_version") >= len(inputs.read("plan_versions")) - 1
    return [
        Computed(_beside(inputs, "plan_lines", lines, version)),
        Computed(_beside(inputs, "plan_terms", terms, version, newest)),
        Computed(
            _beside(inputs, "plan_changes", changes, version),
            [judged],
            {"since": _say_since(before), **_show_changes(changes)},
        ),
    ]


def _read_plan_before(inputs: Inputs, version: PlanVersion) -> tuple[date, KeptPlan] | None:
    """What is kept of the plan before; None where there was none, or nothing is kept of it."""
    versions = inputs.read_until("plan_versions")
    found = find_plan_before(versions, inputs.business_date, version.plan_version)
    if found is None:
        return None
    day, before = found
    lines, terms = (
        inputs.query(query, before_date=day, before_version=before.plan_version)
        for query in ("lines_before", "terms_before")
    )
    return None if terms.is_empty() else (day, KeptPlan(before, lines, terms))


def _beside(
    inputs: Inputs,
    table: str,
    rows: pl.DataFrame,
    version: PlanVersion,
    kept: pl.Expr | None = None,
) -> pl.DataFrame:
    """Rows of a version beside what is kept of the other versions of the business date."""
    others = inputs.read(table).filter(pl.col("plan_version") != version.plan_version)
    others = others if kept is None else others.filter(kept)
    stated = CONTRACTS[table].made_schema.names()
    return pl.concat([others.select(stated), rows.select(stated)], how="vertical_relaxed")


def _say_since(before: tuple[date, KeptPlan] | None) -> str:
    if before is None:
        return "no plan before this one is kept"
    return f"{before[0]}, version {before[1].version.plan_version}"


def _show_changes(changes: pl.DataFrame) -> dict[str, object]:
    """The changes by cause, and those that move most money."""
    by_cause = tabulate_changes(changes)
    return {
        "by cause": show_rows(by_cause, len(by_cause)),
        "most money first": show_rows(list_dearest_changes(changes).select(_STORY), _SHOWN),
    }
