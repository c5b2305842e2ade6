"""Batches on disk held against the events that tell of them.

The folder of a batch appears at once, and its event is written after it: a process that dies in
between has handed lines out without an event. So whoever exports, or looks at the audit chain,
first writes the events that are missing.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from governance.audit import Payload
from governance.exchange.batch import MANIFEST, BatchError, Manifest
from governance.store import Store

BATCH_EXPORTED: Final = "batch_exported"
"""Kind of the event of a batch: its folder below the exports, and how many lines it has."""


def record_batches(exports_root: Path, store: Store, at: datetime) -> list[str]:
    """Append an event for every batch on disk that has none; gives their folders.

    A batch whose manifest cannot be read is left out; `find_batch_faults` names it.

    Args:
        exports_root: folder of all batches; it need not exist yet.
        store: whose chain the events come into.
        at: when they are recorded, local wall-clock time.
    """
    recorded = []
    for folder, facts in _read_facts(exports_root).items():
        if isinstance(facts, BatchError):
            continue
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
        folder, lines = str(payload["folder"]), payload["lines"]
        facts = on_disk.get(folder)
        if facts is None:
            faults.append(f"batch {folder}: recorded with {lines} lines, but not on disk")
        elif not isinstance(facts, BatchError) and facts["lines"] != lines:
            faults.append(
                f"batch {folder}: recorded with {lines} lines, but {facts['lines']} on disk"
            )
    recorded = {payload["folder"] for payload in told}
    faults += [
        f"batch {folder}: on disk, but no event recorded it"
        for folder in on_disk
        if folder not in recorded
    ]
    return sorted(faults)


def _read_facts(exports_root: Path) -> dict[str, Payload | BatchError]:
    """What the event of every batch on disk says, by folder; the error of a damaged one."""
    found: dict[str, Payload | BatchError] = {}
    for path in sorted(exports_root.glob("[0-9]*-[0-9]*-[0-9]*/[0-9]*")):
        folder = f"{path.parent.name}/{path.name}"
        try:
            found[folder] = {"folder": folder, "lines": _count_lines(path / MANIFEST)}
        except BatchError as error:
            found[folder] = error
    return found


def _count_lines(manifest: Path) -> int:
    """Lines of a batch: each kind has them in every format."""
    try:
        content = manifest.read_bytes()
    except OSError as error:
        raise BatchError(f"{manifest}: field content: cannot be read: {error.strerror}") from error
    return sum(
        {entry.kind: entry.rows for entry in Manifest.parse(content, str(manifest)).files}.values()
    )
