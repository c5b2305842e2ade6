"""Webhooks: messages are kept until they are taken, signed, and sent nowhere they may not go."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import polars as pl
import pytest

from governance import PolicyError
from governance.webhooks import (
    Message,
    deliver_messages,
    list_exception_messages,
    list_waiting_messages,
    load_webhooks,
    open_outbox,
    read_secret,
    sign_message,
)

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
MESSAGES = [Message.about("batch.exported", (n,), {"folder": f"batch {n}"}) for n in range(3)]


@contextmanager
def receiving(answers):
    """A server that answers by a list, then 200; has what it was sent."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(SimpleNamespace(headers=self.headers, body=body))
            answer = answers.pop(0) if answers else 200
            if answer == "slow":
                time.sleep(1.5)
                answer = 200
            self.send_response(answer)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?of=us", got
    finally:
        server.shutdown()
        server.server_close()


def write_hooks(folder, url, *, internal="[127.0.0.1]", more=""):
    path = folder / "webhooks.yaml"
    path.write_text(
        f"receivers:\n  - {{name: erp, url: '{url}', secret: {{env: HOOK}}{more}}}\n"
        f"internal_hosts: {internal}\n"
    )
    return path


def deliver(outbox, hooks, at, seconds=5.0):
    (told,) = deliver_messages(outbox, hooks, {"erp": KEY}, lambda: at, seconds=seconds)
    return told


def test_the_signature_is_that_of_the_standard():
    # The example of Svix, who wrote the standard.
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    headers = sign_message("msg_p5jXN8AQM9LWM0D4loKWxJek", body, key, 1614265330)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_sent_can_be_verified_and_comes_once(tmp_path):
    with receiving([]) as (url, got), open_outbox(tmp_path / "outbox.sqlite") as outbox:
        hooks = load_webhooks(write_hooks(tmp_path, url))
        assert outbox.put({"erp": MESSAGES}, {"chain": "7"}, 100.0) == 3
        assert outbox.put({"erp": MESSAGES}, {"chain": "9"}, 101.0) == 0
        assert outbox.find_mark("chain") == "9"
        assert deliver(outbox, hooks, 1000).taken == 3
        assert deliver(outbox, hooks, 2000).taken == 0
    assert [json.loads(one.body)["data"]["folder"] for one in got] == [
        f"batch {n}" for n in range(3)
    ]
    for one in got:
        told = one.headers["webhook-id"], one.headers["webhook-timestamp"]
        digest = hmac.new(KEY, b"%s.%s.%s" % (*map(str.encode, told), one.body), hashlib.sha256)
        expected = base64.b64encode(digest.digest()).decode()
        assert one.headers["webhook-signature"] == f"v1,{expected}"
        assert json.loads(one.body)["id"] == told[0]
        assert told[1] == "1000"


@pytest.mark.parametrize(
    ("answer", "words"), [(500, "500"), (302, "302"), (404, "404"), ("slow", "TimeoutError")]
)
def test_what_is_not_taken_waits_longer_each_time_and_keeps_its_id(tmp_path, answer, words):
    with receiving([answer, answer]) as (url, got), open_outbox(tmp_path / "o.sqlite") as outbox:
        hooks = load_webhooks(write_hooks(tmp_path, url))
        outbox.put({"erp": MESSAGES[:1]}, {}, 0.0)
        told = deliver(outbox, hooks, 0, seconds=0.3)
        assert (told.taken, words in told.fault) == (0, True)
        assert "127.0.0.1" not in told.fault
        assert deliver(outbox, hooks, 59).fault == "", "it waits a minute"
        assert words in deliver(outbox, hooks, 60, seconds=0.3).fault
        assert len(got) == 2
        assert deliver(outbox, hooks, 60 + 119).taken == 0
        assert deliver(outbox, hooks, 60 + 120).taken == 1
    assert len({one.headers["webhook-id"] for one in got}) == 1


def test_it_is_given_up_in_the_end_and_sent_again_when_asked(tmp_path):
    with receiving([500] * 16) as (url, got), open_outbox(tmp_path / "o.sqlite") as outbox:
        hooks = load_webhooks(write_hooks(tmp_path, url))
        outbox.put({"erp": MESSAGES[:1]}, {}, 0.0)
        for attempt in range(20):
            deliver(outbox, hooks, attempt * 1_000_000)
        assert len(got) == 16
        assert outbox.count_states() == [("erp", "given_up", 1, "it answers 500")]
        assert outbox.try_again("erp", 5.0) == 1
        assert deliver(outbox, hooks, 5).taken == 1


