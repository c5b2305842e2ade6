"""Who plans when: promotions, roll-backs, torn and damaged logs."""

import datetime as dt
import json

import pytest

from forecasting.lifecycle.champion_log import (
    ChampionEvent,
    find_champion,
    read_events,
    record_event,
    roll_back_champion,
)
from forecasting.lifecycle.registry import (
    ModelDescription,
    RegistryError,
    load_model,
    register_model,
)

MONDAY = dt.date(2025, 6, 2)
WEEK = dt.timedelta(days=7)


@pytest.fixture
def trained(tmp_path):
    """A registry with versions a, b and c, as name -> version."""
    found = {"folder": tmp_path}
    for name in "abc":
        described = ModelDescription(
            model="lightgbm",
            trained_on=MONDAY,
            first_day=MONDAY - 52 * WEEK,
            last_day=MONDAY,
            data_hash=name,
            features=("price",),
            parameters={},
            code_version="1",
            scores={"pinball": 1.0},
        )
        found[name] = register_model(tmp_path, described, {"model": name.encode()}).version
    return found


def promoted(version, day, *, other=None, reason="won"):
    scores = {version: {"pinball": 1.0}}
    return ChampionEvent(
        business_date=day,
        kind="promoted",
        version=version,
        other=other,
        reason=reason,
        author="weekly training",
        scores=scores,
    )


def reign(trained):
    """a from Monday, b a week later."""
    record_event(trained["folder"], promoted(trained["a"], MONDAY))
    record_event(trained["folder"], promoted(trained["b"], MONDAY + WEEK, other=trained["a"]))
    return trained["folder"]


def on(folder, day):
    card = find_champion(folder, day)
    return card and card.version


def test_an_old_date_keeps_its_champion(trained):
    folder = reign(trained)
    assert on(folder, MONDAY - dt.timedelta(days=1)) is None
    assert on(folder, MONDAY) == trained["a"]
    assert on(folder, MONDAY + WEEK - dt.timedelta(days=1)) == trained["a"]
    assert on(folder, MONDAY + WEEK) == on(folder, MONDAY + 9 * WEEK) == trained["b"]


def test_no_log_is_no_champion(tmp_path):
    assert find_champion(tmp_path / "nowhere", MONDAY) is None
    assert read_events(tmp_path / "nowhere") == ()


def test_the_log_keeps_what_was_recorded_in_order(trained):
    folder = reign(trained)
    kept = ChampionEvent(
        business_date=MONDAY + 2 * WEEK,
        kind="kept",
        version=trained["b"],
        other=trained["c"],
        reason="pinball loss 2.0 % above — the champion's",
        author="weekly training",
        scores={trained["b"]: {"pinball": 0.1 + 0.2}, trained["c"]: {"pinball": 1.0}},
    )
    assert record_event(folder, kept)
    assert [event.kind for event in read_events(folder)] == ["promoted", "promoted", "kept"]
    assert read_events(folder)[-1] == kept
    assert on(folder, MONDAY + 2 * WEEK) == trained["b"]
    lines = (folder / "champions.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"]["version"] for line in lines] == [
        trained["a"],
        trained["b"],
        trained["b"],
    ]


def test_repeating_adds_nothing_and_does_not_undo_a_roll_back(trained):
    folder = reign(trained)
    before = (folder / "champions.jsonl").read_bytes()
    again = promoted(trained["b"], MONDAY + WEEK, other=trained["b"], reason="other words")
    assert not record_event(folder, again)
    assert not record_event(folder, promoted(trained["a"], MONDAY))
    assert (folder / "champions.jsonl").read_bytes() == before
    roll_back_champion(folder, MONDAY + WEEK, "ann", "sells too low")
    assert not record_event(folder, again)
    assert on(folder, MONDAY + WEEK) == trained["a"]


def test_roll_back_goes_one_champion_further_back_each_time(trained):
    folder = reign(trained)
    record_event(folder, promoted(trained["c"], MONDAY + 2 * WEEK))
    later = MONDAY + 3 * WEEK
    event = roll_back_champion(folder, later, "ann", "sells too low")
    assert (event.kind, event.version, event.other) == ("rolled_back", trained["b"], trained["c"])
    assert (event.author, event.reason) == ("ann", "sells too low")
    assert on(folder, later) == trained["b"]
    assert on(folder, later - dt.timedelta(days=1)) == trained["c"]
    assert roll_back_champion(folder, later, "ann", "still").version == trained["a"]
    assert roll_back_champion(folder, later, "ann", "still").version is None
    assert find_champion(folder, later) is None
    with pytest.raises(RegistryError, match=f"no champion on {later} to roll back from"):
        roll_back_champion(folder, later, "ann", "still")


