"""What cannot be used is refused with file and place, stops its source only, and loses nothing."""

import os

import pytest
from raw_files import DAY, POS, POS_HEAD, POS_NAMES

LINE = "007;12;1;30.09.2025;14:05;123;Hemd;2;ST;23,80"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("line: Pos", "lien: Pos"), "columns.lien: pos_sales has no such column"),
        (("  line: Pos\n", ""), "columns: line is stated by nothing"),
        (("encoding: windows-1252", "encoding: windows-1225"), "field read.encoding"),
        (("encoding: windows-1252", "encoding: hex"), "field read.encoding"),
        (("{constant: store}", "{constant: store, from: A}"), "field columns.channel"),
        (("{ST: 1, KAR: 12}", "{ST: one}"), "field columns.quantity.factor_by.factors.ST"),
        (("1/1.19", "1/0"), "field columns.net_value.factor"),
        (("{date:%Y%m%d}", "{date:%Y%m}"), "files: Umsatz_{date:%Y%m}.csv: it needs one date"),
        (("_{date:%Y%m%d}", ""), "the business date must come from one of"),
        (('thousands: "."', 'thousands: ","'), "decimal and thousands have the same mark"),
        (("folder: kasse", "folder: ../kasse"), "field folder"),
        (("folder: kasse", "fodler: kasse"), "field fodler"),
        (("columns:\n", "columns:\n  line: Pos\n"), "key 'line' is given twice"),
        (("sign: positive", "sign: big"), "field keep.0.sign"),
        (("zero_fill: 5", "factor: 5"), "columns.sku: is no number"),
        (("read:\n", "read:\n  zone: Europe/Berlln\n"), "field read.zone"),
        (("{ST: 1, KAR: 12}", "{007: 1}"), "007 is read as another number: quote it"),
        (("{constant: store}", "{from: Filiale, codes: {no: store}}"), "put it in quotes"),
        (("read:\n", "split_by: sku\nread:\n"), "the business date must come from one of"),
    ],
)
def test_a_wrong_mapping_is_told_with_its_place(till, change, told):
    assert change[0] in POS
    path = till.map("pos_sales", POS.replace(*change))
    till.sell(DAY, LINE)
    (message,) = till.make("pos_sales").refused
    assert message.startswith(str(path))
    assert told in message
    assert not (till.root / "landing").exists()


def test_a_mapping_of_an_unknown_source_stops_no_other(till):
    till.map("sales", POS)
    till.sell(DAY, LINE)
    till.make("pos_sales")
    assert till.names("pos_sales") == ["2025-09-30.csv"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ((POS_HEAD + POS_NAMES + LINE).encode(), "the last line does not end with a line break"),
        (b"", "the file is empty"),
        (POS_HEAD.encode(), "the file ends before its header, line 3"),
        ((POS_HEAD + POS_NAMES.replace("ME;", "Einh;") + LINE + "\n").encode(), "column 'ME'"),
        ((POS_HEAD + POS_NAMES + f'"{LINE}\n').encode(), "line 4 cannot be read, a quote"),
        ((POS_HEAD + POS_NAMES + LINE + "\n").encode() + b"\x81\n", "line 5 is not windows-1252"),
    ],
)
def test_a_raw_file_that_cannot_be_read_is_told_again_each_time(till, content, told):
    path = till.sell(DAY, LINE)
    path.write_bytes(content)
    for _ in range(2):
        (message,) = till.make("pos_sales").refused
        assert message.startswith("raw/kasse/Umsatz_20250930.csv: ")
        assert told in message
    assert till.names("pos_sales") == []


def test_one_broken_file_leaves_others_and_what_it_made_before(till):
    path = till.sell(DAY, LINE)
    till.make("pos_sales")
    path.write_bytes(path.read_bytes()[:-30])
    till.drop("kasse/Umsatz_20250929.csv", POS_HEAD + POS_NAMES + LINE + "\r\n")
    assert len(till.make("pos_sales").refused) == 1
    assert till.names("pos_sales") == ["2025-09-29.csv", "2025-09-30.csv"]
    assert till.landed("pos_sales", "2025-09-30.csv").height == 1


def test_files_that_no_mapping_reads_are_named(till):
    till.drop("kasse/Umsatz-20250930.csv", "x\n")
    till.drop("stock/Bestand.csv", "x\n")
    till.drop("kasse/.Umsatz_20250930.csv", "still copied")
    till.drop("kasse/Umsatz_20250930.csv.tmp", "still copied")
    assert till.make("pos_sales").refused == [
        "raw/kasse/Umsatz-20250930.csv: no mapping reads a file of this name"
    ]
    assert till.make("stock").refused == [
        "raw/stock/Bestand.csv: no mapping reads a file of this name"
    ]


def test_a_name_that_cannot_be_shown_is_told_and_stops_nothing(till):
    till.drop("kasse/Umsatz_20250930\x1b[2J.csv", "x\n")
    (till.root / "raw" / "kasse" / os.fsdecode(b"Umsatz_\xff.csv")).write_text("x\n")
    till.sell(DAY, LINE)
    told = till.make("pos_sales").refused
    assert [message.endswith("a name that cannot be shown is not read") for message in told] == [
        True,
        True,
    ]
    assert all(message.isprintable() for message in told)
    assert till.names("pos_sales") == ["2025-09-30.csv"]


