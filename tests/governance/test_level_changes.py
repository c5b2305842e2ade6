"""Planned changes of levels: what can be meant, who may make one, and that it is recorded once."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from pydantic import ValidationError

from governance import open_store
from governance.level_changes import (
    LEVEL_CHANGED,
    LevelChange,
    close_level_change,
    read_level_changes,
    read_level_words,
    record_landed_level_changes,
    record_level_change,
    write_level_change,
)
from governance.people import (
    ACCESS_DENIED,
    AccessDeniedError,
    Charge,
    Identity,
    change_identity,
    make_token,
)
from quality_checks.contracts import LevelChanges, find_contract

NOON = datetime.fromisoformat("2026-03-02T12:00")
FIRST, LAST = date(2026, 3, 4), date(2026, 3, 10)
PLACES = pl.DataFrame({"location": ["S1"], "region": ["north"]})
ITEMS = pl.DataFrame({"sku": ["A"], "category": ["shirts"]})


def change(**said):
    stated = {
        "change_id": "c1",
        "change": "factor",
        "sku": "A",
        "starts_on": FIRST,
        "ends_on": LAST,
        "author": "ann",
        "role": "planner",
        "reason": "fair",
        "decided_at": NOON,
        **said,
    }
    if stated["change"] == "factor":
        stated.setdefault("factor", 1.5)
    return LevelChange.model_validate(stated)


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def tokens(store):
    """Ada, the administrator; Ann, who plans the north; Cid, in charge of transfers alone."""
    first = Identity(name="ada", charges=(Charge(role="administrator"),))
    change_identity(store, first, token=None, reason="set-up", at=NOON)
    until = NOON.date() + timedelta(days=9)
    root = make_token(store, "ada", expires_on=until, token=None, at=NOON)
    charges = {
        "ann": Charge(role="planner", regions=("north",)),
        "cid": Charge(role="planner", kinds=("transfer",)),
    }
    for name, charge in charges.items():
        entered = Identity(name=name, charges=(charge,))
        change_identity(store, entered, token=root, reason="joins", at=NOON)
    return {
        name: make_token(store, name, expires_on=until, token=root, at=NOON) for name in charges
    }


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"ends_on": FIRST - timedelta(days=1)}, "before it starts"),
        ({"factor": 0.0}, "a factor of 0 is not meant"),
        ({"factor": 100.0}, "a factor of 100 is not meant"),
        ({"factor": None}, "states its factor"),
        ({"change": "minimum", "minimum": 0}, "a minimum of 0 units"),
        ({"change": "minimum"}, "states its minimum"),
        ({"change": "freeze", "factor": 2.0}, "states no factor"),
        ({"sku": "*"}, "say of which item"),
        ({"role": "auditor"}, "changes no levels"),
        ({"author": "policy"}, "policy"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(said, why):
    with pytest.raises(ValidationError, match=why):
        change(**said)


def test_a_change_says_what_it_does():
    words = change(change="minimum", minimum=12, location="S1").words
    assert words == ("levels of 12 units at least (item A, node S1) from 2026-03-04 to 2026-03-10")


def test_who_is_in_charge_changes_levels_and_others_are_denied(store, tokens):
    north, everywhere = ({"region": region, "category": "shirts"} for region in ("north", "*"))
    record_level_change(store, change(), north, token=tokens["ann"], at=NOON)
    for who, about, token in (
        ("ann", everywhere, tokens["ann"]),
        ("cid", north, tokens["cid"]),
        ("ann", north, tokens["cid"]),
        ("ann", north, None),
    ):
        with pytest.raises(AccessDeniedError):
            record_level_change(store, change(author=who), about, token=token, at=NOON)
    (said,) = store.payloads(LEVEL_CHANGED)
    assert said["name"] == "ann"
    assert LevelChange.model_validate_json(said["change"]) == change()
    assert len(store.payloads(ACCESS_DENIED)) == 4
    assert store.verify_chain() == []


def test_what_lands_is_recorded_once_and_a_stranger_is_refused(store, tokens):
    record_level_change(
        store, change(), {"region": "north", "category": "*"}, token=tokens["ann"], at=NOON
    )
    rows = [
        change(),
        change(change_id="c2", location="S1"),
        change(change_id="c3", author="eve", location="S1"),
        change(change_id="c4"),
        change(change_id="c5", location="S1", factor=1.0),
    ]
    landed = pl.DataFrame(
        [row.model_dump() for row in rows], schema=find_contract(LevelChanges).schema
    )
    for _ in range(2):
        standing, refused = record_landed_level_changes(store, landed, PLACES, ITEMS)
    # c4 touches every region, and ann is in charge of one.
    assert refused["change_id"].to_list() == ["c3", "c4", "c5"]
    assert standing["change_id"].to_list() == ["c1", "c2"]
    assert "eve is not entered" in refused["problem"][0]
    assert refused["problem"][2] == "a factor of 1 changes nothing"
    assert len(store.payloads(LEVEL_CHANGED)) == 2
    assert len(store.payloads(ACCESS_DENIED)) == 2


def test_the_file_of_a_change_reads_back_as_it_was_and_the_same_again_is_one(tmp_path):
    said = change(factor=0.3, location="S1")
    path = write_level_change(said, tmp_path, FIRST)
    assert write_level_change(said, tmp_path, FIRST) == path
    assert path.name.startswith(f"{FIRST}_")
    contract = find_contract(LevelChanges)
    read = pl.read_csv(path, schema=contract.schema)
    assert LevelChange.model_validate(read.row(0, named=True)) == said


def test_a_change_ends_on_another_day_or_is_never_in_force():
    known = [change()]
    ends = {"ends_on": FIRST, "decided_at": NOON + timedelta(hours=1), "author": "ben"}
    ended = close_level_change(known, "c", ends)
    assert (ended.starts_on, ended.ends_on, ended.author) == (FIRST, FIRST, "ben")
    before = FIRST - timedelta(days=3)
    gone = close_level_change(known, "c1", {**ends, "ends_on": before})
    assert (gone.starts_on, gone.ends_on) == (before, before)
    with pytest.raises(LookupError, match="known: c1"):
        close_level_change(known, "x", ends)


def test_of_a_change_the_last_word_stands(store):
    everywhere = {"region": "*", "category": "*"}
    for said in (change(), change(change_id="b"), change(ends_on=FIRST, decided_at=NOON)):
        record_level_change(store, said, everywhere, token=None, at=NOON)
    assert [(each.change_id, each.ends_on) for each in read_level_changes(store)] == [
        ("b", LAST),
        ("c1", FIRST),
    ]


def test_what_stands_just_so_is_not_recorded_again(store):
    about = {"region": "north", "category": "shirts"}

    def record(hours, **said):
        at = NOON + timedelta(hours=hours)
        said_then = change(decided_at=at, **said)
        return record_level_change(store, said_then, about, token=None, at=at)

    first = record(0)
    assert record(1) == first
    assert len(store.payloads(LEVEL_CHANGED)) == 1
    ended = record(2, ends_on=FIRST, author="bo")
    assert record(3) != first, "what has been ended since is said anew"
    words = read_level_words(store)["c1"]
    assert [word.author for word in words] == ["ann", "bo", "ann"]
    assert words[1] == ended
