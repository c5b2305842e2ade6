"""How cases stand: read anew from exceptions, decisions and exports, and from the date before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from governance.cases.matching import match_playbooks, name_case
from governance.cases.playbooks import Playbooks
from governance.cases.sums import sum_actions
from governance.money import round_to_cents
from quality_checks.contracts import Cases, find_contract

_NO_SUMS: Final[dict[str, Any]] = {
    "actions": 0,
    "waiting": 0,
    "by_itself": 0,
    "approved": 0,
    "rejected": 0,
    "withdrawn": 0,
    "benefit_approved": 0.0,
    "benefit_waiting": 0.0,
    "exposure_change": 0.0,
    "exported": 0,
    "benefit_exported": 0.0,
    "decided": False,
}
"""Of a case without actions."""
_NOT_SEEN: Final = "It is not seen any more."

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CaseBook:
    """What is known of the cases of a business date.

    Attributes:
        business_date: of the plan.
        exceptions: its `Exceptions` frame.
        case_actions: its `CaseActions` frame.
        proposals: its `Proposals` frame.
        routed: the `Routed` frame of them, as decisions stand.
        decisions: a `Decisions` frame.
        earlier: the `Cases` frame of the newest earlier business date that has any.
        history: case_id, action_id, benefit and exported (whether it has left) of the
            `CaseActions` of earlier business dates and lower plan versions.
    """

    business_date: date
    exceptions: pl.DataFrame
    case_actions: pl.DataFrame
    proposals: pl.DataFrame
    routed: pl.DataFrame
    decisions: pl.DataFrame
    earlier: pl.DataFrame
    history: pl.DataFrame


def follow_cases(book: CaseBook, playbooks: Playbooks) -> pl.DataFrame:
    """Follow the cases of the date before, and open those of new exceptions.

    A case whose exception meets no playbook any more keeps what the one said by which it was
    worked. One that was measured on an earlier date is left out.

    Args:
        book: what is known of the cases.
        playbooks: as they are now.

    Returns:
        A `Cases` frame.
    """
    exceptions = book.exceptions.to_dicts()
    seen = {name_case(row["exception_id"]): row for row in exceptions}
    before = {row["case_id"]: row for row in book.earlier.to_dicts() if row["state"] != "measured"}
    said = _list_terms(book.exceptions, playbooks)
    figures = _list_figures(book)
    rows = []
    for case in sorted(before.keys() | said.keys()):
        then = before.get(case)
        terms = said.get(case) or _keep_terms(before[case])
        facts = _find_facts(seen.get(case), then, book.business_date)
        again = _is_seen_again(facts, exceptions) or (then is not None and then["came_back"])
        sums = _NO_SUMS | figures.get(case, {})
        row = {"case_id": case, **terms, **facts, **sums, "came_back": again}
        rows.append(_judge(row, book.business_date))
    contract = find_contract(Cases)
    columns = [{name: row[name] for name in contract.columns} for row in rows]
    return contract.conform(pl.DataFrame(columns, schema=contract.schema))


def _list_terms(exceptions: pl.DataFrame, playbooks: Playbooks) -> dict[str, Row]:
    """Case -> what the playbook says that its exception meets tonight."""
    found = match_playbooks(exceptions, playbooks)
    terms: dict[str, Row] = {}
    for case, name in found.select("case_id", "playbook").iter_rows():
        book = playbooks.find(name)
        terms[case] = {
            "playbook": name,
            "owner": book.owner,
            "due_days": book.due_days,
            "after_days": book.escalation.after_days,
            "escalates_to": book.escalation.to,
            "measure_days": book.measure_after_days,
        }
    return terms


def _keep_terms(before: Row) -> Row:
    """What the playbook said by which a case was worked on the date before."""
    kept = {name: before[name] for name in ("playbook", "owner", "escalates_to", "measure_days")}
    return {
        **kept,
        "due_days": (before["due_on"] - before["opened_on"]).days,
        "after_days": (before["escalates_on"] - before["opened_on"]).days,
    }


def _find_facts(seen: Row | None, before: Row | None, day: date) -> dict[str, Any]:
    """What is wrong, since when, and how it ended; from the exception, else from the date before.

    Args:
        seen: the exception of tonight; None where it is listed no more.
        before: the case of the date before; None where it opens tonight.
        day: business date.
    """
    is_open = seen is not None and seen["state"] != "closed"
    about = seen or before or {}
    then: Row = before or {}
    money = about["money_at_risk"] if is_open else None
    worst = [amount for amount in (then.get("money_at_worst"), money) if amount is not None]
    ended = seen["closed_by"] if seen is not None else _NOT_SEEN
    return {
        **{name: about[name] for name in ("exception_id", "kind", "subject")},
        "words": _close_sentence(about["words"]),
        "business_date": day,
        "opened_on": then.get("opened_on", day),
        "closed_on": None if is_open else then.get("closed_on") or day,
        "closed_by": None if is_open else then.get("closed_by") or ended or _NOT_SEEN,
        "money_at_opening": then["money_at_opening"] if before is not None else money,
        "money_at_risk": money,
        "money_at_worst": max(worst, default=None),
    }


def _close_sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _is_seen_again(facts: Row, exceptions: list[dict[str, Any]]) -> bool:
    """Whether an ended exception has a successor: of its kind, about the same, by another id."""
    return facts["closed_on"] is not None and any(
        (row["kind"], row["subject"]) == (facts["kind"], facts["subject"])
        and row["exception_id"] != facts["exception_id"]
        and row["state"] != "closed"
        for row in exceptions
    )


def _list_figures(book: CaseBook) -> dict[str, dict[str, Any]]:
    """Case -> sums of its actions, of what has left for it, and whether people have decided."""
    sums = sum_actions(book.case_actions, book.proposals, book.routed)
    left = (
        book.history.filter("exported")
        .group_by("case_id", maintain_order=True)
        .agg(exported=pl.len(), benefit_exported=round_to_cents(pl.col("benefit").sum()))
    )
    actions = [frame.select("case_id", "action_id") for frame in (book.case_actions, book.history)]
    votes = book.decisions.filter(~pl.col("decision").is_in(["defer", "comment"]))
    decided = pl.concat(actions).join(votes, on="action_id", how="semi")
    figures: dict[str, dict[str, Any]] = {}
    for frame in (
        sums,
        left,
        decided.select("case_id", decided=pl.lit(value=True)).unique(maintain_order=True),
    ):
        for row in frame.to_dicts():
            figures.setdefault(row.pop("case_id"), {}).update(row)
    return figures


def _judge(row: dict[str, Any], day: date) -> dict[str, Any]:
    """A case with its days, its state, who is in charge, and its outcome once it is measured."""
    opened, closed = row["opened_on"], row["closed_on"]
    dated = {
        **row,
        "due_on": opened + timedelta(days=row["due_days"]),
        "escalates_on": opened + timedelta(days=row["after_days"]),
    }
    state = _find_state(dated, day)
    if closed is not None:
        over = day >= closed + timedelta(days=row["measure_days"])
        state = "measured" if over else "resolved"
    return {
        **dated,
        "state": state,
        "in_charge": row["escalates_to" if state == "escalated" else "owner"],
        "outcome": _find_outcome(row) if state == "measured" else None,
    }


def _find_state(row: Row, day: date) -> str:
    """Where a case of an open exception stands."""
    acted = row["approved"] > 0 or row["exported"] > 0
    idle = not row["decided"] and (row["waiting"] > 0 or not acted)
    if idle and day >= row["escalates_on"]:
        return "escalated"
    if row["waiting"] > 0:
        return "waiting"
    return "acting" if acted else "open"


def _find_outcome(row: Row) -> str:
    if row["came_back"]:
        return "came_back"
    return "held" if row["exported"] > 0 else "unanswered"
