"""Batches that left without an event are recorded once; those that are gone or changed are told."""

import shutil
from datetime import date, datetime

import pytest

from governance.exchange.batch import MANIFEST, ManifestInputs
from governance.exchange.batch_events import BATCH_EXPORTED, find_batch_faults, record_batches
from governance.exchange.export import write_batch
from governance.store import open_store

INPUTS = ManifestInputs(plan_hash="plan", input_hash="input", policy_hash="policy")
NOW = datetime(2026, 3, 3, 8)  # noqa: DTZ001  # local by contract


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def exports(tmp_path, export_lines):
    """Batches of two dates, one of them with lines of two kinds, and half of a third."""
    root = tmp_path / "exports"
    first = export_lines(
        {"action_id": "t" * 24}, {"action_id": "p" * 24, "kind": "purchase_order", "quantity": 24}
    )
    second = export_lines({"action_id": "u" * 24, "business_date": date(2026, 3, 2), "batch": 2})
    for lines in (first, second):
        write_batch(lines, INPUTS, root)
    (root / "2026-03-02" / ".3.partial").mkdir()
    return root


def folders(exports):
    return sorted(path.parent.relative_to(exports).as_posix() for path in exports.rglob(MANIFEST))


def test_what_left_without_an_event_is_recorded_once(exports, store):
    batches = folders(exports)
    assert len(batches) == 2
    assert find_batch_faults(exports, store) == [
        f"batch {folder}: on disk, but no event recorded it" for folder in batches
    ]
    assert record_batches(exports, store, NOW) == batches
    assert [payload["lines"] for payload in store.payloads(BATCH_EXPORTED)] == [2, 1]
    assert record_batches(exports, store, NOW) == []
    assert find_batch_faults(exports, store) == []
    assert store.verify_chain() == []


def test_what_is_gone_or_changed_is_told(exports, store, export_lines):
    first, second = folders(exports)
    record_batches(exports, store, NOW)
    shutil.rmtree(exports / first)
    write_batch(export_lines({"action_id": "x" * 24}), INPUTS, exports)
    assert find_batch_faults(exports, store) == [
        f"batch {first}: recorded with 2 lines, but 1 on disk"
    ]
    shutil.rmtree(exports / first)
    (exports / second / MANIFEST).write_text("{}")
    gone, damaged = sorted(find_batch_faults(exports, store), reverse=first > second)
    assert {gone, damaged} >= {f"batch {first}: recorded with 2 lines, but not on disk"}
    assert any(MANIFEST in fault for fault in (gone, damaged))
    assert record_batches(exports, store, NOW) == []


def test_there_need_be_no_exports(tmp_path, store):
    assert record_batches(tmp_path / "none", store, NOW) == []
    assert find_batch_faults(tmp_path / "none", store) == []
