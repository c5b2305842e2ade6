"""The endpoint: takes requests, says what became of each event, and stops cleanly."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import uvicorn
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from receiving.connections import LONGEST_IDLE_SECONDS, ImpatientProtocol
from receiving.envelope import BATCH, SINGLE, TYPE_PREFIX, read_body, read_envelope
from receiving.journal import Accepted
from receiving.metrics import Metrics
from receiving.receiver import BusyError, ClosedError, Receiver
from receiving.rows import choose_business_date, list_received_sources, read_row
from receiving.tokens import TokenError, find_sender

MOST_BYTES: Final = 4_000_000
"""Of a request."""

MOST_EVENTS: Final = 5_000
"""Of a request."""

_LONGEST_BODY_SECONDS: Final = 30
_MOST_REQUESTS: Final = 64
"""With events that are in work at a time, from the head of a request to its answer."""

_MOST_CONNECTIONS: Final = 512
"""Idle ones included: well above the requests, and below the files that a process may open."""

_GRACE_SECONDS: Final = 20
_BUSY_SECONDS: Final = 1
_FULL_SECONDS: Final = 10

_log = logging.getLogger(__name__)


class RequestRefusedError(Exception):
    """A request of which nothing was taken.

    Attributes:
        status: of HTTP.
        headers: of the answer.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Refuse a request, with a message for the one who sent it."""
        super().__init__(message)
        self.status = status
        self.headers = headers


@dataclass
class _Sorted:
    """Events of a request: those to be taken, and why the others are not."""

    accepted: list[Accepted] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)


class _Door:
    """What answers requests for one data folder."""

    def __init__(self, data: Path, receiver: Receiver, clock: Callable[[], datetime]) -> None:
        self._data = data
        self._receiver = receiver
        self._clock = clock
        self._contracts = list_received_sources()
        self._metrics = Metrics(receiver)
        self._in_work = 0
        self.in_doubt = asyncio.Event()

    async def answer(self, request: Request) -> JSONResponse:
        """Take the events of a request, say of each what became of it, and count."""
        self._in_work += 1
        try:
            with self._metrics.wait.time():
                response = await self._answer(request)
        finally:
            self._in_work -= 1
        self._metrics.count_request(response.status_code)
        return response

    async def show_metrics(self, _: Request) -> Response:
        """What was counted, for Prometheus."""
        return Response(self._metrics.write_text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def _answer(self, request: Request) -> JSONResponse:
        try:
            allowed = self._find_allowed(request)
            self._refuse_if_full()
            media_type = _read_media_type(request)
            body = await _read_bounded(request)
            events = _read_events(body, media_type)
            found = self._sort(events, allowed)
            verdicts = await self._take(found.accepted)
            self._count(found, verdicts)
        except RequestRefusedError as error:
            told = {"message": str(error)}
            return JSONResponse(told, status_code=error.status, headers=error.headers)
        content: dict[str, Any] = {
            "taken": sum(verdicts),
            "repeated": len(verdicts) - sum(verdicts),
            "refused": found.refused,
        }
        return JSONResponse(content, status_code=422 if found.refused else 200)

    def _count(self, found: _Sorted, verdicts: list[bool]) -> None:
        for event, new in zip(found.accepted, verdicts, strict=True):
            self._metrics.count_taken(event.source, new=new)
        self._metrics.count_refused(len(found.refused))

    def _find_allowed(self, request: Request) -> frozenset[str]:
        """Sources that the sender of a request may bring."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            sender = find_sender(self._data, token) if scheme.lower() == "bearer" else None
        except TokenError as error:
            _log.error("%s", error)  # a person can mend it
            raise RequestRefusedError(503, "tokens cannot be read") from error
        if sender is None:
            challenge = {"WWW-Authenticate": "Bearer"}
            raise RequestRefusedError(401, "send a token: Authorization: Bearer ...", challenge)
        return sender[1]

    def _refuse_if_full(self) -> None:
        """Refuse the request where more than may be are in work, itself among them.

        One without a token is answered before it could wait for anything.
        """
        if self._in_work > _MOST_REQUESTS:
            wait = {"Retry-After": str(_BUSY_SECONDS)}
            words = f"{_MOST_REQUESTS} requests are in work: send again later"
            raise RequestRefusedError(503, words, wait)

    def _sort(self, events: list[Any], allowed: frozenset[str]) -> _Sorted:
        found = _Sorted()
        today = self._clock().date()
        for place, event in enumerate(events):
            try:
                found.accepted.append(self._read_event(event, allowed, today))
            except ValueError as error:
                named = event.get("id") if isinstance(event, dict) else None
                told = {"place": place, "id": named if isinstance(named, str) else None}
                found.refused.append({**told, "message": str(error)})
        return found

    def _read_event(self, event: object, allowed: frozenset[str], today: date) -> Accepted:
        """An event that may be taken.

        Raises:
            ValueError: says why it may not.
        """
        envelope = read_envelope(event)
        source = envelope.type.removeprefix(TYPE_PREFIX)
        contract = self._contracts.get(source)
        if contract is None or source == envelope.type:
            raise ValueError(f"type: {envelope.type!a} is none of {TYPE_PREFIX}<landing source>")
        if source not in allowed:
            raise ValueError(f"type: the token may not bring {source}")
        row = read_row(envelope.data, contract)
        day = choose_business_date(row, contract, today)
        return Accepted(envelope.source, envelope.id, source, day.isoformat(), row)

    async def _take(self, accepted: list[Accepted]) -> list[bool]:
        """Whether each event is new, once the disk has all of them."""
        try:
            return await asyncio.wrap_future(self._receiver.submit(accepted))
        except BusyError as error:
            wait = {"Retry-After": str(_BUSY_SECONDS)}
            raise RequestRefusedError(429, f"{error}: send again later", wait) from error
        except ClosedError as error:
            self.in_doubt.set()
            wait = {"Retry-After": str(_FULL_SECONDS)}
            words = "it is not known whether the disk has the events: send them again later"
            raise RequestRefusedError(503, words, wait) from error
        except OSError as error:
            wait = {"Retry-After": str(_FULL_SECONDS)}
            words = "the disk takes no events: send them again later"
            raise RequestRefusedError(503, words, wait) from error


