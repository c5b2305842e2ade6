"""Approved lines to export batches: which are new, and how a batch is written and read back.

A batch is a folder `<exports>/<business date>/<batch>/`. It is written into a folder beside it
whose name starts with a dot, every file and the folder are flushed to disk, the manifest last, and
then the folder is renamed. So a batch is there as a whole or not at all; what a killed process
leaves is a dot-folder, which the next write removes. One process writes batches of a business
date at a time.

The idempotency key of a line is made of its action id alone. Neither plan version nor quantity is
part of it: an action leaves once, whatever later plan versions or overrides make of it. A later
version of the same business date counts what has left (see `open_proposals`) and proposes what is
still needed as a further part, an action with an id and so a key of its own (see
`governance.identity`). A version that needs less calls nothing back: people do, and what they call
back is in the next batch as cancel lines (see `recalls` and `cancel_lines`).
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from governance.exchange.batch import (
    CANCELS,
    MANIFEST,
    SEAL,
    BatchError,
    Manifest,
    ManifestInputs,
    check_file,
    render,
)
from governance.exchange.documents import drop_held_lines, find_held_documents
from governance.money import round_to_cents
from quality_checks.contracts import CancelLines, ExportLines, Proposals, Routed, find_contract

_KEY_LENGTH: Final = 32
_PARTIAL: Final = ".partial"
_PLACE: Final = ["business_date", "batch"]
_OVERRIDDEN: Final = [
    *("overridden_due_on", "overridden_origin", "overridden_supplier"),
    *("overridden_unit_value", "overridden_details", "override_code"),
]


@dataclass(frozen=True)
class Batch:
    """A batch that was read back.

    Attributes:
        manifest: what it is and rests on.
        lines: an `ExportLines` frame.
        cancels: a `CancelLines` frame.
    """

    manifest: Manifest
    lines: pl.DataFrame
    cancels: pl.DataFrame


def idempotency_key(action_id: str) -> str:
    """The key under which the ERP loads an action once: 32 hex digits of SHA-256 of its id."""
    return hashlib.sha256(f"export\x1f{action_id}".encode()).hexdigest()[:_KEY_LENGTH]


def select_new_lines(
    proposals: pl.DataFrame,
    routed: pl.DataFrame,
    exported: pl.DataFrame,
    fallen: Collection[str],
) -> pl.DataFrame:
    """Select the lines of the next batch: approved, never exported, of documents that may leave.

    Args:
        proposals: a `Proposals` frame of one business date.
        routed: its `Routed` frame.
        exported: every `ExportLines` row handed out so far, of all business dates.
        fallen: keys of those that the ERP has rejected or cancelled, as `find_fallen` finds them.

    Returns:
        Lines of the contract ExportLines with the number after the business date's last batch that
        has lines; no rows where nothing is new. An action approved with a quantity of 0 has no
        line. Of a document whose approved lines are worth less than its least value, none.

    Raises:
        ValueError: proposals are of several business dates, an approved action has no proposal,
            or its proposal is of another plan version.
    """
    fresh = _find_fresh(proposals, routed, exported)
    return drop_held_lines(fresh, find_held_documents(fresh, exported, fallen))


def list_held_documents(
    proposals: pl.DataFrame,
    routed: pl.DataFrame,
    exported: pl.DataFrame,
    fallen: Collection[str],
) -> pl.DataFrame:
    """List documents of which too little is approved for them to leave.

    Args:
        proposals: as of `select_new_lines`.
        routed: as of `select_new_lines`.
        exported: as of `select_new_lines`.
        fallen: as of `select_new_lines`.

    Returns:
        What `find_held_documents` gives.

    Raises:
        ValueError: as `select_new_lines` raises it.
    """
    fresh = _find_fresh(proposals, routed, exported)
    return find_held_documents(fresh, exported, fallen)


def _find_fresh(
    proposals: pl.DataFrame, routed: pl.DataFrame, exported: pl.DataFrame
) -> pl.DataFrame:
    """Approved lines that have not left, numbered as the batch after the last with lines."""
    contract = find_contract(ExportLines)
    proposed = find_contract(Proposals).conform(proposals)
    approved = find_contract(Routed).conform(routed).filter(status="approved")
    _check(proposed, approved)
    lines = (
        proposed.join(
            approved.select("action_id", "approved_quantity", *_OVERRIDDEN),
            on="action_id",
            validate="1:1",
        )
        .filter(pl.col("approved_quantity") > 0)
        .with_columns(
            quantity="approved_quantity",
            due_on=pl.coalesce("overridden_due_on", "due_on"),
            origin=pl.coalesce("overridden_origin", "origin"),
            supplier=pl.coalesce("overridden_supplier", "supplier"),
            unit_value=pl.coalesce("overridden_unit_value", "unit_value"),
            details=pl.coalesce("overridden_details", "details"),
        )
        .with_columns(value=round_to_cents(pl.col("approved_quantity") * pl.col("unit_value")))
    )
    keys = pl.Series([idempotency_key(action) for action in lines["action_id"]], dtype=pl.String)
    fresh = lines.with_columns(keys.alias("idempotency_key")).join(
        exported, on="idempotency_key", how="anti"
    )
    last = exported.join(proposed, on="business_date", how="semi")["batch"].max()
    number = last + 1 if isinstance(last, int) else 1
    return contract.conform(fresh.with_columns(batch=pl.lit(number)))


def number_next_batch(lines: pl.DataFrame, cancels: pl.DataFrame, business_date: date) -> int:
    """Number the next batch of a business date, after the last that has lines or cancel lines.

    Args:
        lines: an `ExportLines` frame of what was handed out.
        cancels: a `CancelLines` frame of what was handed out.
        business_date: of the batch.
    """
    used = [part.filter(business_date=business_date)["batch"] for part in (lines, cancels)]
    numbers: list[int] = pl.concat(used).to_list()
    return max(numbers, default=0) + 1


def write_batch(
    lines: pl.DataFrame,
    manifest_inputs: ManifestInputs,
    exports_root: Path,
    seal: Callable[[str], bytes | None] = lambda _: None,
    *,
    cancels: pl.DataFrame | None = None,
) -> Path:
    """Write a batch and return its folder, unless the very same is already there.

    Args:
        lines: an `ExportLines` frame of one batch.
        manifest_inputs: hashes for the manifest.
        exports_root: folder of all batches; made where missing.
        seal: makes the seal of the manifest whose SHA-256 it is given; None for no seal.
        cancels: the `CancelLines` frame of the batch, which need have no lines then.

    Raises:
        ValueError: the lines are none or of several batches.
        BatchError: the batch is already there with another content, or damaged.
        OSError: it could not be written; no batch is visible then.
    """
    cancels = find_contract(CancelLines).empty() if cancels is None else cancels
    contents = render(lines, cancels, manifest_inputs)
    manifest = Manifest.parse(contents[MANIFEST], MANIFEST)
    target = exports_root / manifest.business_date.isoformat() / str(manifest.batch)
    # The ERP picks up as a member of the folder's group; others see nothing of prices and orders.
    exports_root.mkdir(mode=0o750, parents=True, exist_ok=True)
    target.parent.mkdir(exist_ok=True)
    for left in target.parent.glob(f".*{_PARTIAL}"):
        shutil.rmtree(left)
    if target.exists():
        _require_same(target, manifest)
        return target
    sealed = seal(hashlib.sha256(contents[MANIFEST]).hexdigest())
    if sealed is not None:
        # Before the manifest, which comes last.
        contents = {SEAL: sealed, **contents}
    partial = target.parent / f".{target.name}{_PARTIAL}"
    try:
        _write_files(partial, contents)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    for folder in (target.parent, exports_root):
        _flush_folder(folder)
    return target


def read_batch(path: Path) -> Batch:
    """Read the batch in the folder `path` and check it against its manifest.

    Raises:
        BatchError: a file is missing, unknown, or differs from the manifest in hash, rows or sums;
            CSV and parquet differ; or the folder is of another batch. Names file and field.
    """
    manifest = Manifest.parse(_bytes(path / MANIFEST), str(path / MANIFEST))
    stated = {entry.name for entry in manifest.files} | {MANIFEST, SEAL}
    unknown = sorted({file.name for file in path.iterdir()} - stated)
    if unknown:
        raise BatchError(f"{path / unknown[0]}: field name: the manifest does not list it")
    frames: dict[str, dict[str, pl.DataFrame]] = {}
    for entry in manifest.files:
        file = path / entry.name
        frames.setdefault(entry.kind, {})[entry.name] = check_file(entry, _bytes(file), str(file))
    for kind, versions in frames.items():
        first, *others = versions.values()
        if any(not first.equals(other) for other in others):
            names = ", ".join(versions)
            raise BatchError(f"{path}: field content: {names} of {kind} have different lines")
    found = {kind: next(iter(versions.values())) for kind, versions in frames.items()}
    cancels = found.pop(CANCELS, find_contract(CancelLines).empty())
    lines = pl.concat([find_contract(ExportLines).empty(), *found.values()])
    for part in (lines, cancels):
        _require_place(path, manifest, part)
    return Batch(manifest, find_contract(ExportLines).conform(lines), cancels)


def read_batches(exports_root: Path, business_date: date) -> pl.DataFrame:
    """Lines of every batch of a business date, as an `ExportLines` frame; see `read_batch`.

    The folders are the truth about what was handed out: a process killed between writing a batch
    and booking its lines elsewhere has handed them out.

    Raises:
        BatchError: a batch is damaged.
    """
    contract = find_contract(ExportLines)
    day = exports_root / business_date.isoformat()
    batches = [read_batch(path).lines for path in day.glob("[0-9]*")]
    return contract.conform(pl.concat([contract.empty(), *batches]))


def find_lines(exports_root: Path, booked: pl.DataFrame, until: date) -> pl.DataFrame:
    """Find all lines that have left: those that are booked, and of batches on disk that are not.

    A batch that is booked is not read again.

    Args:
        exports_root: folder of all batches.
        booked: an `ExportLines` frame of what is booked, whole batches.
        until: business date of the last batches that are read.

    Returns:
        An `ExportLines` frame sorted by idempotency key.

    Raises:
        BatchError: a batch that is not booked is damaged.
    """
    contract = find_contract(ExportLines)
    lost = [
        read_batch(path).lines
        for path in _list_unbooked(exports_root, booked)
        if date.fromisoformat(path.parent.name) <= until and _has_lines(path)
    ]
    every = pl.concat([contract.conform(booked), *lost])
    return every.unique("idempotency_key", keep="first", maintain_order=True).sort(
        "idempotency_key"
    )


def find_cancel_lines(exports_root: Path, booked: pl.DataFrame) -> pl.DataFrame:
    """Find all cancel lines that have left: booked ones, and of batches on disk that are not.

    A line may have been called back on any later date, and is called back once. A batch whose
    cancel lines are booked is not read again.

    Args:
        exports_root: folder of all batches.
        booked: a `CancelLines` frame of what is booked, whole batches.

    Returns:
        A `CancelLines` frame sorted by idempotency key.

    Raises:
        BatchError: a batch whose cancel lines are not booked is damaged.
    """
    contract = find_contract(CancelLines)
    lost = [
        read_batch(path).cancels
        for path in _list_unbooked(exports_root, booked)
        if (path / f"{CANCELS}.parquet").exists()
    ]
    every = pl.concat([contract.conform(booked), *lost])
    return every.unique("idempotency_key", keep="first", maintain_order=True).sort(
        "idempotency_key"
    )


def _list_unbooked(exports_root: Path, booked: pl.DataFrame) -> list[Path]:
    """Folders of batches of which `booked` has no row."""
    known = {
        (day.isoformat(), str(batch))
        for day, batch in booked[_PLACE].unique(maintain_order=True).rows()
    }
    batches = sorted(exports_root.glob("[0-9]*-[0-9]*-[0-9]*/[0-9]*"))
    return [path for path in batches if (path.parent.name, path.name) not in known]


def _has_lines(path: Path) -> bool:
    """Whether a batch is more than cancel lines."""
    manifest = Manifest.parse(_bytes(path / MANIFEST), str(path / MANIFEST))
    return any(entry.rows for entry in manifest.files if entry.kind != CANCELS)


def _check(proposed: pl.DataFrame, approved: pl.DataFrame) -> None:
    if proposed["business_date"].n_unique() > 1:
        raise ValueError("proposals are of several business dates")
    known = proposed.select("action_id", "plan_version")
    lost = approved.join(known, on=["action_id", "plan_version"], how="anti")
    if not lost.is_empty():
        action, version = lost.select("action_id", "plan_version").row(0)
        raise ValueError(f"approved action {action} has no proposal in plan version {version}")


def _require_same(target: Path, manifest: Manifest) -> None:
    there = read_batch(target).manifest
    for field in Manifest.model_fields:
        old, new = getattr(there, field), getattr(manifest, field)
        if old != new:
            raise BatchError(
                f"{target / MANIFEST}: field {field}: the batch was written with another content"
            )


def _require_place(path: Path, manifest: Manifest, lines: pl.DataFrame) -> None:
    for field in ("business_date", "batch"):
        stated = getattr(manifest, field)
        if not (lines[field] == stated).all():
            raise BatchError(f"{path}: field {field}: lines of another batch than {stated}")
    place = (path.parent.name, path.name)
    if place != (manifest.business_date.isoformat(), str(manifest.batch)):
        raise BatchError(f"{path / MANIFEST}: field batch: the folder is of another batch")


def _write_files(folder: Path, contents: dict[str, bytes]) -> None:
    folder.mkdir()
    for name, content in contents.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BatchError(f"{file}: field content: cannot be read: {error.strerror}") from error
