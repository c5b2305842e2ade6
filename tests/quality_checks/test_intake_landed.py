import gzip
from datetime import date

from quality_checks.intake import find_landed, hash_content, measure_content


def land(landing, *names):
    folder = landing / "stock"
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("x")


def slots(landed):
    return [(file.business_date, file.sequence) for file in landed]


def test_files_come_by_date_and_sequence_with_numbers_by_size(tmp_path):
    land(
        tmp_path,
        "2025-10-01.csv",
        "2025-09-30_10.parquet",
        "2025-09-30_2.csv",
        "2025-09-30_north-1.csv.gz",
        "2025-09-30.csv.gz",
    )
    landed, refused = find_landed(tmp_path, "stock")
    day = date(2025, 9, 30)
    assert slots(landed) == [
        (day, ""),
        (day, "north-1"),
        (day, "2"),
        (day, "10"),
        (date(2025, 10, 1), ""),
    ]
    assert {file.source for file in landed} == {"stock"}
    assert refused == []


def test_unfinished_hidden_and_control_files_are_passed_over(tmp_path):
    land(
        tmp_path,
        ".2025-09-30.csv",
        "2025-09-30.csv.tmp",
        "2025-09-30.csv.part",
        "2025-09-30.csv.control.json",
    )
    assert find_landed(tmp_path, "stock") == ([], [])


def test_a_source_without_a_folder_has_no_files(tmp_path):
    assert find_landed(tmp_path, "stock") == ([], [])


def test_names_that_tell_no_date_are_refused(tmp_path):
    land(
        tmp_path, "2025-02-30.csv", "stock.csv", "2025-09-30.xlsx", "2025-9-30.csv", "20250930.csv"
    )
    (tmp_path / "stock" / "2025-09-29.csv").mkdir()
    landed, refused = find_landed(tmp_path, "stock")
    assert landed == []
    messages = {file.path.name: file.message for file in refused}
    assert set(messages) == {
        "2025-02-30.csv",
        "2025-09-29.csv",
        "2025-09-30.xlsx",
        "2025-9-30.csv",
        "20250930.csv",
        "stock.csv",
    }
    assert "2025-02-30 is not a date" in messages["2025-02-30.csv"]
    assert "stock.csv is not named" in messages["stock.csv"]
    assert "not a file" in messages["2025-09-29.csv"]


def test_two_files_of_one_slot_are_both_refused(tmp_path):
    land(tmp_path, "2025-09-30.csv", "2025-09-30.parquet", "2025-09-30_1.csv")
    landed, refused = find_landed(tmp_path, "stock")
    assert slots(landed) == [(date(2025, 9, 30), "1")]
    assert [file.path.name for file in refused] == ["2025-09-30.csv", "2025-09-30.parquet"]
    assert "2025-09-30.parquet" in refused[0].message
    assert "2025-09-30.csv" in refused[1].message


def test_content_hash_is_sha256_of_the_bytes(tmp_path):
    # The published test vector of FIPS 180-2 for "abc".
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert hash_content(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_what_is_packed_counts_with_what_it_unpacks_to(tmp_path):
    plain, packed, stub = (
        tmp_path / f"2025-09-30{end}" for end in (".csv", "_1.csv.gz", "_2.csv.gz")
    )
    plain.write_bytes(b"x" * 5000)
    packed.write_bytes(gzip.compress(b"x" * 5000, mtime=0))
    stub.write_bytes(b"x")
    assert [measure_content(path) for path in (plain, packed, stub)] == [5000, 5000, 1]