def _read_media_type(request: Request) -> str:
    stated, _, parameters = request.headers.get("content-type", "").partition(";")
    media_type = stated.strip().lower()
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type not in {SINGLE, BATCH} or charset not in {"", "utf-8"}:
        words = f"send {SINGLE} or {BATCH}, in UTF-8"
        raise RequestRefusedError(415, words, {"Accept": f"{SINGLE}, {BATCH}"})
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise RequestRefusedError(415, "send the body as it is, without a content encoding")
    return media_type


async def _read_bounded(request: Request) -> bytes:
    """The body, of which no more is read than may be sent."""
    too_large = RequestRefusedError(413, f"send at most {MOST_BYTES:,} bytes at once")
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > MOST_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(_LONGEST_BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise too_large
    except TimeoutError as error:
        words = f"the body was not there within {_LONGEST_BODY_SECONDS} seconds"
        raise RequestRefusedError(408, words) from error
    except ClientDisconnect as error:
        raise RequestRefusedError(400, "the sender left") from error
    return bytes(body)


def _read_events(body: bytes, media_type: str) -> list[Any]:
    try:
        events = read_body(body, media_type)
    except ValueError as error:
        raise RequestRefusedError(400, str(error)) from error
    if len(events) > MOST_EVENTS:
        raise RequestRefusedError(413, f"send at most {MOST_EVENTS:,} events at once")
    return events


async def _say_alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def serve_events(
    data: Path, *, host: str, port: int, clock: Callable[[], datetime], seconds: float
) -> bool:
    """Take events in over HTTP until the process is told to stop.

    Args:
        data: the data folder.
        host: address to listen at.
        port: to listen at.
        clock: what the clocks of the retailer's time zone show.
        seconds: after which accepted events land.

    Returns:
        Whether it stopped because it was told to, and not because the disk is in doubt.

    Raises:
        BusyError: another process takes events in for the folder.
        OSError: the data folder cannot be written.
        ValueError: the journal is damaged.
    """
    receiver = Receiver(data, seconds=seconds)
    try:
        return asyncio.run(_serve(_Door(data, receiver, clock), host, port))
    finally:
        receiver.close()


async def _serve(door: _Door, host: str, port: int) -> bool:
    @asynccontextmanager
    async def watch(_: Starlette) -> AsyncIterator[None]:
        watcher = asyncio.create_task(_stop_in_doubt())
        yield
        watcher.cancel()

    async def _stop_in_doubt() -> None:
        await door.in_doubt.wait()
        server.should_exit = True

    routes = [
        Route("/events", door.answer, methods=["POST"]),
        Route("/metrics", door.show_metrics, methods=["GET"]),
        Route("/health", _say_alive, methods=["GET"]),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes, lifespan=watch),
        host=host,
        port=port,
        http=ImpatientProtocol,  # h11 bounds what comes before a body
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=LONGEST_IDLE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    # The server gives the signal that stopped it on to who was there before it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    await server.serve()
    return not door.in_doubt.is_set()
