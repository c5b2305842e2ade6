"""The operator's key: an Ed25519 key pair in two PEM files, which any other tool can read, too.

The private key is made at first use, for its owner only. The public key lies beside it as `.pub`,
to be handed to whoever verifies; keys that come after it are added to that file, so that heads
signed by an earlier one can still be verified.
"""

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_NAME_LENGTH: Final = 16
_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----\n?", re.DOTALL)


class KeyFileError(ValueError):
    """A file that holds no key of ours; the message names it."""


def load_signing_key(path: Path) -> tuple[Ed25519PrivateKey, bool]:
    """Read the private key at `path`, made there where none is; says whether it was made.

    Raises:
        KeyFileError: the file holds no Ed25519 key.
        OSError: it cannot be read or made.
    """
    made = _make_key(path) if not path.exists() else False
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} holds no key that can be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds a key of another kind than Ed25519")
    _publish_key(key.public_key(), name_public_file(path))
    return key, made


def name_public_file(path: Path) -> Path:
    """Where the public keys of the private key at `path` lie."""
    return path.with_suffix(".pub")


def read_public_keys(paths: Iterable[Path]) -> dict[str, Ed25519PublicKey]:
    """Read the public keys in files, by name; a file may hold several.

    Raises:
        KeyFileError: a file cannot be read, or holds no Ed25519 key.
    """
    keys: dict[str, Ed25519PublicKey] = {}
    for path in paths:
        try:
            found = [serialization.load_pem_public_key(pem) for pem in _PEM.findall(_read(path))]
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyFileError(f"{path} holds no key that can be read: {error}") from error
        ours = [key for key in found if isinstance(key, Ed25519PublicKey)]
        if not ours:
            raise KeyFileError(f"{path} holds no public key of the kind Ed25519")
        keys |= {name_key(key): key for key in ours}
    return keys


def name_key(key: Ed25519PublicKey) -> str:
    """Name of a public key: the first digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:_NAME_LENGTH]


def is_open_to_others(path: Path) -> bool:
    """Whether others than its owner may read or write a file; False where it is not there."""
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _make_key(path: Path) -> bool:
    """Make a key, whole or not at all; False where another process was first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    # Made for its owner only (mode 0600), and linked to its name once it is on the disk.
    descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  # a descriptor is no path
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)
    except FileExistsError:
        return False
    finally:
        Path(partial).unlink()
    return True


def _publish_key(key: Ed25519PublicKey, path: Path) -> None:
    """Add a public key to the file of those that were signed with."""
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    if not path.exists() or pem not in path.read_bytes():
        with path.open("ab") as file:
            file.write(pem)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from error
