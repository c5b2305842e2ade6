"""Decisions on actions of a plan, stated once for one or for many of them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from governance.decisions import Decision
from governance.kinds import find_kind
from governance.money import round_to_cents
from governance.objections import DecisionRefusedError, make_decision

_IN_FORCE = {
    "quantity": "overridden",
    "due_on": "overridden_due_on",
    "origin": "overridden_origin",
    "supplier": "overridden_supplier",
    "price": "overridden_price",
}
"""What an override may change -> column of `Routed` with what is in force."""


@dataclass(frozen=True)
class Matching:
    """Which actions are meant, of those that wait; what is empty matches any.

    Attributes:
        kind: kind of action.
        supplier: supplier.
        node: node that ships or receives.
        category: category of the item.
    """

    kind: str = ""
    supplier: str = ""
    node: str = ""
    category: str = ""


def select_matching(
    proposals: pl.DataFrame, routed: pl.DataFrame, matching: Matching, at: datetime
) -> pl.DataFrame:
    """Select the actions that wait at a moment, not put off, and match.

    Args:
        proposals: a `Proposals` frame.
        routed: the `Routed` frame of them.
        matching: which are meant.
        at: the moment, local wall-clock time.

    Returns:
        Rows of `Proposals`, sorted by action_id.
    """
    off = (pl.col("deferred_until") > at).fill_null(value=False)
    waiting = routed.filter(~off, status="waiting")
    stated = {"kind": matching.kind, "supplier": matching.supplier, "category": matching.category}
    wanted = [pl.col(name) == value for name, value in stated.items() if value]
    if matching.node:
        ends = (pl.col(end) == matching.node for end in ("origin", "destination"))
        wanted.append(pl.any_horizontal(end.fill_null(value=False) for end in ends))
    return (
        proposals.join(waiting, on="action_id", how="semi")
        .filter(pl.lit(value=True), *wanted)
        .sort("action_id")
    )


def sum_actions_by_kind(actions: pl.DataFrame) -> pl.DataFrame:
    """Sum actions by kind: what a decision on all of them is about.

    Args:
        actions: rows of `Proposals`.

    Returns:
        kind, currency, actions, units, value (currency); sorted.
    """
    return (
        actions.group_by("kind", "currency", maintain_order=True)
        .agg(
            actions=pl.len(),
            units=pl.col("quantity").sum(),
            value=round_to_cents(pl.col("value").sum()),
        )
        .sort("kind", "currency")
    )


def find_in_force(action: Mapping[str, Any], route: Mapping[str, Any]) -> dict[str, Any]:
    """Find what an action is about as it stands: as proposed, or as an override has changed it.

    Args:
        action: a row of `Proposals`.
        route: its row of `Routed`.

    Returns:
        quantity (units), due_on, origin, supplier, and price (to customers, currency; missing where
        it sets none).
    """
    own = json.loads(action["details"] or "{}")
    sets_price = "price" in find_kind(action["kind"]).overridable
    proposed = {**action, "price": own["new_price"] if sets_price else None}
    return {
        name: proposed[name] if route[column] is None else route[column]
        for name, column in _IN_FORCE.items()
    }


def word_decision(
    action: Mapping[str, Any], route: Mapping[str, Any], facts: Mapping[str, Any]
) -> Decision:
    """State a decision on an action as it stands, under an id made of its content or its own.

    An approval is of the quantity that stands: it does not carry over to a larger one. An override
    keeps what an earlier one has changed and it does not.

    Args:
        action: a row of `Proposals`.
        route: its row of `Routed`.
        facts: of the decision, but for its action; `packs` are units of the action's packs.

    Raises:
        DecisionRefusedError: it breaks a rule of every decision, in words.
    """
    stated = {
        "action_id": action["action_id"],
        "plan_version": action["plan_version"],
        **facts,
    }
    packs = stated.pop("packs", None)
    if isinstance(packs, int) and stated.get("supplier") is not None:
        words = "packs are those of the supplier proposed: of another one say units"
        raise DecisionRefusedError(words)
    if isinstance(packs, int):
        stated["quantity"] = packs * (action["quantity"] // action["packs"])
    if stated["decision"] == "approve":
        stated["quantity"] = find_in_force(action, route)["quantity"]
    if stated["decision"] == "override":
        # Another supplier comes on a day of its own.
        anew = {"due_on"} if stated.get("supplier") is not None else set()
        stated |= {
            name: route[column]
            for name, column in _IN_FORCE.items()
            if name not in anew and stated.get(name) is None and route[column] is not None
        }
    content = repr(sorted(stated.items(), key=str)).encode()
    return make_decision({"decision_id": hashlib.sha256(content).hexdigest()[:24], **stated})
