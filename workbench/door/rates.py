"""How many requests a caller may make: so many at once, then so many a second."""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from typing import Final

from starlette.datastructures import Headers, State
from starlette.responses import JSONResponse
from starlette.status import HTTP_401_UNAUTHORIZED
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_AT_ONCE: Final = 300
_PER_SECOND: Final = 20.0
_ADMITTED: Final = "is_admitted"
_MOST_CALLERS: Final = 10_000
"""Callers that are remembered; the ones longest silent give way."""


def record_admittance(state: State) -> None:
    """Note of a request that the token that it shows has let somebody in.

    Args:
        state: of the request.
    """
    setattr(state, _ADMITTED, True)


class Rates:
    """What each caller has left, by a bucket that fills up again as time goes by.

    Args:
        at_once: requests that somebody may make who was silent.
        per_second: requests that come back to him in a second.
    """

    def __init__(self, at_once: int = _AT_ONCE, per_second: float = _PER_SECOND) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, caller: str, at: float) -> float:
        """Take one request of a caller; gives the seconds to wait for one where none is left.

        Args:
            caller: who.
            at: seconds of a clock that never goes back.
        """
        with self._lock:
            left, since = self._left.pop(caller, (float(self._at_once), at))
            left = min(float(self._at_once), left + (at - since) * self._per_second)
            is_let_in = left >= 1
            self._left[caller] = (left - 1 if is_let_in else left, at)
            while len(self._left) > _MOST_CALLERS:
                self._left.popitem(last=False)
        return 0.0 if is_let_in else (1 - left) / self._per_second


class RateLimit:
    """Refuses programs that ask for too much at once, each by his token or else his address.

    A token has a share of its own once it has let somebody in: until then it takes of that of the
    address, so that invented tokens give nobody more, whatever they are shown to.

    Args:
        app: what is guarded.
        paths: beginnings of the paths that are limited.
        rates: what each caller has left.
    """

    def __init__(self, app: ASGIApp, paths: tuple[str, ...], rates: Rates) -> None:
        self._app = app
        self._paths = paths
        self._rates = rates
        self._good: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._paths):
            await self._app(scope, receive, send)
            return
        token = _hash_header(Headers(scope=scope).get("authorization", ""))
        address = scope["client"][0] if scope.get("client") else ""
        wait = self._rates.take(token if token in self._good else address, time.monotonic())
        if wait:
            words = f"That is too many requests: wait {math.ceil(wait)} s."
            headers = {"Retry-After": str(math.ceil(wait))}
            refusal = JSONResponse({"message": words}, status_code=429, headers=headers)
            await refusal(scope, receive, send)
            return

        scope.setdefault("state", {})

        async def send_noting(message: Message) -> None:
            if token and message["type"] == "http.response.start":
                is_refused = message["status"] == HTTP_401_UNAUTHORIZED
                if is_refused or scope["state"].get(_ADMITTED):
                    self._note(token, is_good=not is_refused)
            await send(message)

        await self._app(scope, receive, send_noting)

    def _note(self, token: str, *, is_good: bool) -> None:
        self._good.pop(token, None)
        if is_good:
            self._good[token] = None
        while len(self._good) > _MOST_CALLERS:
            self._good.popitem(last=False)


def _hash_header(header: str) -> str:
    """What a token is remembered by; nothing where there is none."""
    return hashlib.sha256(header.encode()).hexdigest() if header else ""
