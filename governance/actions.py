"""Turns plans into rows of the one grammar of recommendations, `Proposals`.

Money is rounded to cents here, once: each term of the benefit and the value by itself, half away
from zero, so that `benefit` is exactly the sum of the terms that a planner reads. A unit value
keeps 4 decimals, since purchase prices have fractions of a cent.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from governance.confidence import POOLED_MODEL, SOURCES, confidence, stock_penalty
from governance.money import cents
from quality_checks.contracts import (
    REASONS,
    Allocation,
    Proposals,
    PurchasePlan,
    Table,
    TransfersPlan,
    find_contract,
)

SEPARATOR: Final = "\x1f"
_ID_LENGTH: Final = 24
_KEYS: Final = ("sku", "origin", "destination", "supplier")
_NAMED_IN_ERRORS: Final = 5


@dataclass(frozen=True)
class ActionContext:
    """What an action says about the plan it comes from, and what its plan does not carry.

    Attributes:
        business_date: business date of the plans.
        plan_version: version of the plan.
        currency: ISO 4217 code of every amount.
        items: sku, category, unit_cost.
        lanes: origin, destination, transit_days.
        models: sku, location, model: name of the model behind the demand of a pair.
        cautions: sku, location, cautions: reason codes of what the level of a pair rests on that
            may be wrong, joined by a semicolon.
        stock_ages: sku, location, age_days: age of the stock record on the business date; missing
            where there is none.
        stock_late_after_days: age from which on a stock record is late: older than this.
        late_inputs: source -> days late, of the sources that are late.
        assumed_inputs: sources with assumed fields.
        model_version: version of the demand model.
        policy_version: hash of the policies.
        input_version: hash of the landed files.
    """

    business_date: date
    plan_version: int
    currency: str
    items: pl.DataFrame
    lanes: pl.DataFrame
    models: pl.DataFrame
    cautions: pl.DataFrame
    stock_ages: pl.DataFrame
    stock_late_after_days: int
    late_inputs: Mapping[str, int]
    assumed_inputs: Sequence[str]
    model_version: str
    policy_version: str
    input_version: str


def action_id(business_date: date, kind: str, keys: Sequence[str | None]) -> str:
    """The id of an action: the same for the same business date, kind and keys.

    The canonical form is the ISO date, the kind and each key (for plans: sku, origin, destination,
    supplier), a missing key as the empty string, joined by the unit separator (U+001F), in UTF-8.
    The id is the first 24 hex digits of its SHA-256. The plan version is not part of it: a new
    version of a plan proposes the same action again, it does not add one.

    Raises:
        ValueError: a key contains the unit separator.
    """
    parts = [business_date.isoformat(), kind, *(key or "" for key in keys)]
    broken = [part for part in parts if SEPARATOR in part]
    if broken:
        raise ValueError(f"{kind} action: key {broken[0]!r} contains the unit separator")
    return hashlib.sha256(SEPARATOR.join(parts).encode()).hexdigest()[:_ID_LENGTH]


def action_ids(frame: pl.DataFrame, business_date: date, kind: str) -> pl.Series:
    """`action_id` of each row of a frame with sku, origin, destination and supplier."""
    rows = frame.select(_KEYS).iter_rows()
    return pl.Series("action_id", [action_id(business_date, kind, row) for row in rows], pl.String)


def from_allocation(plan: pl.DataFrame, context: ActionContext) -> pl.DataFrame:
    """`Proposals` of what each DC sends, from an `Allocation` frame.

    Goods leave on the day after the business date and are due after the lane's transit days.

    Raises:
        ValueError: the plan is of another day, repeats a key, states an unknown reason code, or
            names an item or a lane that the context lacks.
    """
    return _from_movements(plan, Allocation, "allocation", context)


def from_transfers(plan: pl.DataFrame, context: ActionContext) -> pl.DataFrame:
    """`Proposals` of what moves sideways, from a `TransfersPlan` frame; see `from_allocation`."""
    return _from_movements(plan, TransfersPlan, "transfer", context)


def from_purchases(plan: pl.DataFrame, context: ActionContext) -> pl.DataFrame:
    """`Proposals` of what to buy, from a `PurchasePlan` frame, due on the day asked for.

    Raises:
        ValueError: as `from_allocation`, lanes apart.
    """
    checked = _checked(plan, PurchasePlan, context)
    terms = checked.with_columns(
        origin=pl.lit(None, pl.String),
        due_on="requested_on",
        unit_value="unit_price",
        margin_given_up=pl.lit(0.0),
        moving_cost=pl.lit(0.0),
    )
    return _proposals(_with_items(terms, context), "purchase_order", ("destination",), context)


def _from_movements(
    plan: pl.DataFrame, model: type[Table], kind: str, context: ActionContext
) -> pl.DataFrame:
    checked = _checked(plan, model, context)
    lanes = context.lanes.select("origin", "destination", "transit_days")
    timed = checked.join(lanes, on=["origin", "destination"], how="left", validate="m:1")
    _require(timed, "transit_days", ("origin", "destination"), f"{kind}: not in lanes")
    leaves_on = context.business_date + timedelta(days=1)
    terms = _with_items(timed, context).with_columns(
        supplier=pl.lit(None, pl.String),
        due_on=pl.lit(leaves_on) + pl.duration(days=pl.col("transit_days")),
        unit_value="unit_cost",
        margin_kept="value_gained",
        margin_given_up="value_lost",
        holding_cost=pl.lit(0.0),
    )
    return _proposals(terms, kind, ("origin", "destination"), context)


def _checked(plan: pl.DataFrame, model: type[Table], context: ActionContext) -> pl.DataFrame:
    contract = find_contract(model)
    checked = contract.conform(plan)
    other = checked.filter(pl.col("business_date") != context.business_date)
    if not other.is_empty():
        found = other["business_date"][0]
        raise ValueError(f"{contract.name}: a row of {found} in a plan of {context.business_date}")
    repeated = checked.filter(pl.struct(contract.key).is_duplicated())
    _refuse(repeated.rows_by_key(contract.key), f"{contract.name}: key repeated")
    codes = {code for reason in checked["reason"].unique() for code in reason.split(";")}
    _refuse(codes - REASONS.keys(), f"{contract.name}: unknown reason codes")
    return checked


def _with_items(frame: pl.DataFrame, context: ActionContext) -> pl.DataFrame:
    items = context.items.select("sku", "category", "unit_cost")
    joined = frame.join(items, on="sku", how="left", validate="m:1")
    for name in ("category", "unit_cost"):
        _require(joined, name, ("sku",), f"items: {name} missing")
    return joined


def _require(frame: pl.DataFrame, column: str, keys: tuple[str, ...], problem: str) -> None:
    missing = frame.filter(pl.col(column).is_null()).select(keys).unique()
    _refuse((" to ".join(row) for row in missing.iter_rows()), problem)


def _refuse(found: Iterable[object], problem: str) -> None:
    names = sorted(str(name) for name in found)
    if names:
        more = f" and {len(names) - _NAMED_IN_ERRORS} more" if len(names) > _NAMED_IN_ERRORS else ""
        raise ValueError(f"{problem}: {', '.join(names[:_NAMED_IN_ERRORS])}{more}")


def _proposals(
    terms: pl.DataFrame, kind: str, ends: tuple[str, ...], context: ActionContext
) -> pl.DataFrame:
    """Complete rows that have their keys, terms and item columns."""
    trusted = _with_confidence(terms, kind, ends, context)
    priced = trusted.with_columns(
        pl.col("unit_value").round(4),
        *(
            cents(pl.col(name))
            for name in ("margin_kept", "margin_given_up", "holding_cost", "moving_cost")
        ),
    ).with_columns(
        value=cents(pl.col("quantity") * pl.col("unit_value")),
        benefit=cents(
            pl.col("margin_kept")
            - pl.col("margin_given_up")
            - pl.col("holding_cost")
            - pl.col("moving_cost")
        ),
    )
    complete = priced.with_columns(
        action_ids(priced, context.business_date, kind),
        plan_version=pl.lit(context.plan_version),
        kind=pl.lit(kind),
        currency=pl.lit(context.currency),
        model_version=pl.lit(context.model_version),
        policy_version=pl.lit(context.policy_version),
        input_version=pl.lit(context.input_version),
    )
    return find_contract(Proposals).conform(complete)


def _with_confidence(
    terms: pl.DataFrame, kind: str, ends: tuple[str, ...], context: ActionContext
) -> pl.DataFrame:
    late = sorted((SOURCES[kind] - {"stock"}) & context.late_inputs.keys())
    assumed = sorted(SOURCES[kind] & set(context.assumed_inputs))
    ages = context.stock_ages.select("sku", "location", "age_days")
    models = context.models.select("sku", "location", "model")
    rated = terms
    for end in ends:
        for facts, name in ((ages, "age_days"), (models, "model")):
            of_end = facts.rename({"location": end, name: f"{name}_{end}"})
            rated = rated.join(of_end, on=["sku", end], how="left", validate="m:1")
    levels = context.cautions.select("sku", pl.col("location").alias("destination"), "cautions")
    rated = rated.join(levels, on=["sku", "destination"], how="left", validate="m:1")
    stock = pl.max_horizontal(
        stock_penalty(pl.col(f"age_days_{end}"), context.stock_late_after_days) for end in ends
    )
    pooled = pl.any_horizontal(
        pl.col(f"model_{end}").str.starts_with(POOLED_MODEL).fill_null(value=False) for end in ends
    )
    stock_late = stock > 0
    return rated.with_columns(
        confidence=confidence(stock, pooled, len(late), len(assumed)),
        reason_codes=_joined(
            pl.col("reason"),
            pl.when(pl.col("cautions") != "").then("cautions"),
            pl.when(stock_late).then(pl.lit("stock_record_late")),
            pl.lit("input_assumed" if assumed else None, pl.String),
        ),
        late_inputs=_joined(
            pl.lit(";".join(late) or None, pl.String), pl.when(stock_late).then(pl.lit("stock"))
        ),
        assumed_inputs=pl.lit(";".join(assumed)),
    )


def _joined(*parts: pl.Expr) -> pl.Expr:
    return pl.concat_str(parts, separator=";", ignore_nulls=True)
