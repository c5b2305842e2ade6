"""Events at a steady rate against a real endpoint on loopback that is killed meanwhile.

Several senders send batches of sales, each again until it is acknowledged, and every tenth once
more. In the end what has landed is held against what was sent: each event once.
"""

import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any, Final, TypedDict

import numpy as np
import polars as pl

from receiving import make_token

PROJECT: Final = Path(__file__).resolve().parent.parent
_SENDERS: Final = 8
_BATCH: Final = 100
_REPEATED: Final = 10
"""Every so many batches are sent once more after they were acknowledged."""
_LAND_SECONDS: Final = 20
_RETRY_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 60.0


class Figures(TypedDict):
    """What the benchmark prints."""

    events: int
    events_per_second: float
    kills: int
    lost: int
    doubled: int
    repeated: int
    sent_again: int
    median_ms: float
    p99_ms: float
    restart_seconds: float
    cpu_seconds: float
    peak_mb: float
    parts: int


@dataclass
class _Told:
    """What senders saw.

    Attributes:
        waits: seconds from sending a batch to its acknowledgement, where nothing failed.
        failures: requests that were not acknowledged.
        repeated: events that were taken before.
    """

    waits: list[float] = field(default_factory=list)
    failures: int = 0
    repeated: int = 0


@dataclass
class _Endpoint:
    """The process that takes events in, which may be another one from moment to moment."""

    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; seconds until it answers."""
        began = time.monotonic()
        command = [sys.executable, "-m", "inventory_assets.cli.start", "events", "serve"]
        command += ["--port", str(self.port), "--seconds", str(_LAND_SECONDS)]
        command += ["--data", str(self.data)]
        with (self.data / "endpoint.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  # our own
                command,
                cwd=PROJECT,
                stdout=log,
                stderr=log,
                env={**os.environ, "PLENISH_TIME_ZONE": "UTC"},
            )
        while time.monotonic() - began < _LONGEST_SECONDS:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.02)
        raise RuntimeError((self.data / "endpoint.log").read_text())

    def end(self, *, kill: bool) -> None:
        """Kill it, or tell it to stop, and wait until it has."""
        assert self.process is not None
        (self.process.kill if kill else self.process.terminate)()
        code = self.process.wait(_LONGEST_SECONDS)
        assert kill or code == 0, f"the endpoint ended with {code}"


def measure(rate: int, seconds: int, kills: int, seed: int) -> Figures:
    """Send events at a rate, kill the endpoint meanwhile, and count what landed.

    Args:
        rate: events a second, of all senders.
        seconds: of sending.
        kills: how often the endpoint is killed.
        seed: of the moments of the kills.
    """
    with tempfile.TemporaryDirectory() as folder, _run(Path(folder)) as endpoint:
        data = Path(folder)
        token = make_token(data, "benchmark", ["pos_sales"])
        began, over = time.monotonic(), Event()
        with ThreadPoolExecutor(_SENDERS + 1) as pool:
            killing = pool.submit(_kill, endpoint, seconds, kills, seed, over)
            batches = rate * seconds // _BATCH
            sending = [
                pool.submit(_send_all, endpoint.port, token, range(number, batches, _SENDERS), rate)
                for number in range(_SENDERS)
            ]
            told = [sender.result() for sender in sending]
            took = time.monotonic() - began
            over.set()
            restarts = killing.result()
        endpoint.end(kill=False)
        return _sum_up(data, batches * _BATCH, took, told, restarts)


@contextmanager
def _run(data: Path) -> Iterator[_Endpoint]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = _Endpoint(data, free.getsockname()[1])
    endpoint.start()
    try:
        yield endpoint
    finally:
        if endpoint.process is not None:
            endpoint.process.kill()


def _kill(endpoint: _Endpoint, seconds: int, kills: int, seed: int, over: Event) -> list[float]:
    """Kill the endpoint at random moments; seconds until it answered again."""
    rng = np.random.default_rng(seed)
    began = time.monotonic()
    restarts = []
    for moment in sorted(rng.uniform(0.05, 0.9, kills) * seconds):
        if over.wait(max(began + moment - time.monotonic(), 0.0)):
            break
        endpoint.end(kill=True)
        restarts.append(endpoint.start())
    return restarts


def _send_all(port: int, token: str, batches: range, rate: int) -> _Told:
    """Send batches, each when it is due, or at once where it is late."""
    told = _Told()
    began = time.monotonic()
    for batch in batches:
        due = began + batch * _BATCH / rate
        time.sleep(max(due - time.monotonic(), 0.0))
        body = json.dumps([_make_event(batch * _BATCH + place) for place in range(_BATCH)])
        _send_surely(port, token, body, told)
        if batch % _REPEATED == 0:
            _send_surely(port, token, body, told)
    return told


def _send_surely(port: int, token: str, body: str, told: _Told) -> None:
    """Send a batch until it is acknowledged."""
    while True:
        began = time.monotonic()
        try:
            content = _send(port, token, body)
        except (OSError, http.client.HTTPException):
            told.failures += 1
            time.sleep(_RETRY_SECONDS)
            continue
        told.waits.append(time.monotonic() - began)
        told.repeated += content["repeated"]
        assert content["taken"] + content["repeated"] == _BATCH
        return


def _send(port: int, token: str, body: str) -> dict[str, Any]:
    """The answer to a batch.

    Raises:
        OSError: there is none, or it says that the batch was not taken.
    """
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=_LONGEST_SECONDS)
    try:
        line.request("POST", "/events", body, headers)
        answer = line.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
    finally:
        line.close()
    if answer.status in {429, 503}:
        raise OSError(content["message"])
    assert answer.status == http.HTTPStatus.OK, content
    return content


def _make_event(number: int) -> dict[str, Any]:
    row = {
        "receipt": f"R{number}",
        "line": 1,
        "timestamp": datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(),
        "sku": f"SKU{number % 997:05d}",
        "location": f"S{number % 53:03d}",
        "channel": "store",
        "fulfilment_location": f"S{number % 53:03d}",
        "quantity": 1 + number % 3,
        "net_value": 12.34,
        "list_value": 19.99,
        "promo_id": None,
    }
    kind = {"specversion": "1.0", "type": "plenish.pos_sales"}
    return {**kind, "id": f"{number}", "source": f"tills/{number % 53}", "data": row}


def _sum_up(
    data: Path, sent: int, took: float, told: list[_Told], restarts: list[float]
) -> Figures:
    files = sorted((data / "landing" / "pos_sales").glob("*.parquet"))
    receipts = pl.concat([pl.read_parquet(path, columns=["receipt"]) for path in files])["receipt"]
    waits = np.array([wait for sender in told for wait in sender.waits]) * 1000
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Figures(
        events=sent,
        events_per_second=round(sent / took, 1),
        kills=len(restarts),
        lost=sent - receipts.n_unique(),
        doubled=len(receipts) - receipts.n_unique(),
        repeated=sum(sender.repeated for sender in told),
        sent_again=sum(sender.failures for sender in told),
        median_ms=round(float(np.median(waits)), 1),
        p99_ms=round(float(np.quantile(waits, 0.99)), 1),
        restart_seconds=round(max(restarts, default=0.0), 1),
        cpu_seconds=round(used.ru_utime + used.ru_stime, 1),
        peak_mb=round(used.ru_maxrss / 1024, 1),
        parts=len(files),
    )
