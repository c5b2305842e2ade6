"""Decisions in two steps: what is drafted, which person has consented to it, and which count so.

A draft is an event of the audit chain under a fingerprint, and decides nothing. An agent's decision
counts once a person has consented to its very words; `drafting` has the two steps.
"""

from governance.drafts.consents import Consent, list_consents, refuse_second_say, require_consent
from governance.drafts.draft import Draft, describe_draft
from governance.drafts.recording import (
    find_commit,
    find_draft,
    find_refusal,
    list_open_drafts,
    record_commit,
    record_consent,
    record_draft,
    record_refusal,
)

__all__ = [
    "Consent",
    "Draft",
    "describe_draft",
    "find_commit",
    "find_draft",
    "find_refusal",
    "list_consents",
    "list_open_drafts",
    "record_commit",
    "record_consent",
    "record_draft",
    "record_refusal",
    "refuse_second_say",
    "require_consent",
]
