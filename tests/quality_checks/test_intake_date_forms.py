"""Days as people write them: read where the column of a file settles their form, else set aside."""

from datetime import date

import pytest

from quality_checks.contracts import CONTRACTS
from quality_checks.intake import LandedFile, examine_files

STOCK = CONTRACTS["stock"]
EVENTS = CONTRACTS["supplier_events"]


def stock_file(folder, times, name="2025-09-30.csv"):
    """A stock file of records read at these times, one item a row."""
    lines = [f"{time},A{n},S1,1,0,0" for n, time in enumerate(times)]
    return landed(folder, name, ["snapshot_time,sku,location,on_hand,reserved,damaged", *lines])


def landed(folder, name, lines):
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return LandedFile("any", date(2025, 9, 30), "", path)


def taken(files, contract, column):
    """(values taken, messages of those set aside) of a column."""
    examined = examine_files(files, contract)
    return examined.rows[column].to_list(), examined.faults["message"].to_list()


@pytest.mark.parametrize(
    ("texts", "times"),
    [
        (["24.09.2025 22:00:01", "3.09.2025 7:05"], [(24, 22, 0, 1), (3, 7, 5, 0)]),
        # A part above twelve is no month, and tells of the others.
        (["24/09/2025 22:00", "03/09/2025 22:00"], [(24, 22, 0, 0), (3, 22, 0, 0)]),
        (["09/24/2025 22:00", "09/03/2025 22:00"], [(24, 22, 0, 0), (3, 22, 0, 0)]),
    ],
)
def test_the_column_tells_which_part_is_the_day(tmp_path, texts, times):
    values, faults = taken([stock_file(tmp_path, texts)], STOCK, "snapshot_time")
    assert [(at.day, at.hour, at.minute, at.second) for at in values] == times
    assert {(at.year, at.month) for at in values} == {(2025, 9)}
    assert faults == []


@pytest.mark.parametrize(
    "texts",
    [
        ["03/09/2025 22:00", "04/09/2025 22:00"],
        ["24/09/2025 22:00", "09/24/2025 22:00"],
        ["24.09.2025 22:00", "2025-09-24T22:00:00"],
        ["24.09.25 22:00"],
        ["24.09.2025"],
        ["31.02.2025 22:00"],
        ["24.13.2025 22:00"],
    ],
)
def test_what_a_column_does_not_settle_is_set_aside_as_it_came(tmp_path, texts):
    values, faults = taken([stock_file(tmp_path, texts)], STOCK, "snapshot_time")
    iso = [text for text in texts if text.startswith("2025")]
    assert len(values) == len(iso)
    assert len(faults) == len(texts) - len(iso)
    assert all("not a time like 2025-09-30T13:45:00" in fault for fault in faults)


def test_each_file_tells_for_itself(tmp_path):
    clear = stock_file(tmp_path, ["24/09/2025 22:00"])
    unclear = stock_file(tmp_path, ["04/09/2025 22:00"], name="2025-09-30_2.csv")
    values, faults = taken([clear, unclear], STOCK, "snapshot_time")
    assert [value.isoformat() for value in values] == ["2025-09-24T22:00:00"]
    assert len(faults) == 1
    assert "'04/09/2025 22:00'" in faults[0]


def test_a_day_has_no_time(tmp_path):
    lines = ["E1,24.09.2025,,CN,strike,0.5", "E2,24.09.2025 10:00,,CN,strike,0.5"]
    file = landed(tmp_path, "2025-09-30.csv", [",".join(EVENTS.columns), *lines])
    values, faults = taken([file], EVENTS, "date")
    assert values == [date(2025, 9, 24)]
    assert len(faults) == 1
