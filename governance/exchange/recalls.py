"""Calling back a line that has left: who may, of which lines, and how it is recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import polars as pl
from pydantic import BaseModel, ConfigDict

from governance.decisions import Text
from governance.exchange.acknowledgements import apply
from governance.kinds import list_deciders, list_kinds_with_documents, may_decide
from governance.names import Author
from governance.people import admit_claim
from governance.store import Store
from quality_checks.contracts import EVERYWHERE

LINE_RECALLED: Final = "line_recalled"
"""Kind of the event of a line that somebody calls back."""

_WHAT: Final = "call back a line"
_LISTED: Final = 5


class RecallRefusedError(ValueError):
    """A line that cannot be called back; the message says why."""


class Recall(BaseModel):
    """What somebody says when he calls back a line that has left.

    Attributes:
        action_id: of the line.
        cancels: its idempotency key.
        author: who calls it back.
        role: in which role.
        reason: why.
        recalled_at: when, local wall-clock time.

    Raises:
        pydantic.ValidationError: a text is blank, or the author's name cannot be a person's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action_id: Text
    cancels: Text
    author: Author
    role: Text
    reason: Text
    recalled_at: datetime


class Departed(NamedTuple):
    """A line that has left, and what has been heard of it.

    Attributes:
        line: its `ExportLines` row with status and erp_document of its answer; cancelled, too,
            where each document that refers to it is.
        shown_by: document of the ERP that refers to it and stands; None where none does.
        region: of its action; `*` where that is not kept.
        category: of its item; `*` where that is not kept.
    """

    line: Mapping[str, Any]
    shown_by: str | None
    region: str
    category: str


def find_departed(  # noqa: PLR0913, PLR0917  # what has left, what was heard, and of what it is
    digits: str,
    exported: pl.DataFrame,
    acknowledgements: pl.DataFrame,
    cancels: pl.DataFrame,
    orders: pl.DataFrame,
    transfers: pl.DataFrame,
    planned: pl.DataFrame,
) -> Departed:
    """Find the line that has left of the action whose id starts with `digits`.

    Args:
        digits: first digits of an action's id.
        exported: an `ExportLines` frame of all that has left.
        acknowledgements: an `Acknowledgements` frame.
        cancels: a `CancelLines` frame of all that has left.
        orders: proposal_ref, po and status of the contract PurchaseOrders.
        transfers: proposal_ref and transfer_id of the contract Transfers.
        planned: action_id, region and category of the contract PlanLines, as far as it is kept.

    Raises:
        LookupError: none or several of the lines are of such an action, in words.
    """
    lines = exported.filter(pl.col("action_id").str.starts_with(digits.lower()))
    found = apply(lines, acknowledgements, cancels)
    if not digits or len(found) != 1:
        names = ", ".join(found["action_id"].head(_LISTED)) if digits else ""
        said = f"{len(found)} lines: {names}" if names else "no line that has left"
        raise LookupError(f"{digits!r} begins the id of {said}")
    line = found.row(0, named=True)
    reference = {"proposal_ref": line["action_id"]}
    ordered = orders.filter(**reference)
    standing = ordered.filter(pl.col("status") != "cancelled")
    shown = [*standing["po"], *transfers.filter(**reference)["transfer_id"]]
    if not shown and not ordered.is_empty():
        line["status"] = "cancelled"
    of_action = planned.filter(action_id=line["action_id"]).tail(1).to_dicts()
    known = of_action[0] if of_action else dict.fromkeys(("region", "category"), EVERYWHERE)
    return Departed(line, next(iter(shown), None), known["region"], known["category"])


def recall_line(
    store: Store, departed: Departed, said: Mapping[str, str], *, token: str | None, at: datetime
) -> Recall | None:
    """Let the bearer of a token call back a line that has left, and record it.

    The next export hands it over as a cancel line. A denial is noted in the audit chain.

    Args:
        store: of the audit chain.
        departed: the line.
        said: author, role and reason.
        token: that was presented.
        at: when, local wall-clock time.

    Returns:
        What is recorded; None where the line had been called back before.

    Raises:
        AccessDeniedError: the author may not, in words.
        RecallRefusedError: there is nothing to call back, or not by him, in words.
        pydantic.ValidationError: a text is blank, or the author's name cannot be a person's.
    """
    line = departed.line
    recall = Recall(
        action_id=line["action_id"],
        cancels=line["idempotency_key"],
        author=said["author"],
        role=said["role"],
        reason=said["reason"],
        recalled_at=at,
    )
    if not may_decide(recall.role, line["kind"]):
        who = list_deciders(line["kind"])
        raise RecallRefusedError(f"{recall.role} decides nothing of {line['kind']}; {who} does")
    about = {"kind": line["kind"], "region": departed.region, "category": departed.category}
    signed = admit_claim(
        store, what=_WHAT, author=recall.author, role=recall.role, about=about, token=token, at=at
    )
    if any(before.cancels == recall.cancels for before in read_recalls(store)):
        return None
    _refuse_settled(departed)
    facts = {**recall.model_dump(mode="json"), "signed": signed}
    store.append_event(LINE_RECALLED, facts, at)
    return recall


def read_recalls(store: Store) -> list[Recall]:
    """Read what people have called back, in the order in which they did, each line once.

    Of two who call back the same line at once the first counts.
    """
    found: dict[str, Recall] = {}
    for payload in store.payloads(LINE_RECALLED):
        facts = {name: payload[name] for name in Recall.model_fields}
        recall = Recall.model_validate(facts)
        found.setdefault(recall.cancels, recall)
    return [*found.values()]


def _refuse_settled(departed: Departed) -> None:
    """Refuse to call back what the ERP has answered, or may have done without a document.

    Raises:
        RecallRefusedError: in words.
    """
    line = departed.line
    if line["status"] in {"rejected", "cancelled"}:
        raise RecallRefusedError(f"The ERP has {line['status']} it: there is nothing to call back.")
    known = list_kinds_with_documents()
    if line["kind"] not in known:
        raise RecallRefusedError(
            f"No document shows whether a {line['kind']} is done already; only lines of"
            f" {', '.join(known)} are called back. Tell those who carry it out."
        )
    if line["status"] == "waiting" and departed.shown_by is None:
        return
    document = departed.shown_by or line["erp_document"]
    named = f" as {document}" if document else ""
    raise RecallRefusedError(
        f"The ERP works on it{named}: a later plan proposes to change what is no longer needed."
    )