def list_ids(got):
    return [one.headers["webhook-id"] for one in got]


def test_one_that_is_refused_does_not_hold_up_the_rest(tmp_path):
    ids = [one.message_id for one in MESSAGES]
    with receiving([400]) as (url, got), open_outbox(tmp_path / "o.sqlite") as outbox:
        hooks = load_webhooks(write_hooks(tmp_path, url))
        outbox.put({"erp": MESSAGES}, {}, 0.0)
        told = deliver(outbox, hooks, 0)
        assert (told.taken, told.fault) == (2, "it answers 400")
        assert deliver(outbox, hooks, 59).taken == 0
        assert deliver(outbox, hooks, 60).taken == 1
        assert list_ids(got) == [*ids, ids[0]]


@pytest.mark.parametrize("answer", [500, 503, 429, 302])
def test_a_receiver_that_is_down_gets_all_in_order_once_it_is_back(tmp_path, answer):
    ids = [one.message_id for one in MESSAGES]
    with receiving([answer] * 2) as (url, got), open_outbox(tmp_path / "o.sqlite") as outbox:
        hooks = load_webhooks(write_hooks(tmp_path, url))
        outbox.put({"erp": MESSAGES[:2]}, {}, 0.0)
        for at in (0, 30, 60):
            deliver(outbox, hooks, at)
        assert list_ids(got) == [ids[0], ids[0]], "asked once a wait, and for the first alone"
        outbox.put({"erp": MESSAGES[2:]}, {}, 90.0)
        assert deliver(outbox, hooks, 60 + 119).taken == 0, "what is new waits with the others"
        assert deliver(outbox, hooks, 60 + 120).taken == 3
        assert list_ids(got)[2:] == ids


def test_one_that_answers_byte_by_byte_is_not_waited_for(tmp_path):
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip():
        line, _ = listening.accept()
        with line, suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200:
                if over.wait(0.1):
                    return
                line.sendall(bytes([byte]))

    threading.Thread(target=drip, daemon=True).start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    with listening, open_outbox(tmp_path / "o.sqlite") as outbox:
        hooks = load_webhooks(write_hooks(tmp_path, url))
        outbox.put({"erp": MESSAGES[:1]}, {}, 0.0)
        begun = time.monotonic()
        told = deliver(outbox, hooks, 0, seconds=0.5)
        waited = time.monotonic() - begun
        over.set()
    assert (told.taken, told.fault) == (0, "it does not answer: TimeoutError")
    assert waited < 10, "its whole answer takes 22 seconds"


def test_nothing_is_put_in_half(tmp_path):
    bad = Message("x", "batch.exported", {"folder": object()})
    with open_outbox(tmp_path / "o.sqlite") as outbox:
        with pytest.raises(TypeError):
            outbox.put({"erp": [MESSAGES[0], bad]}, {"chain": "1"}, 0.0)
        assert outbox.count_states() == []
        assert outbox.find_mark("chain") is None


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1"),
        *("[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::1]", "[::ffff:10.0.0.1]"),
    ],
)
def test_an_address_of_this_network_takes_a_name_in_the_file(tmp_path, host):
    hooks = load_webhooks(write_hooks(tmp_path, f"https://{host}/hook", internal="[]"))
    with open_outbox(tmp_path / "o.sqlite") as outbox:
        outbox.put({"erp": MESSAGES[:1]}, {}, 0.0)
        assert "an address of this network" in deliver(outbox, hooks, 0).fault


@pytest.mark.parametrize(
    ("url", "more", "words"),
    [
        ("http://example.com/hook", "", "use https"),
        ("ftp://example.com/hook", "", "an https address"),
        ("https://ann:word@example.com/", "", "no place in it"),
        ("https://example.com/", ", kinds: [batch.lost]", "there is no kind 'batch.lost'"),
        ("https://example.com/", ", retries: 3", "retries"),
        ("https://example.com:99999/", "", "cannot be called"),
        (f"https://{'a' * 64}.com/", "", "cannot be called"),
        ("https://example.com/für/uns", "", "write what is no ASCII"),
        ("https://example.com/for us", "", "write what is no ASCII"),
    ],
)
def test_a_file_at_fault_is_refused_with_its_line(tmp_path, url, more, words):
    with pytest.raises(PolicyError, match=r"webhooks.yaml, line [12]: ") as refusal:
        load_webhooks(write_hooks(tmp_path, url, internal="[bus]", more=more))
    assert words in str(refusal.value)


