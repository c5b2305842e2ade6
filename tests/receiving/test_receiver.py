"""Each event is taken once, across blocks, segments and restarts, and lands in its order."""

import threading
import time

import numpy as np
import polars as pl
import pytest
from door import receiving

from receiving.journal import Accepted, list_segments
from receiving.memory import Memory, hash_event
from receiving.receiver import BusyError, ClosedError


def stock(number, sku="A", on_hand=None, day="2025-09-30"):
    """An event of a state: its key is item and location."""
    row = {"snapshot_time": f"{day}T12:00:00", "sku": sku, "location": "S1", "on_hand": on_hand}
    whole = {**row, "on_hand": number if on_hand is None else on_hand, "reserved": 0, "damaged": 0}
    return Accepted("wms", f"e{number}", "stock", day, whole)


def parts(data):
    return {path.name: pl.read_parquet(path) for path in sorted((data / "landing/stock").iterdir())}


def take(receiver, *events):
    return receiver.submit(events).result(30)


def test_an_event_counts_once_across_restarts_and_parts(tmp_path):
    for start in range(4):
        with receiving(tmp_path) as receiver:
            told = [take(receiver, stock(n, sku=f"I{n}")) for n in range(start + 1)]
            assert told == [[n == start] for n in range(start + 1)]
    found = parts(tmp_path)
    assert list(found) == [f"2025-09-30_events-{n:08d}.parquet" for n in range(1, 5)]
    assert [frame["sku"].to_list() for frame in found.values()] == [["I0"], ["I1"], ["I2"], ["I3"]]


def test_the_newest_row_of_a_state_stands_in_a_part(tmp_path):
    with receiving(tmp_path) as receiver:
        take(receiver, stock(1), stock(2, sku="B"), stock(3))
        take(receiver, stock(4, sku="C"), stock(5, on_hand=-2))
    (part,) = parts(tmp_path).values()
    assert part.select("sku", "on_hand").rows() == [("B", 2), ("C", 4), ("A", -2)]


def test_many_senders_at_once_are_told_what_became_of_their_own(tmp_path):
    """Batches of several threads, many events in common: each is new for one sender alone."""
    told, lock = {}, threading.Lock()

    def send(receiver, seed):
        draws = np.random.default_rng(seed)
        for _ in range(40):
            events = [stock(number) for number in draws.integers(500, size=20).tolist()]
            for event, new in zip(events, take(receiver, *events), strict=True):
                with lock:
                    told[event.event_id] = told.get(event.event_id, 0) + new

    with receiving(tmp_path, rows=100) as receiver:
        threads = [threading.Thread(target=send, args=(receiver, seed)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(told.values()) == {1}
    assert len(parts(tmp_path)) > 1


def test_a_number_is_not_used_again_where_the_journal_was_lost(tmp_path):
    (tmp_path / "landing/stock").mkdir(parents=True)
    (tmp_path / "landing/stock/2025-09-01_events-00000041.parquet").touch()
    with receiving(tmp_path) as receiver:
        take(receiver, stock(1))
    assert "2025-09-30_events-00000042.parquet" in {
        path.name for path in (tmp_path / "landing/stock").iterdir()
    }


def test_what_cannot_land_waits_and_lands_in_its_order(tmp_path, monkeypatch):
    monkeypatch.setattr("receiving.receiver._RETRY_SECONDS", 0.05)
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing/stock").touch()  # a file where the folder should be
    with receiving(tmp_path, rows=1) as receiver:
        take(receiver, stock(1))
        take(receiver, stock(2))
        time.sleep(0.3)
        assert list_segments(tmp_path / "events/journal") == [1, 2]
        (tmp_path / "landing/stock").unlink()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and list_segments(tmp_path / "events/journal"):
            time.sleep(0.02)
    assert [frame["on_hand"].item() for frame in parts(tmp_path).values()] == [1, 2]


def test_more_than_may_wait_is_refused_and_a_closed_door_takes_nothing(tmp_path):
    with receiving(tmp_path) as receiver:
        with pytest.raises(BusyError):
            receiver.submit([stock(1)] * 50_001)
        assert take(receiver, stock(1)) == [True]
    with pytest.raises(ClosedError):
        receiver.submit([stock(2)])


def test_a_disk_in_doubt_ends_the_receiver_and_the_next_one_knows(tmp_path, monkeypatch):
    """The block is written and the wait for the disk fails: nobody is told that it is there."""
    with receiving(tmp_path) as receiver:
        take(receiver, stock(1))
        monkeypatch.setattr("receiving.journal.os.fsync", _fail)
        with pytest.raises(ClosedError):
            take(receiver, stock(2, sku="B"))
        with pytest.raises(ClosedError):
            receiver.submit([stock(3)])
        monkeypatch.undo()
    with receiving(tmp_path) as receiver:
        assert take(receiver, stock(1), stock(2), stock(3)) == [False, False, True]


def _fail(_):
    raise OSError(5, "Input/output error")


def test_the_oldest_segments_are_forgotten_whole(tmp_path):
    memory = Memory(tmp_path, most=4)
    for segment in (1, 2, 3):
        memory.add(segment, [hash_event("till", f"{segment} {n}") for n in range(3)])
        memory.keep(segment)
    for found in (memory, Memory(tmp_path, most=4)):
        known = [hash_event("till", f"{segment} 0") in found for segment in (1, 2, 3)]
        assert known == [False, True, True]
