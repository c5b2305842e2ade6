"""Changed policies that somebody drafts and another person puts in force."""

from governance.policy_drafts.draft import PolicyDraft, describe_policy_draft
from governance.policy_drafts.steps import (
    consent_to_policy,
    draft_policy,
    list_open_policy_drafts,
    may_put_in_force,
    refuse_policy,
)

__all__ = [
    "PolicyDraft",
    "consent_to_policy",
    "describe_policy_draft",
    "draft_policy",
    "list_open_policy_drafts",
    "may_put_in_force",
    "refuse_policy",
]
