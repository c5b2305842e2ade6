"""Whose approval an action waits for: all roles, any, or all in order; and how many people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl


def find_missing_roles(actions: pl.DataFrame) -> pl.Series:
    """Find the roles of which one more approval counts; none where nothing is missing.

    Of roles that approve in order it is the next one. Where too few people have approved, each of
    the roles may: the same person counts once.

    Args:
        actions: roles (joined by a semicolon), needs, least_people, approvals (list of role,
            decision and decided_at of each that counts; missing for none), people (how many have
            approved; missing for none).

    Returns:
        Lists of roles, in the order of `actions`.
    """
    required = pl.col("roles").str.split(";")
    given = pl.col("approvals").list.eval(pl.element().struct.field("role")).fill_null([])
    unfilled = required.list.set_difference(given)
    nobody = unfilled.list.len() == required.list.len()
    missing = (
        pl.when(needs="any").then(pl.when(nobody).then(required).otherwise([])).otherwise(unfilled)
    )
    too_few = pl.col("people").fill_null(0) < pl.col("least_people")
    filled = pl.col("missing").list.len() == 0
    return (
        actions.with_columns(missing=missing, following=_find_following(actions))
        .with_columns(missing=pl.coalesce("following", "missing"))
        .select(missing=pl.when(filled & too_few).then(required).otherwise("missing"))["missing"]
    )


def lacks_people(route: Mapping[str, Any]) -> bool:
    """Whether all roles have approved an action, and too few people.

    Args:
        route: a row of `Routed` that waits.
    """
    asked, missing = route["roles"].split(";"), route["missing_roles"].split(";")
    return route["least_people"] > 1 and len(missing) == len(asked) and bool(route["decided_by"])


def name_missing_roles(route: Mapping[str, Any]) -> str:
    """Name the roles that an action waits for: all of them, or one or another.

    Args:
        route: a row of `Routed` that waits.
    """
    anyone = route["needs"] == "any" or lacks_people(route)
    return (" or " if anyone else " and ").join(route["missing_roles"].split(";"))


def _find_following(actions: pl.DataFrame) -> pl.Series:
    """The role whose turn it is where roles approve in order; missing for other actions."""
    if "in_order" not in actions["needs"]:
        return pl.Series([None] * actions.height, dtype=pl.List(pl.String))
    turns = [
        _find_next(roles.split(";"), approvals or []) if needs == "in_order" else None
        for roles, needs, approvals in actions.select("roles", "needs", "approvals").iter_rows()
    ]
    return pl.Series(turns, dtype=pl.List(pl.String))


def _find_next(required: Sequence[str], approvals: Sequence[dict[str, object]]) -> list[str]:
    """The first role that has not approved since those before it did."""
    since: datetime | None = None
    for role in required:
        if any(given["role"] == role and given["decision"] == "override" for given in approvals):
            # All others are asked anew for the quantity that it set, and it is not.
            continue
        times = [
            at
            for given in approvals
            if given["role"] == role and isinstance(at := given["decided_at"], datetime)
        ]
        later = [at for at in times if since is None or at >= since]
        if not later:
            return [role]
        since = min(later)
    return []