@pytest.mark.parametrize("secret", ["", "short", SECRET[6:], "whsec_AAAA", "whsec_%%%"])
def test_what_is_no_secret_is_refused_and_never_said(tmp_path, secret):
    (receiver,) = load_webhooks(write_hooks(tmp_path, "https://example.com/")).receivers
    assert read_secret(receiver, {"HOOK": SECRET}) == KEY
    with pytest.raises(PolicyError, match="is not `whsec_` and 24 to 64") as refusal:
        read_secret(receiver, {"HOOK": secret})
    assert not secret or secret not in str(refusal.value).replace("`whsec_`", "")
    with pytest.raises(PolicyError, match=r"there is no secret at \$HOOK"):
        read_secret(receiver, {})


def tell(day, *rows):
    """Exceptions of a business date: id, state and money at risk."""
    names = ("exception_id", "state", "money_at_risk")
    said = [{**dict(zip(names, row, strict=True)), "kind": "spike"} for row in rows]
    schema = {**dict.fromkeys((*names[:2], "kind"), pl.String), "money_at_risk": pl.Float64}
    frame = pl.DataFrame(said, schema=schema).with_columns(business_date=pl.lit(day))
    return {day: frame}


def test_exceptions_are_told_as_they_open_change_and_close():
    monday, tuesday = date(2026, 1, 5), date(2026, 1, 6)
    days = tell(monday, ("a", "new", 5.0), ("b", "open", 2.0), ("c", "closed", 1.0)) | tell(
        tuesday, ("a", "closed", 5.0), ("b", "open", 2.5)
    )
    messages, told = list_exception_messages(days, {})
    assert [(one.kind, one.data["exception_id"]) for one in messages] == [
        ("exception.opened", "a"),
        ("exception.opened", "b"),
        ("exception.closed", "a"),
        ("exception.changed", "b"),
    ]
    assert messages[-1].data["money_at_risk"] == 2.5
    assert list_exception_messages(tell(tuesday, ("b", "open", 2.5)), told) == ([], {})
    again, _ = list_exception_messages(days, {})
    assert again == messages
    assert len({one.message_id for one in messages}) == 4


def test_a_plan_that_is_made_again_closes_and_opens_what_was_told(tmp_path):
    day, ids, path = date(2026, 1, 5), set(), tmp_path / "o.sqlite"
    for rows, expected in (
        ([("a", "new", 5.0), ("b", "closed", 1.0)], [("exception.opened", "a")]),
        ([("b", "open", 1.0)], [("exception.closed", "a"), ("exception.opened", "b")]),
        ([("a", "new", 5.0)], [("exception.opened", "a"), ("exception.closed", "b")]),
        ([], [("exception.closed", "a")]),
        ([], []),
    ):
        with open_outbox(path) as outbox:
            known = outbox.read_told_exceptions("erp")
            messages, told = list_exception_messages(tell(day, *rows), known)
            outbox.put({"erp": messages}, {}, 0.0, {"erp": told.values()})
        assert [(one.kind, one.data["exception_id"]) for one in messages] == expected
        assert not ids & {one.message_id for one in messages}
        ids |= {one.message_id for one in messages}
    assert messages == []


def test_what_waits_is_told_by_role_once_for_each_version():
    routed = pl.DataFrame(
        {
            "action_id": ["a", "b", "c"],
            "status": ["waiting", "waiting", "approved"],
            "missing_roles": ["buyer;finance", "buyer", ""],
        }
    )
    proposals = pl.DataFrame(
        {"action_id": ["a", "b", "c"], "value": [10.0, 5.5, 1.0], "currency": ["EUR"] * 3}
    )
    told = list_waiting_messages(routed, proposals, date(2026, 1, 5), 2)
    assert [(one.data["role"], one.data["actions"], one.data["value"]) for one in told] == [
        ("buyer", 2, 15.5),
        ("finance", 1, 10.0),
    ]
    other = list_waiting_messages(routed, proposals, date(2026, 1, 5), 3)
    assert not {one.message_id for one in told} & {one.message_id for one in other}
