"""Who has changed levels, as `plenish adjust list` tells it."""

import io
from datetime import date, datetime

from rich.console import Console

from governance.level_changes import LevelChange, record_level_change
from inventory_assets.cli.adjust import list_level_changes
from inventory_assets.cli.workplace import Workplace

NOON = datetime.fromisoformat("2026-03-02T12:00:00")
ABOUT = {"region": "north", "category": "shirts"}


def listed(place):
    text = io.StringIO()
    list_level_changes(place, Console(file=text, width=300))
    return text.getvalue()


def test_who_made_a_change_stays_named_beside_who_moved_its_end(tmp_path, monkeypatch):
    monkeypatch.setenv("PLENISH_DATA", str(tmp_path))
    place = Workplace.at(tmp_path)
    assert "Nobody has changed a level" in listed(place)
    made = LevelChange(
        change_id="c1", change="factor", factor=1.5, sku="A", starts_on=date(2026, 3, 4),
        ends_on=date(2026, 3, 10), author="ann", role="planner", reason="fair", decided_at=NOON,
    )  # fmt: skip
    ended = {"ends_on": date(2026, 3, 6), "author": "bo", "role": "buyer", "reason": "over"}
    with place.enter() as premises:
        record_level_change(premises.store, made, ABOUT, token=None, at=NOON)
    assert "ann (planner)" in listed(place)
    assert "end by" not in listed(place)
    with place.enter() as premises:
        moved = made.model_copy(update=ended)
        record_level_change(premises.store, moved, ABOUT, token=None, at=NOON)
    shown = listed(place)
    assert "to 2026-03-06" in shown
    assert "ann (planner); end by bo (buyer)" in shown
    assert "fair; end: over" in shown
