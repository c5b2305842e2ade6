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


def select_choices(
    case_actions: pl.DataFrame, proposals: pl.DataFrame, left: Collection[str]
) -> pl.DataFrame:
    """Select what is said of alternatives, with what of them has left.

    An action of which earlier parts have left brings these with it, as members of its option.

    Args:
        case_actions: a `CaseActions` frame.
        proposals: columns action_id and parts_before of `Proposals`.
        left: ids of actions that have left, besides those of which the links say so.

    Returns:
        Of the contract CaseActions case_id, choice, option, option_rank, action_id, has_left,
        sorted by case and action.
    """
    gone = pl.col("left_on").is_not_null() | pl.col("action_id").is_in(list(left))
    rows = case_actions.filter(pl.col("choice").is_not_null()).select(
        "case_id", "choice", "option", "option_rank", "action_id", has_left=gone
    )
    parts = (
        proposals.select("action_id", part=pl.col("parts_before").str.split(";"))
        .explode("part")
        .filter(pl.col("part") != "")
    )
    before = rows.join(parts, on="action_id").select(
        pl.exclude("action_id", "has_left", "part"), action_id="part", has_left=pl.lit(value=True)
    )
    return (
        pl.concat([rows, before])
        .unique(["case_id", "choice", "action_id"], keep="first", maintain_order=True)
        .sort("case_id", "action_id")
    )


def find_worse_options(choices: pl.DataFrame, standing: pl.DataFrame) -> list[str]:
    """Find the actions that are of another option than the one that gains most.

    What policy blocks or people have rejected makes no option: it is not there to be waited for.
    Where something has left, its option is taken: none is better.

    Args:
        choices: as `select_choices` gives them.
        standing: action_id and benefit of the `Proposals` that are neither blocked nor rejected.

    Returns:
        Ids of actions, sorted.
    """
    slot = ["case_id", "choice"]
    worth = standing.select("action_id", "benefit")
    there = choices.join(worth, on="action_id", how="left").filter(
        pl.col("has_left") | pl.col("benefit").is_not_null()
    )
    options = (
        there.group_by(*slot, "option", maintain_order=True)
        .agg(
            pl.col("benefit").sum().round(2),
            pl.col("option_rank").min(),
            taken=pl.col("has_left").any(),
        )
        .sort(
            *(*slot, "taken", "benefit", "option_rank"),
            descending=[False, False, True, True, False],
        )
        .with_columns(best=pl.col("option").first().over(slot))
    )
    others = options.filter(pl.col("option") != pl.col("best"), ~pl.col("taken"))
    worse = there.join(others, on=[*slot, "option"], how="semi")
    return worse["action_id"].unique().sort().to_list()


def find_withdrawn(choices: pl.DataFrame, decided: pl.DataFrame) -> dict[str, str]:
    """Find the actions in whose place an alternative goes ahead.

    What has left comes first, then what policy lets go, then what people approved, in the order in
    which its last approval came; of those at the same moment the option that gains most.

    Args:
        choices: as `select_choices` gives them.
        decided: action_id, status, approved_quantity of `Routed`, and approved_at: when people
            approved it; missing where policy did. What has left with an earlier plan is not in it.

    Returns:
        Action -> the one that goes ahead in its place.
    """
    rows = choices.join(decided, on="action_id", how="left", maintain_order="left").to_dicts()
    slots: dict[str, list[tuple[_Slot, str]]] = {}
    for row in rows:
        slot = _Slot(row["case_id"], row["choice"])
        slots.setdefault(row["action_id"], []).append((slot, row["option"]))
    ahead = [row for row in rows if row["has_left"] or _is_approved(row)]
    taken: dict[_Slot, _Taken] = {}
    for row in sorted(ahead, key=_order):
        action = row["action_id"]
        if _find_taken(slots[action], taken) is None:
            for slot, option in slots[action]:
                taken.setdefault(slot, _Taken(option, action))
    found = {
        row["action_id"]: _find_taken(slots[row["action_id"]], taken)
        for row in rows
        if row["status"] in _GOES_AHEAD and not row["has_left"]
    }
    return {action: other.action_id for action, other in sorted(found.items()) if other}


def _find_taken(places: list[tuple[_Slot, str]], taken: Mapping[_Slot, _Taken]) -> _Taken | None:
    """The first action that has taken another option of the same choice."""
    others = ((taken[slot], option) for slot, option in places if slot in taken)
    return next((other for other, option in others if other.option != option), None)


def _is_approved(row: Mapping[str, Any]) -> bool:
    return bool(row["status"] == "approved" and row["approved_quantity"] > 0)


def _order(row: Mapping[str, Any]) -> tuple[bool, str, int, str]:
    # Without a moment it was policy, which comes before people.
    moment = row["approved_at"].isoformat() if row["approved_at"] else ""
    return not row["has_left"], moment, row["option_rank"], row["action_id"]
