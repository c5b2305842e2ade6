"""A real endpoint on loopback, and rows that are sound."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from receiving import make_token
from receiving.receiver import Receiver

PROJECT = Path(__file__).resolve().parents[2]
BATCH = "application/cloudevents-batch+json"
ZONE = {"PLENISH_TIME_ZONE": "UTC"}


def now():
    """What the clock of the endpoint shows."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def sale(number=1, **changes):
    """Data of a sale as the contract has it; the key is its number."""
    row = {
        "receipt": f"R{number}",
        "line": 1,
        "timestamp": now().isoformat(),
        "sku": "A",
        "location": "S1",
        "channel": "store",
        "fulfilment_location": "S1",
        "quantity": 2,
        "net_value": 1.125,
        "list_value": 950,
        "promo_id": None,
    }
    return {**row, **changes}


def event(number=1, data=None, **changes):
    """A CloudEvent of a sale."""
    envelope = {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "tills/1",
        "type": "plenish.pos_sales",
        "data": sale(number) if data is None else data,
    }
    return {**envelope, **changes}


class Door:
    """A process that takes events in, and a client of it."""

    def __init__(self, data, seconds=300, limit=None):
        self.data, self.seconds, self.limit = data, seconds, limit
        self.log = data / "door.log"
        self.token = make_token(data, f"till {time.monotonic_ns()}", [])
        self.start()

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-m", "inventory_assets.cli.start", "events", "serve"]
        command += ["--port", str(self.port), "--seconds", str(self.seconds)]
        command += ["--data", str(self.data)]
        if self.limit:
            # No file grows beyond it, as on a full disk.
            command = ["prlimit", f"--fsize={self.limit}", *command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=PROJECT, stdout=log, stderr=log, env={**os.environ, **ZONE}
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask("GET", "/health")[0] == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def ask(self, method, path, body=None, headers=None):
        """Status, headers and JSON of an answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, path, body, headers or {})
            answer = line.getresponse()
            return answer.status, answer.headers, json.loads(answer.read() or "null")
        finally:
            line.close()

    def send(self, events, media_type=BATCH, **headers):
        """Status and content of the answer to events, or to a body as it is."""
        body = events if isinstance(events, bytes | str) else json.dumps(events)
        told = {"Authorization": f"Bearer {self.token}", "Content-Type": media_type, **headers}
        status, _, content = self.ask("POST", "/events", body, told)
        return status, content

    def run(self, *words):
        """A command about events, on the same data folder: its exit code and what it said."""
        command = [sys.executable, "-m", "inventory_assets.cli.start", "events", *words]
        command += ["--data", str(self.data)]
        found = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        return found.returncode, found.stdout.strip()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def receiving(data, **stated):
    """A receiver in this process."""
    receiver = Receiver(data, **{"seconds": 300, **stated})
    try:
        yield receiver
    finally:
        receiver.close()
