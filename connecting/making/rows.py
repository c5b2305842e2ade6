"""Make rows of a landing source from the rows of a raw file, as a mapping states."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path

import polars as pl

from connecting.making.values import (
    Written,
    look_up_factors,
    scale_numbers,
    write_codes,
    write_days,
    write_numbers,
)
from connecting.mappings import ColumnRule, Mapping, NumberForm, RawForm, RowRule, write_scalar
from connecting.raw import WIDTH, read_raw_parts
from quality_checks.contracts import Contract
from quality_checks.intake import (
    RAW_FAULTS,
    RAW_FILE,
    RAW_LINE,
    FileRefusedError,
    write_raw_faults,
)
from warehouse import SelectError, select_rows


@dataclass(frozen=True)
class MadeRows:
    """What a part of a raw file holds for a source.

    Attributes:
        rows: text columns of the contract, `RAW_FILE`, `RAW_LINE` and `RAW_FAULTS`.
        left_out: rows that the mapping's rules left out.
    """

    rows: pl.DataFrame
    left_out: int


@dataclass
class _Before:
    """What the parts before leave for the next one.

    Attributes:
        last: column that is filled down -> its last value.
        counts: column of the contract that numbers rows -> rows so far of each document.
    """

    last: dict[str, str | None] = field(default_factory=dict)
    counts: defaultdict[str, Counter[str | None]] = field(
        default_factory=lambda: defaultdict(Counter)
    )


def make_rows(  # noqa: PLR0913  # a file, what it is, and where to work
    path: Path,
    name: str,
    mapping: Mapping,
    contract: Contract,
    *,
    scratch: Path,
    file_date: date | None = None,
) -> Iterator[MadeRows]:
    """Read a raw file and write its rows as the contract's columns, a part at a time.

    A file may be refused after some of its parts have come.

    Args:
        path: the raw file.
        name: what rows call it.
        mapping: how it is written, and what becomes of it.
        contract: of the source.
        scratch: folder in which rows that the mapping's SQL reads may lie meanwhile.
        file_date: business date of the file, where it has one.

    Raises:
        FileRefusedError: it cannot be read, lacks a column that is named, or the SQL fails.
    """
    # Numbers and days of a parquet file have types, and are written in no form.
    read = (
        RawForm(local_zone=mapping.read.local_zone) if path.suffix == ".parquet" else mapping.read
    )
    before = _Before()
    chosen: Iterator[tuple[pl.DataFrame, int]] = (
        _choose_rows(came, mapping, before) for came in read_raw_parts(path, mapping.read)
    )
    if mapping.sql:
        chosen = _reshape(chosen, mapping.sql, scratch)
    for raw, left_out in chosen:
        rules = mapping.columns or {
            column: ColumnRule.model_validate({"from": column})
            for column in contract.columns
            if column in raw.columns
        }
        _require(raw, [column for rule in rules.values() for column in rule.raw_columns])
        _require_stated(rules, contract)
        written = {
            column: _number_rows(raw[rule.number_within], before.counts[column])
            if (rule := rules.get(column)) and rule.number_within is not None
            else _write_column(raw, rule, dtype, read, file_date)
            for column, dtype in contract.schema.items()
        }
        rows = pl.DataFrame(
            [
                *(found.values.alias(column) for column, found in written.items()),
                pl.repeat(name, raw.height, dtype=pl.String, eager=True).alias(RAW_FILE),
                _find_lines(raw),
                _join_faults(raw, written, contract),
            ]
        )
        yield MadeRows(rows, left_out)


def _choose_rows(came: pl.DataFrame, mapping: Mapping, before: _Before) -> tuple[pl.DataFrame, int]:
    """The rows of a part that the mapping keeps, filled down, and how many it leaves out."""
    _require(
        came, [*mapping.fill_down, *(rule.column for rule in (*mapping.keep, *mapping.leave_out))]
    )
    filled = came.with_columns(
        pl.col(name).forward_fill().fill_null(pl.lit(before.last.get(name), pl.String))
        for name in mapping.fill_down
    )
    if mapping.fill_down and filled.height:
        before.last = filled.select(mapping.fill_down).row(-1, named=True)
    kept = _choose(filled, mapping)
    return kept, came.height - kept.height


def _require(raw: pl.DataFrame, names: Sequence[str]) -> None:
    lacking = [name for name in dict.fromkeys(names) if name not in raw.columns]
    if lacking:
        named = ", ".join(repr(name) for name in lacking)
        has = ", ".join(name for name in raw.columns if name not in {RAW_LINE, WIDTH})
        raise FileRefusedError(f"column {named} is missing; the header has: {has}", rows=raw.height)


def _require_stated(rules: dict[str, ColumnRule], contract: Contract) -> None:
    """What no columns are stated of must have all that the source cannot do without."""
    needed = set(contract.columns) - contract.nullable - contract.omissible - rules.keys()
    if needed:
        names = ", ".join(name for name in contract.columns if name in needed)
        raise FileRefusedError(f"no columns are stated, and what is read lacks: {names}")


def _choose(raw: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Rows that fit all rules of `keep` and none of `leave_out`.

    One whose number cannot be read stays: it is set aside with its fault, and not lost.
    """
    kept = [_fits(raw, rule, mapping.read).fill_null(value=True) for rule in mapping.keep]
    left = [_fits(raw, rule, mapping.read).fill_null(value=False) for rule in mapping.leave_out]
    return raw.filter(*kept, *(~fits for fits in left))


