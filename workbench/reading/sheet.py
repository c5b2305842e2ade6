"""The sheet: every action of the plan in a row, with names and as decisions stand now."""

from datetime import datetime
from typing import Final

import polars as pl

from governance import Desk, rank_actions
from governance.kinds import KINDS
from workbench.reading.listings import WORKLIST
from workbench.reading.plan import PublishedPlan
from workbench.reading.rows import Prepared

DEFERRED: Final = "deferred"
"""How an action stands that waits and is put off: it is back on the worklist after that time."""

_ROUTED = (
    "route",
    "rule",
    "roles",
    "status",
    "approved_quantity",
    "decided_by",
    "missing_roles",
    "overridden",
    "overridden_due_on",
    "overridden_origin",
    "overridden_supplier",
    "overridden_price",
    "overridden_unit_value",
    "override_code",
    "deferred_until",
    "lapsed",
)
_LEFT = ("exported", "acknowledged")
_IN_FORCE: Final = {
    "quantity": pl.coalesce("overridden", "quantity"),
    "due_on": pl.coalesce("overridden_due_on", "due_on"),
    "origin": pl.coalesce("overridden_origin", "origin"),
    "supplier": pl.coalesce("overridden_supplier", "supplier"),
    "price": pl.coalesce("overridden_price", "price"),
}
_OVERRIDABLE: Final = tuple(_IN_FORCE)
_SETS_PRICE: Final = [kind.name for kind in KINDS.values() if "price" in kind.overridable]
_PROPOSED_PRICE: Final = (
    pl.when(pl.col("kind").is_in(_SETS_PRICE))
    .then(pl.col("details").str.json_path_match("$.new_price").cast(pl.Float64))
    .alias("price")
)
_UNITS = pl.coalesce("overridden", "quantity")
_VALUE_IN_FORCE: Final = pl.coalesce(
    _UNITS * pl.col("overridden_unit_value"),
    pl.col("value") + (_UNITS - pl.col("quantity")) * pl.col("unit_value"),
).round(2)


def prepare_actions(plan: PublishedPlan) -> pl.DataFrame:
    """Put together what decisions do not change of the actions of a plan.

    Returns:
        Columns of the view planned_actions but those of decisions, and rank, case_id, change (what
        became of it since the plan before) and what lists are searched and paged by.
    """
    named = plan.read_view("planned_actions")
    lasting = named.drop(name for name in _ROUTED if name in named.columns)
    linked = plan.read_table("case_actions")
    cases = linked.group_by("action_id").agg(case_id=pl.col("case_id").sort().first())
    told = _add_changes(lasting.join(cases, on="action_id", how="left"), plan)
    ranked = rank_actions(told).with_row_index("rank", offset=1)
    return Prepared.of(ranked.with_columns(pl.col("rank").cast(pl.Int64)), WORKLIST).frame


def select_put_off(routed: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Select the rows of a `Routed` frame that wait and are put off beyond a moment."""
    return routed.filter((pl.col("deferred_until") > at).fill_null(value=False))


def build_sheet(actions: pl.DataFrame, desk: Desk, routed: pl.DataFrame, at: datetime) -> Prepared:
    """Add to the actions of a plan how they stand.

    Args:
        actions: as `prepare_actions` gives them.
        desk: has what has left.
        routed: how actions stand, a `Routed` frame of the desk.
        at: the moment, local wall-clock time; what is put off beyond it stands as deferred.

    Returns:
        The same rows with the columns of decisions, missing_roles and overridden among them; with
        quantity, due_on, origin, supplier, price (to customers) and value in force.
    """
    proposed = desk.proposals.with_columns(_PROPOSED_PRICE).select("action_id", *_OVERRIDABLE)
    sheet = (
        actions.drop(_OVERRIDABLE, strict=False)
        .join(proposed, on="action_id", how="left", maintain_order="left")
        .join(
            routed.select("action_id", *_ROUTED), on="action_id", how="left", maintain_order="left"
        )
        .with_columns(value=_VALUE_IN_FORCE, **_IN_FORCE)
    )
    departed = pl.col("action_id").is_in(desk.exported["action_id"].to_list())
    put_off = pl.col("action_id").is_in(select_put_off(routed, at)["action_id"].to_list())
    standing = (
        pl.when(pl.col("standing").is_in(_LEFT))
        .then("standing")
        .when(departed)
        .then(pl.lit("exported"))
        .when(put_off)
        .then(pl.lit(DEFERRED))
        .otherwise("status")
    )
    return Prepared(sheet.with_columns(standing=standing).drop("status"), WORKLIST)


def _add_changes(sheet: pl.DataFrame, plan: PublishedPlan) -> pl.DataFrame:
    """Say of each action what became of it since the plan before; missing where nothing did."""
    keys = ["kind", "sku", "partner", "destination"]
    changes = plan.read_view("plan_differences").select(*keys, "change")
    partner = pl.coalesce("origin", "supplier", pl.lit(""))
    return sheet.with_columns(partner=partner).join(changes, on=keys, how="left").drop("partner")
