"""Of alternatives inside a case one goes ahead, whoever decides and in whatever order."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from frames_of_cases import LANES, LOCATIONS, case_actions, exceptions, playbooks, scope

from governance import DecisionRefusedError, Desk, describe_route, make_decision, open_store
from governance.cases import find_withdrawn, find_worse_options, link_actions, select_choices
from governance.routing import route_actions
from quality_checks.checks import judge_choices

DAY = date(2026, 3, 2)
NOON = datetime.fromisoformat("2026-03-02T12:00")
MOVED, SENT, HURRIED, REST = "a" * 24, "b" * 24, "c" * 24, "d" * 24
WHOLE = pl.DataFrame(schema={"action_id": pl.String, "parts_before": pl.String})
"""Of proposals: none of them is the rest of something."""


@pytest.fixture
def desk(proposals, export_lines, shipped, tmp_path):
    """Two dear transfers that wait for the allocator, an expedite that waits for procurement."""
    actions = proposals(
        {"action_id": MOVED, "quantity": 24, "unit_value": 100.0, "benefit": 45.0},
        {"action_id": SENT, "quantity": 24, "unit_value": 100.0, "benefit": 45.0, "origin": "S3"},
        {"action_id": HURRIED, "kind": "expedite", "destination": "DC1", "benefit": 30.0},
    )
    linked = case_actions(
        {"action_id": MOVED, "option": "transfer"},
        {"action_id": SENT, "option": "transfer"},
        {"action_id": HURRIED, "option": "expedite", "kind": "expedite", "option_rank": 2},
    )
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield Desk(date(2026, 3, 2), actions, export_lines(), shipped, store, linked)
    store.close()


def decide(desk, action, role, decision="approve", **stated):
    number = len(desk.store.decisions(NOON + timedelta(days=1)))
    facts = {
        "decision_id": f"d{number}",
        "action_id": action,
        "decision": decision,
        "author": f"{role}-{number}",
        "role": role,
        "reason": "agreed",
        "decided_at": NOON + timedelta(minutes=number),
        **stated,
    }
    if decision != "approve":
        facts |= {"reason_code": "not_worth_it"}
    if decision == "override":
        facts |= {"expires_on": date(2026, 3, 9)}
    return desk.decide(make_decision(facts), at=NOON)


def states(desk):
    return {row["action_id"][0]: row["status"] for row in desk.route().to_dicts()}


def test_approving_one_withdraws_the_others_and_no_action_of_its_own_option(desk):
    assert states(desk) == {"a": "waiting", "b": "waiting", "c": "waiting"}
    decide(desk, MOVED, "allocator")
    assert states(desk) == {"a": "approved", "b": "waiting", "c": "withdrawn"}
    assert desk.select_ready()["action_id"].to_list() == [MOVED]
    decide(desk, SENT, "allocator")
    assert set(desk.select_ready()["action_id"]) == {MOVED, SENT}
    route = desk.find_route(HURRIED)
    assert route["withdrawn_for"] == MOVED
    assert (route["approved_quantity"], route["missing_roles"]) == (None, "")
    assert describe_route(route) == "withdrawn: allocator-0 chose aaaaaaaa in its place"


def test_who_decides_is_told_that_it_is_withdrawn_and_what_to_do(desk):
    decide(desk, HURRIED, "procurement")
    assert states(desk) == {"a": "withdrawn", "b": "withdrawn", "c": "approved"}
    for decision in ("approve", "override"):
        with pytest.raises(DecisionRefusedError) as error:
            decide(desk, MOVED, "allocator", decision, quantity=24)
        assert str(error.value).startswith(
            "It is withdrawn, since an alternative of its case goes ahead: reject cccccccc first. "
            "Expedite 10 of SKU1"
        )
    assert len(desk.store.decisions(NOON + timedelta(days=1))) == 1


def test_rejecting_the_chosen_one_brings_the_others_back(desk):
    decide(desk, HURRIED, "procurement", author="pat")
    decide(desk, HURRIED, "procurement", "reject", author="pat")
    assert states(desk) == {"a": "waiting", "b": "waiting", "c": "rejected"}
    decide(desk, MOVED, "allocator")
    assert states(desk)["a"] == "approved"


def test_an_override_to_nothing_chooses_nothing(desk):
    decide(desk, HURRIED, "procurement", "override", quantity=0)
    assert states(desk) == {"a": "waiting", "b": "waiting", "c": "approved"}


def test_what_has_left_stands_whatever_is_decided_after(desk, export_lines):
    gone = replace(desk, exported=export_lines({"action_id": HURRIED}))
    assert states(gone) == {"a": "withdrawn", "b": "withdrawn", "c": "waiting"}
    with pytest.raises(DecisionRefusedError, match=r"goes ahead: it has left\. Expedite 10"):
        decide(gone, MOVED, "allocator", quantity=24)


def land(desk, decisions, *rows):
    """Record decisions as a file brings them: nothing refuses them."""
    for row in decisions(*rows).to_dicts():
        desk.store.record_decisions([make_decision(row)], at=NOON)


@pytest.mark.parametrize("first", [MOVED, HURRIED])
def test_of_two_that_a_file_approves_the_earlier_stands(desk, decisions, first):
    early, late = datetime.fromisoformat("2026-03-02T08:00"), NOON
    land(
        desk,
        decisions,
        {"action_id": MOVED, "role": "allocator", "decided_at": early if first == MOVED else late},
        {
            "action_id": HURRIED,
            "role": "procurement",
            "decided_at": early if first == HURRIED else late,
        },
    )
    routed = desk.route()
    assert routed.filter(status="approved")["action_id"].to_list() == [first]
    assert judge_choices(desk.select_choices(), routed).passed
    assert len(desk.select_ready()) == 1


def with_worth(desk, **worth):
    """The plan with small transfers, which go by themselves, and other benefits."""
    small = pl.when(kind="transfer").then(1.0).otherwise("unit_value")
    benefit = pl.coalesce(
        *(pl.when(pl.col("kind") == kind).then(amount) for kind, amount in worth.items())
    )
    return replace(
        desk, proposals=desk.proposals.with_columns(unit_value=small, value=small, benefit=benefit)
    )


def test_nothing_goes_by_itself_while_an_alternative_gains_more(desk):
    assert states(with_worth(desk, transfer=20.0, expedite=30.0)) == {
        "a": "approved",
        "b": "approved",
        "c": "withdrawn",
    }  # two of them gain 40
    dear = with_worth(desk, transfer=20.0, expedite=50.0)
    routed = dear.route()
    assert states(dear) == {"a": "waiting", "b": "waiting", "c": "waiting"}
    assert set(routed.filter(missing_roles="allocator")["rule"]) == {
        "transfer_low_risk:other_gains_more"
    }
    decide(dear, HURRIED, "procurement", "reject")
    assert states(dear) == {"a": "approved", "b": "approved", "c": "rejected"}


def test_with_automation_off_all_options_wait(desk):
    off = with_worth(desk, transfer=20.0, expedite=30.0)
    off.store.set_automation(on=False, author="ann", reason="stocktaking", at=NOON)
    assert states(off) == {"a": "waiting", "b": "waiting", "c": "waiting"}


def test_what_policy_blocks_is_no_option_to_wait_for(desk):
    dear = with_worth(desk, transfer=20.0, expedite=50.0)
    blocked = dear.proposals.with_columns(
        quantity=pl.when(kind="expedite").then(60_000).otherwise("quantity")
    )
    assert states(replace(dear, proposals=blocked)) == {
        "a": "approved",
        "b": "approved",
        "c": "blocked",
    }


def random_night(seed):
    """Choices over a few cases, with actions that belong to several, as rows."""
    rng = random.Random(seed)  # noqa: S311  # no secret
    rows = [
        {
            "case_id": f"C{rng.randrange(3)}",
            "choice": f"SKU{rng.randrange(2)}",
            "action_id": f"{action:02d}",
            "option": f"o{rng.randrange(3)}",
            "option_rank": rng.randrange(1, 4),
        }
        for action in range(12)
        for _ in range(rng.randrange(1, 4))
    ]
    linked = case_actions(*rows).unique(["case_id", "action_id"], keep="first", maintain_order=True)
    decided = pl.DataFrame(
        [
            {
                "action_id": f"{action:02d}",
                "status": (status := rng.choice(["approved", "waiting", "rejected", "blocked"])),
                "approved_quantity": rng.randrange(3) if status == "approved" else None,
                "approved_at": rng.choice([None, NOON, NOON + timedelta(hours=1)]),
            }
            for action in range(12)
        ],
        schema_overrides={"approved_quantity": pl.Int64, "approved_at": pl.Datetime("us")},
    )
    return linked, decided, {f"{rng.randrange(12):02d}" for _ in range(rng.randrange(2))}


@pytest.mark.parametrize("seed", range(60))
def test_of_each_choice_one_option_is_left_and_nothing_is_withdrawn_for_nothing(seed):
    linked, decided, left = random_night(seed)
    withdrawn = find_withdrawn(select_choices(linked, WHOLE, left), decided)
    status = dict(decided.select("action_id", "status").iter_rows())
    quantity = dict(decided.select("action_id", "approved_quantity").iter_rows())
    places = {}
    for row in linked.to_dicts():
        places.setdefault((row["case_id"], row["choice"]), {})[row["action_id"]] = row["option"]

    def goes(action):
        approved = status[action] == "approved" and quantity[action] > 0
        return action in left or (approved and action not in withdrawn)

    for options in places.values():
        assert len({option for action, option in options.items() if goes(action)}) <= 1
    for action, other in withdrawn.items():
        assert goes(other)
        assert action not in left
        assert status[action] in {"approved", "waiting"}
        assert any(
            action in options and other in options and options[action] != options[other]
            for options in places.values()
        )
    # Whatever waits or is approved beside a chosen option of another kind is withdrawn.
    for options in places.values():
        chosen = {options[action] for action in options if goes(action)}
        for action, option in options.items():
            if chosen and option not in chosen and status[action] in {"approved", "waiting"}:
                assert action in withdrawn or action in left


def test_of_options_that_gain_alike_the_better_ranked_one_is_best():
    linked = case_actions(
        {"action_id": MOVED, "option": "transfer", "option_rank": 2},
        {"action_id": HURRIED, "option": "expedite", "option_rank": 1},
    )
    standing = pl.DataFrame({"action_id": [MOVED, HURRIED], "benefit": [5.0, 5.0]})
    assert find_worse_options(select_choices(linked, WHOLE, ()), standing) == [MOVED]


def judge(*approved, left=(), before=()):
    """Judge what is approved of a transfer, its rest and an expedite; `before` left by a link."""
    linked = case_actions(
        *(
            {"action_id": action, "option": option, "left_on": DAY if action in before else None}
            for action, option in (
                (MOVED, "transfer"),
                (REST, "transfer"),
                (HURRIED, "expedite"),
            )
        )
    )
    routed = pl.DataFrame(
        {"action_id": approved, "status": "approved", "approved_quantity": 1},
        schema_overrides={"action_id": pl.String},
    )
    return judge_choices(select_choices(linked, WHOLE, left), routed)


def test_two_approved_alternatives_stop_the_export():
    outcome = judge(MOVED, HURRIED)
    assert not outcome.passed
    assert outcome.check.blocking
    assert outcome.failing["action_id"].to_list() == [MOVED, HURRIED]


def test_what_is_approved_beside_an_option_that_has_left_stops_the_export():
    assert judge(HURRIED, before=[MOVED]).failing["action_id"].to_list() == [MOVED, HURRIED]
    assert judge(HURRIED, left=[MOVED]).failing["action_id"].to_list() == [MOVED, HURRIED]
    assert judge(REST, before=[MOVED]).passed
    assert judge(HURRIED, left=[HURRIED]).passed


def test_options_that_have_both_left_stop_nothing_that_belongs_to_either():
    assert judge(before=[MOVED, HURRIED]).passed
    assert judge(REST, before=[MOVED, HURRIED]).passed


def link_again(actions, earlier, *, left_on=DAY):
    """Links of a later plan, which keeps those of an earlier one of which the actions have left."""
    kept = earlier.with_columns(left_on=pl.lit(left_on))
    touched = scope(("X1", "SKU1", "S2", "short"))
    return link_actions(exceptions({}), touched, actions, LANES, LOCATIONS, playbooks(), kept)


@pytest.mark.parametrize("left_on", [DAY, date(2026, 3, 1)])
def test_an_option_that_left_with_an_earlier_plan_holds_the_others_off(
    proposals, decisions, shipped, left_on
):
    hurried = proposals({"action_id": HURRIED, "kind": "expedite", "destination": "DC1"})
    first = link_again(hurried, case_actions().clear())
    assert first["part"].to_list() == ["answer"]
    small = proposals({"action_id": MOVED, "quantity": 2, "unit_value": 1.0, "plan_version": 2})
    linked = link_again(small, first, left_on=left_on)
    assert linked.select("action_id", "part", "choice", "option", "left_on").rows() == [
        (MOVED, "alternative", "SKU1", "transfer", None),
        (HURRIED, "alternative", "SKU1", "expedite", left_on),
    ]
    routed = route_actions(small, shipped, decisions(), case_actions=linked)
    row = routed.row(0, named=True)
    assert (row["status"], row["withdrawn_for"]) == ("withdrawn", HURRIED)
    assert describe_route(row) == "withdrawn: cccccccc has left in its place"
    alone = route_actions(
        small, shipped, decisions(), case_actions=link_again(small, first.clear())
    )
    assert alone["status"].to_list() == ["approved"]


def test_links_that_are_carried_on_stay_as_they_are(proposals):
    first = link_again(
        proposals(
            {"action_id": MOVED}, {"action_id": HURRIED, "kind": "expedite", "destination": "DC1"}
        ),
        case_actions().clear(),
    )
    rest = proposals({"action_id": REST, "plan_version": 2, "parts_before": MOVED})
    once = link_again(rest, first.filter(action_id=MOVED))
    assert once.select("action_id", "part", "choice").rows() == [
        (MOVED, "answer", None),
        (REST, "answer", None),
    ]
    again = link_again(rest, once.filter(action_id=MOVED))
    assert again.equals(once)


def test_a_kept_link_is_of_the_option_of_the_playbook_that_rules_now(proposals):
    moved = link_again(proposals({"action_id": MOVED}), case_actions().clear())
    hurried = proposals({"action_id": HURRIED, "kind": "expedite", "destination": "DC1"})
    together = playbooks({"name": "both", "alternatives": [["transfer", "expedite"], "allocation"]})
    kept = moved.with_columns(left_on=pl.lit(DAY))
    touched = scope(("X1", "SKU1", "S2", "short"))
    linked = link_actions(exceptions({}), touched, hurried, LANES, LOCATIONS, together, kept)
    assert linked.select("action_id", "playbook", "part").rows() == [
        (MOVED, "both", "answer"),
        (HURRIED, "both", "answer"),
    ]


@pytest.mark.parametrize("linked_before", [True, False])
def test_the_rest_of_what_has_left_goes_on_and_its_alternative_does_not(
    proposals, export_lines, desk, linked_before
):
    """Also where the case has opened only since the first part left, so that no link is kept."""
    first = link_again(proposals({"action_id": MOVED}), case_actions().clear())
    actions = proposals(
        {"action_id": REST, "plan_version": 2, "parts_before": MOVED, "left_before": 24,
         "quantity": 2, "unit_value": 1.0, "benefit": 5.0},
        {"action_id": HURRIED, "kind": "expedite", "destination": "DC1", "plan_version": 2},
    )  # fmt: skip
    linked = link_again(actions, first if linked_before else first.clear())
    gone = export_lines({"action_id": MOVED})
    again = replace(desk, proposals=actions, case_actions=linked, exported=gone)
    assert states(again) == {"d": "approved", "c": "withdrawn"}
    assert again.find_route(REST)["rule"] == "transfer_low_risk"
    assert again.find_route(HURRIED)["withdrawn_for"] == MOVED
    assert judge_choices(again.select_choices(), again.route()).passed
    with pytest.raises(DecisionRefusedError, match="has left with an earlier plan: aaaaaaaa"):
        decide(again, HURRIED, "procurement")
    forced = again.route().with_columns(
        status=pl.lit("approved"), approved_quantity=pl.col("approved_quantity").fill_null(1)
    )
    assert not judge_choices(again.select_choices(), forced).passed
