"""Policies of regions over that of all, rules with days, and what is at fault in a file."""

from datetime import date, timedelta

import pytest

from governance.policy import load_policy
from governance.policy_files import PolicyError
from governance.routing import route_actions

DAY = date(2026, 3, 2)
ALL = """\
automation: on
budget: {auto_purchases: 100}
rules:
  - name: never
    when: {quantity_above: 50}
    route: blocked
  - name: small
    when: {kind: transfer, value_below: 100}
    route: auto
    roles: [allocator]
default: {route: review, roles: [planner]}
"""
SOUTH = """\
region: south
rules:
  - name: south_asks
    when: {kind: transfer, quantity_above: 5}
    route: review
    roles: [allocator, planner]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "regions").mkdir()
    (tmp_path / "actions.yaml").write_text(ALL)
    (tmp_path / "regions" / "b.yaml").write_text(SOUTH)
    return tmp_path


def route(folder, proposals, decisions, **changes):
    """Rule and route of one transfer by the files of the folder."""
    policy = load_policy(folder / "actions.yaml")
    routed = route_actions(proposals(changes), policy, decisions())
    return routed.select("rule", "route").row(0)


def test_rules_of_a_region_come_before_those_of_all(folder, proposals, decisions):
    assert route(folder, proposals, decisions, region="south") == ("south_asks", "review")
    assert route(folder, proposals, decisions, region="north") == ("small", "auto")
    few = {"region": "south", "quantity": 5}
    assert route(folder, proposals, decisions, **few) == ("small", "auto")


def test_no_region_lets_go_what_all_regions_block(folder, proposals, decisions):
    loose = SOUTH.replace("review", "auto").replace("quantity_above: 5", "quantity_above: 0")
    (folder / "regions" / "b.yaml").write_text(loose)
    many = {"region": "south", "quantity": 51, "unit_value": 1.0}
    assert route(folder, proposals, decisions, **many) == ("never", "blocked")
    assert route(folder, proposals, decisions, **{**many, "quantity": 50})[1] == "auto"


def test_a_region_switches_its_own_automation_off(folder, proposals, decisions):
    (folder / "regions" / "b.yaml").write_text("region: south\nautomation: off\n")
    assert route(folder, proposals, decisions, region="south") == (
        "small:automation_off",
        "review",
    )
    assert route(folder, proposals, decisions, region="north") == ("small", "auto")


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({"first_day": 0, "last_day": 0}, "small"),
        ({"first_day": -3, "last_day": -1}, "default"),
        ({"first_day": 1, "last_day": 9}, "default"),
        ({"first_day": -3}, "small"),
        ({"last_day": -1}, "default"),
    ],
)
def test_a_rule_holds_on_its_days_alone(folder, proposals, decisions, days, found):
    said = "".join(f"    {name}: {DAY + timedelta(days=off)}\n" for name, off in days.items())
    text = ALL.replace("    roles: [allocator]\n", f"    roles: [allocator]\n{said}")
    (folder / "actions.yaml").write_text(text)
    assert route(folder, proposals, decisions)[0] == found


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("regions/b.yaml", "south_asks", "small", "two rules are named small"),
        ("regions/b.yaml", "transfer,", "transfr,", "regions/b.yaml, line 4: rule 'south_asks'"),
        ("regions/b.yaml", "quantity_above", "region: north, quantity_above", "all here are of"),
        ("regions/b.yaml", "region: south\n", "", "line 1: field region: Field required"),
        (
            "actions.yaml",
            "value_below: 100",
            "value_below: x",
            "actions.yaml, line 8: rule 'small'",
        ),
        ("actions.yaml", "default:", "regional: []\ndefault:", None),
        ("actions.yaml", "default:", "regional: [{region: x}]\ndefault:", "a file of its own"),
        (
            "actions.yaml",
            "    route: auto\n",
            "    route: auto\n    first_day: 2026-03-02\n    last_day: 2026-03-01\n",
            "it ends on 2026-03-01, before it begins",
        ),
        ("actions.yaml", "[planner]", "[planner]\n  needs: any", None),
        ("actions.yaml", "roles: [planner]", "roles: [planner], needs: any", "for two roles"),
    ],
)
def test_a_fault_is_named_with_its_file_and_line(folder, file, old, new, words):
    path = folder / file
    path.write_text(path.read_text().replace(old, new))
    if words is None:
        return
    with pytest.raises(PolicyError) as error:
        load_policy(folder / "actions.yaml")
    assert words in str(error.value)


def test_a_region_has_one_file(folder):
    (folder / "regions" / "a.yaml").write_text("region: south\n")
    with pytest.raises(PolicyError, match="south has two files"):
        load_policy(folder / "actions.yaml")
