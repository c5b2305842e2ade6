"""A signed head: the end of the audit chain at a moment, as one line of JSON.

    {"at":…,"hash":…,"key":…,"manifest":…,"sequence":…,"signature":…}

`signature` is the Ed25519 signature, in base64, of the other fields as JSON in UTF-8 with sorted
keys and no spaces. `manifest` is the SHA-256 of the manifest of the batch that the head seals;
missing where it seals none.
"""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, TypeAdapter, ValidationError

from governance.audit import Head, write_canonical
from governance.signed_heads.keys import name_key

_LAST_NUMBER: Final = 2**63 - 1
"""The highest that a database has for an event; no head of ours is beyond it."""


@dataclass(frozen=True)
class SignedHead:
    """A head, and what vouches for it.

    Attributes:
        sequence: number of the last event.
        hash: its hash.
        at: when the head was signed, ISO 8601.
        key: name of the public key that verifies the signature.
        manifest: SHA-256 of the manifest that it seals, in hex; None where it seals none.
        signature: in base64.
    """

    sequence: Annotated[int, Field(ge=0, le=_LAST_NUMBER)]
    hash: str
    at: str
    key: str
    manifest: str | None
    signature: str

    @classmethod
    def sign(
        cls, head: Head, at: datetime, key: Ed25519PrivateKey, manifest: str | None = None
    ) -> Self:
        """Sign a head, and the manifest of a batch where it seals one."""
        name = name_key(key.public_key())
        unsigned = cls(head.sequence, head.hash, at.isoformat(), name, manifest, signature="")
        signature = base64.b64encode(key.sign(unsigned.said)).decode()
        return cls(**{**asdict(unsigned), "signature": signature})

    @classmethod
    def parse(cls, line: bytes) -> Self | None:
        """The head that a line states; None where it states none."""
        try:
            return TypeAdapter(cls).validate_json(line)
        except ValidationError:
            return None

    @property
    def said(self) -> bytes:
        """What is signed."""
        stated = asdict(self)
        del stated["signature"]
        return write_canonical(stated).encode()

    @property
    def line(self) -> bytes:
        """The head as it is published."""
        return write_canonical(asdict(self)).encode() + b"\n"

    def find_fault(self, keys: Mapping[str, Ed25519PublicKey]) -> str:
        """Say why its signature does not vouch for it; empty where it does.

        Args:
            keys: public keys that are trusted, by name.
        """
        if self.key not in keys:
            return f"is signed with key {self.key}, which is none of {', '.join(keys) or 'none'}"
        try:
            keys[self.key].verify(base64.b64decode(self.signature, validate=True), self.said)
        # What is no base64, or holds letters of no known encoding, is a `ValueError`.
        except (InvalidSignature, ValueError):
            return "was altered: its signature does not fit"
        return ""
