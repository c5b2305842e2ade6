"""Match raw columns with those of a source: by name, by what they hold, by keys that are known."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from connecting.proposing.names import CONSTANTS, FILE_NAMES, SAME_AS, score_name
from connecting.proposing.sample import Profile, Sample
from quality_checks.contracts import Contract, list_landing_sources, list_targets

_FITS: Mapping[pl.DataType, frozenset[str]] = {
    pl.Int64(): frozenset({"whole", "number", "flag"}),
    pl.Float64(): frozenset({"whole", "number", "flag"}),
    pl.Date(): frozenset({"day", "time"}),
    pl.Datetime("us"): frozenset({"day", "time"}),
    pl.Boolean(): frozenset({"flag"}),
    pl.String(): frozenset({"whole", "number", "flag", "text", "day"}),
}
_KEYS_SHARED = 0.5
_NOT_UNIQUE = 0.4
_WHOLE = r"^[^0-9]*[0-9]+([.,][0-9]{3})*([.,]0+)?[^0-9]*$"
_LEAST = 0.5

KnownKeys = Mapping[tuple[str, str], frozenset[str]]
"""(source, column) -> values that are known."""


@dataclass(frozen=True)
class Match:
    """Raw columns matched with the columns of a source.

    Attributes:
        source: landing source.
        taken: column of the source -> raw column.
        score: how well the file fits the source.
        lacking: columns that the source cannot do without and that nothing fits.
        shared: column -> share of its values that are known keys, where any are known.
    """

    source: str
    taken: Mapping[str, Profile]
    score: float
    lacking: list[str]
    shared: Mapping[str, float] = field(default_factory=dict)


def match_sources(sample: Sample, known: KnownKeys) -> list[Match]:
    """Matches of a file with every source that it can be, the best first."""
    sources = list_landing_sources()
    found = [match_source(sample, sources[name], known) for name in FILE_NAMES]
    return sorted(found, key=lambda match: (-match.score, match.source))


def match_source(sample: Sample, contract: Contract, known: KnownKeys) -> Match:
    """The raw column that fits each column of a source best, each used once."""
    shared = _share_keys(sample, contract, known)
    scores = sorted(
        (
            (-_score(sample, contract, column, profile, shared), place, number)
            for place, column in enumerate(contract.columns)
            for number, profile in enumerate(sample.columns)
        )
    )
    taken: dict[str, Profile] = {}
    sure: dict[str, float] = {}
    for score, place, number in scores:
        column, profile = contract.columns[place], sample.columns[number]
        if -score >= _LEAST and column not in taken and profile not in taken.values():
            taken[column] = profile
            sure[column] = -score
    needed = [name for name in contract.columns if name not in contract.nullable]
    for name in needed:
        # A column with gaps is worse than one that stands in for it whole.
        if name in taken and taken[name].filled < 1 and SAME_AS.get((contract.name, name)) in taken:
            del taken[name]
    lacking = [
        name for name in needed if name not in taken and not _is_given(contract, name, taken)
    ]
    asked = [name for name in needed if (contract.name, name) not in CONSTANTS]
    fits = sum(min(1.0, sure.get(name, 0.0)) for name in asked) / len(asked)
    called = any(word in sample.path.name.lower() for word in FILE_NAMES.get(contract.name, ()))
    keyed = all(name in taken or _is_given(contract, name, taken) for name in contract.key)
    score = fits + 0.3 * called + 0.01 * len(taken) if keyed else 0.0
    return Match(
        contract.name,
        {name: taken[name] for name in contract.columns if name in taken},
        score,
        lacking,
        {
            name: shared[name, taken[name].name]
            for name in taken
            if (name, taken[name].name) in shared
        },
    )


def _is_given(contract: Contract, column: str, taken: Mapping[str, Profile]) -> bool:
    """Whether a column can be had without a raw one of its own."""
    at = (contract.name, column)
    same = SAME_AS.get(at, "")
    numbered = column == "line" and contract.key[0] in taken
    dated = column == "snapshot_time"
    return (
        at in CONSTANTS or same in taken or (contract.name, same) in CONSTANTS or numbered or dated
    )


def _score(
    sample: Sample,
    contract: Contract,
    column: str,
    profile: Profile,
    shared: Mapping[tuple[str, str], float],
) -> float:
    """How well a raw column fits, 0 where it holds something else."""
    dtype = contract.schema[column]
    if profile.kind not in _FITS[dtype] and profile.kind != "empty":
        return 0.0
    if (
        dtype == pl.Int64()
        and not sample.rows[profile.name].drop_nulls().str.contains(_WHOLE).all()
    ):
        return 0.0
    named = score_name(contract.name, column, profile.name)
    # What stands in the first row of a document, or in a few rows, is less likely meant.
    named *= 0.8 + 0.2 * profile.filled
    if contract.key == (column,) and profile.distinct < sample.rows.height:
        named *= _NOT_UNIQUE
    keys = shared.get((column, profile.name))
    if keys is None:
        return named
    # Known keys prove more than a name; a name whose values are none of them proves little.
    return max(named, 0.6) + keys / 2 if keys >= _KEYS_SHARED else named * (0.6 + keys / 2)


def _share_keys(
    sample: Sample, contract: Contract, known: KnownKeys
) -> dict[tuple[str, str], float]:
    """Share of the values of each raw column that are keys which a column refers to."""
    shares: dict[tuple[str, str], float] = {}
    for column, target in list_targets(contract.references):
        keys = known.get(target, frozenset())
        for profile in sample.columns if keys else ():
            values = sample.rows[profile.name].drop_nulls().unique()
            if len(values):
                shares[column, profile.name] = int(values.is_in(list(keys)).sum()) / len(values)
    return shares
