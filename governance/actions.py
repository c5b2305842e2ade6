"""Turns plans into rows of the one grammar of recommendations, `Proposals`.

Money is rounded to cents here, once: each term of the benefit and the value by itself, half away
from zero, so that `benefit` is exactly the sum of the terms that a planner reads. A unit value
keeps 4 decimals, since purchase prices have fractions of a cent.
"""

from typing import Final

import polars as pl

from governance.confidence import confidence, stock_penalty
from governance.context import ActionContext
from governance.identity import identify_actions
from governance.kinds import END_NODES, OF_EVERY_KIND, Kind, find_kind, pack_details
from governance.money import round_to_cents
from governance.refusals import refuse, require_values
from quality_checks.contracts import Proposals, Table, find_contract

RECORD_DOUBTED: Final = 0.25
"""Probability of a wrong stock record from which on an action says so."""


def propose_actions(kind_name: str, plan: pl.DataFrame, context: ActionContext) -> pl.DataFrame:
    """`Proposals` of a kind of action, from the frame of its plan.

    Args:
        kind_name: a kind of action that something plans.
        plan: a frame of the kind's plan table, of one business date.
        context: what the actions say about the plan.

    Raises:
        LookupError: there is no such kind.
        ValueError: nothing plans the kind; or the plan is of another day, repeats a key, states a
            reason code that the kind does not have, or names an item or a lane that the context
            lacks.
        pandera.errors.SchemaErrors: a value breaks a contract.
    """
    kind = find_kind(kind_name)
    if kind.plan is None:
        raise ValueError(f"nothing plans {kind.plural}: the kind has no plan")
    checked = _checked(plan, kind, kind.plan.table, context)
    terms = kind.plan.terms(_with_items(checked, context), context)
    return _proposals(pack_details(terms, kind), kind, context)


def _checked(
    plan: pl.DataFrame, kind: Kind, model: type[Table], context: ActionContext
) -> pl.DataFrame:
    contract = find_contract(model)
    checked = contract.conform(plan)
    other = checked.filter(pl.col("business_date") != context.business_date)
    if not other.is_empty():
        found = other["business_date"][0]
        raise ValueError(f"{contract.name}: a row of {found} in a plan of {context.business_date}")
    repeated = checked.filter(pl.struct(contract.key).is_duplicated())
    refuse(repeated.rows_by_key(contract.key), f"{contract.name}: key repeated")
    codes = {
        code
        for reason in checked["reason"].unique(maintain_order=True)
        for code in reason.split(";")
    }
    unknown = codes - kind.reasons.keys() - OF_EVERY_KIND.keys()
    refuse(unknown, f"{contract.name}: unknown reason codes")
    return checked


def _with_items(frame: pl.DataFrame, context: ActionContext) -> pl.DataFrame:
    items = context.items.select("sku", "category", "unit_cost")
    joined = frame.join(items, on="sku", how="left", validate="m:1")
    for name in ("category", "unit_cost"):
        require_values(joined, name, ("sku",), f"items: {name} missing")
    return joined


def _proposals(terms: pl.DataFrame, kind: Kind, context: ActionContext) -> pl.DataFrame:
    """Complete rows that have their keys, terms and item columns."""
    identified = identify_actions(terms, kind, context)
    trusted = _with_confidence(identified, kind, context)
    priced = trusted.with_columns(
        pl.col("unit_value").round(4),
        *(
            round_to_cents(pl.col(name))
            for name in (
                "margin_kept",
                "margin_given_up",
                "holding_cost",
                "moving_cost",
                "forced_cost",
            )
        ),
    ).with_columns(
        value=round_to_cents(pl.col("quantity") * pl.col("unit_value")),
        benefit=round_to_cents(
            pl.col("margin_kept")
            - pl.col("margin_given_up")
            - pl.col("holding_cost")
            - pl.col("moving_cost")
        ),
    )
    complete = priced.with_columns(
        plan_version=pl.lit(context.plan_version),
        kind=pl.lit(kind.name),
        currency=pl.lit(context.currency),
        model_version=pl.lit(context.model_version),
        policy_version=pl.lit(context.policy_version),
        input_version=pl.lit(context.input_version),
    )
    return find_contract(Proposals).conform(complete)


def _with_confidence(terms: pl.DataFrame, kind: Kind, context: ActionContext) -> pl.DataFrame:
    late = sorted((kind.sources - {"stock"}) & context.late_inputs.keys())
    assumed = sorted(kind.sources & set(context.assumed_inputs))
    ages = context.stock_ages.select("sku", "location", "age_days")
    doubts = context.record_doubts.select("sku", "location", "doubt")
    rated = terms
    for end in kind.ends:
        for facts, name in ((ages, "age_days"), (doubts, "doubt")):
            of_end = facts.rename({"location": end, name: f"{name}_{end}"})
            rated = rated.join(of_end, on=["sku", end], how="left", validate="m:1")
    levels = context.cautions.select("sku", pl.col("location").alias("destination"), "cautions")
    rated = rated.join(levels, on=["sku", "destination"], how="left", validate="m:1")
    stock, doubt = pl.lit(0.0), pl.lit(0.0)
    for end in kind.ends:
        age = pl.col(f"age_days_{end}")
        stock = pl.max_horizontal(stock, stock_penalty(age, context.stock_late_after_days))
        doubt = pl.max_horizontal(doubt, pl.col(f"doubt_{end}").fill_null(0.0))
    stock_late = stock > 0
    unsure = pl.col("unsure")
    return _with_unsure(rated, kind, context).with_columns(
        confidence=confidence(stock, doubt, unsure.list.len(), len(late), len(assumed)),
        reason_codes=_joined(
            pl.col("reason"),
            pl.when(pl.col("cautions") != "").then("cautions"),
            pl.when(stock_late).then(pl.lit("stock_record_late")),
            pl.when(doubt > RECORD_DOUBTED).then(pl.lit("stock_record_doubted")),
            pl.when(pl.col("parts_before") != "").then(pl.lit("part_has_left")),
            pl.lit("input_assumed" if assumed else None, pl.String),
            pl.when(unsure.list.len() > 0).then(pl.lit("newer_row_waits")),
        ),
        late_inputs=_joined(
            pl.lit(";".join(late) or None, pl.String), pl.when(stock_late).then(pl.lit("stock"))
        ),
        assumed_inputs=pl.lit(";".join(assumed)),
        unsure_inputs=unsure.list.join(";"),
    )


def _with_unsure(terms: pl.DataFrame, kind: Kind, context: ActionContext) -> pl.DataFrame:
    """Rows with the list `unsure` of sources of which a row that they name is superseded."""
    marked, unsure = terms, [pl.lit(None, pl.String)]
    for source in sorted(kind.sources & context.overtaken.keys()):
        keys = context.overtaken[source].unique(maintain_order=True)
        marks = []
        for end in END_NODES if "location" in keys.columns else ("",):
            mark = f"unsure_{source}_{end}"
            of_end = keys.rename({"location": end}) if end else keys
            flagged = of_end.with_columns(pl.lit(source).alias(mark))
            marked = marked.join(flagged, on=of_end.columns, how="left", validate="m:1")
            marks.append(pl.col(mark))
        unsure.append(pl.coalesce(marks))
    return marked.with_columns(unsure=pl.concat_list(unsure).list.drop_nulls())


def _joined(*parts: pl.Expr) -> pl.Expr:
    return pl.concat_str(parts, separator=";", ignore_nulls=True)
