from pathlib import Path

import pytest

from governance.planning import load_planning_policy
from governance.policy import load_policy
from governance.policy_files import PolicyError, hash_policies

GOOD = """\
automation: on
budget: {auto_purchases: 100}
rules:
  - name: small
    when: {kind: transfer, value_below: 10}
    route: auto
    roles: [allocator]
default: {route: review, roles: [planner]}
"""


def written(folder: Path, text: str, name: str = "actions.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def hash_of(*files: Path) -> str:
    return hash_policies({file.name: file.read_text(encoding="utf-8") for file in files})


def test_good_policy_loads(tmp_path):
    policy = load_policy(written(tmp_path, GOOD))
    assert policy.automation is True
    assert policy.rules[0].when.kind == ("transfer",)
    assert policy.default.roles == ("planner",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value_below: 10", "value_bellow: 10", "rule 'small', field when.value_bellow: Extra"),
        ("value_below: 10", "value_below: ten", "rule 'small', field when.value_below: .*number"),
        ("value_below: 10", "value_below: .nan", "rule 'small', field when.value_below: .*finite"),
        ("value_below: 10", "quantity_above: 1.5", "field when.quantity_above: .*integer"),
        ("value_below: 10", "value_below: true", "rule 'small', field when.value_below"),
        (
            "value_below: 10",
            "value_below: 10, value_above: 10",
            "'small', field when: .*never both",
        ),
        ("value_below: 10", "confidence_below: 3", "field when.confidence_below: .*less than"),
        ("value_below: 10", "region: no", "rule 'small', field when.region"),
        ("value_below: 10", "region: []", "rule 'small', field when.region: .*at least 1"),
        ("value_below: 10", "late_input: [stok]", "'stok' is not a landing source"),
        (
            "kind: transfer",
            "kind: transfr",
            "rule 'small', field when.kind.0: .*'transfr' is not a",
        ),
        ("route: auto", "route: automatic", "rule 'small', field route: .*'auto', 'review'"),
        ("[allocator]", "[king]", "rule 'small', field roles.0: .*'king' is not a role"),
        ("    roles: [allocator]\n", "", "rule 'small': .*roles are missing"),
        ("[allocator]", "[allocator, allocator]", "rule 'small': .*given twice"),
        ("route: auto", "route: blocked", "rule 'small': .*blocked action has no roles"),
        ("kind: transfer, ", "", "rule 'small': .*'allocator' may not decide purchase_order"),
        ("name: small", "name: Small one", "rule 'Small one', field name"),
        ("name: small", "name: default", "belongs to the default"),
        ("  - name: small\n    when", "  - when", "rule number 1, field name: Field required"),
        ("default: {route: review, roles: [planner]}", "", "field default: Field required"),
        ("roles: [planner]", "roles: [buyer]", "default: role 'buyer' may not decide allocation"),
        ("automation: on\n", "", "field automation: Field required"),
        ("automation: on", "automation: sometimes", "field automation: .*boolean"),
        ("auto_purchases: 100", "auto_purchases: -1", "field budget.auto_purchases"),
        ("automation: on", "automation: on\nautomation: off", "'automation' is given twice"),
        ("automation: on", "automation: [", "is not YAML"),
        ("automation: on", "? [a]\n: 1", "is not YAML"),
    ],
)
def test_fault_is_named(tmp_path, old, new, message):
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(PolicyError, match=message) as error:
        load_policy(path)
    assert str(path) in str(error.value)


def test_every_fault_is_listed(tmp_path):
    text = GOOD.replace("route: auto", "route: x").replace("auto_purchases: 100", "auto: 1")
    with pytest.raises(PolicyError) as error:
        load_policy(written(tmp_path, text))
    assert len(str(error.value).splitlines()) == 3  # route, missing and unknown budget field


def test_two_rules_of_one_name(tmp_path):
    rule = GOOD[GOOD.index("  - name") : GOOD.index("default")]
    with pytest.raises(PolicyError, match="two rules are named small"):
        load_policy(written(tmp_path, GOOD.replace(rule, rule + rule)))


@pytest.mark.parametrize("text", ["", "[]", "rules", "rules: 3", "rules: {a: 1}"])
def test_other_yaml_is_refused(tmp_path, text):
    with pytest.raises(PolicyError, match=r"actions\.yaml"):
        load_policy(written(tmp_path, text))


