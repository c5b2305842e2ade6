"""Connections that send no request are left, so that idle ones do not add up at the door."""

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

LONGEST_IDLE_SECONDS: Final = 5
"""From a connection, or the answer before, until the head of a request is there."""


class ImpatientProtocol(H11Protocol):
    """HTTP that leaves whoever has no request in work for too long.

    The server itself waits without end for a first request, and for the rest of a head.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request from now on."""
        super().connection_made(transport)
        self._wait_anew()

    def on_response_complete(self) -> None:
        """Wait for the next request from now on."""
        self._wait_anew()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_anew(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(LONGEST_IDLE_SECONDS, self._leave_if_idle)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    def _leave_if_idle(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
