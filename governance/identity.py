"""Which action a line of a plan is: its id, and which part of it where it leaves in parts.

An action keeps its id in every version of a plan until it leaves. What a later version of the same
business date adds to what has left is a further part, an action with an id of its own: it is
routed, decided, handed out and found in documents by itself.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from governance.context import ActionContext
from governance.kinds import Kind

SEPARATOR: Final = "\x1f"
_ID_LENGTH: Final = 24


def action_id(
    business_date: date, kind: str, keys: Sequence[str | None], parts_before: int = 0
) -> str:
    """The id of an action: the same for the same business date, kind, keys and parts before.

    The canonical form is the ISO date, the kind and each of its keys (see `Kind.keys`), a missing
    key as the empty string, and the number of parts that have left where some have, joined by the
    unit separator (U+001F), in UTF-8. The id is the first 24 hex digits of its SHA-256. The plan
    version is not part of it: a new version of a plan proposes the same action again, it does not
    add one.

    Raises:
        ValueError: a key contains the unit separator.
    """
    parts = [business_date.isoformat(), kind, *(key or "" for key in keys)]
    broken = [part for part in parts if SEPARATOR in part]
    if broken:
        raise ValueError(f"{kind} action: key {broken[0]!r} contains the unit separator")
    counted = [str(parts_before)] if parts_before else []
    return hashlib.sha256(SEPARATOR.join(parts + counted).encode()).hexdigest()[:_ID_LENGTH]


def identify_actions(rows: pl.DataFrame, kind: Kind, context: ActionContext) -> pl.DataFrame:
    """Add the id of each action, and what of it has left.

    Args:
        rows: with the keys of the kind.
        kind: of the actions.
        context: its business date, and what has left of earlier versions of the plan.

    Returns:
        The rows with action_id, parts_before and left_before of the contract Proposals.
    """
    left = dict(context.departed.select("action_id", "open_units").iter_rows())
    form = pl.col("form") if "form" in kind.own_schema else pl.lit("")
    keys_and_form = rows.select(pl.col(kind.keys).cast(pl.String), form.alias("its_form"))
    found = []
    for *keys, named in keys_and_form.iter_rows():
        before: list[str] = []
        action = action_id(context.business_date, kind.name, keys)
        while action in left and kind.forms[named].commits.leaves_in_parts:
            before.append(action)
            action = action_id(context.business_date, kind.name, keys, len(before))
        found.append((action, ";".join(before), sum(left[part] for part in before)))
    columns = pl.DataFrame(
        found,
        schema={"action_id": pl.String, "parts_before": pl.String, "left_before": pl.Int64},
        orient="row",
    )
    return rows.with_columns(columns.get_columns())
