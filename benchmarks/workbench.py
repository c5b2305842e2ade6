"""Time the workbench over many actions: pages, filters and sorts, decisions one by one and at once.

The plan of a data folder is copied, its actions are repeated under new ids until there are enough,
and `plenish serve` answers. Each figure is of a whole answer over HTTP.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import product
from pathlib import Path
from statistics import median
from typing import TypedDict
from urllib.parse import urlencode

import polars as pl

from governance import Desk  # noqa: F401  # contracts ask it which kinds there are
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse

_PROJECT = Path(__file__).resolve().parent.parent
_START_SECONDS = 120
_SORTS = ("rank", "item_name", "due_on", "quantity", "value", "benefit", "confidence")
_FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"standing": "waiting"},
    {"kind": "purchase_change"},
    {"text": "black m"},
    {"standing": "waiting", "group": "supplier"},
)
_DECISIONS = 5
_AT_ONCE = 30


class Figures(TypedDict):
    """What the benchmark prints; times in seconds."""

    actions: int
    start: float
    first_page: float
    filter_or_sort_median: float
    filter_or_sort_most: float
    decision_median: float
    at_once: int
    at_once_first: float
    at_once_last: float


def measure(data: Path, actions: int) -> Figures:
    """Serve so many actions and time what people do.

    Args:
        data: a planned data folder; nothing in it is changed.
        actions: that the plan has.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = shutil.copytree(
            data, Path(folder) / "data", ignore=shutil.ignore_patterns("exports")
        )
        grown = _repeat_actions(root, actions)
        started = time.perf_counter()
        with _serve(root) as port:
            start = time.perf_counter() - started
            return _time(port, grown, start)


def _time(port: int, actions: int, start: float) -> Figures:
    client = _Client(port)
    first = client.get("/worklist")
    asked = [
        {**chosen, "sort": sort, "direction": way}
        for chosen, sort, way in product(_FILTERS, _SORTS, ("up", "down"))
    ]
    times = [client.get(f"/worklist?{urlencode(each)}") for each in asked]
    client.get("/worklist?standing=waiting&missing_roles=buyer&size=100")
    waiting = client.list_ids()
    single = [client.decide(action) for action in waiting[:_DECISIONS]]
    crowd = [_Client(port) for _ in range(_AT_ONCE)]
    for other in crowd:
        other.get("/worklist")
    theirs = waiting[_DECISIONS : _DECISIONS + _AT_ONCE]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        at_once = list(threads.map(_Client.decide, crowd, theirs))
    return Figures(
        actions=actions,
        start=start,
        first_page=first,
        filter_or_sort_median=median(times),
        filter_or_sort_most=max(times),
        decision_median=median(single),
        at_once=len(at_once),
        at_once_first=min(at_once),
        at_once_last=max(at_once),
    )


def _repeat_actions(root: Path, actions: int) -> int:
    """Repeat proposals and their routes under new ids, and count them; nothing has left."""
    warehouse = Warehouse(root / "warehouse" / "plenish.duckdb")
    day = warehouse.newest(CONTRACTS["plan_versions"])
    if day is None:
        raise LookupError(f"nothing is planned in {root}")
    known = warehouse.read(CONTRACTS["proposals"], day)["action_id"]
    copies = pl.DataFrame({"copy": range(actions // len(known) + 1)})
    again = known.to_frame().join(copies, how="cross")
    number = pl.concat_str("action_id", "copy").hash(7).cast(pl.String).str.zfill(24)
    first = pl.col("copy") == 0
    names = again.select(
        "action_id", again=pl.when(first).then("action_id").otherwise(number)
    ).unique("again", maintain_order=True)
    names = names.head(actions)
    for name in ("proposals", "routed"):
        rows = warehouse.read(CONTRACTS[name], day).join(names, on="action_id", how="inner")
        renamed = rows.with_columns(action_id="again").drop("again", "business_date")
        warehouse.write(CONTRACTS[name], day, renamed)
    for name in ("export_lines", "case_actions"):
        warehouse.write(CONTRACTS[name], day, CONTRACTS[name].empty().drop("business_date"))
    warehouse.publish_copy()
    warehouse.close()
    return names.height


@contextmanager
def _serve(root: Path) -> Iterator[int]:
    """The workbench on a free port, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "inventory_assets.cli.start", "serve", "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603  # our own command
        [*command, "--data", str(root)], cwd=_PROJECT, env=dict(os.environ)
    )
    try:
        end = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the workbench did not start")
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/health")
        return line.getresponse().status == 200  # noqa: PLR2004
    except OSError:
        return False
    finally:
        line.close()


class _Client:
    """A browser in which a buyer is signed on."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookie = ""
        self._page = ""
        self.get("/sign-on")
        self._post("/sign-on", {"name": "ann", "role": "buyer"})

    def get(self, path: str) -> float:
        """Load a page; gives the seconds that it took."""
        return self._ask("GET", path, None)

    def list_ids(self) -> list[str]:
        """Ids of the actions on the page."""
        return re.findall(r'name="selected" value="(\w+):', self._page)

    def decide(self, action: str) -> float:
        """Reject an action; gives the seconds that it took."""
        fields = {"decision": "reject", "role": "buyer", "reason": "measured", "key": action}
        codes = re.search(r'(?s)name="reason_code".*?</select>', self._page)
        code = re.search(r'option value="(\w+)"', codes[0]) if codes else None
        fields["reason_code"] = code[1] if code else ""
        plan = re.search(r'plan_words" value="([^"]+)', self._page)
        words = plan[1] if plan else ""
        seconds = self._post(
            "/worklist/decisions", {**fields, "plan_words": words, "selected": action}
        )
        if "1 recorded" not in self._page:
            raise RuntimeError("a decision was not recorded")
        return seconds

    def _post(self, path: str, fields: dict[str, str]) -> float:
        token = re.search(r'form_token" value="(\w+)', self._page)
        told = {"form_token": token[1] if token else "", **fields}
        return self._ask("POST", path, urlencode(told))

    def _ask(self, method: str, path: str, body: str | None) -> float:
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        line = HTTPConnection("127.0.0.1", self._port, timeout=600)
        started = time.perf_counter()
        line.request(method, path, body, headers)
        answer = line.getresponse()
        self._page = answer.read().decode() or self._page
        seconds = time.perf_counter() - started
        self._cookie = (answer.getheader("set-cookie") or self._cookie).split(";")[0]
        line.close()
        return seconds
