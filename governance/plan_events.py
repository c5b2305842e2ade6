"""What plans rest on, in the audit chain: their versions, the policies and the choice of model."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final

from governance.audit import Payload
from governance.plan_versions import PlanVersion
from governance.store import Store

PLAN_MADE: Final = "plan_made"
"""Kind of the event of a plan version: business date, number, and hashes of what it rests on."""
POLICY_CHANGED: Final = "policy_changed"
"""Kind of the event of policies that differ from those before: their hash, and each file's text."""
MODEL_CHOSEN: Final = "model_chosen"
"""Kind of the event of a promotion, a refusal or a roll-back of a model."""


def record_plan(store: Store, business_date: date, version: PlanVersion, at: datetime) -> None:
    """Record a plan version, unless it is recorded."""
    facts = {"business_date": business_date, **version._asdict()}
    store.append_event(PLAN_MADE, facts, at, once=True)


def record_policies(store: Store, policy_hash: str, texts: Mapping[str, str], at: datetime) -> None:
    """Record policies, unless they are the ones that were recorded last.

    Args:
        store: whose chain the event comes into.
        policy_hash: of what the files say.
        texts: name of each file -> its text.
        at: when they are recorded, local wall-clock time.
    """
    said = store.payloads(POLICY_CHANGED)
    if not said or said[-1]["policy_hash"] != policy_hash:
        store.append_event(POLICY_CHANGED, {**texts, "policy_hash": policy_hash}, at)


def record_model_choices(store: Store, choices: Iterable[Payload], at: datetime) -> None:
    """Record which model plans from when and who said so, each choice once."""
    told = store.payloads(MODEL_CHOSEN)
    seen = {tuple(sorted((name, str(value)) for name, value in known.items())) for known in told}
    fresh = [
        choice
        for choice in choices
        if tuple(sorted((name, str(value)) for name, value in choice.items())) not in seen
    ]
    store.append_events(MODEL_CHOSEN, fresh, at)


def find_policies(store: Store, policy_hash: str) -> Mapping[str, str]:
    """Texts of the policies with a hash, by file name; none where they were never recorded."""
    for said in store.payloads(POLICY_CHANGED):
        if said["policy_hash"] == policy_hash:
            return {name: str(text) for name, text in said.items() if name != "policy_hash"}
    return {}
