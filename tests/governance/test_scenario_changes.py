"""Scenarios: what they change of policy and masters, and what cannot be stated."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from governance import load_planning_policy
from governance.scenarios import (
    ScenarioError,
    change_masters,
    change_planning,
    compare_figures,
    parse_scenario,
)
from quality_checks.contracts import CONTRACTS

DAY = date(2026, 1, 5)
PLANNING = Path(__file__).parents[2] / "data" / "policies" / "planning.yaml"


def fill(source, *rows):
    return pl.DataFrame(rows, schema=CONTRACTS[source].schema)


KNOWN = {
    "suppliers": fill("suppliers", {"supplier": "A", "name": "Ann"}, {"supplier": "B"}),
    "locations": fill(
        "locations",
        {"location": "D", "region": "north", "receiving_capacity": 9},
        {"location": "S", "region": "south"},
    ),
    "lanes": fill("lanes", {"origin": "D", "destination": "S", "fixed_cost": 2.0}),
    "products": fill("products", {"sku": "x", "category": "hats", "department": "women"}),
}


def state(**changes):
    return parse_scenario({"name": "one", **changes}, "ann")


def test_policy_says_what_is_changed_and_all_else_as_before(tmp_path):
    before = load_planning_policy(PLANNING)
    path = tmp_path / "planning.yaml"
    path.write_text(
        change_planning(
            PLANNING.read_text(),
            state(
                service={"A": 0.99},
                budgets=[{"department": "women", "month": "2026-11", "value": 5}],
                demand=[{"factor": 1.5, "category": "hats"}],
                supplier_days={"A": 3},
            ),
        )
    )
    changed = load_planning_policy(path)
    assert changed.economics.service_floor["A"].at_least == 0.99
    assert changed.economics.service_floor["A"].kind == before.economics.service_floor["A"].kind
    assert changed.purchasing.department_budget == {"women": {"2026-11": 5}}
    assert [one.factor for one in changed.expectations.demand] == [1.5]
    assert changed.expectations.supplier_days == {"A": 3}
    touched = {"economics", "purchasing", "expectations"}
    assert changed.model_dump(exclude=touched) == before.model_dump(exclude=touched)


def test_masters_change_in_the_rows_that_are_named_alone():
    changed = change_masters(
        state(
            outages=[{"supplier": "A", "until": "2026-01-31"}],
            nodes=[{"location": "D", "sends": 7}],
            lanes=[{"origin": "D", "destination": "S", "units": 4}],
        ),
        KNOWN,
        DAY,
    )
    (supplier,) = changed["suppliers"].to_dicts()
    assert (supplier["name"], supplier["closed_from"]) == ("Ann", date(2026, 1, 6))
    assert supplier["closed_to"] == date(2026, 1, 31)
    (node,) = changed["locations"].to_dicts()
    assert (node["outbound_capacity"], node["receiving_capacity"]) == (7, 9)
    (lane,) = changed["lanes"].to_dicts()
    assert (lane["capacity"], lane["fixed_cost"]) == (4, 2.0)


def test_what_is_a_matter_of_policy_changes_no_master():
    assert change_masters(state(service={"A": 0.9}), KNOWN, DAY) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"demand": [{"factor": 2.0, "category": "cars"}]}, "no category 'cars'; there is hats"),
        ({"demand": [{"factor": 2.0, "region": "west"}]}, "no region 'west'"),
        ({"supplier_days": {"Z": 1}}, "no supplier 'Z'"),
        ({"nodes": [{"location": "Z", "sends": 1}]}, "no location 'Z'"),
        ({"lanes": [{"origin": "S", "destination": "D", "units": 1}]}, "no lane 'S to D'"),
        ({"budgets": [{"department": "z", "month": "2026-01", "value": 1}]}, "no department 'z'"),
        ({"outages": [{"supplier": "A", "until": "2026-01-05"}]}, "would end before it begins"),
    ],
)
def test_what_does_not_exist_is_refused(changes, words):
    with pytest.raises(ScenarioError, match=words):
        change_masters(state(**changes), KNOWN, DAY)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "it changes nothing"),
        ({"name": "A/B", "service": {"A": 0.9}}, "name"),
        ({"service": {"D": 0.9}}, "service.D"),
        ({"nodes": [{"location": "D"}]}, "state `sends`, `receives` or both"),
        ({"nodes": [{"location": "D", "sends": 1}, {"location": "D", "sends": 2}]}, "twice"),
        ({"price": 1}, "price"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes, words):
    with pytest.raises(ScenarioError, match=words):
        state(**changes)


def test_who_states_it_is_not_for_the_file_to_say():
    assert state(author="somebody", service={"A": 0.9}).author == "ann"


def test_figures_stand_side_by_side_and_none_is_taken_for_zero():
    def rows(*values):
        names = ("area", "figure", "name", "unit", "value")
        return pl.DataFrame([dict(zip(names, row, strict=True)) for row in values])

    found = compare_figures(
        rows(("work", "actions", "transfer", "", 2.0), ("money", "benefit", "", "currency", 5.0)),
        rows(("money", "benefit", "", "currency", 7.5), ("work", "actions", "markdown", "", 1.0)),
    )
    assert found.select("figure", "name", "live", "scenario", "change").rows() == [
        ("benefit", "", 5.0, 7.5, 2.5),
        ("actions", "markdown", None, 1.0, None),
        ("actions", "transfer", 2.0, None, None),
    ]
