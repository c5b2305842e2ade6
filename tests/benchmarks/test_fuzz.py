"""A slice of the fuzz through the whole load; `python -m benchmarks fuzz` has all sources."""

import polars as pl
import pytest

from benchmarks.fuzz import measure
from benchmarks.fuzz_files import Mutant, find_wrong_value, make_sound_rows, spoil
from quality_checks.contracts import CONTRACTS


def test_spoilt_files_load_right_wait_or_are_refused_and_stop_nothing():
    found = measure(34, 3, lambda _: None, ["purchase_orders", "stock"])
    assert found["faults"] == []
    assert found["mutants"] == 34
    assert found["huge"] == 1
    assert min(found["files"][name] for name in ("loaded", "refused", "named")) > 0
    assert min(found["rows"].values()) > 0


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_value_that_is_not_the_files_is_found(ending):
    rows = make_sound_rows(CONTRACTS["stock"], [1])
    mutant = Mutant(ending, rows.write_csv().encode(), rows)
    taken = rows.with_row_index("row", offset=1)
    assert find_wrong_value(taken, mutant) is None
    wrong = taken.with_columns(on_hand=pl.col("on_hand") + (pl.col("row") == 3).cast(pl.Int64))
    assert "row 3: on_hand is" in str(find_wrong_value(wrong, mutant))


def test_accidents_repeat():
    rows = make_sound_rows(CONTRACTS["stock"], [1])
    first, again = (spoil(rows, "stock 1") for _ in range(2))
    assert first.content == again.content
    assert len({spoil(rows, f"stock {n}").content for n in range(30)}) > 25
