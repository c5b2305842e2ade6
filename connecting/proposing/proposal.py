"""Propose mappings of raw files: masters first, so that their keys tell columns of others."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from connecting.making import make_landing
from connecting.mappings import find_mappings
from connecting.proposing.matching import Match, match_source, match_sources
from connecting.proposing.sample import Sample, look_at
from connecting.proposing.writing import write_mapping
from quality_checks.contracts import CONTRACTS, list_landing_sources
from quality_checks.intake import FileRefusedError, examine_files, find_landed

_MASTERS = {"products": "sku", "locations": "location", "suppliers": "supplier"}


@dataclass(frozen=True)
class Proposal:
    """A mapping that was proposed for a file.

    Attributes:
        path: the raw file.
        sample: what was seen in it.
        matches: sources that it may be, the one proposed first.
        text: the mapping as YAML.
        rows: rows that it would bring; missing where a person has to decide something first.
        refused: what would be refused or set aside, in words, and what has to be decided.
    """

    path: Path
    sample: Sample
    matches: list[Match]
    text: str
    rows: int | None
    refused: list[str]

    @property
    def source(self) -> str:
        """The landing source that is proposed."""
        return self.matches[0].source


def propose_mappings(
    paths: Sequence[Path], data: Path, *, source: str | None = None, zone: str | None = None
) -> tuple[list[Proposal], list[str]]:
    """A mapping for each raw file, by names, types and keys that are known; nothing is written.

    Args:
        paths: samples of raw files.
        data: data folder; keys of its landing files tell columns of others.
        source: landing source of all of them, where it is known.
        zone: time zone of the locations, where it is known.

    Returns:
        The proposals in the order of the files, and why others cannot be read.
    """
    samples, refused = {}, []
    for path in paths:
        try:
            samples[path] = look_at(path)
        except (FileRefusedError, UnicodeError, OSError) as error:
            refused.append(f"{path}: {error}")
    known = _read_known_keys(data / "landing")
    first = {path: _match(sample, known, source)[0] for path, sample in samples.items()}
    proposals = {}
    for path in sorted(samples, key=lambda path: first[path].source not in _MASTERS):
        matches = _match(samples[path], known, source)
        proposals[path] = _propose(path, samples[path], matches, data, zone)
        if (name := matches[0].source) in _MASTERS and _MASTERS[name] in matches[0].taken:
            column = _MASTERS[name]
            keys = samples[path].rows[matches[0].taken[column].name].drop_nulls()
            known[name, column] = known.get((name, column), frozenset()) | {*keys}
    return [proposals[path] for path in samples], refused


def _match(
    sample: Sample, known: dict[tuple[str, str], frozenset[str]], source: str | None
) -> list[Match]:
    if source is None:
        return match_sources(sample, known)
    return [match_source(sample, list_landing_sources()[source], known)]


def _read_known_keys(landing: Path) -> dict[tuple[str, str], frozenset[str]]:
    """Keys of the masters that have landed."""
    known = {}
    for source, column in _MASTERS.items():
        files, _ = find_landed(landing, source)
        keys = examine_files(files, CONTRACTS[source]).rows[column]
        known[source, column] = frozenset(keys.drop_nulls())
    return known


def _propose(
    path: Path, sample: Sample, matches: list[Match], data: Path, zone: str | None
) -> Proposal:
    match = matches[0]
    raw = data.resolve() / "raw"
    inside = path.resolve().is_relative_to(raw)
    folder = path.resolve().relative_to(raw).parts[0] if inside else match.source
    text = write_mapping(sample, match, folder, zone)
    rows, refused = _try(path, match.source, folder, text)
    return Proposal(path, sample, matches, text, rows, refused)


def _try(path: Path, source: str, folder: str, text: str) -> tuple[int | None, list[str]]:
    """Carry out a mapping on its sample, apart from all data: rows taken, and what was not."""
    with TemporaryDirectory() as scratch:
        data = Path(scratch)
        (data / "mappings").mkdir()
        (data / "raw" / folder).mkdir(parents=True)
        mapping = data / "mappings" / f"{source}.yaml"
        mapping.write_text(text)
        (found,) = find_mappings(data / "mappings")
        if found.mapping is None:
            return None, found.fault.replace(f"{mapping}: ", "").splitlines()
        (data / "raw" / folder / path.name).symlink_to(path.resolve())
        made = make_landing(data, source)
        files, _ = find_landed(data / "landing", source)
        examined = examine_files(files, CONTRACTS[source])
        kinds = (
            examined.faults.group_by("field", "reason", maintain_order=True)
            .agg(pl.len().alias("rows"), pl.col("message").first())
            .sort("rows", descending=True, maintain_order=True)
        )
        faults = [
            f"{kind['rows']:,} rows: {kind['field']}: {kind['reason'].replace('_', ' ')}, such as "
            f"{kind['message']}"
            for kind in kinds.iter_rows(named=True)
        ]
        return examined.rows.height, made.refused + faults
