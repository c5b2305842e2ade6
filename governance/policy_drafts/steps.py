"""The two steps of a changed policy: somebody drafts it, another person puts it in force.

The draft is an event of the audit chain with the whole text of the file; so is the consent. The
file is replaced as a whole, and the next plan or decision reads it, as if a person had edited it.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from governance.people import (
    RUN_SCENARIO,
    AccessDeniedError,
    Identity,
    admit_trial,
    find_bearer,
    log_denial,
    read_register,
)
from governance.planning import parse_planning_policy
from governance.policies import PLANNING
from governance.policy_drafts.draft import PolicyDraft, hash_text
from governance.policy_files import PolicyError, read_policy
from governance.scenarios import Scenario, change_planning, describe_policy_changes
from governance.store import Store

POLICY_DRAFTED: Final = "policy_drafted"
POLICY_CONSENTED: Final = "policy_consented"
POLICY_REFUSED: Final = "policy_refused"
POLICY_PUT_IN_FORCE: Final = "policy_put_in_force"
_CONSENT: Final = "put a policy in force"
_CONSENTS: Final = ("planner", "administrator")
_LASTS: Final = timedelta(days=7)
_MOST_OPEN: Final = 20
_NOT_ENTERED: Final = "Nobody is entered yet: a policy is put in force by two known people."


def draft_policy(  # noqa: PLR0913  # what, where, why, by whose token, and when
    store: Store,
    folder: Path,
    scenario: Scenario,
    *,
    reason: str,
    token: str | None,
    at: datetime,
) -> PolicyDraft:
    """Draft the planning policy with what a scenario changes of it; nothing is changed yet.

    Args:
        store: of the audit chain.
        folder: of the policies in force.
        scenario: that was tried.
        reason: why it should be in force.
        token: of who drafts it.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: nobody is entered, the token is nobody's, or he reads only.
        PolicyError: the scenario changes nothing of policy, or what would come of it is none.
    """
    register = read_register(store)
    if register.is_empty:
        raise AccessDeniedError(_NOT_ENTERED)
    bearer = find_bearer(register, token, at)
    name = "nobody" if bearer is None else bearer.name
    admit_trial(store, name, RUN_SCENARIO, token=token, at=at)
    if bearer is None or not reason.strip():
        raise PolicyError("say why the policy should be changed")
    if not describe_policy_changes(scenario):
        raise PolicyError(
            f"the scenario {scenario.name} changes suppliers, nodes or lanes, and no policy"
        )
    text = read_policy(folder / PLANNING)
    _refuse_many(store, folder, bearer.name, at)
    asked = _leave_out_known_factors(scenario, text)
    changes = describe_policy_changes(asked)
    draft = PolicyDraft(
        file=PLANNING,
        text=change_planning(text, asked),
        replaces=hash_text(text),
        reason=f"{reason.strip()} (scenario {scenario.name}: {'; '.join(changes)})",
        name=bearer.name,
        sort=bearer.sort,
        expires_at=at + _LASTS,
    )
    if draft.text == text:
        raise PolicyError(f"{PLANNING} says all that the scenario {scenario.name} changes already")
    said = {"fingerprint": draft.fingerprint, "draft": draft.model_dump_json()}
    store.append_event(POLICY_DRAFTED, said, at, once=True)
    return draft


def list_open_policy_drafts(store: Store, folder: Path, at: datetime) -> list[PolicyDraft]:
    """List the drafts that can be put in force at a moment, newest first.

    One whose file says something else by now cannot.
    """
    over = {
        said["fingerprint"]
        for kind in (POLICY_PUT_IN_FORCE, POLICY_REFUSED)
        for said in store.payloads(kind)
    }
    drafts = [
        PolicyDraft.model_validate_json(str(said["draft"]))
        for said in reversed(store.payloads(POLICY_DRAFTED))
        if said["fingerprint"] not in over
    ]
    return [one for one in drafts if one.expires_at > at and _stands(one, folder)]


def may_put_in_force(identity: Identity) -> bool:
    """Whether somebody may put a policy in force that another has drafted."""
    # A policy is one for all regions, categories and kinds.
    return identity.sort == "person" and any(
        charge.role in _CONSENTS and charge.is_unlimited for charge in identity.charges
    )


def consent_to_policy(
    store: Store, folder: Path, fingerprint: str, *, token: str | None, at: datetime
) -> PolicyDraft:
    """Put a drafted policy in force, as a person who has not drafted it.

    Args:
        store: of the audit chain.
        folder: of the policies in force.
        fingerprint: of the draft.
        token: of a planner or an administrator.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: he may not, or the draft is not known, has expired, was put in force, or
            its file says something else by now.
        PolicyError: the file cannot be written.
    """
    with _take_turn(folder):
        draft, name = _hear_person(store, folder, fingerprint, token, at)
        # What the rules of a policy are may have changed since it was drafted.
        parse_planning_policy(draft.text)
        said = {"fingerprint": fingerprint, "file": draft.file, "text": hash_text(draft.text)}
        store.append_event(POLICY_CONSENTED, {**said, "name": name}, at, once=True)
        _replace(folder / draft.file, draft.text)
        store.append_event(POLICY_PUT_IN_FORCE, {**said, "name": name}, at, once=True)
    return draft


def refuse_policy(  # noqa: PLR0913  # which, where, why, by whose token, and when
    store: Store,
    folder: Path,
    fingerprint: str,
    reason: str,
    *,
    token: str | None,
    at: datetime,
) -> PolicyDraft:
    """Record that a drafted policy is not put in force, as a person who might; it is over then.

    Args:
        store: of the audit chain.
        folder: of the policies in force.
        fingerprint: of the draft.
        reason: why.
        token: of a planner or an administrator.
        at: when, local wall-clock time.

    Raises:
        AccessDeniedError: as of `consent_to_policy`.
        PolicyError: no reason is given.
    """
    if not reason.strip():
        raise PolicyError("Say why.")
    with _take_turn(folder):
        draft, name = _hear_person(store, folder, fingerprint, token, at)
        said = {"fingerprint": fingerprint, "file": draft.file, "reason": reason.strip()}
        store.append_event(POLICY_REFUSED, {**said, "name": name}, at, once=True)
    return draft


@contextmanager
def _take_turn(folder: Path) -> Iterator[None]:
    """Have policies answered by one at a time: what stands as it is heard stands as it is written.

    Raises:
        PolicyError: the folder is not there.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise PolicyError(f"{folder}: cannot be read: {error.strerror}") from error
    try:
        # The folder itself is locked, so that no other file lies among the policies.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _hear_person(
    store: Store, folder: Path, fingerprint: str, token: str | None, at: datetime
) -> tuple[PolicyDraft, str]:
    """Hear somebody on a drafted policy: the draft and his name; a denial is noted."""
    register = read_register(store)
    if register.is_empty:
        raise AccessDeniedError(_NOT_ENTERED)
    bearer = find_bearer(register, token, at)
    opened = list_open_policy_drafts(store, folder, at)
    draft = next((one for one in opened if one.fingerprint == fingerprint), None)
    if bearer is None:
        why = "That takes a token that is known and has not expired."
    elif not may_put_in_force(bearer):
        why = (
            "A policy is put in force by a planner or an administrator who is a person, and whose "
            "charge has no limits."
        )
    elif draft is None:
        why = "There is no such draft that is open: its time is over, or the policy is another."
    elif draft.is_by(bearer.name):
        why = f"{draft.name} drafted it: the consent is for somebody else."
    else:
        return draft, bearer.name
    who = "nobody" if bearer is None else bearer.name
    log_denial(store, {"what": _CONSENT, "fingerprint": fingerprint, "who": who, "why": why}, at)
    raise AccessDeniedError(why)


