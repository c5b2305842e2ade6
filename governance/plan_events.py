"""What plans rest on, in the audit chain: their versions, the policies and the choice of model."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from governance.audit import Event, Payload
from governance.exchange import BATCH_EXPORTED, LINE_ANSWERED, LINE_RECALLED
from governance.people import ACCESS_DENIED
from governance.plan_versions import PlanVersion
from governance.policy import ACTIONS, DEFAULT_RULE, REGIONS
from governance.policy_files import parse_policy
from governance.store import DECISION_RECORDED, DECISION_SIGNED, Store

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


def recall_policies(store: Store) -> dict[str, str]:
    """The texts of the policies that were recorded last, by name of the file; empty for none."""
    said = store.payloads(POLICY_CHANGED)
    return {} if not said else {name: str(text) for name, text in said[-1].items() if "." in name}


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


def find_rule(store: Store, policy_hash: str, rule: str) -> dict[str, Any] | None:
    """Find what a rule of actions said in the policies with a hash, as they are in the chain.

    Args:
        store: whose chain it is.
        policy_hash: of the policies.
        rule: as `Routed` has it, with what turned an auto into a review.

    Returns:
        when, route and roles; None where the policies or the rule are not in the chain.
    """
    name = rule.partition(":")[0]
    for said in store.payloads(POLICY_CHANGED):
        if said["policy_hash"] != policy_hash or ACTIONS not in said:
            continue
        found = dict(_list_rules(said)).get(name)
        return None if found is None else {"when": {}, "roles": [], **found}
    return None


def _list_rules(said: Payload) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rules of all regions and of each, by name, in the texts of policies."""
    for file, text in said.items():
        content = parse_policy(str(text), file) if _is_of_actions(file) else None
        if isinstance(content, dict):
            yield from ((rule["name"], rule) for rule in content.get("rules", []))
            if "default" in content:
                yield DEFAULT_RULE, content["default"]


def _is_of_actions(file: str) -> bool:
    return file == ACTIONS or file.startswith(f"{REGIONS}/")


def list_action_events(
    store: Store,
    version: PlanVersion,
    policy_hash: str,
    actions: Iterable[str],
    folder: str | None,
) -> list[Event]:
    """List the events of the chain that tell of an action, in order.

    Args:
        store: whose chain it is.
        version: of the plan that proposed it.
        policy_hash: of the policies that it was routed by.
        actions: ids of the action and its earlier parts.
        folder: of the batch with which it left; None where it has not.
    """
    found = [
        *store.find_events(POLICY_CHANGED, f'"{policy_hash}"'),
        *store.find_events(PLAN_MADE, f'"{version.plan_hash}"'),
        *store.find_events(MODEL_CHOSEN, f'"{version.model_version}"'),
    ]
    for action in actions:
        found += _list_decision_events(store, action)
        found += store.find_events(LINE_RECALLED, f'"{action}"')
        found += store.find_events(LINE_ANSWERED, f'"{action}"')
    if folder is not None:
        found += store.find_events(BATCH_EXPORTED, f'"{folder}"')
    return sorted(found, key=lambda event: event.sequence)


def _list_decision_events(store: Store, action: str) -> Iterator[Event]:
    """What was decided on an action, who signed each, and who tried and was denied."""
    yield from store.find_events(ACCESS_DENIED, f'"{action}"')
    for recorded in store.find_events(DECISION_RECORDED, f'"{action}"'):
        yield recorded
        decision = json.dumps(json.loads(recorded.payload)["decision_id"], ensure_ascii=False)
        yield from store.find_events(DECISION_SIGNED, decision)
