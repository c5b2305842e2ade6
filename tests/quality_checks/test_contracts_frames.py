"""Every frame contract takes what holds it and names what breaks it."""

import datetime as dt
import importlib
import re
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quality_checks.contracts import (
    CONTRACTS,
    FRAMES,
    BottomForecast,
    KeptUnits,
    Limits,
    Movers,
    PlannedPairs,
    PlanningPairs,
    Receivers,
    ReturnedUnits,
    SalesHistory,
    SeenToday,
    find_contract,
    find_frame,
)
from quality_checks.contracts.base import Table, column
from quality_checks.contracts.frames.contract import frame

PROJECT = Path(__file__).parents[2]

ROOMS = ("forecasting", "optimization", "governance")
"""Packages that are given frames."""

every_frame = pytest.mark.parametrize("contract", FRAMES.values(), ids=FRAMES.keys())


def value_of(column, dtype):
    """A value that the column's checks let pass."""
    for check in column.checks:
        if check.name == "isin":
            return check.statistics["allowed_values"][0]
        if check.name == "str_matches":
            return {r"^[01]{7}$": "1111100", r"^[A-Z]{3}$": "EUR"}[check.statistics["pattern"]]
        if check.name == "less_than" and check.statistics["max_value"] <= 0:
            return -1.0
    return {
        pl.String: "a",
        pl.Int64: 1,
        pl.Float64: 1.0,
        pl.Boolean: False,
        pl.Date: dt.date(2026, 3, 1),
    }[dtype.base_type()]


def rows(contract, keys=("a", "b")):
    """Rows that hold the contract, told apart by the first column of its key."""
    columns = contract.model.to_schema().columns
    one = {name: value_of(columns[name], dtype) for name, dtype in contract.schema.items()}
    made = pl.DataFrame([one] * len(keys), schema=contract.schema)
    return made.with_columns(pl.Series(contract.key[0], keys, dtype=pl.String))


@every_frame
def test_a_frame_says_what_it_is_and_who_reads_it(contract):
    assert contract.description.splitlines()[0].endswith(".")
    assert importlib.import_module(contract.reader)
    assert set(contract.key) <= set(contract.columns)
    for name, stated in contract.model.to_schema().columns.items():
        assert stated.description.endswith("."), name


@every_frame
def test_good_rows_come_sorted_in_type_and_without_other_columns(contract):
    good = rows(contract, ("b", "a")).with_columns(noise=1)
    read = contract.read(good.reverse().select(sorted(good.columns)))
    assert read.schema == contract.schema
    assert read[contract.key[0]].to_list() == ["a", "b"]
    assert_frame_equal(contract.read(good), read)
    contract.check(good)
    assert contract.read(good.clear()).is_empty()


@every_frame
def test_a_column_that_lacks_is_named_or_filled(contract):
    good = rows(contract)
    for name in contract.columns:
        if name in contract.omissible:
            filled = contract.read(good.drop(name))[name].to_list()
            assert filled in ([None, None], [False, False], ["", ""])
        else:
            with pytest.raises(ValueError, match=f"{contract.name}: lacks the columns {name}$"):
                contract.read(good.drop(name))


@every_frame
def test_a_missing_value_is_named_where_it_must_be_known(contract):
    good = rows(contract)
    for name in contract.columns:
        bad = good.with_columns(pl.lit(None, contract.schema[name]).alias(name))
        if name in contract.nullable:
            contract.check(bad)
            continue
        for refuse in (contract.read, contract.check):
            with pytest.raises(
                ValueError, match=rf"{contract.name}: {name} of .* is None; it must"
            ):
                refuse(bad)


@every_frame
def test_numbers_out_of_bounds_and_infinite_ones_are_named(contract):
    good = rows(contract)
    last = contract.key[0]
    for name, stated in contract.model.to_schema().columns.items():
        if not contract.schema[name].is_numeric():
            continue
        bad = [float("nan"), float("inf")]
        least = [c.statistics["min_value"] for c in stated.checks if "greater" in c.name]
        bad += [min(least) - 1.0] if least else []
        bad += [0.5] if contract.schema[name].is_integer() else []
        for value in bad:
            broken = pl.when(pl.col(last) == "b").then(value).otherwise(pl.col(name))
            words = re.escape(f"{name} of {last} b") + ".*" + re.escape(f" is {value:g}")[:4]
            with pytest.raises(ValueError, match=words):
                contract.read(good.with_columns(broken.alias(name)))


