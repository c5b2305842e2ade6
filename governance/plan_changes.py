"""What changed since the plan before: lines of two plans side by side, and why each differs.

The quantity of a line serves the need of its destination: the order-up-to level less what is there
and what is on its way. So a line differs because a term of its need does, or because senders,
limits and the needs of others leave it more or less of what it needs.
"""

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from governance.kinds import KINDS
from governance.plan_versions import PlanVersion, find_current_version
from quality_checks.contracts import CHANGES, CONTRACTS

_LINE: Final = ["kind", "sku", "partner", "destination"]
_TERMS: Final = [
    "order_up_to",
    "daily_demand",
    "protection_days",
    "underage_cost",
    "overage_cost",
    "there",
    "on_its_way",
]
_PARTS: Final = ["demand", "lead_time", "costs", "stock", "on_its_way"]
_WORDS: Final = {
    "demand": ("more demand is expected", "less demand is expected"),
    "model": ("another model forecasts more", "another model forecasts less"),
    "stock": ("less stock is there", "more stock is there"),
    "on_its_way": ("less is on its way", "more is on its way"),
    "lead_time": ("the next goods take longer", "the next goods come sooner"),
    "price": ("a unit short costs more, or one left over less", "a unit earns less or costs more"),
    "policy": ("the policy changed", "the policy changed"),
    "code": ("the planning code changed", "the planning code changed"),
    "sender": ("its sender has more", "its sender has less"),
    "limits": (
        "limits and other needs leave it more",
        "limits and other needs leave it less",
    ),
    "range": ("it came into the plan", "it left the plan, or its stock is unknown"),
    "orders": (
        "customers ordered it, or no other node ships it",
        "it is settled, or another node ships it",
    ),
    "decision": ("people decided", "people decided"),
    "route": ("policy sends it elsewhere", "policy sends it elsewhere"),
}
"""Cause -> how it makes a line larger, how it makes a line smaller."""


class KeptPlan(NamedTuple):
    """What is kept of a version of a plan.

    Attributes:
        version: what it was made from.
        lines: `PlanLines` rows of it.
        terms: `PlanTerms` rows of it.
    """

    version: PlanVersion
    lines: pl.DataFrame
    terms: pl.DataFrame


def list_plan_lines(proposals: pl.DataFrame, routed: pl.DataFrame) -> pl.DataFrame:
    """`PlanLines` of a plan.

    Args:
        proposals: `Proposals` rows.
        routed: `Routed` rows of the same plan.
    """
    routes = routed.select("action_id", "status", "approved_quantity", "decided_by")
    lines = proposals.join(routes, on="action_id", validate="1:1").with_columns(
        partner=pl.coalesce("origin", "supplier", pl.lit(""))
    )
    return lines.select(CONTRACTS["plan_lines"].columns)


def find_plan_before(
    versions: pl.DataFrame, business_date: date, plan_version: int
) -> tuple[date, PlanVersion] | None:
    """The plan that a version is compared with, and its business date; None for the first of all.

    That is the version before of the business date, and of a first version the plan in force of the
    business date before that has one.

    Args:
        versions: columns of the contract `plan_versions`, of all dates up to `business_date`.
        business_date: of the plan.
        plan_version: its version.
    """
    if plan_version > 1:
        of_date = versions.filter(business_date=business_date, plan_version=plan_version - 1)
        return business_date, find_current_version(
            of_date.with_columns(current=True), business_date
        )
    earlier = versions.filter(pl.col("business_date") < business_date)
    if earlier.is_empty():
        return None
    (day,) = earlier.select(pl.col("business_date").max()).row(0)
    return day, find_current_version(earlier.filter(business_date=day), day)


def compare_plans(before_date: date, before: KeptPlan, now: KeptPlan) -> pl.DataFrame:
    """`PlanChanges` between two plans, but for the business date.

    Args:
        before_date: business date of the plan before.
        before: the plan before.
        now: the plan.
    """
    lines = _pair_lines(before, now).filter(
        (pl.col("quantity") != pl.col("quantity_before"))
        | pl.col("status").ne_missing(pl.col("status_before"))
        | pl.col("approved_quantity").ne_missing(pl.col("approved_quantity_before"))
    )
    split = _split_by_cause(_add_terms(lines, before, now))
    named = _name_cause(split, before.version, now.version)
    return _tell(named).with_columns(
        plan_version=pl.lit(now.version.plan_version),
        before_date=pl.lit(before_date),
        before_version=pl.lit(before.version.plan_version),
    )


