"""Write a proposed mapping as YAML that a person can read and edit."""

import json
import re
from collections.abc import Iterator
from datetime import date

import polars as pl

from connecting.mappings import NumberForm
from connecting.proposing.matching import Match
from connecting.proposing.names import CONSTANTS, SAME_AS, says_state
from connecting.proposing.sample import Profile, Sample
from connecting.proposing.weekdays import read_weekdays
from quality_checks.contracts import CONTRACTS, Contract

_DATES_IN_NAMES = (
    (r"(?<!\d)20\d{2}-\d{2}-\d{2}(?!\d)", "%Y-%m-%d"),
    (r"(?<!\d)20\d{2}_\d{2}_\d{2}(?!\d)", "%Y_%m_%d"),
    (r"(?<!\d)20\d{6}(?!\d)", "%Y%m%d"),
    (r"(?<!\d)\d{2}\.\d{2}\.20\d{2}(?!\d)", "%d.%m.%Y"),
    (r"(?<!\d)\d{2}-\d{2}-20\d{2}(?!\d)", "%d-%m-%Y"),
)
_PRICE = r"price|preis|rate"
_WORDS = {
    "kind": "filiale store, laden store, shop store, store store, markt store, lager dc, "
    "zentrallager dc, warehouse dc, dc dc, online ecom, onlineshop ecom, webshop ecom",
    "channel": "filiale store, pos store, kasse store, web ecom, online ecom",
    "status": "aktiv active, gesperrt blocked, offen open, erledigt received",
    "disposition": "ok resalable, a resalable, b damaged, defekt damaged",
}
"""Column -> words that systems use, each with the word of the contract."""
_FLAGS = "1 true, 0 false, ja true, nein false, j true, n false, yes true, no false, y true, x true"
_LONG_AGO = date(2000, 1, 1)


def write_mapping(sample: Sample, match: Match, folder: str, zone: str | None) -> str:
    """A mapping of a file to a source as YAML, with what a person has to look at as comments.

    Args:
        sample: the file.
        match: its columns.
        folder: below raw/, where such files lie.
        zone: time zone of the locations, where it is known.
    """
    contract = CONTRACTS[match.source]
    parts = [
        f"# {match.source} from files like {sample.path.name}, proposed by names and values.",
        "# Lines with DECIDE need a person; docs/connecting.md says what may stand here.",
        *_write_files(sample, match, contract, folder),
        *_write_form(sample, zone),
        *_write_rows(sample, match),
        "columns:",
        *_write_columns(sample, match, contract),
        *_write_unused(sample, match),
    ]
    return "\n".join(parts) + "\n"


