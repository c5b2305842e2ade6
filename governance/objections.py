"""Says why a decision could not count before it is recorded, typed or come as a file."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import polars as pl
from pydantic import ValidationError

from governance.approvals import lacks_people, name_missing_roles
from governance.decisions import Decision, find_faults, standing
from governance.names import fold_name, fold_names
from governance.people import admit_landed, read_register, sign_landed
from governance.roles import ROLES
from governance.store import EVER, DecisionConflictError, Store
from governance.wording import describe_action
from quality_checks.contracts import MOST_UNITS, Decisions, find_contract

_SHORT_ID = 8
_MUST: Mapping[str, str] = {
    "reason": "a reason must be given",
    "quantity": f"the quantity must be a whole number of units from 0 to {MOST_UNITS:,}",
}
"""Field of a decision -> what it must be."""


class DecisionRefusedError(ValueError):
    """A decision that could not count; the message says why."""


def make_decision(facts: Mapping[str, Any]) -> Decision:
    """The decision that the facts state.

    Raises:
        DecisionRefusedError: it breaks a rule of every decision, in words.
    """
    role = facts["role"]
    if role not in ROLES:
        near = get_close_matches(role.lower(), ROLES, n=1)
        hint = f"; is it {near[0]}?" if near else "."
        raise DecisionRefusedError(f"there is no role {role!r}{hint} Roles: {', '.join(ROLES)}.")
    try:
        return Decision.model_validate(facts)
    except ValidationError as error:
        words = [
            _MUST.get(str(next(iter(fault["loc"]), "")), fault["msg"].removeprefix("Value error, "))
            for fault in error.errors()
        ]
        raise DecisionRefusedError("; ".join(words)) from error


def refuse_idle_decision(
    decision: Decision,
    proposals: pl.DataFrame,
    routed: pl.DataFrame,
    decisions: pl.DataFrame,
    exported: pl.DataFrame,
) -> None:
    """Refuse a decision that could not count, as its action stands now.

    Args:
        decision: on one of the proposals.
        proposals: a `Proposals` frame.
        routed: the `Routed` frame of them, as decisions stand.
        decisions: a `Decisions` frame of what was decided before.
        exported: an `ExportLines` frame of what has left.

    Raises:
        DecisionRefusedError: in words.
    """
    contract = find_contract(Decisions)
    action = proposals.filter(action_id=decision.action_id)
    stated = pl.DataFrame([decision.model_dump()], schema=contract.schema)
    before = decisions.filter(action_id=decision.action_id)
    faults = find_faults(pl.concat([before, stated]), action).filter(
        decision_id=decision.decision_id
    )
    if not faults.is_empty():
        raise DecisionRefusedError(faults["problem"][0])
    gone = exported.filter(action_id=decision.action_id)
    if not gone.is_empty():
        raise DecisionRefusedError(
            f"It has left with batch {say_batch(gone)}: cancel it in the ERP."
        )
    route = routed.row(by_predicate=pl.col("action_id") == decision.action_id, named=True)
    if route["status"] == "blocked":
        raise DecisionRefusedError(f"Policy blocks it ({route['rule']}): nobody can let it leave.")
    votes = standing(before, action)
    if route["status"] == "withdrawn" and decision.decision != "reject":
        _refuse_withdrawn(route, proposals, exported)
    if decision.decision == "reject":
        _refuse_idle_rejection(decision, votes)
    else:
        _refuse_after_rejection(decision, votes)
    if decision.decision == "approve":
        _refuse_idle_approval(decision, route, votes)


def record_landed_decisions(
    store: Store, landed: pl.DataFrame, actions: pl.DataFrame
) -> pl.DataFrame:
    """Record decisions that came as a file, but those that cannot count or contradict one recorded.

    Args:
        store: of all decisions.
        landed: a `Decisions` frame.
        actions: action_id, kind, business_date, quantity, packs, region and category of the
            contract Proposals, of those that they are about.

    Returns:
        decision_id, action_id, problem of those that are refused, sorted by decision_id.
    """
    recorded, register = store.decisions(EVER), read_register(store)
    about = {row["action_id"]: row for row in actions.iter_rows(named=True)}
    stated = find_contract(Decisions).conform(landed)
    # What is recorded stands, whoever may decide by now.
    fresh = stated.join(recorded, on="decision_id", how="anti", maintain_order="left")
    denied = [
        (row["decision_id"], row["action_id"], problem)
        for row in fresh.iter_rows(named=True)
        if row["action_id"] in about
        and (problem := admit_landed(store, register, row, about[row["action_id"]]))
    ]
    # Who may not decide fills no role either.
    stated = stated.filter(~pl.col("decision_id").is_in([name for name, _, _ in denied]))
    before = recorded.join(stated, on="decision_id", how="anti")
    same = before.join(stated, on="action_id", how="semi")
    faults = find_faults(pl.concat([same, stated]), actions).join(
        stated, on="decision_id", how="semi"
    )
    sound = stated.join(faults, on="decision_id", how="anti", maintain_order="left")
    known = {*recorded["decision_id"]}
    conflicts = []
    for decision in (Decision(**row) for row in sound.to_dicts()):
        if decision.decision_id not in known:
            sign_landed(store, register, decision, about[decision.action_id])
        try:
            store.record_decision(decision, at=decision.decided_at)
        except DecisionConflictError as error:
            conflicts.append((decision.decision_id, decision.action_id, str(error)))
    refused = pl.DataFrame([*denied, *conflicts], schema=faults.schema, orient="row")
    return pl.concat([faults, refused]).sort("decision_id")


def _refuse_idle_rejection(decision: Decision, votes: pl.DataFrame) -> None:
    if not votes.filter(_is_of(decision), decision="reject").is_empty():
        raise DecisionRefusedError(f"{decision.author} has rejected it already.")


def _refuse_withdrawn(
    route: Mapping[str, Any], proposals: pl.DataFrame, exported: pl.DataFrame
) -> None:
    """Refuse what an alternative of its case stands against."""
    other, why = route["withdrawn_for"], "It is withdrawn, since an alternative of its case"
    proposed = proposals.filter(action_id=other).to_dicts()
    if not proposed:
        raise DecisionRefusedError(f"{why} has left with an earlier plan: {other[:_SHORT_ID]}.")
    gone = not exported.filter(action_id=other).is_empty()
    undo = "it has left" if gone else f"reject {other[:_SHORT_ID]} first"
    raise DecisionRefusedError(f"{why} goes ahead: {undo}. {describe_action(proposed[0])}")


def _refuse_after_rejection(decision: Decision, votes: pl.DataFrame) -> None:
    """Refuse what a rejection of somebody else outweighs."""
    others = votes.filter(~_is_of(decision), decision="reject")["author"]
    if not others.is_empty():
        raise DecisionRefusedError(
            f"{_list(others.sort())} has rejected it: that stands until the same person approves."
        )


def _refuse_idle_approval(
    decision: Decision, route: Mapping[str, Any], votes: pl.DataFrame
) -> None:
    """Refuse an approval that nothing waits for."""
    changes_mind = not votes.filter(_is_of(decision), decision="reject").is_empty()
    if route["status"] == "approved":
        by = (
            "policy"
            if route["decided_by"] == "policy"
            else route["decided_by"].replace(";", " and ")
        )
        raise DecisionRefusedError(
            f"It is approved already, by {by}: `plenish export` hands it over."
        )
    if changes_mind:
        return
    missing, asked = route["missing_roles"].split(";"), route["roles"].split(";")
    waits = f"it waits for {name_missing_roles(route)}"
    if decision.role not in asked:
        raise DecisionRefusedError(f"An approval as {decision.role} would not count: {waits}.")
    if decision.role not in missing:
        if route["needs"] == "in_order" and asked.index(decision.role) > asked.index(missing[0]):
            words = f"An approval as {decision.role} would not count yet: {waits}."
            raise DecisionRefusedError(words)
        raise DecisionRefusedError(f"It is approved as {decision.role} already: {waits}.")
    spoken = (route["decided_by"] or "").split(";")
    has_spoken = fold_name(decision.author) in map(fold_name, spoken)
    if has_spoken and lacks_people(route):
        raise DecisionRefusedError(
            f"{decision.author} has spoken for it already: {waits}, and another person must."
        )


def _is_of(decision: Decision) -> pl.Expr:
    """Whether a vote is of the person who makes a decision."""
    return fold_names(pl.col("author")) == fold_names(pl.lit(decision.author))


def say_batch(lines: pl.DataFrame) -> str:
    """The folder of the batch with which exported lines have left."""
    return f"{lines['business_date'][0]}/{lines['batch'][0]}"


def _list(words: "pl.Series | list[str]") -> str:
    return " and ".join(words)
