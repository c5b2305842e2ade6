"""An export batch as bytes: its files, and the manifest that vouches for them.

A batch has a CSV and a parquet file for each kind of action that has lines, and for each that
says so even without, so that a loader finds them. Every file has the columns of the contract
`ExportLines`, with the kind's own columns in place of `details`, sorted by idempotency key. What is
called back has a file of its own, of the contract `CancelLines`, where there is any. CSV is UTF-8
with a header, ISO dates, values with 2 decimals and unit values with 4. The bytes depend on the
lines and nothing else.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import Final, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from governance.exchange.addressees import list_addressees
from governance.kinds import KINDS, Kind, find_kind, pack_details, unpack_details
from governance.money import round_to_cents
from quality_checks.contracts import CancelLines, ExportLines, find_breach, find_contract

SCHEMA_VERSION: Final = "5"
_READ: Final = ("1", "2", "3", "4", SCHEMA_VERSION)
"""Versions that are read; files of the first have no `override_code`, those of changes of orders
no `open_units` and `rest_on` before the third, nothing is called back before the fourth, and no
addressee is named before the fifth."""
CANCELS: Final = "cancel_lines"
"""Name of the files of what is called back, and what the manifest has as their kind."""
MANIFEST: Final = "manifest.json"
SEAL: Final = "seal.json"
"""The part of the manifest that is of a moment, in a file of its own so that the bytes of the
manifest depend on the lines alone: the signed head of the audit chain, and the manifest's hash."""
_DECIMALS: Final = {"value": pl.Decimal(38, 2), "unit_value": pl.Decimal(38, 4)}


class BatchError(ValueError):
    """A batch that is not what its manifest says; names the file and the field."""


@dataclass(frozen=True)
class ManifestInputs:
    """What a batch rests on.

    Attributes:
        plan_hash: of all that the plan depends on.
        input_hash: of the landed files.
        policy_hash: of the policies.
        addressees: kind -> system that policy names instead of the one that the kind does.
    """

    plan_hash: str
    input_hash: str
    policy_hash: str
    addressees: Mapping[str, str] = field(default_factory=dict)


class FileEntry(BaseModel):
    """Control totals of one file.

    Attributes:
        name: file name in the batch.
        kind: kind of its actions; `CANCELS` of what is called back, whatever its kinds.
        sha256: hash of its bytes, in hex.
        rows: number of lines.
        quantity: sum of quantity, in units.
        value: sum of value, with 2 decimals.
        addressee: system that acts on the file; several of what is called back, joined by a
            semicolon. Empty in batches that left before any was named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    kind: str
    sha256: str
    rows: int
    quantity: int
    value: str
    addressee: str = ""


class Manifest(BaseModel):
    """What a batch is and rests on, and the control totals of its files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: str
    business_date: date
    batch: int
    plan_versions: tuple[int, ...]
    plan_hash: str
    input_hash: str
    policy_hash: str
    files: tuple[FileEntry, ...]

    def to_bytes(self) -> bytes:
        """The manifest as JSON, as it stands in a batch."""
        return (json.dumps(self.model_dump(mode="json"), indent=2) + "\n").encode()

    @classmethod
    def parse(cls, content: bytes, name: str) -> Self:
        """The manifest in `content`.

        Raises:
            BatchError: it is not a manifest of this schema version; names `name` and the field.
        """
        try:
            manifest = cls.model_validate_json(content)
        except ValidationError as error:
            fault = error.errors()[0]
            field = ".".join(map(str, fault["loc"])) or "content"
            raise BatchError(f"{name}: field {field}: {fault['msg']}") from error
        if manifest.schema_version not in _READ:
            raise BatchError(
                f"{name}: field schema_version: {manifest.schema_version!r}, "
                f"this version reads {', '.join(_READ)}"
            )
        return manifest


def render(lines: pl.DataFrame, cancels: pl.DataFrame, inputs: ManifestInputs) -> dict[str, bytes]:
    """Every file of a batch by name, the manifest last.

    Args:
        lines: an `ExportLines` frame of the batch.
        cancels: its `CancelLines` frame; one of the two has rows.
        inputs: hashes for the manifest.

    Raises:
        ValueError: the lines are none, or of several batches, or repeat an idempotency key.
        pandera.errors.SchemaErrors: a line breaks its contract, or its kind's own columns do.
    """
    lines = find_contract(ExportLines).conform(
        lines.with_columns(pl.col("unit_value").round(4), value=round_to_cents(pl.col("value")))
    )
    cancels = find_contract(CancelLines).conform(cancels)
    business_date, batch = _name_batch(lines, cancels)
    present = set(lines["kind"].unique())
    parts = {
        (kind.name, kind.file): unpack_details(lines.filter(kind=kind.name), kind)
        for kind in KINDS.values()
        if kind.name in present or kind.in_every_batch
    }
    if not cancels.is_empty():
        parts[CANCELS, CANCELS] = cancels
    systems = list_addressees(inputs.addressees)
    contents: dict[str, bytes] = {}
    entries = []
    for (kind, file), part in parts.items():
        for name, content in ((f"{file}.csv", _csv(part)), (f"{file}.parquet", _parquet(part))):
            contents[name] = content
            acting = ";".join(sorted({systems[each] for each in [*part["kind"]] or [kind]}))
            entries.append(_entry(name, kind, content, part, acting))
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        business_date=business_date,
        batch=batch,
        plan_versions=tuple(sorted({*lines["plan_version"], *cancels["plan_version"]})),
        plan_hash=inputs.plan_hash,
        input_hash=inputs.input_hash,
        policy_hash=inputs.policy_hash,
        files=tuple(entries),
    )
    return {**contents, MANIFEST: manifest.to_bytes()}