def _quoted(text: str) -> str:
    """A text as YAML reads it back, whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def _write_files(sample: Sample, match: Match, contract: Contract, folder: str) -> Iterator[str]:
    name = sample.path.name
    for form, stands_for in _DATES_IN_NAMES:
        if found := re.search(form, name):
            pattern = name[: found.start()] + f"{{date:{stands_for}}}" + name[found.end() :]
            yield f"files: {_quoted(pattern)}"
            break
    else:
        yield f"files: {_quoted(re.sub(r'[0-9]+', '*', name))}"
        dated = [name for name in contract.happened if name in match.taken]
        if dated:
            yield f"split_by: {dated[0]}  # a landing file for each day of the rows"
        elif contract.mode == "state" and not contract.happened:
            yield f"file_date: {_LONG_AGO}  # known from this day on; a newer file replaces it"
        else:
            yield (
                "file_date: 2000-01-01  # DECIDE: day of the file; better, put it into the name of "
                "each file and write {date:%Y%m%d} there"
            )
    if folder != match.source:
        yield f"folder: {folder}"


def _write_form(sample: Sample, zone: str | None) -> Iterator[str]:
    form = sample.form
    if sample.path.suffix == ".parquet":
        return
    yield "read:"
    yield f"  encoding: {form.encoding}"
    yield f"  separator: {_quoted(form.separator)}"
    yield f"  header: {form.header}"
    if form.ends_open:
        yield "  ends_open: true  # the sample has no line break at its end, or it was cut: DECIDE"
    if form.numbers != NumberForm():
        stated = [f"decimal: {_quoted(form.numbers.decimal or '.')}"]
        stated += (
            [f"thousands: {_quoted(form.numbers.thousands)}"] if form.numbers.thousands else []
        )
        stated += [f"minus: {form.numbers.minus}"] if form.numbers.minus != "front" else []
        yield f"  numbers: {{{', '.join(stated)}}}"
    if form.dates:
        yield f"  dates: {_quoted(form.dates)}"
    if form.times:
        yield f"  times: {_quoted(form.times)}"
        if "%z" in form.times:
            known = zone or "UTC"
            yield f"  local_zone: {known}" + ("" if zone else "  # DECIDE: zone of the locations")


def _write_rows(sample: Sample, match: Match) -> Iterator[str]:
    """Rules about rows: what is as in the row above, and what is no row."""
    down = _find_filled_down(sample, match)
    if down:
        yield f"fill_down: [{', '.join(map(_quoted, down))}]"
    if match.source in {"pos_sales", "returns"} and (units := match.taken.get("quantity")):
        below = sample.rows[units.name].str.contains(r"^[-\u2212(]|-$").any()
        if below and match.source == "pos_sales":
            yield "keep:  # the rest are returns"
            yield f"  - {{column: {_quoted(units.name)}, sign: positive}}"
    taken = {profile.name for profile in match.taken.values()}
    for profile in sample.columns:
        if says_state(profile.name) and profile.filled and profile.name not in taken:
            values = ", ".join(map(_quoted, _values(sample, profile)))
            rule = f"{{column: {_quoted(profile.name)}, values: [{values}]}}"
            yield f"# DECIDE: which rows count? keep: [{rule}]"
    if sample.totals:
        column, value = sample.totals
        yield f"leave_out:\n  - {{column: {_quoted(column)}, values: [{_quoted(value)}]}}  # totals"


def _find_filled_down(sample: Sample, match: Match) -> list[str]:
    """Raw columns whose values stand in the first row of a document only."""
    contract = CONTRACTS[match.source]
    document = match.taken.get(contract.key[0]) if "line" in contract.columns else None
    if document is None or sample.rows.is_empty():
        return []
    key = sample.rows[document.name]
    goes_on = (key == key.shift(1)).fill_null(value=False) | key.is_null()
    return [
        profile.name
        for profile in match.taken.values()
        if 0 < profile.filled < 1
        and sample.rows[profile.name].is_null().sum() > 0
        and (goes_on | sample.rows[profile.name].is_not_null()).all()
        and (profile is document or document.filled < 1 or not _varies(sample, profile, document))
    ]


def _varies(sample: Sample, profile: Profile, document: Profile) -> bool:
    """Whether a column has several values within a document: then an empty one is just missing."""
    within = sample.rows.group_by(document.name).agg(pl.col(profile.name).drop_nulls().n_unique())
    return bool((within[profile.name] > 1).any())


def _write_columns(sample: Sample, match: Match, contract: Contract) -> Iterator[str]:
    for column, dtype in contract.schema.items():
        profile = match.taken.get(column)
        at = (contract.name, column)
        if profile is not None:
            rule = _write_rule(sample, match, contract, column, dtype)
            yield f"  {column}: {rule}  # {_describe(profile, match.shared.get(column))}"
        elif column in contract.nullable:
            continue
        elif column == "line" and contract.key[0] in match.taken:
            document = match.taken[contract.key[0]].name
            yield f"  line: {{number_within: {_quoted(document)}}}  # rows as they stand"
        elif column == "snapshot_time":
            yield '  snapshot_time: {file_date: "23:00"}  # DECIDE: when the export is made'
        elif SAME_AS.get(at) in match.taken:
            same = _write_rule(sample, match, contract, SAME_AS[at], dtype)
            yield f"  {column}: {same}  # DECIDE: taken to be {SAME_AS[at]}"
        elif at in CONSTANTS or (contract.name, SAME_AS.get(at, "")) in CONSTANTS:
            value = json.dumps(
                CONSTANTS.get(at, CONSTANTS.get((contract.name, SAME_AS.get(at, ""))))
            )
            yield f"  {column}: {{constant: {value}}}  # DECIDE: assumed for all rows"
        else:
            yield f"  # {column}: DECIDE: no column fits. {_meaning(contract, column)}"


def _meaning(contract: Contract, column: str) -> str:
    return contract.model.stated_columns[column].description


def _write_rule(
    sample: Sample, match: Match, contract: Contract, column: str, dtype: pl.DataType
) -> str:
    """What follows the name of a column in the mapping."""
    profile = match.taken[column]
    name = _quoted(profile.name)
    if dtype.is_temporal():
        return _write_day_rule(sample, profile, dtype)
    if codes := _list_codes(sample, profile, contract, column):
        return f"{{from: {name}, codes: {codes}}}"
    if column == contract.key[0] and _is_per_location(sample, match, contract):
        at = _quoted(match.taken["location"].name)
        return f'{{from: [{at}, {name}], join: "-"}}'
    units = match.taken.get("quantity")
    if column in {"net_value", "list_value"} and units and re.search(_PRICE, profile.name.lower()):
        return f"{{from: {name}, times: {_quoted(units.name)}}}"
    return name


def _list_codes(sample: Sample, profile: Profile, contract: Contract, column: str) -> str:
    """Codes of what stands there, where it is not what the contract has; else nothing."""
    if contract.schema[column] == pl.Boolean():
        return _write_codes(sample, profile, _FLAGS)
    if column.endswith("weekdays"):
        return _write_weekdays(sample, profile)
    allowed = _allowed(contract, column)
    if not allowed or {*_values(sample, profile)} <= {*allowed}:
        return ""
    return _write_codes(sample, profile, _WORDS.get(column, ""))


def _write_codes(sample: Sample, profile: Profile, said: str) -> str:
    """Codes for all values that were seen; those that nobody knows stand as they are."""
    words = dict(pair.split(" ") for pair in said.split(", ") if pair)
    words |= {word: word for word in words.values()}
    told = [f"{_quoted(v)}: {words.get(v.lower(), 'DECIDE')}" for v in _values(sample, profile)]
    return f"{{{', '.join(told)}}}"


def _write_weekdays(sample: Sample, profile: Profile) -> str:
    """Codes of days of the week that are not written as seven digits; a person decides the rest."""
    if all(read_weekdays(value) == value for value in _values(sample, profile)):
        return ""
    told = [
        f"{_quoted(v)}: {'DECIDE' if (days := read_weekdays(v)) is None else _quoted(days)}"
        for v in _values(sample, profile)
    ]
    return f"{{{', '.join(told)}}}"


def _values(sample: Sample, profile: Profile) -> list[str]:
    return sorted(sample.rows[profile.name].drop_nulls().unique())[:20]


def _allowed(contract: Contract, column: str) -> list[str]:
    for check in contract.model.stated_columns[column].checks:
        if check.name == "isin":
            return [str(value) for value in check.statistics["allowed_values"]]
    return []


def _write_day_rule(sample: Sample, profile: Profile, dtype: pl.DataType) -> str:
    name = _quoted(profile.name)
    clock = _find_clock(sample)
    usual = sample.form.times if isinstance(dtype, pl.Datetime) else sample.form.dates
    form = profile.forms[0] if profile.forms else ""
    if isinstance(dtype, pl.Datetime) and profile.kind == "day" and clock:
        both = _quoted(f"{form} {clock.forms[0]}")
        return f"{{from: [{name}, {_quoted(clock.name)}], form: {both}}}"
    if form and form != usual:
        return f"{{from: {name}, form: {_quoted(form)}}}"
    return name


def _is_per_location(sample: Sample, match: Match, contract: Contract) -> bool:
    """Whether documents are numbered by each location anew."""
    at = match.taken.get("location")
    if at is None or contract.mode != "events" or "line" not in match.taken:
        return False
    key = [match.taken[name].name for name in contract.key]
    rows = sample.rows.filter(pl.all_horizontal(pl.col([*key, at.name]).is_not_null()))
    return bool(rows.select(key).is_duplicated().any()) and not bool(
        rows.select([*key, at.name]).is_duplicated().any()
    )


def _describe(profile: Profile, shared: float | None) -> str:
    told = f"{profile.kind}, {profile.filled:.0%} filled, such as "
    told += ", ".join(example[:30].replace("\n", " ") for example in profile.examples) or "nothing"
    if shared is not None:
        told += f"; {shared:.0%} are known keys"
    if len(profile.forms) > 1:
        told += f"; DECIDE: {' or '.join(profile.forms)}"
    return told


def list_uses(sample: Sample, match: Match) -> dict[str, str]:
    """Raw columns that a proposal takes, each with the column of the source that it becomes."""
    used = {profile.name: column for column, profile in match.taken.items()}
    schema, clock = CONTRACTS[match.source].schema, _find_clock(sample)
    for column, profile in match.taken.items():
        if clock and profile.kind == "day" and isinstance(schema[column], pl.Datetime):
            used.setdefault(clock.name, column)
    return used


def _find_clock(sample: Sample) -> Profile | None:
    """The column that has the time of the day beside one that has the day."""
    return next((profile for profile in sample.columns if profile.kind == "clock"), None)


def _write_unused(sample: Sample, match: Match) -> Iterator[str]:
    """Raw columns that nothing takes, for whoever looks for what is missing."""
    taken = list_uses(sample, match)
    unused = [profile for profile in sample.columns if profile.name not in taken]
    if unused:
        yield "# not used:"
    for profile in unused:
        yield f"#   {profile.name}: {_describe(profile, None)}"
