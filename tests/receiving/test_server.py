"""The endpoint as a process: what it takes, what it refuses, and how it stops."""

import json
import signal
import socket
import stat
import time
import urllib.request
from datetime import timedelta

import polars as pl
import pytest
from door import BATCH, Door, event, now, sale

from receiving.connections import LONGEST_IDLE_SECONDS

SINGLE = "application/cloudevents+json"


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    opened = Door(tmp_path_factory.mktemp("data"))
    yield opened
    opened.kill()


def landed(data, source="pos_sales"):
    files = sorted((data / "landing" / source).glob("*.parquet"))
    return pl.concat(map(pl.read_parquet, files)) if files else pl.DataFrame()


def test_events_are_taken_once_and_land_when_the_process_is_told_to_stop(tmp_path, door_at):
    door = door_at(tmp_path)
    assert door.send([event(1), event(2), event(1)]) == (
        200,
        {"taken": 2, "repeated": 1, "refused": []},
    )
    assert door.send(event(2), SINGLE)[1]["repeated"] == 1
    assert not (tmp_path / "landing" / "pos_sales").exists()
    assert door.stop() == 0
    (part,) = (tmp_path / "landing" / "pos_sales").iterdir()
    assert part.name == f"{now().date()}_events-00000001.parquet"
    assert landed(tmp_path)["receipt"].to_list() == ["R1", "R2"]
    assert landed(tmp_path)["raw_file"].to_list() == ["event tills/1 e1", "event tills/1 e2"]
    door.start()
    assert door.send([event(2), event(3)])[1] == {"taken": 1, "repeated": 1, "refused": []}
    assert door.token not in door.log.read_text()


def test_what_is_refused_is_named_by_its_place_and_the_rest_is_taken(door):
    broken = [
        event(10),
        event(11, data={**sale(11), "colour": "red"}),
        event(12, type="plenish.decisions"),
        "event",
        event(14, specversion="0.3"),
        event(15, data=sale(15, quantity="2")),
    ]
    status, content = door.send(broken)
    assert (status, content["taken"]) == (422, 1)
    assert [(told["place"], told["id"]) for told in content["refused"]] == [
        (1, "e11"),
        (2, "e12"),
        (3, None),
        (4, "e14"),
        (5, "e15"),
    ]
    words = ["'colour'", "plenish.decisions", "object", "specversion", "quantity must be"]
    for told, word in zip(content["refused"], words, strict=True):
        assert word in told["message"]


@pytest.mark.parametrize(
    ("status", "body", "media_type", "headers"),
    [
        (401, [event()], BATCH, {"Authorization": "Bearer wrong"}),
        (401, [event()], BATCH, {"Authorization": "Basic YTpi"}),
        (401, [event()], BATCH, {"Authorization": ""}),
        (415, [event()], "application/json", {}),
        (415, [event()], f"{BATCH}; charset=utf-16", {}),
        (415, [event()], BATCH, {"Content-Encoding": "gzip"}),
        (400, "[", BATCH, {}),
        (400, b"\xff", BATCH, {}),
        (400, "[" * 100_000, BATCH, {}),
        (400, event(), BATCH, {}),
        (413, " " * 4_000_001, BATCH, {}),
        (413, [event()] * 5_001, BATCH, {}),
    ],
)
def test_a_request_that_cannot_be_taken_is_answered_with_words(
    door, status, body, media_type, headers
):
    found, content = door.send(body, media_type, **headers)
    assert found == status
    assert content["message"]


def test_idle_connections_do_not_shut_the_door_and_are_left(door):
    address = ("127.0.0.1", door.port)
    lines = [socket.create_connection(address, timeout=20) for _ in range(200)]
    try:
        for line in lines[:100]:
            line.sendall(b"POST /events HTTP/1.1\r\nHost:")  # half of a head
        assert door.ask("GET", "/health")[0] == 200
        assert door.send([event(30)])[0] == 200
        assert {line.recv(1) for line in lines} == {b""}
    finally:
        for line in lines:
            line.close()


def test_a_connection_that_has_a_request_in_work_is_not_left(door):
    body = json.dumps([event(31)])
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as line:
        line.sendall(begin_request(door, body))
        time.sleep(LONGEST_IDLE_SECONDS + 1)
        line.sendall(body.encode())
        assert line.recv(12) == b"HTTP/1.1 200"


def test_requests_beyond_those_that_may_be_in_work_are_refused_and_counted(door):
    body = json.dumps([event(32)])
    address = ("127.0.0.1", door.port)
    lines = [socket.create_connection(address, timeout=20) for _ in range(64)]
    try:
        for line in lines:
            line.sendall(begin_request(door, body))
        deadline = time.monotonic() + 10
        while (status := door.send([event(33)])[0]) == 200 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert status == 503
        assert door.ask("GET", "/health")[0] == 200
        assert door.send([event(33)], Authorization="Bearer wrong")[0] == 401
        lines[0].sendall(body.encode())
        assert lines[0].recv(12) == b"HTTP/1.1 200"
        assert door.send([event(33)])[0] == 200
    finally:
        for line in lines:
            line.close()
    with urllib.request.urlopen(f"http://127.0.0.1:{door.port}/metrics") as answer:
        assert b'plenish_event_requests_total{status="503"}' in answer.read()