def _fits(raw: pl.DataFrame, rule: RowRule, read: RawForm) -> pl.Series:
    """Which rows a rule tells; missing where the sign of no number can be told."""
    values = raw[rule.column]
    if rule.values is not None:
        return values.fill_null("").is_in(rule.values)
    numbers = write_numbers(values, read.numbers).values.cast(pl.Float64)
    signs = {"positive": numbers > 0, "negative": numbers < 0, "zero": numbers == 0}
    return signs[rule.sign or "zero"]


def _reshape(
    chosen: Iterator[tuple[pl.DataFrame, int]], sql: str, scratch: Path
) -> Iterator[tuple[pl.DataFrame, int]]:
    """The result of the mapping's SQL as text, in the order of the lines it came from.

    Rows of another width never reach the SQL, which could not tell them: they stand at the end.
    """
    askew: list[pl.DataFrame] = []
    left_out: list[int] = []
    rows = 0

    def of_right_width() -> Iterator[pl.DataFrame]:
        nonlocal rows
        for part, left in chosen:
            askew.append(part.filter(pl.col(WIDTH).is_not_null()).select(RAW_LINE, WIDTH))
            left_out.append(left)
            rows += part.height
            yield part.filter(pl.col(WIDTH).is_null()).drop(WIDTH)

    text = pl.DataFrame()
    try:
        for found in select_rows(sql, "raw", of_right_width(), first=RAW_LINE, folder=scratch):
            text = _write_text(found)
            yield text, sum(left_out)
            left_out.clear()
    except SelectError as error:
        raise FileRefusedError(f"its sql: {error}", rows=rows) from error
    narrow = pl.concat(askew).cast({RAW_LINE: text.schema[RAW_LINE]})
    if narrow.height:
        yield pl.concat([text.clear(), narrow], how="diagonal"), 0


def _write_text(found: pl.DataFrame) -> pl.DataFrame:
    """All columns but the line as text."""
    times = [name for name, dtype in found.schema.items() if isinstance(dtype, pl.Datetime)]
    text = found.with_columns(pl.col(times).dt.strftime("%Y-%m-%dT%H:%M:%S")).with_columns(
        pl.exclude(RAW_LINE).cast(pl.String)
    )
    if RAW_LINE not in text.columns:
        text = text.with_columns(pl.lit(None, dtype=pl.Int64).alias(RAW_LINE))
    return text


def _find_lines(raw: pl.DataFrame) -> pl.Series:
    return raw[RAW_LINE].cast(pl.String, strict=False)


