"""Tokens: which sender may bring events of which sources. Only their hashes are kept."""

import hmac
import json
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, Field, RootModel, ValidationError

from quality_checks.contracts import hash_token
from receiving.journal import FOLDER, write_durably
from receiving.rows import list_received_sources

_FILE: Final = "tokens.json"
_BYTES: Final = 32


class TokenError(Exception):
    """A token cannot be made, dropped or looked up, in words for the person who asked."""


class Sender(BaseModel):
    """Who holds a token.

    Attributes:
        token_hash: SHA-256 of it in hex; it is drawn from 2**256, so that no salt is needed.
        sources: landing sources that it may bring.
    """

    token_hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    sources: list[str]


class _Senders(RootModel[dict[str, Sender]]):
    """Every sender by name, as the file has them."""


def make_token(data: Path, name: str, sources: Collection[str]) -> str:
    """Make a token for a sender and keep its hash; the token itself is nowhere but in the answer.

    Args:
        data: the data folder.
        name: of the sender.
        sources: landing sources that it may bring; all that events may bring where none is named.

    Raises:
        TokenError: the name is taken, or no event may bring a source.
    """
    received = list_received_sources()
    if unknown := sorted(set(sources) - set(received)):
        raise TokenError(f"no event brings {', '.join(unknown)}; one of {', '.join(received)}")
    if not name.isprintable() or not name.strip():
        raise TokenError("a sender has a name that can be seen")
    token = secrets.token_urlsafe(_BYTES)
    with _change(data) as senders:
        if name in senders:
            raise TokenError(f"{name} has a token: revoke it first, or take another name")
        allowed = sorted(sources or received)
        senders[name] = Sender(token_hash=hash_token(token), sources=allowed)
    return token


def drop_token(data: Path, name: str) -> None:
    """Let a sender's token open the door no more, from the next request on.

    Raises:
        TokenError: there is no such sender.
    """
    with _change(data) as senders:
        if senders.pop(name, None) is None:
            known = ", ".join(sorted(senders)) or "nobody"
            raise TokenError(f"{name} has no token; {known} has")


def find_sender(data: Path, token: str) -> tuple[str, frozenset[str]] | None:
    """Name of the sender who holds a token and the sources that it may bring; None of none.

    Raises:
        TokenError: the file of tokens is damaged.
    """
    presented = hash_token(token)
    found = None
    # Every one is compared, so that the time tells nothing.
    for name, sender in _read_senders(data).items():
        if hmac.compare_digest(presented, sender.token_hash):
            found = name, frozenset(sender.sources)
    return found


def _read_senders(data: Path) -> dict[str, Sender]:
    path = data / FOLDER / _FILE
    if not path.exists():
        return {}
    try:
        return _Senders.model_validate_json(path.read_bytes()).root
    except ValidationError as error:
        raise TokenError(f"{path} is damaged: {error.error_count()} faults") from error


@contextmanager
def _change(data: Path) -> Iterator[dict[str, Sender]]:
    """Senders to be changed, which are written in the end; two who change them take turns."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / f".{_FILE}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        senders = _read_senders(data)
        yield senders
        stated = {name: senders[name].model_dump() for name in sorted(senders)}
        write_durably(folder / _FILE, json.dumps(stated, indent=2).encode() + b"\n")
