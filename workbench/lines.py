"""Actions of a page in the words of governance."""

from typing import Any

import polars as pl

from governance import Desk, describe_action, describe_route, find_in_force
from quality_checks.contracts import EVERYWHERE
from workbench.reading import DEFERRED


def describe_rows(rows: pl.DataFrame, desk: Desk) -> list[dict[str, Any]]:
    """Say of each action of a page what it is, where it stands and which units are read.

    Args:
        rows: of the sheet.
        desk: of the plan.

    Returns:
        The rows in their order, with `words`, `stands` (what is said of their standing besides),
        `stated` (what `find_in_force` gives) and `is_of_a_place` (false of what is for
        all locations).
    """
    wanted = rows.select("action_id")
    proposals = _by_id(desk.proposals.join(wanted, on="action_id", how="semi"))
    routes = _by_id(desk.route().join(wanted, on="action_id", how="semi"))
    found = []
    for row in rows.iter_rows(named=True):
        action, route = proposals[row["action_id"]], routes[row["action_id"]]
        is_decided_here = row["standing"] in {route["status"], DEFERRED}
        told = describe_route(route) if is_decided_here else ""
        found.append(
            {
                **row,
                "words": describe_action(action),
                "stands": told.removeprefix(route["status"]).lstrip(",:; "),
                "stated": find_in_force(action, route),
                "is_of_a_place": row["destination"] != EVERYWHERE,
            }
        )
    return found


def _by_id(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["action_id"]: row for row in rows.iter_rows(named=True)}
