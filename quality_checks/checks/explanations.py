"""Check of explanations: do the steps of an action lead to what it proposes."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import polars as pl
import polars.exceptions

from quality_checks.checks.outcome import Check, Outcome

EXPLAINED = Check(
    "explained",
    "The steps of every action recompute to its quantity and its benefit, each number from a "
    "table, a policy, or earlier steps by a formula or a named function.",
)

SPINE = {
    "need": "COALESCE(level, order_up_to) - inventory_position",
    "benefit": "margin_kept - margin_given_up - holding_cost - moving_cost",
}
"""What these steps must come to whatever formula they state."""

PROPOSED = ("quantity", "benefit")
"""Steps that every action has, and that must say what its proposal says."""

ROUNDING = 1e-6
HALF_A_CENT = 0.005
"""Amounts of actions are whole cents: a formula may differ from them by as much."""

_AT_ONCE = 20_000
"""Actions whose steps are set side by side at once."""

_FAULT = {
    "action_id": pl.String,
    "name": pl.String,
    "problem": pl.String,
    "stated": pl.Float64,
    "recomputed": pl.Float64,
}
_SOURCE = ["source_table", "source_key", "source_column"]


def judge_explanations(explanations: pl.DataFrame, proposals: pl.DataFrame) -> Outcome:
    """Outcome for `Explanations` rows against the `Proposals` that they explain.

    Problems: not_explained (an action without steps), not_proposed (steps without an action),
    no_origin (a number without a source, a formula, or a function and terms of it that the action
    has; or with half a source), told_twice (a name twice in an action), not_recomputed (the formula
    gives another number, or none), not_from_earlier (the formula or the function reads a step that
    does not come before it, the formula reads none, or is no expression), not_as_proposed (the
    step that must say what the proposal says is missing, differs or has no formula).

    Args:
        explanations: the rows.
        proposals: the actions.
    """
    ids = pl.concat([explanations["action_id"], proposals["action_id"]]).unique().sort()
    parts = (ids.slice(start, _AT_ONCE) for start in range(0, len(ids), _AT_ONCE))
    within = [pl.col("action_id").is_between(pl.lit(part[0]), pl.lit(part[-1])) for part in parts]
    found = pl.concat(
        [
            pl.DataFrame(schema=_FAULT),
            *(_find_faults(explanations.filter(ids), proposals.filter(ids)) for ids in within),
        ]
    )
    actions = found["action_id"].n_unique()
    return EXPLAINED.found(found, f"{actions} actions are not what their steps come to")


def _find_faults(explanations: pl.DataFrame, proposals: pl.DataFrame) -> pl.DataFrame:
    """Every fault of some actions, by action and name."""
    kinds = proposals.select("action_id", "kind")
    known = explanations.join(kinds, on="action_id", how="inner", maintain_order="left")
    values = known.unique(["action_id", "name"], keep="first", maintain_order=True).pivot(
        on="name", index="action_id", values="value", maintain_order=True
    )
    return (
        pl.concat(
            [
                pl.DataFrame(schema=_FAULT),
                *_strangers(explanations, proposals),
                *_without_origin(known),
                *_terms(known, values),
                *_formulas(known, values),
                *_unlike_proposals(known, proposals),
            ]
        )
        .unique(["action_id", "name", "problem"], keep="first", maintain_order=True)
        .sort("action_id", "name", "problem")
    )


def _faults(rows: pl.DataFrame, problem: str, recomputed: str | None = None) -> pl.DataFrame:
    """Rows at fault, with what they state and, where there is one, what they should."""
    return rows.select(
        "action_id",
        "name",
        pl.lit(problem).alias("problem"),
        pl.col("value").cast(pl.Float64).alias("stated"),
        (pl.col(recomputed) if recomputed else pl.lit(None)).cast(pl.Float64).alias("recomputed"),
    )


def _strangers(explanations: pl.DataFrame, proposals: pl.DataFrame) -> Iterator[pl.DataFrame]:
    unnamed = [pl.lit("").alias("name"), pl.lit(None, pl.Float64).alias("value")]
    for rows, others, problem in (
        (proposals, explanations, "not_explained"),
        (explanations, proposals, "not_proposed"),
    ):
        alone = (
            rows.select("action_id")
            .unique(maintain_order=True)
            .join(others, on="action_id", how="anti")
        )
        yield _faults(alone.with_columns(unnamed), problem)


def _without_origin(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    stated = [pl.col(name).is_not_null() for name in _SOURCE]
    whole, half = pl.all_horizontal(stated), pl.any_horizontal(stated)
    computed = pl.col("function").is_not_null() & pl.col("terms").is_not_null()
    told = whole | pl.col("formula").is_not_null() | computed
    yield _faults(rows.filter(~told | (half & ~whole)), "no_origin")
    yield _faults(
        rows.filter(pl.struct("action_id", "name").is_duplicated()),
        "told_twice",
    )


def _places(rows: pl.DataFrame) -> dict[tuple[object, object], Any]:
    """Kind and name of a step -> its last place."""
    last = rows.group_by("kind", "name", maintain_order=True).agg(pl.col("step").max())
    return {(kind, name): step for kind, name, step in last.iter_rows()}


def _terms(rows: pl.DataFrame, values: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Steps that a function computed from later ones, or from none that their action has."""
    places = _places(rows)
    for (kind, _, terms), told in rows.filter(pl.col("terms").is_not_null()).group_by(
        "kind", "name", "terms", maintain_order=True
    ):
        named = str(terms).split(";")
        if any(places.get((kind, term), 0) >= told["step"].min() for term in named):
            yield _faults(told, "not_from_earlier")
        known = [name for name in named if name in values.columns]
        bare = values.filter(pl.all_horizontal(pl.col(known).is_null())) if known else values
        yield _faults(told.join(bare, on="action_id", how="semi"), "no_origin")