@every_frame
def test_a_key_comes_once_unless_it_only_names_rows(contract):
    twice = rows(contract, ("b", "a", "b"))
    for refuse in (contract.read, contract.check):
        if contract.unique:
            with pytest.raises(ValueError, match=f"{contract.key[0]} b.* comes more than once"):
                refuse(twice)
        else:
            refuse(twice)


def broken_rules():
    """A frame that breaks a rule about whole rows, by the rule."""
    pair = rows(find_frame(Receivers), ("K", "L"))
    limits = rows(find_frame(Limits), ("cap", "cap"))
    seen, bottom = rows(find_frame(SeenToday)), rows(find_frame(BottomForecast))
    kept, returned = rows(find_frame(KeptUnits)), rows(find_frame(ReturnedUnits))
    return {
        "one_receiving_room_a_location": (
            Receivers, pair.with_columns(receiving_room=pl.Series([3, 4]))
        ),
        "one_hour_a_location": (SeenToday, seen.with_columns(through_hour=pl.Series([3, None]))),
        "one_region_a_location": (
            BottomForecast, bottom.with_columns(region=pl.Series(["east", "west"]))
        ),
        "one_category_a_sku": (
            BottomForecast,
            bottom.with_columns(
                sku=pl.lit("K"), location=pl.Series(["S", "T"]), category=pl.Series(["x", "y"])
            ),
        ),
        "resupply_only_of_what_gains": (KeptUnits, kept.with_columns(kept_value=-1.0)),
        "one_shape_a_limit": (Limits, limits.with_columns(origin=pl.Series(["D", None]))),
        "resalable_within_units": (ReturnedUnits, returned.with_columns(resalable=2.0)),
        "sold_before_returned": (
            ReturnedUnits, returned.with_columns(sold_date=dt.date(2026, 3, 2))
        ),
    }  # fmt: skip


@pytest.mark.parametrize("rule", broken_rules())
def test_rows_that_break_a_rule_are_named_with_it(rule):
    model, bad = broken_rules()[rule]
    (stated,) = [check for check in model.to_schema().checks if check.name == rule]
    with pytest.raises(ValueError, match=f"{find_frame(model).name}: .*: {stated.description}"):
        find_frame(model).check(bad)


def test_every_rule_is_broken_above():
    rules = {
        check.name for contract in FRAMES.values() for check in contract.model.to_schema().checks
    }
    assert rules == broken_rules().keys()


def test_whole_numbers_may_come_as_numbers_and_are_read_as_units():
    contract = find_frame(SalesHistory)
    floats = rows(contract).cast({"sales": pl.Float64, "stockout_hours": pl.Int8})
    assert_frame_equal(contract.read(floats), rows(contract))


def test_optional_columns_are_filled_and_others_left_alone():
    contract = find_frame(Movers)
    short = rows(contract).drop("closing", "volume").with_columns(noise=1)
    filled = contract.fill(short)
    assert filled.columns == [*short.columns, "volume", "closing"]
    assert filled["closing"].to_list() == [False, False]
    assert filled["volume"].dtype == pl.Float64


def test_a_column_is_stated_once():
    planned, pairs = find_frame(PlannedPairs).model.to_schema(), find_contract(PlanningPairs)
    for name, stated in pairs.model.to_schema().columns.items():
        here = planned.columns[name]
        assert (here.dtype, here.description) == (stated.dtype, stated.description)
        bounds = [[(check.name, check.statistics) for check in of.checks] for of in (here, stated)]
        assert bounds[0] == bounds[1]


def test_docstrings_name_the_frames_that_there_are():
    files = [path for room in ROOMS for path in (PROJECT / room).rglob("*.py")]
    named = {name for path in files for name in re.findall(r"[Ff]rame `(\w+)`", path.read_text())}
    assert named == FRAMES.keys()


def test_a_name_is_registered_once():
    class Repeated(Table):
        """Whatever."""

        sku: str = column("Item.")

    with pytest.raises(ValueError, match="two frames are named receivers"):
        frame("receivers", "optimization.allocation", key=("sku",))(Repeated)
    assert not FRAMES.keys() & CONTRACTS.keys()