def tabulate_changes(changes: pl.DataFrame) -> pl.DataFrame:
    """Count the lines that changed by cause, most money first.

    Args:
        changes: `PlanChanges` rows.

    Returns:
        cause, new, gone, larger, smaller, decided (lines), units (more now), value (more now).
    """
    counted = [(pl.col("change") == change).sum().alias(change) for change in CHANGES]
    moved = (pl.col("value") - pl.col("value_before")).abs().sum().alias("moved")
    return (
        changes.group_by("cause", maintain_order=True)
        .agg(
            *counted,
            (pl.col("quantity") - pl.col("quantity_before")).sum().alias("units"),
            (pl.col("value") - pl.col("value_before")).sum().round(2).alias("value"),
            moved.round(2),
        )
        .sort("moved", "cause", descending=[True, False])
        .drop("moved")
    )


def list_dearest_changes(changes: pl.DataFrame) -> pl.DataFrame:
    """`PlanChanges` rows, those first that move most money.

    Args:
        changes: `PlanChanges` rows.
    """
    moved = (pl.col("value") - pl.col("value_before")).abs().round(2)
    key = CONTRACTS["plan_changes"].key
    return changes.sort(moved, *key, descending=[True, *(False for _ in key)])


def _pair_lines(before: KeptPlan, now: KeptPlan) -> pl.DataFrame:
    """Lines of either plan, those of the plan before with `_before` behind their columns."""
    old, new = (_sum_lines(plan.lines) for plan in (before, now))
    both = new.join(old, on=_LINE, how="full", coalesce=True, suffix="_before", validate="1:1")
    facts = ("region", "category", "currency")
    return both.with_columns(
        *(pl.coalesce(name, f"{name}_before") for name in facts),
        pl.col("quantity", "quantity_before").fill_null(0),
        pl.col("value", "value_before").fill_null(0.0),
    )


def _sum_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """One line of those that move the same from the same to the same, as changes of orders may."""
    approved = pl.col("approved_quantity")
    return (
        lines.sort("action_id")
        .group_by(_LINE, maintain_order=True)
        .agg(
            pl.col("quantity", "value").sum(),
            pl.when(approved.count() > 0).then(approved.sum()).alias("approved_quantity"),
            pl.col("region", "category", "currency", "status", "decided_by").first(),
        )
    )


def _add_terms(lines: pl.DataFrame, before: KeptPlan, now: KeptPlan) -> pl.DataFrame:
    """Lines with the terms of their destination and what their sender has, in both plans."""
    for plan, suffix in ((before, "_before"), (now, "")):
        terms = plan.terms.select(
            "sku", pl.col("location").alias("destination"), *(pl.col(_TERMS).name.suffix(suffix),)
        )
        sender = plan.terms.select(
            "sku",
            pl.col("location").alias("partner"),
            pl.col("own_available").alias(f"sender_has{suffix}"),
        )
        lines = lines.join(terms, on=["sku", "destination"], how="left").join(
            sender, on=["sku", "partner"], how="left"
        )
    return lines


def _split_by_cause(lines: pl.DataFrame) -> pl.DataFrame:
    """Split what each line is larger by cause: columns from_<part> and from_limits.

    The level is the daily demand over the days of its interval, and what is held beyond. A change
    of a product is split evenly: each factor's change at the mean of the other.
    """
    daily, days = pl.col("daily_demand").fill_null(0.0), pl.col("protection_days")
    daily_before = pl.col("daily_demand_before").fill_null(0.0)
    days_before = pl.col("protection_days_before")
    raw = lines.with_columns(
        raw_demand=(daily - daily_before) * (days + days_before) / 2,
        raw_lead_time=(days - days_before) * (daily + daily_before) / 2,
        raw_stock=(pl.col("there_before") - pl.col("there")).cast(pl.Float64),
        raw_on_its_way=(pl.col("on_its_way_before") - pl.col("on_its_way")).cast(pl.Float64),
        need=pl.col("order_up_to") - pl.col("there") - pl.col("on_its_way"),
        need_before=pl.col("order_up_to_before")
        - pl.col("there_before")
        - pl.col("on_its_way_before"),
        larger=pl.col("quantity") - pl.col("quantity_before"),
    ).with_columns(
        raw_costs=(pl.col("order_up_to") - pl.col("order_up_to_before"))
        - pl.col("raw_demand")
        - pl.col("raw_lead_time")
    )
    lines = _find_served(raw)
    needed = pl.col("need") - pl.col("need_before")
    share = pl.when(needed != 0).then(pl.col("served") / needed).otherwise(0.0)
    parts = [(pl.col(f"raw_{part}") * share).fill_null(0.0) for part in _PARTS]
    split = lines.with_columns(
        part.alias(f"from_{name}") for name, part in zip(_PARTS, parts, strict=True)
    )
    return split.with_columns(
        from_limits=pl.col("larger") - pl.sum_horizontal(f"from_{part}" for part in _PARTS)
    )


