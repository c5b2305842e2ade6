"""Says yes or no to what somebody else has drafted: a decision of an agent, or a policy."""

from governance import consent_to_draft, refuse_draft
from governance.drafts import find_draft
from governance.policy_drafts import consent_to_policy, refuse_policy
from workbench.door import Visitor
from workbench.reading import Desks, Plan


def answer_draft(
    desks: Desks, plan: Plan, visitor: Visitor, fingerprint: str, *, refusal: str | None
) -> str:
    """Consent to a draft of an agent, or refuse it; gives what was done in words.

    Args:
        desks: gives the desk.
        plan: the newest.
        visitor: who has his say.
        fingerprint: of the draft.
        refusal: why he does not consent; None where he does.

    Raises:
        AccessDeniedError: he may not, or the draft is over.
        DecisionRefusedError: he refuses and does not say why.
        LookupError: nobody has drafted it.
    """
    office = desks.office
    at = office.clock()
    known = find_draft(office.store, fingerprint)
    if known is None or not plan.covers_action(known.decision.action_id):
        raise LookupError("Nobody has drafted a decision with this fingerprint.")
    try:
        with desks.lock:
            desk = desks.open_desk(plan)
            if refusal is None:
                draft = consent_to_draft(desk, fingerprint, token=visitor.token, at=at)
                return f"Recorded: {draft.name} may commit it until {draft.expires_at:%H:%M}."
            draft = refuse_draft(desk, fingerprint, refusal, token=visitor.token, at=at)
            return f"Recorded: what {draft.name} has drafted is refused."
    finally:
        # A denial is an event, too.
        office.publish_head(at)


def answer_policy(desks: Desks, visitor: Visitor, fingerprint: str, *, refusal: str | None) -> str:
    """Put a drafted policy in force, or refuse it; gives what was done in words.

    Args:
        desks: gives store and policies.
        visitor: who has his say.
        fingerprint: of the draft.
        refusal: why it should not be in force; None where it should.

    Raises:
        AccessDeniedError: he may not, or the draft is over.
        PolicyError: he does not say why, or the file cannot be written.
    """
    office = desks.office
    at, folder = office.clock(), office.policies_folder
    try:
        if refusal is None:
            draft = consent_to_policy(office.store, folder, fingerprint, token=visitor.token, at=at)
            return f"{draft.file} is in force as {draft.name} has drafted it."
        draft = refuse_policy(
            office.store, folder, fingerprint, refusal, token=visitor.token, at=at
        )
        return f"Recorded: {draft.file} stays as it is."
    finally:
        office.publish_head(at)
