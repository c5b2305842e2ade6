"""A dry run: where a changed policy would have sent the actions of past dates, and to whom."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import polars as pl

from governance.money import round_to_cents
from governance.policy import ActionPolicy
from governance.routing import route_actions

_ROUTES = {"kind": pl.String, "was": pl.String, "would_be": pl.String}
_ASKED = {"asked": pl.String, "would_be_asked": pl.String}


@dataclass(frozen=True)
class RoutedDate:
    """A past business date as it was routed.

    Attributes:
        proposals: its `Proposals` frame.
        routed: its `Routed` frame.
        case_actions: its `CaseActions` frame.
        left: ids of actions that had left by then.
    """

    proposals: pl.DataFrame
    routed: pl.DataFrame
    case_actions: pl.DataFrame
    left: Collection[str] = ()


@dataclass(frozen=True)
class PolicyRehearsal:
    """What a policy would have done, beside what was done.

    Attributes:
        dates: business dates whose actions were tried.
        routes: kind, was, would_be (routes), actions, value (in currency), by the first three.
        workload: role, asked, would_be_asked (actions that wait for it by policy), by role.
    """

    dates: int
    routes: pl.DataFrame
    workload: pl.DataFrame


def rehearse_policy(
    dates: Iterable[RoutedDate], policy: ActionPolicy, decisions: pl.DataFrame
) -> PolicyRehearsal:
    """Route the actions of past business dates by another policy, with the decisions of then.

    Automation counts as switched on, and each date has the whole budget of a day: switches and
    spending of then are no part of a policy.

    Args:
        dates: as each was routed.
        policy: that is tried.
        decisions: a `Decisions` frame, of all of them.
    """
    pairs = []
    for past in dates:
        tried = route_actions(
            past.proposals,
            policy,
            decisions,
            case_actions=past.case_actions,
            left=past.left,
        )
        then = past.routed.select("action_id", was="route", asked="roles")
        now = tried.select("action_id", would_be="route", would_be_asked="roles")
        both = then.join(now, on="action_id", validate="1:1")
        pairs.append(past.proposals.select("action_id", "kind", "value").join(both, on="action_id"))
    none = pl.DataFrame(schema={**_ROUTES, "value": pl.Float64, **_ASKED})
    found = pl.concat([none, *(pair.select(none.columns) for pair in pairs)])
    routes = (
        found.group_by(*_ROUTES, maintain_order=True)
        .agg(actions=pl.len().cast(pl.Int64), value=round_to_cents(pl.col("value").sum()))
        .sort(*_ROUTES)
    )
    return PolicyRehearsal(len(pairs), routes, _count_workload(found))


def _count_workload(found: pl.DataFrame) -> pl.DataFrame:
    """Actions that wait for each role, then and now."""
    counted = [
        found.select(role=pl.col(name).str.split(";"))
        .explode("role")
        .filter(pl.col("role") != "")
        .group_by("role", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias(name))
        for name in _ASKED
    ]
    then, now = counted
    return (
        then.join(now, on="role", how="full", coalesce=True, validate="1:1")
        .with_columns(pl.col(*_ASKED).fill_null(0))
        .sort("role")
    )
