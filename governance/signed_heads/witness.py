"""`Witness`: signs the head of a store's chain, publishes it, and holds the chain against it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from governance.audit import Head
from governance.exchange import read_seals
from governance.signed_heads.heads import SignedHead
from governance.signed_heads.keys import (
    KeyFileError,
    is_open_to_others,
    load_signing_key,
    name_key,
    name_public_file,
    read_public_keys,
)
from governance.signed_heads.place import (
    add_head,
    find_last_head,
    name_heads_file,
    read_heads,
)
from governance.store import Store

SIGNING_KEY_MADE: Final = "signing_key_made"
"""Kind of the event of a new key: its name and its public half, in hex."""


@dataclass(frozen=True)
class Publication:
    """How far published heads reach.

    Attributes:
        events: events of the chain.
        at_place: heads at the place.
        in_batches: heads that seal batches.
        reach: number of the last event that a published head vouches for; 0 where none does.
        faults: where the chain is not what was published, in words.
    """

    events: int
    at_place: int
    in_batches: int
    reach: int
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Witness:
    """Signs and publishes heads of one store's chain.

    Attributes:
        store: whose chain it is.
        key_file: the private key; made at first use.
        place: file or folder of published heads.
        makes_place: whether it is made where it is missing; one that the operator named is not.
    """

    store: Store
    key_file: Path
    place: Path
    makes_place: bool = False

    @property
    def public_key(self) -> str:
        """The public keys of heads, the newest last, as PEM."""
        return name_public_file(self.key_file).read_text().rstrip()

    @property
    def has_key(self) -> bool:
        """Whether there is a key to sign with; who only looks makes none."""
        return self.key_file.exists()

    @property
    def heads_file(self) -> Path:
        """The file of published heads."""
        return name_heads_file(self.place)

    def seal(self, manifest: str, at: datetime) -> bytes | None:
        """Publish the head, and sign it with the hash of a manifest: the seal of a batch.

        None where there is no key, which `publish` says: what is approved leaves all the same.
        """
        # First, so that the place has every head that a batch has, also where this process dies.
        self.publish(at)
        try:
            key = self._load_key(at)
        except (KeyFileError, OSError):
            return None
        return SignedHead.sign(self.store.head(), at, key, manifest).line

    def publish(self, at: datetime) -> str:
        """Publish the head, unless it is; says why it could not be, or nothing where it was.

        What is recorded stays recorded: the next head that is published vouches for it, too.
        """
        try:
            key = self._load_key(at)
            head = self.store.head()
            if head.sequence and head != self._find_last_head(key.public_key()):
                signed = SignedHead.sign(head, at, key)
                add_head(self.place, signed, makes=self.makes_place)
        except (KeyFileError, OSError) as error:
            return f"the head of the audit chain could not be published: {error}"
        return ""

    def inspect(
        self, seals: Mapping[str, tuple[bytes, str]], public_keys: Iterable[Path] = ()
    ) -> Publication:
        """Hold the chain against all heads that were published.

        Args:
            seals: of each batch on disk, by its folder: its seal as it stands there, and the
                SHA-256 of its manifest.
            public_keys: files of the public keys that are trusted; those beside the private key
                by default, which prove nothing to who does not trust that folder.

        Raises:
            KeyFileError: a file of public keys cannot be used.
        """
        at_place = {
            f"head {number} of {self.heads_file}": head
            for number, head in enumerate(read_heads(self.place), start=1)
        }
        read = {name: SignedHead.parse(seal) for name, (seal, _) in seals.items()}
        sealing = {f"seal of batch {name}": head for name, head in read.items() if head}
        heads = {**at_place, **sealing}
        faults = [
            *_find_other_seals(read, {name: manifest for name, (_, manifest) in seals.items()}),
            *self._find_faults(heads, self._trusted(public_keys)),
            *self._find_lacks(at_place, sealing),
        ]
        reach = max((head.sequence for head in heads.values()), default=0)
        events = self.store.head().sequence
        return Publication(events, len(at_place), len(sealing), min(reach, events), tuple(faults))

    def find_faults(self, exports_root: Path) -> list[str]:
        """Say where the chain is not what was published, or why nobody can tell; never raises.

        Args:
            exports_root: folder of all batches, whose seals are read; it need not exist yet.
        """
        try:
            return list(self.inspect(read_seals(exports_root)).faults)
        except (KeyFileError, OSError) as error:
            return [f"published heads could not be verified: {error}"]

    def _trusted(self, public_keys: Iterable[Path]) -> dict[str, Ed25519PublicKey]:
        named, own = list(public_keys), name_public_file(self.key_file)
        if named:
            return read_public_keys(named)
        return read_public_keys([own]) if own.exists() else {}

    def _find_faults(
        self, heads: Mapping[str, SignedHead], keys: Mapping[str, Ed25519PublicKey]
    ) -> Iterator[str]:
        """Heads that are not signed as they should be, or that the chain does not hold."""
        faults = {name: head.find_fault(keys) for name, head in heads.items()}
        # What is not signed is no head: it is asked for nowhere.
        signed = [head.sequence for name, head in heads.items() if not faults[name]]
        hashes, end = self.store.hashes(signed), self.store.head().sequence
        for name, head in heads.items():
            what = f"event {head.sequence} of {head.at}"
            if faults[name]:
                yield f"{name} {faults[name]}"
            elif head.sequence > end:
                yield f"{name} vouches for {what}, but the chain ends at event {end}"
            elif head.sequence and hashes.get(head.sequence) != head.hash:
                yield f"{name} vouches for {what}, but the chain has another one there"

    def _find_lacks(
        self, at_place: Mapping[str, SignedHead], sealing: Mapping[str, SignedHead]
    ) -> Iterator[str]:
        """What is open to others, or is missing at the place."""
        if is_open_to_others(self.key_file):
            yield f"{self.key_file} may be read by others: chmod 600, and trust no head of it"
        last = max((head.sequence for head in at_place.values()), default=0)
        newest = max((head.sequence for head in sealing.values()), default=0)
        where = self.heads_file
        if last < newest:
            yield f"{where} ends at event {last}, but a batch is sealed at event {newest}"
        elif not at_place and self.store.head().sequence:
            yield f"no head was ever published at {where}: the next decision or export does"

    def _find_last_head(self, key: Ed25519PublicKey) -> Head | None:
        """The head that a key has signed last at the place; a line that anybody may write is none.

        Raises:
            OSError: the place cannot be read.
        """
        ours = {name_key(key): key}
        last = find_last_head(self.place, lambda head: not head.find_fault(ours))
        return None if last is None else Head(last.sequence, last.hash)

    def _load_key(self, at: datetime) -> Ed25519PrivateKey:
        key, made = load_signing_key(self.key_file)
        if made:
            public = key.public_key()
            facts = {"key": name_key(public), "public_key": public.public_bytes_raw().hex()}
            self.store.append_event(SIGNING_KEY_MADE, facts, at)
        return key


def _find_other_seals(
    seals: Mapping[str, SignedHead | None], manifests: Mapping[str, str]
) -> Iterator[str]:
    """Batches, by folder, whose seal is none, or is that of another manifest."""
    for name, head in seals.items():
        if head is None:
            yield f"seal of batch {name} cannot be read"
        elif head.manifest != manifests[name]:
            yield f"batch {name}: its seal is of another manifest"
