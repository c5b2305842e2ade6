"""Of alternatives inside a case one goes ahead: which are held back, and which are withdrawn.

An action may belong to several cases, and then goes ahead only where it does in all of them.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import polars as pl

_GOES_AHEAD: Final = ("approved", "waiting")


class _Slot(NamedTuple):
    """A choice of a case."""

    case_id: str
    choice: str


class _Taken(NamedTuple):
    """The option that a choice has taken, and the action by which it did."""

    option: str
    action_id: str


def select_choices(case_actions: pl.DataFrame) -> pl.DataFrame:
    """Select what is said of alternatives.

    Args:
        case_actions: a `CaseActions` frame.

    Returns:
        case_id, choice, option, option_rank, action_id, sorted by case and action.
    """
    return (
        case_actions.filter(pl.col("choice").is_not_null())
        .select("case_id", "choice", "option", "option_rank", "action_id")
        .sort("case_id", "action_id")
    )


def find_worse_options(choices: pl.DataFrame, standing: pl.DataFrame) -> list[str]:
    """Find the actions that are of another option than the one that gains most.

    What policy blocks or people have rejected makes no option: it is not there to be waited for.

    Args:
        choices: as `select_choices` gives them.
        standing: action_id and benefit of the `Proposals` that are neither blocked nor rejected.

    Returns:
        Ids of actions, sorted.
    """
    slot = ["case_id", "choice"]
    there = choices.join(standing.select("action_id", "benefit"), on="action_id")
    best = (
        there.group_by(*slot, "option")
        .agg(pl.col("benefit").sum().round(2), pl.col("option_rank").min())
        .sort(*slot, "benefit", "option_rank", descending=[False, False, True, False])
        .unique(slot, keep="first", maintain_order=True)
        .select(*slot, best="option")
    )
    worse = there.join(best, on=slot).filter(pl.col("option") != pl.col("best"))
    return worse["action_id"].unique().sort().to_list()


def find_withdrawn(
    choices: pl.DataFrame, decided: pl.DataFrame, left: Collection[str]
) -> dict[str, str]:
    """Find the actions in whose place an alternative goes ahead.

    What has left comes first, then what policy lets go, then what people approved, in the order in
    which its last approval came; of those at the same moment the option that gains most.

    Args:
        choices: as `select_choices` gives them.
        decided: action_id, status, approved_quantity of `Routed`, and approved_at: when people
            approved it; missing where policy did.
        left: ids of actions that have left.

    Returns:
        Action -> the one that goes ahead in its place.
    """
    rows = choices.join(decided, on="action_id").to_dicts()
    slots: dict[str, list[tuple[_Slot, str]]] = {}
    for row in rows:
        slot = _Slot(row["case_id"], row["choice"])
        slots.setdefault(row["action_id"], []).append((slot, row["option"]))
    ahead = [row for row in rows if row["action_id"] in left or _is_approved(row)]
    taken: dict[_Slot, _Taken] = {}
    for row in sorted(ahead, key=lambda row: _order(row, left)):
        action = row["action_id"]
        if _find_taken(slots[action], taken) is None:
            for slot, option in slots[action]:
                taken.setdefault(slot, _Taken(option, action))
    found = {
        row["action_id"]: _find_taken(slots[row["action_id"]], taken)
        for row in rows
        if row["status"] in _GOES_AHEAD and row["action_id"] not in left
    }
    return {action: other.action_id for action, other in sorted(found.items()) if other}


def _find_taken(places: list[tuple[_Slot, str]], taken: Mapping[_Slot, _Taken]) -> _Taken | None:
    """The first action that has taken another option of the same choice."""
    others = ((taken[slot], option) for slot, option in places if slot in taken)
    return next((other for other, option in others if other.option != option), None)


def _is_approved(row: Mapping[str, Any]) -> bool:
    return bool(row["status"] == "approved" and row["approved_quantity"] > 0)


def _order(row: Mapping[str, Any], left: Collection[str]) -> tuple[bool, str, int, str]:
    # Without a moment it was policy, which comes before people.
    moment = row["approved_at"].isoformat() if row["approved_at"] else ""
    return row["action_id"] not in left, moment, row["option_rank"], row["action_id"]
