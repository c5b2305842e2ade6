"""Find and read mapping files; what is wrong in one is said with file and place."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from connecting.mappings.file_names import read_file_name
from connecting.mappings.mapping import Mapping
from governance import PolicyError, load_model
from quality_checks.contracts import Contract, list_landing_sources
from quality_checks.intake import measure_file

_NAME = re.compile(r"(?P<source>\w+)(\.(?P<word>[A-Za-z0-9-]+))?\.yaml")


@dataclass(frozen=True)
class MappingFile:
    """A mapping file: the source and the word in its name, and what it says or what is wrong.

    Attributes:
        path: `<source>.yaml`, or `<source>.<word>.yaml` where a source has several.
        source: the landing source it makes; empty where the name says none.
        word: tells the landing files of several mappings of a source apart.
        mapping: what it says, where it can be used.
        fault: why it cannot, else.
    """

    path: Path
    source: str
    word: str
    mapping: Mapping | None
    fault: str = ""


def find_mappings(folder: Path) -> list[MappingFile]:
    """Every mapping file of a folder by name; none where there is no folder."""
    paths = [*folder.glob("*.yaml"), *folder.glob("*.yml")] if folder.is_dir() else []
    shown = [path for path in sorted(paths) if not path.name.startswith(".") and path.is_file()]
    return [_read(path, *measure_file(path)) for path in shown]


@lru_cache(maxsize=1000)
def _read(path: Path, _size: int, _modified: int) -> MappingFile:
    """A mapping file, read once while it stays as it is: every source asks for all of them."""
    sources = list_landing_sources()
    match = _NAME.fullmatch(path.name)
    source = match["source"] if match else path.name.split(".")[0]
    if match is None or source not in sources:
        known = ", ".join(sources)
        fault = f"{path}: is not named <source>.yaml or <source>.<word>.yaml; sources: {known}"
        return MappingFile(path, source if source in sources else "", "", None, fault)
    word = match["word"] or ""
    try:
        mapping = load_model(path, Mapping)
        read_file_name(mapping.files, "")
        faults = _find_faults(mapping, sources[source])
    except PolicyError as error:
        return MappingFile(path, source, word, None, str(error))
    except ValueError as error:
        return MappingFile(path, source, word, None, f"{path}: files: {error}")
    if faults:
        told = "\n".join(f"{path}: {fault}" for fault in faults)
        return MappingFile(path, source, word, None, told)
    return MappingFile(path, source, word, mapping)


def _find_faults(mapping: Mapping, contract: Contract) -> list[str]:
    """What does not fit the contract of the source."""
    known = ", ".join(contract.columns)
    faults = [
        f"columns.{name}: {contract.name} has no such column; it has: {known}"
        for name in mapping.columns
        if name not in contract.columns
    ]
    needed = set(contract.columns) - contract.nullable - contract.omissible
    if not mapping.sql and (mapping.columns or not mapping.read.x12):
        faults += [
            f"columns: {name} is stated by nothing, and {contract.name} cannot do without"
            for name in contract.columns
            if name in needed - mapping.columns.keys()
        ]
    days = [name for name, dtype in contract.schema.items() if dtype.is_temporal()]
    if mapping.split_by and mapping.split_by not in days:
        faults.append(f"split_by: {mapping.split_by} is none of: {', '.join(days)}")
    for name, rule in mapping.columns.items():
        dtype = contract.schema.get(name)
        numeric = dtype is not None and dtype.is_numeric()
        changed = (
            rule.numbers or rule.factor is not None or rule.factor_by or rule.times or rule.percent
        )
        if rule.file_date and mapping.split_by:
            faults.append(f"columns.{name}: file_date: take the column that split_by names")
        if changed and not numeric:
            faults.append(f"columns.{name}: is no number: numbers, percent and factors say nothing")
        if rule.form and not (dtype is not None and dtype.is_temporal()):
            faults.append(f"columns.{name}: is no day and no time: form says nothing")
    return faults
