"""Holds back what would go by itself beyond a budget or a limit, the best going first."""

from typing import Final

import polars as pl

from governance.kinds import add_commitments
from governance.policy import ActionPolicy, Limit

OVER_BUDGET: Final = "over_budget"
OVER_LIMIT: Final = "over_limit_"
"""What the rule of an action is told with: the second with the name of the limit."""

_WHOLE = 100
"""Money is counted in hundredths, so that sums do not depend on their order."""


def find_over_limits(ruled: pl.DataFrame, policy: ActionPolicy, sent: pl.DataFrame) -> pl.DataFrame:
    """Find the actions that would go by themselves and no longer fit.

    Limits are tried in the order of the policy and the budget last: what one of them stops uses up
    nothing of the next. Within each, actions that gain most go first; one that no longer fits stops
    none that is smaller.

    Args:
        ruled: action_id, kind, supplier, origin, destination, region, category, route, benefit,
            own_value and own_quantity (of the action without its earlier parts).
        policy: the action policy.
        sent: an `ExportLines` frame of what lower versions of the plan have handed out, with region
            and category.

    Returns:
        action_id, over (which limit), one row an action that is stopped.
    """
    goes = ruled.filter(route="auto").sort("benefit", "action_id", descending=[True, False])
    over: dict[str, str] = {}
    for limit in policy.limits:
        left = goes.filter(~pl.col("action_id").is_in(list(over)))
        over |= dict.fromkeys(_stop(left, limit, sent), OVER_LIMIT + limit.name)
    left = add_commitments(goes.filter(~pl.col("action_id").is_in(list(over)))).filter("spends")
    spent = add_commitments(sent).filter("spends")
    amounts = left.with_columns(group=pl.lit(""), amount=_in_whole("own_value"))
    used = spent.with_columns(group=pl.lit(""), amount=_in_whole("value"))
    most = round(policy.budget.auto_purchases * _WHOLE)
    over |= dict.fromkeys(_stop_beyond(amounts, used, most), OVER_BUDGET)
    return pl.DataFrame(
        {"action_id": list(over), "over": list(over.values())},
        schema={"action_id": pl.String, "over": pl.String},
    )


def _stop(goes: pl.DataFrame, limit: Limit, sent: pl.DataFrame) -> list[str]:
    """Actions of the limit that no longer fit."""
    own = {"value": "own_value", "quantity": "own_quantity", "actions": "action_id"}
    of_kinds = pl.lit(value=True) if limit.kind is None else pl.col("kind").is_in(limit.kind)
    group = pl.lit("") if limit.each is None else pl.col(limit.each)
    # Added as columns: a selection of literals alone has a row where there is none.
    counted = goes.filter(of_kinds).with_columns(
        group=group, amount=_measure(limit, own[limit.measure])
    )
    before = sent.filter(of_kinds & pl.lit(limit.per == "day"))
    used = before.with_columns(group=group, amount=_measure(limit, limit.measure))
    most = round(limit.most * (_WHOLE if limit.measure == "value" else 1))
    return _stop_beyond(counted.drop_nulls("group"), used, most)


def _measure(limit: Limit, column: str) -> pl.Expr:
    """What an action counts for, as a whole number."""
    if limit.measure == "actions":
        return pl.lit(1, pl.Int64)
    return _in_whole(column) if limit.measure == "value" else pl.col(column).cast(pl.Int64)


def _in_whole(column: str) -> pl.Expr:
    return (pl.col(column) * _WHOLE).round().cast(pl.Int64)


def _stop_beyond(counted: pl.DataFrame, used: pl.DataFrame, most: int) -> list[str]:
    """Ids of those that do not fit into what is left of their group, in their order."""
    left: dict[str, int] = {}
    for group, amount in used.drop_nulls("group").select("group", "amount").iter_rows():
        left[group] = left.get(group, most) - amount
    over = []
    for action, group, amount in counted.select("action_id", "group", "amount").iter_rows():
        rest = left.get(group, most)
        if amount > rest:
            over.append(action)
        else:
            left[group] = rest - amount
    return over
