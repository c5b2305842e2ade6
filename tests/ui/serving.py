"""A Dagster instance of its own in a folder, and `dagster dev` on it."""

import http.client
import os
import re
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


def environment(folder: Path) -> dict[str, str]:
    """Environment of commands that work in `folder`: its data/, and its dagster/ for the instance.

    The instance is the project's own, with every base folder moved below `folder`.
    """
    home = folder / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    ours = (PROJECT / "dagster.yaml").read_text()
    moved, places = re.subn(r"(base_dir:).*", rf"\1 {home / 'storage'}", ours)
    assert places == ours.count("base_dir"), "a base folder was not moved"
    (home / "dagster.yaml").write_text(moved)
    here = {"DAGSTER_HOME": str(home), "PLENISH_DATA": str(folder / "data")}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PLENISH_")}
    return inherited | here


def plenish(arguments: list[str], env: Mapping[str, str]) -> str:
    """Run a `plenish` command and give what it prints."""
    command = [sys.executable, "-m", "inventory_assets.cli.app", *arguments]
    done = subprocess.run(
        command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, f"plenish {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


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
