"""Sends what waits in an outbox: signed, to addresses that may be sent to, and again where refused.

A receiver that has answered and of which that was not noted, as the process died, gets the message
again under the same id.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from governance.webhooks.outbox import Outbox, Waiting
from governance.webhooks.receivers import Receiver, Webhooks
from governance.webhooks.signing import sign_message

_SECONDS: Final = 10.0
_MOST_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Delivered:
    """What came of sending to a receiver.

    Attributes:
        receiver: its name.
        taken: messages that it took.
        fault: why it has not taken others; empty where it took all that was due.
    """

    receiver: str
    taken: int
    fault: str


class _FaultError(Exception):
    """A receiver takes nothing now; says why without its address."""


class _RefusedError(Exception):
    """A receiver answers and does not take this message; says why."""


class _Line(http.client.HTTPConnection):
    """A connection to an address that was looked at, whatever the name means a moment later."""

    def __init__(self, receiver: Receiver, address: tuple[str, int], seconds: float) -> None:
        host = receiver.address.hostname or ""
        super().__init__(host, receiver.address.port, timeout=seconds)
        self._address = address
        self._is_secure = receiver.address.scheme == "https"
        self._timer = threading.Timer(seconds, self._stop)
        self._timer.daemon = True
        self.is_late = False

    def connect(self) -> None:
        """Connect to the address, and hold the certificate against the name."""
        self._timer.start()
        self.sock = socket.create_connection(self._address, self.timeout)
        if self._is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        if self.is_late:
            raise TimeoutError

    def close(self) -> None:
        """Close it, late or not."""
        self._timer.cancel()
        super().close()

    def _stop(self) -> None:
        """End the exchange: a time limit of a socket starts anew with each byte that comes."""
        self.is_late = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def deliver_messages(
    outbox: Outbox,
    webhooks: Webhooks,
    keys: Mapping[str, bytes],
    clock: Callable[[], float] = time.time,
    *,
    seconds: float = _SECONDS,
) -> list[Delivered]:
    """Send what is due, to each receiver in turn until it does not answer.

    Args:
        outbox: that has the messages.
        webhooks: who is told.
        keys: receiver -> the key by which its messages are signed; who has none is sent nothing.
        clock: seconds since 1970.
        seconds: that an exchange may take, from the connection to the end of the answer's head.
    """
    return [
        _deliver_to(outbox, webhooks, receiver, keys[receiver.name], clock, seconds)
        for receiver in webhooks.receivers
        if receiver.name in keys
    ]


def _deliver_to(  # noqa: PLR0913, PLR0917  # what, to whom, how, and when
    outbox: Outbox,
    webhooks: Webhooks,
    receiver: Receiver,
    key: bytes,
    clock: Callable[[], float],
    seconds: float,
) -> Delivered:
    taken, fault = 0, ""
    for waiting in outbox.list_due(receiver.name, clock(), _MOST_AT_ONCE):
        try:
            _send(webhooks, receiver, waiting, key, int(clock()), seconds)
        except _RefusedError as error:
            fault = str(error)
            outbox.note_refused(receiver.name, waiting, fault, clock())
        except _FaultError as error:
            # One that is down is not asked again for each message, and gets them in order later.
            outbox.note_no_answer(receiver.name, str(error), clock())
            return Delivered(receiver.name, taken, str(error))
        else:
            outbox.note_taken(receiver.name, waiting)
            taken += 1
    return Delivered(receiver.name, taken, fault)


def _send(  # noqa: PLR0913, PLR0917  # what, to whom, how, and when
    webhooks: Webhooks, receiver: Receiver, waiting: Waiting, key: bytes, at: int, seconds: float
) -> None:
    """Send a message.

    Raises:
        _FaultError: the receiver does not answer, or takes nothing now.
        _RefusedError: it does not take the message.
    """
    parts = receiver.address
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "plenish",
        **sign_message(waiting.message_id, waiting.body, key, at),
    }
    line = _Line(receiver, _find_address(webhooks, receiver), seconds)
    try:
        line.request("POST", path, waiting.body, headers)
        status = line.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        name = TimeoutError.__name__ if line.is_late else type(error).__name__
        raise _FaultError(f"it does not answer: {name}") from error
    finally:
        line.close()
    if line.is_late:
        raise _FaultError(f"it does not answer: {TimeoutError.__name__}")
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    words = f"it answers {status}"
    if _is_of_message(status):
        raise _RefusedError(words)
    # A redirection is not followed: it may lead anywhere.
    raise _FaultError(words)


def _is_of_message(status: int) -> bool:
    """Whether an answer says that a message is at fault, and nothing of those after it."""
    is_of_client = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return is_of_client and status != HTTPStatus.TOO_MANY_REQUESTS


def _find_address(webhooks: Webhooks, receiver: Receiver) -> tuple[str, int]:
    """The address that the name of a receiver comes to, where that may be sent to.

    Raises:
        _FaultError: it comes to none, or one of them is of this network.
    """
    parts = receiver.address
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise _FaultError("its name comes to no address") from error
    addresses = [str(one[4][0]) for one in found]
    if not all(webhooks.may_reach(receiver, address) for address in addresses):
        raise _FaultError("its name comes to an address of this network: see internal_hosts")
    return addresses[0], port