def test_missing_file(tmp_path):
    with pytest.raises(PolicyError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load_policy(tmp_path / "nowhere.yaml")


def test_shipped_planning_policy(policies):
    planning = load_planning_policy(policies / "planning.yaml")
    assert (planning.horizon_days, planning.history_days) == (28, 182)
    assert set(planning.economics.service_floor) == {"A", "B", "C"}
    assert planning.late({"stock": 1, "pos_sales": 0, "weather": 99}, None) == {"stock": 1}
    assert planning.late({"stock": 1}, 23) == {}, "of an open date it is due at the close"
    assert planning.late({"stock": 2}, 23) == {"stock": 2}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    C: {kind: fill_rate, at_least: 0.90}\n", "", "no floor for class C"),
        ("at_least: 0.98", "at_least: 1.00", r"service_floor\.A\.at_least: .*below 1.* no finite"),
        ("at_least: 0.98", "at_least: -1", r"field economics\.service_floor\.A\.at_least"),
        ("{kind: fill_rate, at_least: 0.98}", "0.98", r"field economics\.service_floor\.A"),
        ("    ecom: waits\n", "", "unmet_demand: nothing said for ecom"),
        ("    ecom: waits\n", "    ecom: hopes\n", r"field economics\.unmet_demand\.ecom"),
        ("  shelve_seconds: 60\n", "", "field lines: .*nothing said of shelve_seconds"),
        ("  days_early: 1\n", "", "field scorecard: .*nothing said of days_early"),
        (
            "  trend_weeks: 13",
            "  trend_weeks: 27",
            "27 weeks are 378 days, more than the 365",
        ),
        ("  least_units: 3\n", "", "field transfers: .*nothing said of least_units"),
        ("  capital_rate_per_year: 0.08\n", "", "field economics: .*capital_rate_per_year"),
        ("horizon_days: 28", "horizon_days: 0", "field horizon_days"),
        ("history_days: 182", "history_day: 182", "field history_day: Extra"),
        ("  stock: 3", "  stok: 3", "'stok' is not a landing source"),
        ("  stock: 0\n", "  stock: 4\n", "stock stops at 3 days, late at 4"),
        ("  stock: 0\n", "", "late_after_days: stock is missing"),
    ],
)
def test_fault_in_planning_policy_is_named(tmp_path, policies, old, new, message):
    text = (policies / "planning.yaml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(PolicyError, match=message):
        load_planning_policy(written(tmp_path, text.replace(old, new), "planning.yaml"))


def test_hash_is_of_the_content(tmp_path):
    first = hash_of(written(tmp_path, "a: 1\nb: [1, 2]\n"))
    assert hash_of(written(tmp_path, "# a note\nb:\n  - 1\n  - 2\na: 1\n")) == first
    assert hash_of(written(tmp_path, "a: 1\nb: [2, 1]\n")) != first
    assert hash_of(written(tmp_path, "a: '1'\nb: [1, 2]\n")) != first
    assert hash_of(written(tmp_path, "a: 1\nb: [1, 2]\n", "other.yaml")) != first


def test_hash_does_not_depend_on_the_order_of_files(policies):
    files = sorted(policies.glob("*.yaml"))
    assert hash_of(*files) == hash_of(*reversed(files))
    assert hash_of(*files) != hash_of(*files[:1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-01-31: 1\n", "key 2026-01-31 is no word and no whole number"),
        ("~: 1\n", "key None is no word"),
        ("a: " + "[" * 5000 + "]" * 5000, "is nested too deeply"),
        ("a: &a [*a]\n", "line 1 holds itself by an alias"),
        (
            "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
            + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
            "holds more than 100,000 values by its aliases",
        ),
    ],
)
def test_yaml_that_is_vast_or_odd_is_refused_in_words(tmp_path, text, words):
    path = written(tmp_path, text)
    for read in (load_policy, lambda found: hash_policies({str(found): text})):
        with pytest.raises(PolicyError) as error:
            read(path)
        assert str(path) in str(error.value)
        assert words in str(error.value)


def test_keys_of_two_kinds_have_a_hash_in_any_order(tmp_path):
    one = hash_of(written(tmp_path, "a: {1: x, b: y}\n"))
    assert hash_of(written(tmp_path, "a: {b: y, 1: x}\n")) == one
    assert hash_of(written(tmp_path, "a: {b: y, '1': x}\n")) != one