def _write_column(
    raw: pl.DataFrame,
    rule: ColumnRule | None,
    dtype: pl.DataType,
    read: RawForm,
    file_date: date | None,
) -> Written:
    """A column of the source: its values, and what is wrong with some."""
    fine = pl.repeat(None, raw.height, dtype=pl.String, eager=True)
    if rule is None:
        return Written(fine, fine)
    if rule.taken_from is None:
        return Written(_write_stated(raw, rule, dtype, file_date), fine)
    names = [rule.taken_from] if isinstance(rule.taken_from, str) else rule.taken_from
    came = raw.select(pl.concat_str(names, separator=rule.join)).to_series()
    if rule.codes is not None:
        written = write_codes(came, rule)
    elif dtype.is_numeric():
        written = _write_number(raw, came, rule, read)
    elif dtype.is_temporal():
        timed = isinstance(dtype, pl.Datetime)
        form = rule.form or (read.times if timed else read.dates)
        written = write_days(came, form, read, timed=timed) if form else Written(came, fine)
    elif rule.zero_fill:
        written = Written(came.str.zfill(rule.zero_fill), fine)
    else:
        written = Written(came, fine)
    if rule.missing is not None:
        stands_in = written.values.set(came.is_null(), write_scalar(rule.missing))
        return Written(stands_in, written.faults)
    return written


def _number_rows(within: pl.Series, counts: Counter[str | None]) -> Written:
    """Number the rows of each document from 1 on, those of the parts before counted."""
    value = pl.col("value")
    placed = (
        within.alias("value")
        .to_frame()
        .with_columns(place=pl.int_range(1, pl.len() + 1).over(value))
    )
    groups = placed.group_by(value, maintain_order=True).agg(rows=pl.len())
    past = pl.Series("past", [counts[name] for name in groups["value"]], dtype=pl.Int64)
    counts.update(dict(groups.iter_rows()))
    numbers = placed.join(
        groups.with_columns(past), on="value", nulls_equal=True, maintain_order="left"
    ).select((pl.col("place") + pl.col("past")).cast(pl.String))
    return Written(numbers.to_series(), pl.repeat(None, within.len(), dtype=pl.String, eager=True))


def _write_stated(
    raw: pl.DataFrame, rule: ColumnRule, dtype: pl.DataType, file_date: date | None
) -> pl.Series:
    """A column that is taken from no raw value."""
    if rule.constant is not None:
        value: str | None = write_scalar(rule.constant)
    elif file_date is None:
        value = None
    else:
        value = file_date.isoformat()
        if isinstance(dtype, pl.Datetime):
            at = rule.file_date if isinstance(rule.file_date, str) else "00:00"
            value = f"{value}T{time.fromisoformat(at).isoformat()}"
    return pl.repeat(value, raw.height, dtype=pl.String, eager=True)


def _write_number(raw: pl.DataFrame, came: pl.Series, rule: ColumnRule, read: RawForm) -> Written:
    form = rule.numbers or read.numbers
    scaled = rule.percent or rule.times or rule.factor is not None or rule.factor_by is not None
    if form == NumberForm() and not scaled:
        # How it is written is not stated: the column tells, as in any landed file.
        return Written(came, pl.repeat(None, raw.height, dtype=pl.String, eager=True))
    written = write_numbers(came, form, percent=rule.percent)
    factor = (1.0 if rule.factor is None else rule.factor) * (0.01 if rule.percent else 1.0)
    if factor != 1.0:
        written = scale_numbers(written, factor)
    if rule.times is not None:
        other = write_numbers(raw[rule.times], form)
        lacking = raw[rule.times].is_null()
        words = other.faults.set(lacking, f"{rule.times} is missing")
        written = scale_numbers(written, other.values.cast(pl.Float64), words)
    if rule.factor_by is not None:
        written = scale_numbers(
            written, *look_up_factors(raw[rule.factor_by.column], rule.factor_by.factors)
        )
    return written


def _join_faults(raw: pl.DataFrame, written: dict[str, Written], contract: Contract) -> pl.Series:
    """What is wrong with each row, as a landing file has it; missing where nothing is."""
    told = {column: found.faults for column, found in written.items() if found.faults.count()}
    if WIDTH in raw.columns and raw[WIDTH].count():
        first = contract.key[0]
        narrow = raw[WIDTH]
        told[first] = narrow.zip_with(narrow.is_not_null(), told.get(first, narrow))
    if not told:
        return pl.repeat(None, raw.height, dtype=pl.String, eager=True).alias(RAW_FAULTS)
    beside = pl.DataFrame(told)
    words = [
        write_raw_faults({name: word for name, word in row.items() if word is not None})
        if any(row.values())
        else None
        for row in beside.iter_rows(named=True)
    ]
    return pl.Series(RAW_FAULTS, words, dtype=pl.String)
