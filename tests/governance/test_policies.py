"""The policies in force: a file at fault is passed over for what it said when it was valid."""

import shutil
from datetime import datetime

import pytest

from governance import Policies, PolicyError, open_store, recall_policies, record_policies

EIGHT = datetime.fromisoformat("2026-03-02T08:00")
NORTH = "region: north\nautomation: off\n"


@pytest.fixture
def folder(policies, tmp_path):
    """The policies that ship, with one region more."""
    copy = shutil.copytree(policies, tmp_path / "policies")
    (copy / "regions").mkdir()
    (copy / "regions" / "north.yaml").write_text(NORTH)
    return copy


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def read(folder, store):
    """Reads the folder as a night does."""
    return lambda: Policies(folder, lambda: recall_policies(store))


@pytest.fixture
def planned(read, store):
    """What was in force when a plan was made."""
    before = read()
    record_policies(store, before.digest, before.texts, EIGHT)
    return before


def spoil(file):
    file.write_text(file.read_text().replace("automation: o", "automation: maybe o"))


def test_all_files_are_in_force_while_they_are_valid(read):
    found = read()
    assert found.faults == []
    names = ["actions.yaml", "regions/north.yaml", "planning.yaml", "playbooks.yaml"]
    assert list(found.texts) == names
    assert [part.region for part in found.actions.regional] == ["north"]


@pytest.mark.parametrize("name", ["actions.yaml", "regions/north.yaml"])
def test_a_fault_in_one_file_of_the_actions_keeps_all_of_them(folder, read, planned, name):
    (folder / "actions.yaml").write_text(
        (folder / "actions.yaml").read_text().replace("auto_purchases: 50000", "auto_purchases: 7")
    )
    assert read().actions.budget.auto_purchases == 7
    spoil(folder / name)
    found = read()
    assert found.actions == planned.actions
    assert found.digest == planned.digest
    (fault,) = found.faults
    assert name in fault
    assert "line " in fault


def test_a_fault_leaves_other_files_as_they_are(folder, read, planned):
    spoil(folder / "actions.yaml")
    text = (folder / "planning.yaml").read_text()
    (folder / "planning.yaml").write_text(text.replace("horizon_days: 28", "horizon_days: 29"))
    found = read()
    assert found.planning.horizon_days == planned.planning.horizon_days + 1
    assert found.actions == planned.actions
    assert found.digest != planned.digest


@pytest.mark.parametrize("name", ["actions.yaml", "planning.yaml", "playbooks.yaml"])
@pytest.mark.parametrize("damage", ["missing", "no YAML", "cut"])
def test_a_file_that_is_gone_or_cut_is_passed_over(folder, read, planned, name, damage):
    if damage == "missing":
        (folder / name).unlink()
    elif damage == "cut":
        text = (folder / name).read_text()
        (folder / name).write_text(text[: text.rindex(":")])
    else:
        (folder / name).write_text("rules: [")
    found = read()
    assert found.digest == planned.digest
    assert name in found.faults[0]
    whole = (found.actions, found.planning, found.playbooks)
    assert whole == (planned.actions, planned.planning, planned.playbooks)


@pytest.mark.parametrize(
    "spoilt",
    [
        "first_day: 2026-02-30",
        "roles: !!int x",
        "roles: [[buyer]]",
        f"roles: {'9' * 5000}",
        "roles: !!timestamp x",
        "roles: !!bool x",
    ],
)
def test_values_that_there_are_not_are_faults_like_any_other(folder, read, planned, spoilt):
    file = folder / "actions.yaml"
    file.write_text(file.read_text().replace("roles: [buyer]", spoilt, 1))
    found = read()
    assert found.digest == planned.digest
    assert "actions.yaml" in found.faults[0]


@pytest.mark.parametrize("text", ["rules: ''\n", "rules: {}\n", "rules: [3]\n", "[]\n", "3\n", ""])
def test_a_file_of_another_shape_is_a_fault(folder, read, planned, text):
    for name in ("actions.yaml", "playbooks.yaml", "regions/north.yaml"):
        before = (folder / name).read_text()
        (folder / name).write_text(text)
        assert read().digest == planned.digest
        assert name in read().faults[0]
        (folder / name).write_text(before)


def test_a_region_in_a_file_of_another_ending_is_a_fault(folder, read, planned):
    (folder / "regions" / "south.yml").write_text("region: south\nautomation: off\n")
    found = read()
    assert found.digest == planned.digest
    assert "south.yml: a file of a region ends in .yaml" in found.faults[0]


def test_a_region_that_is_taken_away_is_no_fault(folder, read, planned):
    (folder / "regions" / "north.yaml").unlink()
    found = read()
    assert found.faults == []
    assert found.actions.regional == ()
    assert found.digest != planned.digest


def test_without_a_plan_before_nothing_is_in_force(folder, read):
    spoil(folder / "actions.yaml")
    with pytest.raises(PolicyError, match=r"actions\.yaml, line \d+: field automation"):
        _ = read().actions
    assert read().planning.horizon_days > 0