def _formulas(rows: pl.DataFrame, values: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Steps whose formula does not lead to them, and those that the spine contradicts."""
    places = _places(rows)
    for (kind, name, formula), told in rows.filter(pl.col("formula").is_not_null()).group_by(
        "kind", "name", "formula", maintain_order=True
    ):
        first = told["step"].min()
        operands = _operands(str(formula))
        # A step that no action of the kind has comes before all: it is missing.
        late = [other for other in operands if places.get((kind, other), 0) >= first]
        if late or not operands:
            yield _faults(told, "not_from_earlier")
        else:
            yield _differing(told, values, str(formula), exact=False)
        if name in SPINE:
            yield _differing(told, values, SPINE[str(name)], exact=True)


@cache
def _operands(formula: str) -> frozenset[str]:
    """Names that a formula reads; none where it is no expression."""
    try:
        return frozenset(pl.sql_expr(formula).meta.root_names())
    except polars.exceptions.PolarsError:
        return frozenset()


def _differing(
    told: pl.DataFrame, values: pl.DataFrame, formula: str, *, exact: bool
) -> pl.DataFrame:
    """Rows of one name whose value is not what a formula makes of the values of their action."""
    operands = sorted(_operands(formula))
    absent = [pl.lit(None, pl.Float64).alias(n) for n in operands if n not in values.columns]
    read = values.with_columns(absent).select(
        "action_id", pl.sql_expr(formula).cast(pl.Float64).alias("recomputed")
    )
    rounded = (pl.col("unit") == "currency") & pl.lit(not exact)
    allowed = ROUNDING * pl.max_horizontal(1.0, pl.col("value").abs())
    allowed += pl.when(rounded).then(HALF_A_CENT).otherwise(0.0)
    agrees = (pl.col("value") - pl.col("recomputed")).abs() <= allowed
    compared = told.join(read, on="action_id", how="left", maintain_order="left")
    return _faults(compared.filter(~agrees.fill_null(value=False)), "not_recomputed", "recomputed")


def _unlike_proposals(rows: pl.DataFrame, proposals: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for name in PROPOSED:
        told = rows.filter(pl.col("name") == name).select("action_id", "value", "formula")
        compared = (
            proposals.join(rows.select("action_id").unique(), on="action_id", how="semi")
            .select("action_id", pl.col(name).cast(pl.Float64).alias("proposed"))
            .join(told, on="action_id", how="left")
        )
        agrees = (pl.col("value") == pl.col("proposed")) & pl.col("formula").is_not_null()
        off = compared.filter(~agrees.fill_null(value=False)).with_columns(
            pl.lit(name).alias("name")
        )
        yield _faults(off, "not_as_proposed", "proposed")
