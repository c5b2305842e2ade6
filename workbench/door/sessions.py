"""Sessions of browsers: a signed cookie names one, and what it stands for never leaves the process.

They end with the process, after some hours, or when somebody signs off.
"""

import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workbench.door.visitors import SESSION_LASTS, Visitor

COOKIE: Final = "plenish_session"
_BYTES: Final = 32
_MOST: Final = 10_000
"""Sessions that are kept; the oldest give way."""


@dataclass(frozen=True)
class _Session:
    """Who signed on, and until when that holds."""

    visitor: Visitor
    until: datetime


class Sessions:
    """Who is signed on in which browser."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(_BYTES)
        self._open: dict[str, _Session] = {}
        self._lock = threading.Lock()

    def make_name(self) -> str:
        """A name for a browser that has none yet."""
        return secrets.token_urlsafe(_BYTES)

    def sign(self, name: str) -> str:
        """The cookie of a browser's name."""
        return f"{name}.{self._seal('cookie', name)}"

    def read(self, cookie: str) -> str | None:
        """The name in a cookie; None where it was not signed here."""
        name, _, seal = cookie.rpartition(".")
        sound = hmac.compare_digest(seal.encode(), self._seal("cookie", name).encode())
        return name if sound and name else None

    def make_form_token(self, name: str) -> str:
        """What a form of a browser must send back, which no other page can know."""
        return self._seal("form", name)

    def is_form_token(self, name: str, sent: str) -> bool:
        """Whether a form was made for this browser."""
        return hmac.compare_digest(sent.encode(), self.make_form_token(name).encode())

    def open(self, visitor: Visitor, at: datetime) -> str:
        """Sign somebody on under a new name of his browser, and give it."""
        name = self.make_name()
        with self._lock:
            while len(self._open) >= _MOST:
                self._open.pop(next(iter(self._open)))
            self._open[name] = _Session(visitor, at + SESSION_LASTS)
        return name

    def find(self, name: str, at: datetime) -> Visitor | None:
        """Who is signed on in a browser; None where nobody is."""
        with self._lock:
            session = self._open.get(name)
            if session is not None and session.until <= at:
                del self._open[name]
                return None
        return None if session is None else session.visitor

    def close(self, name: str) -> None:
        """Sign a browser off."""
        with self._lock:
            self._open.pop(name, None)

    def _seal(self, use: str, name: str) -> str:
        return hmac.new(self._key, f"{use}:{name}".encode(), "sha256").hexdigest()
