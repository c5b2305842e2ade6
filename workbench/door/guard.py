"""What stands before every route: whom a request must name, how large it may be, and headers."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GUARDED_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)
"""Headers of every answer."""

_MOST_BYTES: Final = 1_000_000
"""Of a request: some hundred decisions with their reasons."""

_MOST_BYTES_OF_A_SHEET: Final = 20_000_000
_SHEETS: Final = "/worklist/sheet"
"""Where worklists that are filled in come back, of a hundred thousand rows."""


class Guard:
    """Refuses requests for another host and such that are too large, and adds headers to answers.

    Args:
        app: what is guarded.
        hosts: names by which the workbench is reached; any where none is given. A page from
            elsewhere that resolves its own name to this machine is refused by them.
        say_broken: answers a request on which what is guarded broke.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[str],
        say_broken: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._say_broken = say_broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        has_begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in GUARDED_HEADERS.items():
                    headers[name] = value
                # Plans are for those who signed on, also on a shared machine.
                is_static = scope["path"].startswith("/static/")
                headers.setdefault("Cache-Control", "no-cache" if is_static else "no-store")
            await send(message)

        most = _MOST_BYTES_OF_A_SHEET if scope["path"] == _SHEETS else _MOST_BYTES
        refusal = self._refuse(Headers(scope=scope), most)
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, _bound(receive, most), send_guarded)
        except Exception as error:
            if has_begun:
                raise
            # Within, so that this answer has the headers, too.
            answer = await self._say_broken(Request(scope), error)
            await answer(scope, receive, send_guarded)

    def _refuse(self, headers: Headers, most: int) -> PlainTextResponse | None:
        host = headers.get("host", "").rsplit(":", 1)
        name = host[0] if host[-1].isdecimal() else ":".join(host)
        if self._hosts and name not in self._hosts:
            return PlainTextResponse("This is not the name of the workbench.", status_code=400)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            return PlainTextResponse(_say_too_large(most), status_code=413)
        return None


def _say_too_large(most: int) -> str:
    return f"Send at most {most:,} bytes."


def _bound(receive: Receive, most: int) -> Receive:
    """Reads a body that states no length only as far as it may go.

    Raises:
        HTTPException: it goes on.
    """
    read = 0

    async def receive_bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise HTTPException(413, _say_too_large(most))
        return message

    return receive_bounded
