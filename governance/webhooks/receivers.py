"""Who is told: `webhooks/webhooks.yaml` of the data folder, with secrets that stand elsewhere."""

import base64
import binascii
from collections.abc import Mapping
from ipaddress import IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, model_validator

from governance.policy_files import PolicyError, load_model
from governance.webhooks.messages import MESSAGE_KINDS
from quality_checks.contracts import PolicyModel

_PREFIX: Final = "whsec_"
_TRANSLATED: Final = tuple(
    IPv6Network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")
)
"""NAT64 and 6to4: behind each address is one of IPv4, which may be of this network."""
_LEAST_BYTES, _MOST_BYTES = 24, 64


class SecretPlace(PolicyModel):
    """Where a secret is: a variable of the environment, or a file."""

    env: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    file: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "SecretPlace":
        if (self.env is None) == (self.file is None):
            raise ValueError("state `env` or `file`")
        return self


class Receiver(PolicyModel):
    """A system that is told.

    Attributes:
        name: by which it is spoken of.
        url: that messages are sent to.
        secret: where the key is by which they are signed.
        kinds: of messages; all where none is named.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    url: str = Field(max_length=2000)
    secret: SecretPlace
    kinds: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @property
    def address(self) -> SplitResult:
        """The parts of its URL."""
        return urlsplit(self.url)

    def wants(self, kind: str) -> bool:
        """Whether it is told messages of a kind."""
        return not self.kinds or kind in self.kinds

    @model_validator(mode="after")
    def _is_known(self) -> "Receiver":
        if unknown := sorted({*self.kinds} - {*MESSAGE_KINDS}):
            raise ValueError(f"there is no kind {unknown[0]!r}; kinds: {', '.join(MESSAGE_KINDS)}")
        try:
            parts = self.address
            # Both are looked at as they are read.
            _ = parts.port, (parts.hostname or "").encode("idna")
        except ValueError as error:
            raise ValueError(f"url: cannot be called: {error}") from error
        said = parts.path + parts.query
        if not (said.isascii() and self.url.isprintable()) or " " in self.url:
            raise ValueError("url: write what is no ASCII in its path as %C3%BC, a space as %20")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url: an https address with a host")
        if parts.username or parts.password or parts.fragment:
            raise ValueError("url: names and passwords have no place in it")
        return self


class Webhooks(PolicyModel):
    """Everybody who is told.

    Attributes:
        receivers: each of them.
        internal_hosts: names or addresses of this network that may be sent to, by http, too; all
            others take https and an address of the internet.
    """

    receivers: Annotated[tuple[Receiver, ...], Field(strict=False, max_length=50)]
    internal_hosts: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _may_be_sent_to(self) -> "Webhooks":
        names = [receiver.name for receiver in self.receivers]
        if len({*names}) < len(names):
            raise ValueError("two receivers have one name")
        for receiver in self.receivers:
            if receiver.address.scheme == "http" and not self.is_internal(receiver):
                raise ValueError(
                    f"{receiver.name}: http goes to hosts of `internal_hosts` alone: use https"
                )
        return self

    def is_internal(self, receiver: Receiver) -> bool:
        """Whether a receiver may be of this network."""
        return receiver.address.hostname in self.internal_hosts

    def may_reach(self, receiver: Receiver, address: str) -> bool:
        """Whether a receiver may be sent to at an address that its name has come to."""
        found = ip_address(address)
        return self.is_internal(receiver) or (
            found.is_global and not any(found in network for network in _TRANSLATED)
        )


def load_webhooks(path: Path) -> Webhooks:
    """Who is told, as a file says.

    Raises:
        PolicyError: it is missing or at fault; names file, line and field.
    """
    return load_model(path, Webhooks)


def read_secret(receiver: Receiver, environment: Mapping[str, str]) -> bytes:
    """The key by which messages to a receiver are signed.

    Args:
        receiver: who is told.
        environment: variables.

    Raises:
        PolicyError: it is not there, or is no key; says so without the key.
    """
    place = receiver.secret
    where = f"${place.env}" if place.env else str(place.file)
    try:
        text = environment[place.env] if place.env else Path(str(place.file)).read_text("utf-8")
    except (KeyError, OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"webhook {receiver.name}: there is no secret at {where}") from error
    words = (
        f"webhook {receiver.name}: the secret at {where} is not `{_PREFIX}` and {_LEAST_BYTES} to "
        f"{_MOST_BYTES} bytes in base64"
    )
    told = text.strip()
    try:
        key = base64.b64decode(told.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise PolicyError(words) from error
    if not told.startswith(_PREFIX) or not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise PolicyError(words)
    return key