def test_a_long_name_and_a_folder_in_the_way(till):
    till.map("pos_sales", POS.replace("%d}.csv", "%d}*.csv"))
    till.drop(f"kasse/Umsatz_20250930_{'x' * 200}.csv", POS_HEAD + POS_NAMES + LINE + "\r\n")
    assert till.make("pos_sales").refused == []
    (name,) = till.names("pos_sales")
    assert name == f"2025-09-30_{'x' * 80}.csv"
    (till.root / "landing" / "pos_sales" / "2025-09-29.csv").mkdir()
    till.drop("kasse/Umsatz_20250929.csv", POS_HEAD + POS_NAMES + LINE + "\r\n")
    (message,) = till.make("pos_sales").refused
    assert "was not made from raw files" in message


def test_two_mappings_never_make_the_same_file(till):
    till.map("pos_sales", POS.replace("%d}.csv", "%d}*.csv"))
    till.map("pos_sales.web", POS.replace("Umsatz_", "Web_"))
    for name in ("Umsatz_20250930web", "Web_20250930"):
        till.drop(f"kasse/{name}.csv", POS_HEAD + POS_NAMES + LINE + "\r\n")
    for _ in range(2):
        (message,) = till.make("pos_sales").refused
        assert "another mapping of the source makes 2025-09-30_web.csv" in message


def test_a_date_in_a_name_that_is_none(till):
    till.drop("kasse/Umsatz_20250931.csv", "x\n")
    (message,) = till.make("pos_sales").refused
    assert "20250931 in its name is no date of the form %Y%m%d" in message


def test_what_a_person_put_into_landing_is_never_written_over(till):
    own = till.root / "landing" / "pos_sales" / "2025-09-30.csv"
    own.parent.mkdir(parents=True)
    own.write_text("mine\n")
    till.sell(DAY, LINE)
    (message,) = till.make("pos_sales").refused
    assert "landing/pos_sales/2025-09-30.csv is there and was not made from raw files" in message
    assert own.read_text() == "mine\n"


def test_files_are_made_once_and_anew_where_raw_file_or_mapping_changed(till):
    till.sell(DAY, LINE)
    assert till.make("pos_sales").written == 1
    landed = till.root / "landing" / "pos_sales" / "2025-09-30.csv"
    before = landed.stat().st_mtime_ns
    assert till.make("pos_sales").written == 0
    till.map("pos_sales", f"# a comment says nothing new\n{POS}")
    assert till.make("pos_sales").written == 0
    assert landed.stat().st_mtime_ns == before
    till.sell(DAY, LINE, LINE.replace(";1;", ";2;", 1))
    assert till.make("pos_sales").written == 1
    assert till.landed("pos_sales", "2025-09-30.csv").height == 2
    till.map("pos_sales", POS.replace("KAR: 12", "KAR: 12, PAL: 80").replace("1/1.19", "1/1.07"))
    assert till.make("pos_sales").written == 1
    assert till.landed("pos_sales", "2025-09-30.csv")["net_value"][0] == "22.242990654"


def test_a_touched_file_makes_nothing_new(till):
    path = till.sell(DAY, LINE)
    till.make("pos_sales")
    os.utime(path, ns=(0, 12345))
    assert till.make("pos_sales").written == 0


def test_what_was_made_stays_when_its_raw_file_is_archived(till):
    till.sell(DAY, LINE).unlink()
    path = till.sell(DAY, LINE)
    till.make("pos_sales")
    path.unlink()
    assert till.make("pos_sales").written == 0
    assert till.names("pos_sales") == ["2025-09-30.csv"]


def test_a_file_of_a_date_that_was_read_wrongly_is_taken_away(till):
    till.sell(DAY, LINE)
    till.make("pos_sales")
    till.map("pos_sales", f"days_earlier: 1\n{POS}")
    (note,) = till.make("pos_sales").notes
    assert "landing/pos_sales/2025-09-30.csv was taken away" in note
    assert till.names("pos_sales") == ["2025-09-29.csv"]


SQL = """
files: "s_{date:%Y%m%d}.csv"
sql: __SQL__
columns:
  sku: a
  location: {constant: F1}
  snapshot_time: {file_date: "22:00"}
  on_hand: b
  reserved: {constant: 0}
  damaged: {constant: 0}
"""


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT a, b FROM raw WHERE", "is no SELECT"),
        ("DROP TABLE raw", "is no SELECT"),
        ("SELECT a, c AS b FROM raw", '"c" not found'),
        ("SELECT a, b::INT AS b FROM raw", "Could not convert string 'x'"),
        ("SELECT a, random() AS b FROM raw", "random does not give the same each time"),
        ("SELECT a, current_date AS b FROM raw", "current_date does not give the same"),
        ("SELECT * FROM read_csv('/etc/hosts')", "disabled by configuration"),
        ("SELECT a FROM raw", "column 'b' is missing"),
        ("SELECT a, [b] AS b FROM raw", "b does not hold single values"),
    ],
)
def test_sql_that_cannot_be_run_or_would_not_give_the_same_is_refused(till, sql, told):
    till.map("stock", SQL.replace("__SQL__", f'"{sql}"'))
    till.drop("stock/s_20250930.csv", "a,b\nA,1\nB,x\n")
    (message,) = till.make("stock").refused
    assert message.startswith("raw/stock/s_20250930.csv: ")
    assert told in message


def test_a_vast_file_is_refused(till, monkeypatch):
    monkeypatch.setattr("quality_checks.intake.size.MOST_ROWS", 3)
    till.sell(DAY, *[LINE] * 5)
    (message,) = till.make("pos_sales").refused
    assert "the file has more than 3 rows" in message
