"""`dagster dev` of an environment, for as long as a test looks at it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

_START_SECONDS = 120
_STOP_SECONDS = 15
_POLL_SECONDS = 0.5


@contextmanager
def dagster_dev(env: Mapping[str, str], log: Path) -> Iterator[str]:
    """Web UI and daemon on a free port, for as long as the body runs; gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            restore_signals=True,
            preexec_fn=_listen_to_signals,  # noqa: PLW1509  # no threads of ours run here
        )
    try:
        _wait_until_served(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        _stop(server)


def _listen_to_signals() -> None:
    """A background process of a script inherits ignored signals, and would never stop."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _wait_until_served(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; `dagster dev` says "Serving" also when it does not."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/server_info")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(_POLL_SECONDS)
    raise AssertionError(f"dagster dev did not come up:\n{log.read_text()[-3000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and every process it started: code servers, daemon, runs."""
    for number, patience in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGKILL, _STOP_SECONDS)):
        try:
            os.killpg(server.pid, number)
            server.wait(patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
