"""`plenish webhooks deliver`: what a planned retailer tells, and what a kill in between costs."""

import base64
import http.client
import io
import json
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import polars as pl
import pytest
from rich.console import Console
from simulated import LAST, PROJECT, command, environment, plenish_here, warehouse_of

from inventory_assets.cli.webhooks import deliver
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import QuietPremises
from quality_checks.contracts import CONTRACTS, EXCEPTION_KINDS, TRENDS
from warehouse import Warehouse

_WAITING = "approvals.waiting"
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()


@pytest.fixture
def server():
    """A receiver that keeps its answer back until it may give it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append(json.loads(body))
            self.server.arrived.set()
            self.server.may_answer.wait(60)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    opened = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    opened.got, opened.arrived, opened.may_answer = [], threading.Event(), threading.Event()
    threading.Thread(target=opened.serve_forever, daemon=True).start()
    yield opened
    opened.may_answer.set()
    opened.shutdown()
    opened.server_close()


def write_hook(root, server):
    """The server as the one receiver of a retailer."""
    path = root / "webhooks" / "webhooks.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"receivers:\n  - {{name: bus, url: 'http://127.0.0.1:{server.server_port}/', "
        "secret: {env: HOOK}}\ninternal_hosts: [127.0.0.1]\n"
    )
    return path


def write_hooks(root, server, secret):
    """Have a receiver told, and another one whose secret is not there."""
    (root / "webhooks").mkdir()
    secret.write_text(SECRET)
    (root / "webhooks" / "webhooks.yaml").write_text(
        f"receivers:\n  - name: bus\n    url: http://127.0.0.1:{server.server_port}/\n"
        f"    secret: {{file: {secret}}}\n"
        "  - name: other\n    url: https://example.com/\n    secret: {env: NOT_THERE}\n"
        "internal_hosts: [127.0.0.1]\n"
    )


def test_a_planned_retailer_is_told_of_and_nothing_is_lost_to_a_kill(planned, tmp_path, server):
    root = shutil.copytree(planned, tmp_path / "retailer")
    write_hooks(root, server, tmp_path / "secret")
    arguments = command("webhooks", "deliver", "--data", str(root))
    process = subprocess.Popen(
        arguments, env=environment(root), cwd=PROJECT, stdout=subprocess.DEVNULL
    )
    assert server.arrived.wait(120)
    process.kill()
    process.wait()
    server.may_answer.set()
    (first,) = server.got
    done = plenish_here(root, "webhooks", "deliver")
    assert done.returncode == 1, "a receiver has no secret"
    assert "there is no secret at $NOT_THERE" in done.stdout
    assert server.got[1]["id"] == first["id"], "it was not noted that it was taken"
    told = server.got[1:]
    assert len({one["id"] for one in told}) == len(told)
    exceptions = warehouse_of(root).read(CONTRACTS["exceptions"], LAST)
    opened = exceptions.filter(pl.col("state") != "closed")["exception_id"].sort().to_list()
    assert [one["data"]["exception_id"] for one in told if one["type"] != _WAITING] == opened
    waiting = {
        one["data"]["role"]: one["data"]["actions"] for one in told if one["type"] == _WAITING
    }
    desk = QuietPremises(str(root), str(PROJECT / "data" / "policies")).open_desk(LAST)
    asked = desk.route().filter(status="waiting")["missing_roles"].to_list()
    assert waiting == dict(Counter(role for roles in asked for role in roles.split(";")))
    before = len(server.got)
    assert "bus: 0 taken" in plenish_here(root, "webhooks", "deliver").stdout
    assert len(server.got) == before
    premises = QuietPremises(str(root), str(PROJECT / "data" / "policies"))
    facts = {"folder": "2025-09-30/0009", "lines": 3}
    premises.store.append_event("batch_exported", facts, datetime(2025, 10, 1))  # noqa: DTZ001
    premises.close()
    assert "bus: 1 taken" in plenish_here(root, "webhooks", "deliver").stdout
    assert (server.got[-1]["type"], server.got[-1]["data"]) == ("batch.exported", facts)
    listed = plenish_here(root, "webhooks", "list").stdout
    assert SECRET not in done.stdout + listed
    assert "taken" in listed


def test_who_serves_the_workbench_delivers(planned, tmp_path, server):
    root = shutil.copytree(planned, tmp_path / "retailer")
    write_hooks(root, server, tmp_path / "secret")
    server.may_answer.set()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = command("serve", "--port", str(port), "--data", str(root))
    process = subprocess.Popen(
        arguments, env=environment(root), cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.arrived.wait(120)
        assert server.got[0]["type"] == _WAITING
        wait_for(port)
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=60)
    assert "there is no secret at $NOT_THERE" in said
    assert "bus: " in said
    assert SECRET not in said
    taken = [one["id"] for one in server.got]
    assert len(taken) == len({*taken})


def wait_for(port):
    """Ask until the workbench answers."""
    end = time.monotonic() + 60
    while True:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("GET", "/health")
            answer = line.getresponse().status
        except OSError:
            assert time.monotonic() < end, "the workbench does not answer"
            time.sleep(0.1)
        else:
            assert answer == 200
            return


@contextmanager
def open_warehouse(root):
    """The warehouse that runs write."""
    warehouse = Warehouse(root / "warehouse" / "plenish.duckdb", idle_seconds=0)
    yield warehouse
    warehouse.close()


def state_exceptions(**money):
    """New exceptions of the last date, by id, with money at risk."""
    contract = CONTRACTS["exceptions"]
    rows = [
        {
            "exception_id": name,
            "kind": min(EXCEPTION_KINDS),
            "subject": name,
            "state": "new",
            "first_seen_on": LAST,
            "last_seen_on": LAST,
            "trend": TRENDS[0],
            "item_locations": 1,
            "money_at_risk": value,
            "words": "It is wrong.",
        }
        for name, value in money.items()
    ]
    schema = {name: kind for name, kind in contract.schema.items() if name != "business_date"}
    return pl.DataFrame(rows, schema=schema)


def test_what_a_version_says_is_told_once_it_is_published(planned, tmp_path, server, monkeypatch):
    monkeypatch.setenv("HOOK", SECRET)
    server.may_answer.set()
    root = shutil.copytree(planned, tmp_path / "retailer")
    write_hook(root, server)

    def tell():
        before = len(server.got)
        assert deliver(Workplace(root), Console(file=io.StringIO()), every=None)
        return [(one["type"], one["data"]) for one in server.got[before:]]

    versions, exceptions = CONTRACTS["plan_versions"], CONTRACTS["exceptions"]
    with open_warehouse(root) as warehouse:
        warehouse.write(exceptions, LAST, state_exceptions(gone=3.0, moved=2.0))
        warehouse.publish_copy()
    first = tell()
    assert [said["exception_id"] for kind, said in first if kind != _WAITING] == ["gone", "moved"]
    with open_warehouse(root) as warehouse:
        sealed = warehouse.read(versions, LAST).with_columns(current=pl.lit(value=False))
        later = sealed.tail(1).with_columns(
            plan_version=pl.col("plan_version") + 1, current=pl.lit(value=True)
        )
        warehouse.write(versions, LAST, pl.concat([sealed, later]).drop("business_date"))
    assert tell() == [], "a run has numbered its plan, and has not made it"
    with open_warehouse(root) as warehouse:
        warehouse.write(exceptions, LAST, state_exceptions(moved=0.5))
        warehouse.publish_copy()
    closed, moved, *waiting = tell()
    assert (closed[0], closed[1]["exception_id"]) == ("exception.closed", "gone")
    assert (moved[0], moved[1]["exception_id"]) == ("exception.changed", "moved")
    assert moved[1]["money_at_risk"] == 0.5
    of_first = [said["role"] for kind, said in first if kind == _WAITING]
    assert [said["role"] for _, said in waiting] == of_first
    assert {said["plan_version"] for _, said in waiting} == {later["plan_version"].item()}


class _Watched(io.StringIO):
    """What a service says, of which some makes somebody do something."""

    def __init__(self, steps):
        super().__init__()
        self._steps = steps

    def write(self, text):
        for words, step in self._steps.items():
            if words in text:
                step()
        return super().write(text)


class _StoppedError(Exception):
    """Somebody has stopped the service."""


def test_a_service_outlives_a_file_that_is_half_saved(tmp_path, server, monkeypatch):
    monkeypatch.setenv("HOOK", SECRET)
    path = write_hook(tmp_path, server)
    whole = path.read_text()

    def stop():
        raise _StoppedError

    said = _Watched({"webhooks.yaml": lambda: path.write_text(whole), "bus: 0 taken": stop})
    path.write_text(whole[:40])
    with pytest.raises(_StoppedError):
        deliver(Workplace(tmp_path), Console(file=said, width=200), every=0.01)
    assert "webhooks.yaml: is not YAML" in said.getvalue()