def _leave_out_known_factors(scenario: Scenario, text: str) -> Scenario:
    """A scenario without the factors on demand that a planning policy has.

    Factors multiply: one that is put in force again would count twice.
    """
    known = parse_planning_policy(text).expectations.demand
    factors = tuple(factor for factor in scenario.demand if factor not in known)
    return scenario.model_copy(update={"demand": factors})


def _stands(draft: PolicyDraft, folder: Path) -> bool:
    """Whether the file of a draft says what it said when that was drafted."""
    try:
        return hash_text(read_policy(folder / draft.file)) == draft.replaces
    except PolicyError:
        return False


def _refuse_many(store: Store, folder: Path, name: str, at: datetime) -> None:
    own = [one for one in list_open_policy_drafts(store, folder, at) if one.name == name]
    if len(own) >= _MOST_OPEN:
        raise PolicyError(f"{name} has {len(own)} drafts open: wait until they expire")


def _replace(path: Path, text: str) -> None:
    """Put a text in place of a file's as a whole, for whoever reads it meanwhile.

    Raises:
        PolicyError: it cannot be written.
    """
    try:
        mode = path.stat().st_mode
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(file.name, mode)  # noqa: PTH101  # a name, not a path
        os.replace(file.name, path)  # noqa: PTH105
    except OSError as error:
        raise PolicyError(f"{path}: cannot be written: {error.strerror}") from error
