"""The workbench on a free port of this machine, and clients as browsers and programs are."""

import html
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from simulated import PROJECT

from inventory_assets.cli.serve import furnish_office
from inventory_assets.premises import QuietPremises
from inventory_assets.project import read_clock
from workbench import Office, make_application

_START_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self):
        return json.loads(self.text)

    def find(self, pattern):
        """The first group of a pattern, unescaped."""
        found = re.search(pattern, self.text)
        assert found, f"{pattern} is not on the page:\n{self.text[:2000]}"
        return html.unescape(found[1])

    def find_all(self, pattern):
        return [html.unescape(found) for found in re.findall(pattern, self.text)]


@dataclass
class Client:
    """A browser that keeps its cookie, or a program that keeps none."""

    port: int
    headers: dict = field(default_factory=dict)
    page: Answer | None = None

    def ask(self, method, path, body=None, **headers):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.request(method, path, body, {**self.headers, **headers})
            got = line.getresponse()
            answer = Answer(got.status, got.headers, got.read().decode())
        finally:
            line.close()
        cookie = got.getheader("set-cookie")
        if cookie:
            self.headers["Cookie"] = cookie.split(";")[0]
        return answer

    def get(self, path, **headers):
        self.page = self.ask("GET", path, **headers)
        return self.page

    def post(self, path, fields, *, form_token=None):
        """Send a form; with the token of the page that was loaded last, unless another is given."""
        token = (
            form_token if form_token is not None else self.page.find(r'form_token" value="(\w+)')
        )
        body = urlencode({"form_token": token, **fields}, doseq=True)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.page = self.ask("POST", path, body, **form)
        return self.page

    def send(self, path, content, key="k" * 12, **headers):
        """Send JSON as a program does."""
        told = {"Content-Type": "application/json", "Idempotency-Key": key, **headers}
        return self.ask("POST", path, json.dumps(content, default=str), **told)


@dataclass(frozen=True)
class Served:
    """A workbench that answers."""

    port: int
    premises: QuietPremises
    office: Office

    def open(self, **headers) -> Client:
        """A client that has not signed on."""
        return Client(self.port, headers)

    def sign_on(self, name, role) -> Client:
        """A browser in which somebody has signed on by name."""
        return self._sign_on({"name": name, "role": role})

    def sign_on_by(self, token) -> Client:
        return self._sign_on({"token": token})

    def _sign_on(self, fields) -> Client:
        client = self.open()
        client.get("/sign-on")
        answer = client.post("/sign-on", fields)
        assert answer.status == 303, answer.text
        return client

    def program(self, token) -> Client:
        """A program that shows a token."""
        return self.open(Authorization=f"Bearer {token}")


@contextmanager
def serving(  # noqa: PLR0913  # what a workbench is given
    root: Path,
    *,
    is_local=True,
    hosts=frozenset(),
    told=None,
    clock=read_clock,
    rates=None,
    provider=None,
    policies=PROJECT / "data" / "policies",
) -> Iterator[Served]:
    """The workbench over a data folder, for as long as the body runs; `told` replaces tellers."""
    premises = QuietPremises(str(root), str(policies))
    office = furnish_office(premises, is_local=is_local, provider=provider)
    tellers = replace(office.tellers, **(told or {}))
    office = replace(office, tellers=tellers, clock=clock)
    application = make_application(office, hosts, rates)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(application, host="127.0.0.1", port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + _START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the workbench did not start"
        assert time.monotonic() < end, "the workbench did not start in time"
        time.sleep(0.02)
    try:
        yield Served(port, premises, office)
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        premises.close()