def begin_request(door, body):
    """The head of a request with events, whose body is still to come."""
    told = f"Authorization: Bearer {door.token}\r\nContent-Type: {BATCH}\r\n"
    return f"POST /events HTTP/1.1\r\nHost: x\r\n{told}Content-Length: {len(body)}\r\n\r\n".encode()


def test_a_body_without_a_length_is_read_no_further_than_it_may_be(door):
    def endless():
        for _ in range(80):
            yield b" " * 65_536

    told = {"Authorization": f"Bearer {door.token}", "Content-Type": BATCH}
    status, _, content = door.ask("POST", "/events", endless(), told)
    assert status == 413
    assert "bytes" in content["message"]


def test_a_token_brings_what_it_is_for_until_it_is_revoked(tmp_path, door_at):
    door = door_at(tmp_path)
    _, door.token = door.run("token", "returns desk", "--source", "returns")
    tokens = tmp_path / "events" / "tokens.json"
    assert door.token not in tokens.read_text()
    assert stat.S_IMODE(tokens.parent.stat().st_mode) == 0o700
    status, content = door.send([event()])
    assert (status, content["taken"]) == (422, 0)
    assert content["refused"][0]["message"] == "type: the token may not bring pos_sales"
    code, said = door.run("token", "returns desk")
    assert (code, "returns desk has a token" in said) == (1, True)
    assert door.run("revoke", "returns desk") == (0, "returns desk may send no more.")
    assert door.send([event()])[0] == 401


def test_one_process_takes_events_in_for_a_folder(tmp_path, door_at):
    code, said = door_at(tmp_path).run("serve", "--port", "1")
    assert code == 1
    assert "another process takes events in" in said


def test_events_of_a_full_disk_are_not_acknowledged_and_come_again(tmp_path, door_at):
    door = door_at(tmp_path, limit=60_000)
    acknowledged, number = [], 0
    while len(acknowledged) == number // 50:
        status, content = door.send([event(number + place) for place in range(50)])
        number += 50
        if status == 200:
            acknowledged.append(content["taken"])
    assert (status, content["message"]) == (503, "the disk takes no events: send them again later")
    # What is small enough for the rest is taken, and no torn block is before it.
    assert door.send([event(9_999)])[0] == 200
    door.kill()
    door.limit = None
    door.start()
    sent = [event(place) for place in range(number)]
    assert door.send([*sent, event(9_999)])[1]["taken"] == 50
    assert door.stop() == 0
    assert landed(tmp_path)["receipt"].n_unique() == landed(tmp_path).height == number + 1


def test_kill_9_at_any_moment_loses_and_doubles_nothing(tmp_path, door_at):
    """Batches are sent until they are acknowledged, while the process dies again and again."""
    door = door_at(tmp_path, seconds=1)
    kills, acknowledged = 0, 0
    for number in range(0, 2_400, 50):
        batch = [event(place) for place in range(number, number + 50)]
        if number % 800 == 400:
            # Half of a request is there when it dies, or the whole of it and no answer.
            with socket.create_connection(("127.0.0.1", door.port)) as line:
                body = json.dumps(batch)
                head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.token}\r\n"
                head += f"Content-Type: {BATCH}\r\nContent-Length: {len(body)}\r\n\r\n"
                line.sendall((head + body[: len(body) // (1 + kills % 2)]).encode())
                time.sleep(0.008 * kills)
                door.kill()
            kills += 1
            door.start()
        status, content = door.send(batch)
        assert status == 200
        acknowledged += content["taken"] + content["repeated"]
    door.kill()
    door.start()
    assert door.stop() == 0
    rows = landed(tmp_path)
    assert (kills, acknowledged) == (3, 2_400)
    assert rows.height == rows["receipt"].n_unique() == 2_400
    assert list((tmp_path / "events" / "journal").iterdir()) == []


def test_events_land_after_the_seconds_they_may_wait(tmp_path, door_at):
    door = door_at(tmp_path, seconds=1)
    yesterday = now() - timedelta(days=1)
    door.send([event(1), event(2, data=sale(2, timestamp=yesterday.isoformat()))])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and landed(tmp_path).height < 2:
        time.sleep(0.05)
    names = sorted(path.name for path in (tmp_path / "landing" / "pos_sales").iterdir())
    days = [yesterday.date(), now().date()]
    assert names == [f"{day}_events-00000001.parquet" for day in days]


def test_it_stops_on_ctrl_c_too(tmp_path, door_at):
    door = door_at(tmp_path)
    door.process.send_signal(signal.SIGINT)
    assert door.process.wait(30) == 0