def _name_batch(lines: pl.DataFrame, cancels: pl.DataFrame) -> tuple[date, int]:
    """Business date and number of the one batch that lines and cancel lines are of."""
    place = ["business_date", "batch"]
    batches = pl.concat([lines.select(place), cancels.select(place)]).unique(maintain_order=True)
    if len(batches) != 1:
        raise ValueError(f"a batch is made of lines of one batch, not of {len(batches)}")
    if pl.concat([lines["idempotency_key"], cancels["idempotency_key"]]).is_duplicated().any():
        raise ValueError("export lines repeat an idempotency key")
    business_date, batch = batches.row(0)
    return business_date, batch


def check_file(entry: FileEntry, content: bytes, where: str) -> pl.DataFrame:
    """The lines of a file, after its hash, rows, sums and kind were checked.

    Raises:
        BatchError: the file differs from its entry; names `where` and the field.
    """
    actual_hash = hashlib.sha256(content).hexdigest()
    if actual_hash != entry.sha256:
        raise BatchError(
            f"{where}: field sha256: manifest has {entry.sha256}, file has {actual_hash}"
        )
    if entry.kind not in {*KINDS, CANCELS}:
        raise BatchError(f"{where}: field kind: {entry.kind!r} is not a kind of action")
    lines = _parse(content, entry.kind, where)
    actual = _entry(entry.name, entry.kind, content, lines, entry.addressee)
    for name in ("rows", "quantity", "value"):
        stated, found = getattr(entry, name), getattr(actual, name)
        if stated != found:
            raise BatchError(f"{where}: field {name}: manifest has {stated}, file has {found}")
    others = lines.filter(pl.col("kind") != entry.kind)
    if entry.kind != CANCELS and not others.is_empty():
        raise BatchError(
            f"{where}: field kind: manifest has {entry.kind}, file has {others['kind'][0]}"
        )
    return lines


def _parse(content: bytes, kind: str, where: str) -> pl.DataFrame:
    try:
        if kind == CANCELS:
            cancels = find_contract(CancelLines)
            return cancels.conform(_read(content, pl.Schema(cancels.schema), where))
        return _parse_lines(content, find_kind(kind), where)
    except (pl.exceptions.PolarsError, find_breach()) as error:
        raise BatchError(f"{where}: field content: {error}") from error


def _parse_lines(content: bytes, kind: Kind, where: str) -> pl.DataFrame:
    contract = find_contract(ExportLines)
    schema = pl.Schema(contract.schema)
    del schema["details"]
    schema.update(kind.own_schema)
    frame = _read(content, schema, where)
    # Batches that left before there were these columns.
    later = {"override_code": pl.String(), **kind.nullable_schema}
    lacking = [name for name in later if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, later[name]).alias(name) for name in lacking)
    return contract.conform(pack_details(frame, kind))


def _read(content: bytes, schema: pl.Schema, where: str) -> pl.DataFrame:
    if PurePath(where).suffix == ".csv":
        return pl.read_csv(io.BytesIO(content), schema_overrides=schema)
    return pl.read_parquet(io.BytesIO(content))


def _csv(lines: pl.DataFrame) -> bytes:
    fixed = [pl.col(name).cast(kept) for name, kept in _DECIMALS.items() if name in lines.columns]
    # Texts are quoted as they are: what reads the file is a machine, and must get the exact key.
    quoted = lines.with_columns(fixed)
    return quoted.write_csv(line_terminator="\n", quote_style="non_numeric").encode()


def _parquet(lines: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    lines.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _entry(name: str, kind: str, content: bytes, lines: pl.DataFrame, addressee: str) -> FileEntry:
    value = lines.select(pl.col("value").cast(pl.Decimal(38, 2)).sum()).item()
    return FileEntry(
        name=name,
        kind=kind,
        sha256=hashlib.sha256(content).hexdigest(),
        rows=len(lines),
        quantity=int(lines["quantity"].sum()),
        value=f"{value:.2f}",
        addressee=addressee,
    )
