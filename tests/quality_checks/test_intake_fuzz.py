"""A thousand spoilt files: each is loaded right, or set aside with file, row and column.

How the warehouse loads them is tried in `tests/benchmarks/test_fuzz.py`.
"""

from datetime import date, timedelta

import pytest

from benchmarks.fuzz_files import find_wrong_value, make_sound_rows, spoil
from quality_checks.contracts import list_landing_sources
from quality_checks.intake import LandedFile, examine_files

SOURCES = list_landing_sources()
MUTANTS = 48


@pytest.mark.parametrize("name", SOURCES)
def test_a_spoilt_file_is_loaded_right_or_set_aside_by_row_or_whole(tmp_path, name):
    contract = SOURCES[name]
    files, mutants = [], []
    for number in range(MUTANTS):
        day = date(2025, 12, 31) + timedelta(days=number)
        mutant = spoil(make_sound_rows(contract, [number]), f"{name} {number}")
        path = tmp_path / f"{day}.{mutant.ending}"
        path.write_bytes(mutant.content)
        files.append(LandedFile(name, day, "", path))
        mutants.append(mutant)
    examined = examine_files(files, contract)
    refused = dict(examined.refused)
    for number, file in enumerate(files):
        taken = examined.rows.filter(file_index=number)
        faults = examined.faults.filter(file_index=number)
        if number in refused:
            assert refused[number].startswith(f"{file.path.name}: ")
            assert taken.is_empty()
            assert faults.is_empty()
            continue
        rows = sorted([*taken["row"], *faults["row"]])
        assert rows == list(range(1, examined.row_counts[number] + 1)), "no row is lost"
        fields = set(faults["field"].str.split(",").explode())
        assert fields <= set(contract.columns), "the column is named"
        assert faults["message"].str.len_chars().min() != 0
        stated = taken.select("row", *contract.columns)
        assert find_wrong_value(stated, mutants[number]) is None
    contract.model.to_schema().validate(examined.rows.select(contract.columns), lazy=True)
