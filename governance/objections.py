"""Says why a decision could not count before it is recorded, typed or come as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import polars as pl
from pydantic import ValidationError

from governance.approvals import lacks_people, name_missing_roles
from governance.decisions import Decision, find_code_faults, find_faults, standing
from governance.drafts import refuse_second_say
from governance.lane_faults import find_lane_faults
from governance.names import fold_name, fold_names
from governance.people import Register, admit_landed, read_register, sign_landed
from governance.roles import ROLES
from governance.store import EVER, DecisionConflictError, Store
from governance.term_faults import find_term_faults
from governance.terms import Terms, changes_terms
from governance.wording import describe_action
from quality_checks.contracts import MOST_UNITS, Decisions, find_contract

_SHORT_ID = 8
_MUST: Mapping[str, str] = {
    "decision": "a decision is approve, reject, override, defer or comment",
    "reason": "a reason must be given",
    "origin": "the node that ships must not be blank",
    "supplier": "the supplier must not be blank",
    "price": "the price must be an amount above 0",
    "quantity": f"the quantity must be a whole number of units from 0 to {MOST_UNITS:,}",
}
"""Field of a decision -> what it must be."""
_FAULTS = {"decision_id": pl.String, "action_id": pl.String, "problem": pl.String}


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


@dataclass(frozen=True)
class Docket:
    """All by which a decision is judged, as it stands now.

    Attributes:
        proposals: a `Proposals` frame.
        routed: the `Routed` frame of them, as decisions stand.
        decisions: a `Decisions` frame of what was decided before.
        exported: an `ExportLines` frame of what has left.
        codes: reason codes of policy, with what they say.
        lanes: a `Lanes` frame: by what goods may move.
        terms: by which another supplier or price is judged.
    """

    proposals: pl.DataFrame
    routed: pl.DataFrame
    decisions: pl.DataFrame
    exported: pl.DataFrame
    codes: Mapping[str, str]
    lanes: pl.DataFrame
    terms: Terms


def find_objections(stated: Sequence[Decision], docket: Docket) -> dict[str, str]:
    """Find the decisions that could not count, as their actions stand now.

    Args:
        stated: decisions on proposals, one an action.
        docket: by which they are judged.

    Returns:
        Id of a decision -> why it could not count, in words; sound ones are left out.
    """
    contract = find_contract(Decisions)
    given = pl.DataFrame([one.model_dump() for one in stated], schema=contract.schema)
    about = given.select("action_id").unique(maintain_order=True)
    actions = docket.proposals.join(about, on="action_id", how="semi")
    before = docket.decisions.join(about, on="action_id", how="semi")
    faults = pl.concat(
        [
            find_faults(pl.concat([before, given]), actions),
            find_code_faults(given, docket.codes),
            find_lane_faults(given, actions, docket.lanes),
            find_term_faults(given, actions, docket.terms),
        ]
    )
    of_given = faults.join(given, on="decision_id", how="semi", maintain_order="left")
    found: dict[str, str] = {}
    for name, _, words in of_given.iter_rows():
        # What its kind never allows is said before which lane is missing.
        found.setdefault(name, words)
    votes = standing(before, actions)
    by_action = votes.partition_by("action_id", as_dict=True)
    left = {*docket.exported["action_id"]}
    routes = docket.routed.join(about, on="action_id", how="semi").rows_by_key(
        "action_id", named=True, include_key=True, unique=True
    )
    for decision in stated:
        if decision.decision_id not in found and decision.decision != "comment":
            of_action = by_action.get((decision.action_id,), votes.clear())
            try:
                if decision.action_id in left:
                    _refuse_departed(decision, docket)
                _refuse_idle(decision, routes[decision.action_id], of_action, docket)
            except DecisionRefusedError as error:
                found[decision.decision_id] = str(error)
    return found


def find_conflicts(stated: Sequence[Decision], docket: Docket) -> dict[str, str]:
    """Find decisions that let something go of which an alternative goes ahead with them.

    Args:
        stated: decisions that could each count by itself.
        docket: of which `routed` is how actions stand with all of them.

    Returns:
        Id of a decision -> why it could not count besides the others, in words.
    """
    withdrawn = docket.routed.filter(status="withdrawn").rows_by_key(
        "action_id", named=True, include_key=True, unique=True
    )
    found = {}
    for decision in stated:
        route = withdrawn.get(decision.action_id)
        if route is not None and decision.decision in {"approve", "override"}:
            found[decision.decision_id] = _say_withdrawn(route, docket)
    return found


def find_overtaken(stated: Sequence[Decision], unseen: pl.DataFrame) -> dict[str, str]:
    """Find decisions on actions about which others have decided what their author has not seen.

    Args:
        stated: decisions, one an action.
        unseen: a `Decisions` frame of what was decided since he looked.

    Returns:
        Id of a decision -> who has decided meanwhile, in words.
    """
    votes = unseen.filter(pl.col("decision") != "comment")
    latest = {
        row[
            "action_id"
        ]: f"{row['author']} has decided it meanwhile ({row['decision']}): look again."
        for row in votes.sort("decided_at", "decision_id").iter_rows(named=True)
    }
    return {one.decision_id: latest[one.action_id] for one in stated if one.action_id in latest}


def _refuse_idle(
    decision: Decision, route: Mapping[str, Any], votes: pl.DataFrame, docket: Docket
) -> None:
    """Refuse a decision without a fault of its own that could not count.

    Raises:
        DecisionRefusedError: in words.
    """
    if route["status"] == "blocked":
        raise DecisionRefusedError(f"Policy blocks it ({route['rule']}): nobody can let it leave.")
    if route["status"] == "withdrawn" and decision.decision != "reject":
        raise DecisionRefusedError(_say_withdrawn(route, docket))
    if decision.decision == "reject":
        _refuse_idle_rejection(decision, votes)
    else:
        _refuse_after_rejection(decision, votes)
    if decision.decision == "approve":
        _refuse_idle_approval(decision, route, votes)
    if decision.decision == "defer":
        _refuse_idle_deferral(decision, route)


def _refuse_departed(decision: Decision, docket: Docket) -> None:
    """Refuse to decide what has left.

    Raises:
        DecisionRefusedError: in words.
    """
    gone = docket.exported.filter(action_id=decision.action_id)
    raise DecisionRefusedError(
        f"It has left with batch {say_batch(gone)}: `plenish recall` calls it back."
    )


def record_landed_decisions(  # noqa: PLR0913  # what was decided, and by what it is judged
    store: Store,
    landed: pl.DataFrame,
    actions: pl.DataFrame,
    *,
    codes: Mapping[str, str],
    lanes: pl.DataFrame,
    find_terms: Callable[[], Terms] = Terms.empty,
) -> pl.DataFrame:
    """Record decisions that came as a file, but those that cannot count or contradict one recorded.

    Args:
        store: of all decisions.
        landed: a `Decisions` frame.
        actions: action_id, kind, business_date, quantity, packs, origin, destination, supplier,
            due_on, region and category of the contract Proposals, of those that they are about.
        codes: reason codes of policy, with what they say.
        lanes: a `Lanes` frame.
        find_terms: gives the terms by which another supplier or price is judged.

    Returns:
        decision_id, action_id, problem of those that are refused, sorted by decision_id.
    """
    recorded, register = store.decisions(EVER), read_register(store)
    about = {row["action_id"]: row for row in actions.iter_rows(named=True)}
    stated = find_contract(Decisions).conform(landed)
    # What is recorded stands, whoever may decide by now and whatever policy has come to ask.
    fresh = stated.join(recorded, on="decision_id", how="anti", maintain_order="left")
    terms = find_terms() if changes_terms(fresh) else Terms.empty()
    refused = pl.concat(
        [
            _deny_landed(store, register, fresh, about),
            find_code_faults(fresh, codes),
            find_lane_faults(fresh, actions, lanes),
            find_term_faults(fresh, actions, terms),
        ]
    ).unique("decision_id", keep="first", maintain_order=True)
    # What is refused fills no role either.
    stated = stated.join(refused, on="decision_id", how="anti", maintain_order="left")
    before = recorded.join(stated, on="decision_id", how="anti")
    same = before.join(stated, on="action_id", how="semi")
    faults = find_faults(pl.concat([same, stated]), actions).join(
        stated, on="decision_id", how="semi"
    )
    sound = stated.join(faults, on="decision_id", how="anti", maintain_order="left")
    conflicts = _record_sound(store, register, sound, about)
    return pl.concat([faults, refused, conflicts]).sort("decision_id")


def _deny_landed(
    store: Store, register: Register, fresh: pl.DataFrame, about: Mapping[str, Mapping[str, Any]]
) -> pl.DataFrame:
    """Decisions of a file whose author may not make them, with why."""
    denied = [
        (row["decision_id"], row["action_id"], problem)
        for row in fresh.iter_rows(named=True)
        if row["action_id"] in about
        and (problem := _deny_one(store, register, row, about[row["action_id"]]))
    ]
    return pl.DataFrame(denied, schema=_FAULTS, orient="row")


def _deny_one(
    store: Store, register: Register, landed: Mapping[str, Any], action: Mapping[str, Any]
) -> str | None:
    """Why the author of a landed decision may not make it; None where he may."""
    problem = admit_landed(store, register, landed, action)
    if problem or register.is_empty:
        return problem
    decision = Decision.model_construct(**landed)
    return refuse_second_say(store, decision, decision.author) or None


def _record_sound(
    store: Store, register: Register, sound: pl.DataFrame, about: Mapping[str, Mapping[str, Any]]
) -> pl.DataFrame:
    """Record decisions of a file; gives those that contradict one recorded, with why."""
    known = {*store.decisions(EVER)["decision_id"]}
    conflicts = []
    for decision in (Decision(**row) for row in sound.to_dicts()):
        signature = None
        if decision.decision_id not in known:
            signature = sign_landed(register, decision, about[decision.action_id])
        signed = {} if signature is None else {decision.decision_id: signature}
        try:
            store.record_decisions([decision], decision.decided_at, signatures=signed)
        except DecisionConflictError as error:
            conflicts.append((decision.decision_id, decision.action_id, str(error)))
    return pl.DataFrame(conflicts, schema=_FAULTS, orient="row")


def _refuse_idle_rejection(decision: Decision, votes: pl.DataFrame) -> None:
    if not votes.filter(_is_of(decision), decision="reject").is_empty():
        raise DecisionRefusedError(f"{decision.author} has rejected it already.")


def _say_withdrawn(route: Mapping[str, Any], docket: Docket) -> str:
    """Say what stands against an alternative of its case, and what would undo that."""
    other, why = route["withdrawn_for"], "It is withdrawn, since an alternative of its case"
    proposed = docket.proposals.filter(action_id=other).to_dicts()
    if not proposed:
        return f"{why} has left with an earlier plan: {other[:_SHORT_ID]}."
    gone = not docket.exported.filter(action_id=other).is_empty()
    undo = "it has left" if gone else f"reject {other[:_SHORT_ID]} first"
    return f"{why} goes ahead: {undo}. {describe_action(proposed[0])}"


def _refuse_idle_deferral(decision: Decision, route: Mapping[str, Any]) -> None:
    """Refuse to put off what does not wait."""
    if route["status"] == "approved":
        raise DecisionRefusedError(
            f"{_say_approved(route)}: nothing of it is undecided. Reject it to keep it here."
        )
    if route["status"] != "waiting":
        raise DecisionRefusedError(
            f"{decision.author} has rejected it: there is nothing to put off. "
            "An approval by the same person undoes that."
        )


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
        raise DecisionRefusedError(f"{_say_approved(route)}: `plenish export` hands it over.")
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


def _say_approved(route: Mapping[str, Any]) -> str:
    return f"It is approved already, by {route['decided_by'].replace(';', ' and ')}"


def _is_of(decision: Decision) -> pl.Expr:
    """Whether a vote is of the person who makes a decision."""
    return fold_names(pl.col("author")) == fold_names(pl.lit(decision.author))


def say_batch(lines: pl.DataFrame) -> str:
    """The folder of the batch with which exported lines have left."""
    return f"{lines['business_date'][0]}/{lines['batch'][0]}"


def _list(words: "pl.Series | list[str]") -> str:
    return " and ".join(words)
