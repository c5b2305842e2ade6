"""A level is changed on the page of its item-location: tried first, then recorded and landed."""

import math
from datetime import timedelta

import polars as pl
import pytest
from client import serving
from people import enter
from simulated import LAST, warehouse_of

from governance.level_changes import read_level_changes
from quality_checks.contracts import CONTRACTS

TOMORROW = LAST + timedelta(days=1)


@pytest.fixture
def pair(folder):
    """An item-location that has a level of some units."""
    targets = warehouse_of(folder).read(CONTRACTS["targets"], LAST)
    own = targets.filter(pl.col("order_up_to") > 3, ~pl.col("echelon")).sort("sku", "location")
    return own.row(0, named=True)


def send(client, pair, step, **said):
    address = f"/item-location?sku={pair['sku']}&location={pair['location']}"
    client.get(address)
    fields = {
        "step": step,
        "sku": pair["sku"],
        "location": pair["location"],
        "change": "minimum",
        "starts_on": LAST + timedelta(days=2),
        "ends_on": LAST + timedelta(days=9),
        "role": "planner",
        "reason": "fair",
    }
    return client.post("/item-location/levels", {**fields, **said})


def save(client, pair, **said):
    """Save a change once what it does was shown."""
    shown = send(client, pair, "try", **said)
    return send(client, pair, "save", tried=shown.find(r'data-tried="(\w+)"'), **said)


def test_what_a_change_does_is_shown_and_nothing_is_recorded(bench, folder, pair):
    ann, level = bench.sign_on("Ann", "planner"), pair["order_up_to"]
    head = bench.premises.store.head()
    for said, then in (
        ({"change": "minimum", "minimum": level + 17}, level + 17),
        ({"change": "minimum", "minimum": 1}, level),
        ({"change": "factor", "factor": 1.5}, math.ceil(1.5 * level)),
        ({"change": "factor", "factor": 0.5}, level // 2),
        # What holds tomorrow alone is for tonight's plan, made anew.
        ({"minimum": level + 17, **dict.fromkeys(("starts_on", "ends_on"), TOMORROW)}, level + 17),
        # The figure of another sort of change is left out.
        ({"change": "freeze", "factor": 3, "minimum": 99}, level),
    ):
        page = send(ann, pair, "try", **said)
        assert page.status == 200, page.text
        assert f"The level is {level:,} units tonight and would be {then:,} for" in page.text
        assert 'value="save"' in page.text
        assert page.text.count('class="line changed"') == 1
    assert bench.premises.store.head() == head
    assert not (folder / "landing" / "level_changes").exists()


def test_a_change_that_is_saved_is_recorded_and_lands(bench, folder, pair):
    ann = bench.sign_on("Ann", "planner")
    page = save(ann, pair, minimum=pair["order_up_to"] + 5)
    assert page.status == 200
    assert "Recorded" in page.find(r'<p class="good">([^<]*)</p>')
    (change,) = read_level_changes(bench.premises.store)
    assert (change.sku, change.location, change.minimum, change.author, change.reason) == (
        pair["sku"],
        pair["location"],
        pair["order_up_to"] + 5,
        "Ann",
        "fair",
    )
    (landed,) = (folder / "landing" / "level_changes").iterdir()
    rows = pl.read_csv(landed)
    assert rows.select("change_id", "minimum", "location").rows() == [
        (change.change_id, change.minimum, change.location)
    ]
    # What is recorded stands there, and counts for what is tried next.
    page = send(ann, pair, "try", change="freeze")
    assert f"{change.words}: Ann (planner), fair" in page.text
    assert f"would be {change.minimum:,} for" in page.text


def test_only_what_was_shown_is_saved(bench, pair):
    ann = bench.sign_on("Ann", "planner")
    page = send(ann, pair, "save", minimum=9)
    assert page.status == 400
    tried = send(ann, pair, "try", minimum=9).find(r'name="tried" value="(\w+)"')
    for said in ({"minimum": 90}, {"minimum": 9, "reason": "another"}):
        page = send(ann, pair, "save", tried=tried, **said)
        assert page.status == 400
        assert "show that first" in page.find(r'<p class="fault">([^<]*)</p>')
    assert send(ann, pair, "try", minimum=9, reason="x" * 501).status >= 400
    assert read_level_changes(bench.premises.store) == []


def test_a_level_that_a_change_raises_tonight_is_not_gone_by(folder, pair):
    """The change of tonight is over by then; what is tried goes by the level without it."""
    warehouse, level = warehouse_of(folder), pair["order_up_to"]
    targets = warehouse.read(CONTRACTS["targets"], LAST)
    own = (pl.col("sku") == pair["sku"]) & (pl.col("location") == pair["location"])
    raised = pl.when(own).then(level + 50).otherwise("order_up_to")
    before = targets.filter(own).drop("business_date")
    warehouse.write(CONTRACTS["targets"], LAST - timedelta(days=1), before)
    now = targets.with_columns(order_up_to=raised.cast(targets.schema["order_up_to"]))
    warehouse.write(CONTRACTS["targets"], LAST, now.drop("business_date"))
    held = {"sku": pair["sku"], "location": pair["location"], "region": pair["region"]}
    bounds = {"level_change": "m", "level_before": None, "least_level": level + 50}
    row = pl.DataFrame(
        [{**held, **bounds, "most_level": None}],
        schema_overrides=dict.fromkeys(("level_before", "least_level", "most_level"), pl.Int64),
    )
    warehouse.write(CONTRACTS["changed_levels"], LAST, row)
    warehouse.publish_copy()
    warehouse.close()
    with serving(folder) as served:
        page = send(served.sign_on("Ann", "planner"), pair, "try", change="factor", factor=1.5)
    assert f"would be {math.ceil(1.5 * level):,} for" in page.text


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"change": "factor", "factor": 1}, "a factor of 1 changes nothing"),
        ({"change": "factor", "factor": 900}, "a factor of 900 is not meant"),
        ({"change": "factor"}, "a factor states its factor"),
        ({"minimum": 3, "starts_on": LAST, "ends_on": LAST}, "the next plan is for the day after"),
        ({"minimum": 3, "role": "auditor"}, "changes no levels"),
        ({"minimum": 3, "reason": " "}, "should match pattern"),
    ],
)
def test_what_cannot_be_meant_is_said_and_not_recorded(bench, pair, said, why):
    ann = bench.sign_on("Ann", "planner")
    for step in ("try", "save"):
        page = send(ann, pair, step, **said)
        assert page.status == 400
        assert why in page.find(r'<p class="fault">([^<]*)</p>')
    assert read_level_changes(bench.premises.store) == []


def test_who_is_in_charge_of_no_levels_changes_none(folder, pair):
    with serving(folder) as served:
        store = served.premises.store
        admin = enter(store, "Ada", "administrator")
        otto = served.sign_on_by(enter(store, "Otto", "auditor", by=admin))
        page = otto.get(f"/item-location?sku={pair['sku']}&location={pair['location']}")
        assert "/item-location/levels" not in page.text
        page = save(otto, pair, minimum=9)
        assert page.status == 400
        assert "Otto is not in charge of that" in page.text
        assert read_level_changes(store) == []
        assert store.payloads("access_denied")[-1]["who"] == "Otto"
        # In another region somebody else is.
        elsewhere = enter(store, "Eve", "planner", by=admin, regions=("nowhere",))
        eve = served.sign_on_by(elsewhere)
        assert save(eve, pair, minimum=9).status == 400
        assert read_level_changes(store) == []