def test_roll_back_to_a_named_version(trained):
    folder = reign(trained)
    later = MONDAY + 2 * WEEK
    assert roll_back_champion(folder, later, "ann", "why", to=trained["a"]).version == trained["a"]
    # One that never planned will do; what was before it comes next.
    assert roll_back_champion(folder, later, "ann", "why", to=trained["c"]).version == trained["c"]
    assert roll_back_champion(folder, later, "ann", "why").version == trained["a"]
    count = len(read_events(folder))
    assert roll_back_champion(folder, later, "bob", "again", to=trained["a"]).author == "ann"
    assert len(read_events(folder)) == count


def test_roll_back_needs_a_champion_a_known_version_and_a_reason(trained):
    folder = trained["folder"]
    with pytest.raises(RegistryError, match="no champion on 2025-06-02"):
        roll_back_champion(folder, MONDAY, "ann", "why")
    reign(trained)
    with pytest.raises(RegistryError, match="has no model version 'latest'"):
        roll_back_champion(folder, MONDAY + WEEK, "ann", "why", to="latest")
    with pytest.raises(ValueError, match="reason"):
        roll_back_champion(folder, MONDAY + WEEK, "ann", " ")
    assert len(read_events(folder)) == 2


def test_a_damaged_version_is_neither_promoted_nor_returned_to(trained):
    folder = reign(trained)
    for name in "ac":
        (folder / "models" / trained[name] / "model").write_bytes(b"x")
    with pytest.raises(RegistryError, match="model was altered"):
        record_event(folder, promoted(trained["c"], MONDAY + 2 * WEEK))
    with pytest.raises(RegistryError, match="model was altered"):
        roll_back_champion(folder, MONDAY + 2 * WEEK, "ann", "why")
    assert on(folder, MONDAY + 2 * WEEK) == trained["b"]
    assert load_model(folder, trained["b"]).files == {"model": b"b"}


def test_the_past_does_not_change(trained):
    folder = reign(trained)
    with pytest.raises(RegistryError, match="would change the past"):
        record_event(folder, promoted(trained["c"], MONDAY))
    with pytest.raises(RegistryError, match="would change the past"):
        roll_back_champion(folder, MONDAY, "ann", "why")
    # On the same date the last word counts.
    assert record_event(folder, promoted(trained["c"], MONDAY + WEEK))
    assert on(folder, MONDAY + WEEK) == trained["c"]


def test_only_outcomes_of_a_comparison_are_recorded(trained):
    event = promoted(trained["a"], MONDAY)
    with pytest.raises(ValueError, match="recorded by roll_back"):
        record_event(trained["folder"], event.model_copy(update={"kind": "rolled_back"}))
    with pytest.raises(ValueError, match="fallback is not promoted"):
        record_event(trained["folder"], event.model_copy(update={"version": None}))


def test_torn_at_any_byte_the_last_event_never_happened(trained):
    folder = reign(trained)
    log = folder / "champions.jsonl"
    whole = log.read_bytes()
    start = whole.index(b"\n") + 1
    for end in range(start, len(whole)):
        log.write_bytes(whole[:end])
        assert on(folder, MONDAY + WEEK) == trained["a"]
    assert record_event(folder, promoted(trained["b"], MONDAY + WEEK, other=trained["a"]))
    assert log.read_bytes() == whole


def test_a_torn_first_line_is_recovered_too(trained):
    folder = trained["folder"]
    (folder / "champions.jsonl").write_bytes(b'{"event": {"busi')
    assert find_champion(folder, MONDAY) is None
    record_event(folder, promoted(trained["a"], MONDAY))
    assert len(read_events(folder)) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: line[:0],
        lambda line: line[:-1],
        lambda line: b"[" + line + b"]",
        lambda line: b"\xff" + line,
        lambda line: line.replace(b"won", b"own"),
        lambda line: line.replace(b'"kind"', b'"sort"'),
    ],
    ids=["empty", "cut", "other json", "bytes", "altered", "field"],
)
@pytest.mark.parametrize("number", [1, 2])
def test_a_damaged_line_is_named(trained, damage, number):
    folder = reign(trained)
    log = folder / "champions.jsonl"
    lines = log.read_bytes().splitlines()
    lines[number - 1] = damage(lines[number - 1])
    log.write_bytes(b"\n".join(lines) + b"\n")
    for use in (
        lambda: find_champion(folder, MONDAY),
        lambda: record_event(folder, promoted(trained["c"], MONDAY + 2 * WEEK)),
        lambda: roll_back_champion(folder, MONDAY + WEEK, "ann", "why"),
    ):
        with pytest.raises(RegistryError, match=rf"champions\.jsonl, line {number} "):
            use()
