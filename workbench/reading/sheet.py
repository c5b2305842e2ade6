"""The sheet: every action of the plan in a row, with names and as decisions stand now."""

import polars as pl

from governance import Desk, rank_actions
from workbench.reading.listings import WORKLIST
from workbench.reading.plan import Plan
from workbench.reading.rows import Prepared

_ROUTED = (
    "route",
    "rule",
    "roles",
    "status",
    "approved_quantity",
    "decided_by",
    "missing_roles",
    "overridden",
)
_LEFT = ("exported", "acknowledged")


def build_sheet(plan: Plan, desk: Desk, routed: pl.DataFrame) -> Prepared:
    """Put the actions of a plan together, ranked by what they are worth.

    Args:
        plan: has names and what the ERP said.
        desk: has what has left.
        routed: how actions stand, a `Routed` frame of the desk.

    Returns:
        Columns of the view planned_actions, of which those of decisions are as they stand now, and
        rank, missing_roles, overridden, case_id and change (what became of it since the plan
        before).
    """
    named = plan.read_view("planned_actions")
    later = named.drop(name for name in _ROUTED if name in named.columns)
    sheet = later.join(routed.select("action_id", *_ROUTED), on="action_id", how="left")
    departed = pl.col("action_id").is_in(desk.exported["action_id"].to_list())
    standing = (
        pl.when(pl.col("standing").is_in(_LEFT))
        .then("standing")
        .when(departed)
        .then(pl.lit("exported"))
        .otherwise("status")
    )
    sheet = sheet.with_columns(standing=standing).drop("status")
    cases = desk.case_actions.group_by("action_id").agg(case_id=pl.col("case_id").sort().first())
    sheet = _add_changes(sheet.join(cases, on="action_id", how="left"), plan)
    ranked = rank_actions(sheet).with_row_index("rank", offset=1)
    return Prepared.of(ranked.with_columns(pl.col("rank").cast(pl.Int64)), WORKLIST)


def _add_changes(sheet: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Say of each action what became of it since the plan before; missing where nothing did."""
    keys = ["kind", "sku", "partner", "destination"]
    changes = plan.read_view("plan_differences").select(*keys, "change")
    partner = pl.coalesce("origin", "supplier", pl.lit(""))
    return sheet.with_columns(partner=partner).join(changes, on=keys, how="left").drop("partner")
