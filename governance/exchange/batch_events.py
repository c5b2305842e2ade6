"""Batches on disk held against the events that tell of them.

The folder of a batch appears at once, and its event is written after it: a process that dies in
between has handed lines out without an event. So whoever exports, or looks at the audit chain,
first writes the events that are missing.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from governance.audit import Payload
from governance.exchange.batch import MANIFEST, SEAL, BatchError, Manifest
from governance.store import Store

BATCH_EXPORTED: Final = "batch_exported"
"""Kind of the event of a batch: its folder below the exports, how many lines it has, and the hashes
of its manifest and of its seal; of a batch of an older version folder and lines alone."""


def record_batches(exports_root: Path, store: Store, at: datetime) -> list[str]:
    """Append an event for every batch on disk that has none; gives their folders.

    A batch whose manifest cannot be read is left out; `find_batch_faults` names it.

    Args:
        exports_root: folder of all batches; it need not exist yet.
        store: whose chain the events come into.
        at: when they are recorded, local wall-clock time.
    """
    told = {payload["folder"] for payload in store.payloads(BATCH_EXPORTED)}
    recorded = []
    for folder, facts in _read_facts(exports_root).items():
        if folder in told or isinstance(facts, BatchError):
            continue
        # Two processes that look at once tell the same of it.
        if store.append_event(BATCH_EXPORTED, facts, at, once=True) is not None:
            recorded.append(folder)
    return recorded


def find_batch_faults(exports_root: Path, store: Store) -> list[str]:
    """Say where batches on disk and the events that tell of them differ; empty where nowhere.

    Args:
        exports_root: folder of all batches; it need not exist yet.
        store: whose chain has the events.
    """
    on_disk = _read_facts(exports_root)
    faults = [str(facts) for facts in on_disk.values() if isinstance(facts, BatchError)]
    told = [dict(payload) for payload in store.payloads(BATCH_EXPORTED)]
    for payload in told:
        facts = on_disk.get(str(payload["folder"]))
        if not isinstance(facts, BatchError):
            faults += _compare(payload, facts)
    recorded = {payload["folder"] for payload in told}
    faults += [
        f"batch {folder}: on disk, but no event recorded it"
        for folder in on_disk
        if folder not in recorded
    ]
    return sorted(faults)


def read_seals(exports_root: Path) -> dict[str, tuple[bytes, str]]:
    """Read the seals of batches on disk, each with the SHA-256 of the manifest beside it.

    Args:
        exports_root: folder of all batches; it need not exist yet.

    Returns:
        Folder of the batch below the exports -> its seal, and the hash in hex; batches without a
        seal or a manifest are left out.
    """
    found = {}
    for path in _list_batches(exports_root):
        seal, manifest = path / SEAL, path / MANIFEST
        if seal.exists() and manifest.exists():
            found[_name(path)] = (seal.read_bytes(), _hash(manifest.read_bytes()))
    return found


def _compare(payload: Payload, facts: Payload | None) -> Iterator[str]:
    """What an event says of a batch against what is on disk; facts are missing where it is gone."""
    batch, lines = f"batch {payload['folder']}", payload["lines"]
    if facts is None:
        yield f"{batch}: recorded with {lines} lines, but not on disk"
    elif facts["lines"] != lines:
        yield f"{batch}: recorded with {lines} lines, but {facts['lines']} on disk"
    else:
        yield from (
            f"{batch}: its {name} is not the one that was recorded"
            for name in ("manifest", "seal")
            if name in payload and payload[name] != facts[name]
        )


def _list_batches(exports_root: Path) -> list[Path]:
    return sorted(exports_root.glob("[0-9]*-[0-9]*-[0-9]*/[0-9]*"))


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_facts(exports_root: Path) -> dict[str, Payload | BatchError]:
    """What the event of every batch on disk says, by folder; the error of a damaged one."""
    found: dict[str, Payload | BatchError] = {}
    for path in _list_batches(exports_root):
        try:
            found[_name(path)] = _state_facts(path)
        except BatchError as error:
            found[_name(path)] = error
    return found


def _state_facts(path: Path) -> Payload:
    """What the event of a batch says."""
    manifest, seal = path / MANIFEST, path / SEAL
    try:
        content = manifest.read_bytes()
    except OSError as error:
        raise BatchError(f"{manifest}: field content: cannot be read: {error.strerror}") from error
    # Each kind has its lines in every format.
    rows = {entry.kind: entry.rows for entry in Manifest.parse(content, str(manifest)).files}
    return {
        "folder": _name(path),
        "lines": sum(rows.values()),
        "manifest": _hash(content),
        "seal": _hash(seal.read_bytes()) if seal.exists() else None,
    }
