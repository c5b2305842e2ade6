"""Actions of a page in the words of governance."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from governance import Desk, describe_action, describe_route
from quality_checks.contracts import EVERYWHERE


def describe_rows(rows: pl.DataFrame, desk: Desk) -> list[dict[str, Any]]:
    """Say of each action of a page what it is, where it stands and which units are read.

    Args:
        rows: of the sheet.
        desk: of the plan.

    Returns:
        The rows in their order, with `words`, `stands` (what is said of their standing besides),
        `units`, and `is_of_a_place` (false of what is for all locations).
    """
    wanted = rows.select("action_id")
    proposals = _by_id(desk.proposals.join(wanted, on="action_id", how="semi"))
    routes = _by_id(desk.route().join(wanted, on="action_id", how="semi"))
    found = []
    for row in rows.iter_rows(named=True):
        action, route = proposals[row["action_id"]], routes[row["action_id"]]
        told = describe_route(route) if row["standing"] == route["status"] else ""
        found.append(
            {
                **row,
                "words": describe_action(action),
                "stands": told.removeprefix(row["standing"]).lstrip(",:; "),
                "units": find_units(action, route),
                "is_of_a_place": row["destination"] != EVERYWHERE,
            }
        )
    return found


def find_units(action: Mapping[str, Any], route: Mapping[str, Any]) -> int:
    """Find how many units an action has as it stands: proposed, or set by an override.

    Args:
        action: a row of `Proposals`.
        route: its row of `Routed`.
    """
    overridden = route["overridden"]
    return int(action["quantity"] if overridden is None else overridden)


def _by_id(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["action_id"]: row for row in rows.iter_rows(named=True)}
