"""Whatever conforms to a contract comes back as it was, in every kind of file."""

import csv
import gzip
import io
import tempfile
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from quality_checks.contracts import KEY_FORM, list_landing_sources
from quality_checks.intake import LandedFile, examine_files

# No surrogates: UTF-8 cannot hold them.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
BY_TYPE = {
    pl.Int64(): st.integers(-(2**63), 2**63 - 1),
    pl.Float64(): st.floats(allow_nan=False, allow_infinity=False),
    pl.Boolean(): st.booleans(),
    pl.Date(): st.dates(),
    pl.Datetime("us"): st.datetimes(),
    pl.String(): TEXT,
}
FIRST = datetime.fromisoformat("1980-01-01T00:00:00")
NIGHT = datetime.fromisoformat("2025-09-30T23:00:00")
PATTERNS = {"^[A-Z]{3}$": st.from_regex("[A-Z]{3}", fullmatch=True)}
PATTERNS[KEY_FORM] = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
PATTERNS["^[01]{7}$"] = st.from_regex("[01]{7}", fullmatch=True)


def values(contract, name):
    """A strategy for a column, from the bounds that its contract states."""
    column = contract.model.to_schema().columns[name]
    strategy = BY_TYPE[contract.schema[name]]
    if name in (*contract.happened, contract.date):
        # What a file tells has happened by the end of its date, and not before there were tills.
        last = NIGHT if name in contract.happened else datetime.max  # noqa: DTZ901  # a bound
        timed = contract.schema[name] != pl.Date
        strategy = st.datetimes(FIRST, last) if timed else st.dates(FIRST.date(), last.date())
    for check in column.checks:
        stated = check.statistics
        if check.name == "isin":
            strategy = st.sampled_from(stated["allowed_values"])
        elif check.name == "str_matches":
            strategy = PATTERNS[stated["pattern"]]
        elif check.name != "str_length":
            strategy = within(contract.schema[name], column.checks)
    return st.none() | strategy if column.nullable else strategy


def within(dtype, checks):
    stated = {key: value for check in checks for key, value in check.statistics.items()}
    low, high = stated.get("min_value"), stated.get("max_value")
    names = {check.name for check in checks}
    if dtype == pl.Int64:
        return st.integers(low, high if high is not None else 2**63 - 1)
    return st.floats(
        low,
        high,
        exclude_min="greater_than" in names,
        exclude_max="less_than" in names,
        allow_nan=False,
        allow_infinity=False,
    )


def conforming(contract):
    row = st.fixed_dictionaries({name: values(contract, name) for name in contract.columns})
    rows = st.lists(row, max_size=6, unique_by=lambda r: tuple(r[name] for name in contract.key))
    return rows.map(
        lambda found: state_figures(contract, pl.DataFrame(found, schema=contract.schema))
    ).filter(lambda frame: whole_rows_hold(contract, frame))


def state_figures(contract, frame):
    """Changes of levels state the figure of their kind and no other: few that are drawn do."""
    if contract.name != "level_changes":
        return frame
    return frame.with_columns(
        pl.when(pl.col("change") == name).then(pl.col(name).fill_null(1))
        for name in ("factor", "minimum")
    )


SPANS = {
    "promotions": ("starts_on", "ends_on"),
    "events": ("starts_on", "ends_on"),
    "prices": ("valid_from", "valid_to"),
    "level_changes": ("starts_on", "ends_on"),
}


TOGETHER = {
    "supplier_returns": ("po", "po_line"),
    "item_suppliers": ("order_unit", "order_unit_size"),
}
"""Columns that are both there or both missing."""


def whole_rows_hold(contract, frame):
    if contract.name in SPANS:
        first, last = SPANS[contract.name]
        if not frame.filter(pl.col(last) < pl.col(first)).is_empty():
            return False
    if contract.name == "promotions":
        of_all = (pl.col("scope") == "all") == (pl.col("scope_value") == "*")
        return frame.filter(~of_all).is_empty()
    if contract.name in TOGETHER:
        one, other = TOGETHER[contract.name]
        together = pl.col(one).is_null() == pl.col(other).is_null()
        return frame.filter(~together).is_empty()
    if contract.name == "level_changes":
        scope = ("sku", "location", "region", "category")
        return frame.filter(pl.all_horizontal(pl.col(*scope) == "*")).is_empty()
    if contract.name != "item_locations":
        return True
    return frame.filter(pl.col("presentation_min") > pl.col("shelf_max")).is_empty()


def as_csv(frame):
    """Written by the standard library, not by the libraries that the intake reads with."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(frame.columns)
    for row in frame.iter_rows():
        writer.writerow([v.isoformat() if isinstance(v, date) else v for v in row])
    return stream.getvalue().encode()


@pytest.mark.parametrize("name", list_landing_sources())
@settings(max_examples=4, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_conforming_rows_come_back_equal(name, data):
    contract = list_landing_sources()[name]
    frame = data.draw(conforming(contract))
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("csv", "csv.gz", "parquet"):
            path = Path(folder) / f"2025-09-30.{ending}"
            if ending == "parquet":
                frame.write_parquet(path)
            else:
                text = as_csv(frame)
                path.write_bytes(gzip.compress(text) if ending == "csv.gz" else text)
            examined = examine_files([LandedFile(name, date(2025, 9, 30), "", path)], contract)
            assert examined.refused == []
            assert examined.faults.is_empty()
            assert_frame_equal(examined.rows.select(contract.columns), frame)
            assert examined.rows["row"].to_list() == list(range(1, frame.height + 1))
