"""Drafts, consents and what was made of them, as events of the audit chain."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from governance.drafts.draft import Draft, hash_words
from governance.store import Store

DECISION_DRAFTED: Final = "decision_drafted"
DRAFT_CONSENTED: Final = "draft_consented"
DRAFT_REFUSED: Final = "draft_refused"
DRAFT_COMMITTED: Final = "draft_committed"
_MOST_READ: Final = 1_000
"""The newest drafts that may be open: who drafts has a bound, and a draft lasts minutes."""


def record_draft(store: Store, draft: Draft, at: datetime) -> None:
    """Keep a draft until it expires; the same draft is kept once."""
    said = {"fingerprint": draft.fingerprint, "draft": draft.model_dump_json()}
    store.append_event(DECISION_DRAFTED, said, at, once=True)


def find_draft(store: Store, fingerprint: str) -> Draft | None:
    """The draft with a fingerprint; None where nobody has drafted it."""
    said = _find_first(store, DECISION_DRAFTED, fingerprint)
    return None if said is None else Draft.model_validate_json(str(said["draft"]))


def list_open_drafts(store: Store, at: datetime) -> list[Draft]:
    """List the drafts that can still be made at a moment, newest first, of the last 1,000."""
    over = {
        said["fingerprint"]
        for kind in (DRAFT_COMMITTED, DRAFT_REFUSED)
        for said in store.payloads(kind, newest=_MOST_READ)
    }
    found = []
    for said in reversed(store.payloads(DECISION_DRAFTED, newest=_MOST_READ)):
        draft = Draft.model_validate_json(str(said["draft"]))
        # A clock that was put back has made some before it that expire later.
        if draft.expires_at > at and draft.fingerprint not in over:
            found.append(draft)
    return found


def record_consent(store: Store, draft: Draft, signature: Mapping[str, Any], at: datetime) -> None:
    """Record that a person agrees with every word of a draft.

    Args:
        store: of the audit chain.
        draft: which one.
        signature: who it is, as `admit_author` gives it.
        at: when, local wall-clock time.
    """
    said = {
        **signature,
        "fingerprint": draft.fingerprint,
        "action_id": draft.decision.action_id,
        "words": hash_words(draft.decision),
    }
    store.append_event(DRAFT_CONSENTED, said, at, once=True)


def record_refusal(
    store: Store, draft: Draft, signature: Mapping[str, Any], reason: str, at: datetime
) -> None:
    """Record that a person does not agree with a draft, and why; it is over then.

    Args:
        store: of the audit chain.
        draft: which one.
        signature: who it is, as `admit_author` gives it.
        reason: why.
        at: when, local wall-clock time.
    """
    said = {
        **signature,
        "fingerprint": draft.fingerprint,
        "action_id": draft.decision.action_id,
        "reason": reason,
    }
    store.append_event(DRAFT_REFUSED, said, at, once=True)


def find_refusal(store: Store, fingerprint: str) -> Mapping[str, Any] | None:
    """What was recorded as a person refused a draft; None where nobody has."""
    return _find_first(store, DRAFT_REFUSED, fingerprint)


def record_commit(store: Store, draft: Draft, key: str, at: datetime) -> None:
    """Record by which request a draft became a decision."""
    said = {
        "fingerprint": draft.fingerprint,
        "decision_id": draft.decision.decision_id,
        "action_id": draft.decision.action_id,
        "key": key,
    }
    store.append_event(DRAFT_COMMITTED, said, at)


def find_commit(store: Store, fingerprint: str) -> Mapping[str, Any] | None:
    """What was recorded as a draft became a decision; None where it has not."""
    return _find_first(store, DRAFT_COMMITTED, fingerprint)


def _find_first(store: Store, kind: str, fingerprint: str) -> dict[str, Any] | None:
    """What the first event of a kind says of a draft."""
    for event in store.find_events(kind, fingerprint):
        said: dict[str, Any] = json.loads(event.payload)
        if said["fingerprint"] == fingerprint:
            return said
    return None