def _find_served(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `served`: of what a line is larger, the units that its need explains.

    None where it gets less than it needs in both plans, which is then not what holds it.
    """
    more = pl.col("need").clip(lower_bound=0) - pl.col("need_before").clip(lower_bound=0)
    held = (pl.col("quantity") < pl.col("need")) & (
        pl.col("quantity_before") < pl.col("need_before")
    )
    larger = pl.col("larger")
    within = (
        pl.when(larger > 0)
        .then(pl.min_horizontal(more, larger).clip(lower_bound=0))
        .otherwise(pl.max_horizontal(more, larger).clip(upper_bound=0))
    )
    return lines.with_columns(
        served=pl.when(held).then(0).otherwise(within).fill_null(0).cast(pl.Float64)
    )


def _name_cause(lines: pl.DataFrame, before: PlanVersion, now: PlanVersion) -> pl.DataFrame:
    """Add the cause that most of a line's change comes from; of equals the first."""
    way = pl.col("larger").sign()
    parts = [*_PARTS, "limits"]
    shares = [pl.col(f"from_{part}") * way for part in parts]
    most = pl.concat_list(shares).list.arg_max()
    part = most.replace_strict(dict(enumerate(parts)), return_dtype=pl.String)
    # Of the same files costs are the same, unless policy or code reckon them otherwise.
    costs = pl.lit(before.input_hash != now.input_hash) & pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}_before"))
        for name in ("underage_cost", "overage_cost")
    )
    by_model = "model" if before.model_version != now.model_version else "demand"
    sender = (pl.col("sender_has") - pl.col("sender_has_before")).sign() == way
    unknown = pl.col("need").is_null() | pl.col("need_before").is_null()
    people = pl.any_horizontal(
        pl.col(name).fill_null("policy") != "policy" for name in ("decided_by", "decided_by_before")
    )
    of_orders = [name for name, kind in KINDS.items() if "order_id" in kind.own_schema]
    cause = (
        pl.when((pl.col("larger") == 0) & people)
        .then(pl.lit("decision"))
        .when(pl.col("larger") == 0)
        .then(pl.lit("route"))
        .when(pl.col("kind").is_in(of_orders))
        .then(pl.lit("orders"))
        .when(unknown)
        .then(pl.lit("range"))
        .when(part == "demand")
        .then(pl.lit(by_model))
        .when((part == "costs") & costs)
        .then(pl.lit("price"))
        .when(part == "costs")
        .then(pl.lit(_find_other_rules(before, now)))
        .when((part == "limits") & sender)
        .then(pl.lit("sender"))
        .otherwise(part)
    )
    return lines.with_columns(cause=cause)


def _find_other_rules(before: PlanVersion, now: PlanVersion) -> str:
    """What changes a level beyond demand, days and costs; how sure demand is where no rule did."""
    if before.policy_hash != now.policy_hash:
        return "policy"
    return "code" if before.code_version != now.code_version else "demand"


def _tell(lines: pl.DataFrame) -> pl.DataFrame:
    """Add what happened to each line, and the change in plain words."""
    before, now = pl.col("quantity_before"), pl.col("quantity")
    change = (
        pl.when(now == before)
        .then(pl.lit("decided"))
        .when(before == 0)
        .then(pl.lit("new"))
        .when(now == 0)
        .then(pl.lit("gone"))
        .when(now > before)
        .then(pl.lit("larger"))
        .otherwise(pl.lit("smaller"))
    )
    why = [
        pl.col("cause").replace_strict({cause: said[way] for cause, said in _WORDS.items()})
        for way in (0, 1)
    ]
    because = pl.when(pl.col("larger") >= 0).then(why[0]).otherwise(why[1])
    units = pl.format("{} units instead of {}: {}", now, before, because)
    status, status_before = pl.col("status"), pl.col("status_before")
    approved = (
        pl.col(name).fill_null(0) for name in ("approved_quantity", "approved_quantity_before")
    )
    stood = (
        pl.when(status == status_before)
        .then(pl.format("{} of its units approved instead of {}: {}", *approved, because))
        .otherwise(pl.format("{} instead of {}: {}", status, status_before, because))
    )
    words = pl.when(now == before).then(stood).otherwise(units)
    return lines.with_columns(change=change, words=words)
