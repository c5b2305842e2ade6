"""Changed policies: what two people put in force, and what several do at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from governance import PolicyError, load_planning_policy, open_store
from governance.people import AccessDeniedError, Charge, Identity, change_identity, make_token
from governance.policy_drafts import consent_to_policy, draft_policy, refuse_policy
from governance.scenarios import parse_scenario

PLANNING = Path(__file__).parents[2] / "data" / "policies" / "planning.yaml"
NOON = datetime.fromisoformat("2026-03-02T12:00")


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "policies"
    made.mkdir()
    (made / "planning.yaml").write_text(PLANNING.read_text())
    return made


@pytest.fixture
def ada(store):
    return enter(store, "Ada", Charge(role="administrator"))


def enter(store, name, charge, by=None):
    identity = Identity(name=name, charges=(charge,))
    change_identity(store, identity, token=by, reason="test", at=NOON)
    expires_on = NOON.date() + timedelta(days=9)
    return make_token(store, name, expires_on=expires_on, token=by, at=NOON)


def draft(store, folder, token, **changes):
    scenario = parse_scenario({"name": "one", **changes}, "Ben")
    return draft_policy(store, folder, scenario, reason="it pays", token=token, at=NOON)


def at_once(*steps):
    """Do steps at the same time; gives what each came to, an error included."""
    start = threading.Barrier(len(steps))

    def run(step):
        start.wait()
        try:
            return step()
        except (AccessDeniedError, PolicyError) as error:
            return error

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))


def test_of_two_drafts_of_one_file_that_are_consented_to_at_once_one_is_put_in_force(
    store, folder, ada
):
    ben = enter(store, "Ben", Charge(role="buyer"), ada)
    for cost in (1.5, 2.5, 3.5):
        drafts = [
            draft(store, folder, ben, policy={"sourcing.late_cost": cost}),
            draft(store, folder, ben, policy={"horizon_days": int(cost) + 20}),
        ]
        came = at_once(
            *(
                lambda one=one: consent_to_policy(
                    store, folder, one.fingerprint, token=ada, at=NOON
                )
                for one in drafts
            )
        )
        (done,) = [one for one in came if not isinstance(one, Exception)]
        (denied,) = [one for one in came if isinstance(one, Exception)]
        assert "the policy is another" in str(denied)
        assert (folder / "planning.yaml").read_text() == done.text
        assert store.payloads("policy_put_in_force")[-1]["fingerprint"] == done.fingerprint
    assert len(store.payloads("policy_put_in_force")) == 3


def test_what_is_put_in_force_is_not_refused_at_the_same_time(store, folder, ada):
    ben = enter(store, "Ben", Charge(role="buyer"), ada)
    for cost in (1.5, 2.5, 3.5):
        one = draft(store, folder, ben, policy={"sourcing.late_cost": cost}).fingerprint
        came = at_once(
            lambda one=one: consent_to_policy(store, folder, one, token=ada, at=NOON),
            lambda one=one: refuse_policy(store, folder, one, "no", token=ada, at=NOON),
        )
        assert sum(isinstance(said, AccessDeniedError) for said in came) == 1
    assert len(store.payloads("policy_put_in_force") + store.payloads("policy_refused")) == 3
    assert store.verify_chain() == []
    load_planning_policy(folder / "planning.yaml")


def test_a_factor_on_demand_that_is_in_force_is_not_put_in_force_again(store, folder, ada):
    ben = enter(store, "Ben", Charge(role="buyer"), ada)
    factors = {"demand": [{"factor": 1.2}]}
    first = draft(store, folder, ben, **factors)
    consent_to_policy(store, folder, first.fingerprint, token=ada, at=NOON)
    with pytest.raises(PolicyError, match=r"planning.yaml says all that the scenario one changes"):
        draft(store, folder, ben, **factors)
    more = draft(store, folder, ben, **factors, service={"A": 0.97})
    assert "demand" not in more.reason
    consent_to_policy(store, folder, more.fingerprint, token=ada, at=NOON)
    policy = load_planning_policy(folder / "planning.yaml")
    assert [one.factor for one in policy.expectations.demand] == [1.2]
    assert policy.economics.service_floor["A"].at_least == 0.97


def test_a_planner_of_one_kind_puts_nothing_in_force_everywhere(store, folder, ada):
    ben = enter(store, "Ben", Charge(role="buyer"), ada)
    one = draft(store, folder, ben, demand=[{"factor": 1.2}]).fingerprint
    pia = enter(store, "Pia", Charge(role="planner", kinds=("transfer",)), ada)
    with pytest.raises(AccessDeniedError, match="whose charge has no limits"):
        consent_to_policy(store, folder, one, token=pia, at=NOON)
    paul = enter(store, "Paul", Charge(role="planner"), ada)
    consent_to_policy(store, folder, one, token=paul, at=NOON)
