"""Landing files hold what raw files say, in the contract's form; what they say wrongly is told."""

from datetime import date, datetime

import polars as pl
from raw_files import DAY

LINE = "007;12;{pos};30.09.2025;14:05;123;Hemd grün;{quantity};{unit};{value}"


def line(pos=1, quantity="2", unit="ST", value="23,80"):
    return LINE.format(pos=pos, quantity=quantity, unit=unit, value=value)


def test_a_german_till_is_read_as_it_is_stated(till):
    till.sell(DAY, line(), line(2, "1", "KAR", "1.190,00"), ";Summe;;;;;;3;;1.213,80")
    assert till.make("pos_sales").refused == []
    landed = till.landed("pos_sales", "2025-09-30.csv")
    columns = ["receipt", "timestamp", "sku", "location", "quantity", "net_value", "raw_line"]
    assert landed.select(columns).rows() == [
        ("007-12", "2025-09-30T14:05:00", "00123", "007", "2", "20", "4"),
        ("007-12", "2025-09-30T14:05:00", "00123", "007", "12", "1000", "5"),
    ]
    assert landed["raw_file"].unique().to_list() == ["raw/kasse/Umsatz_20250930.csv"]


def test_what_is_not_as_stated_waits_with_its_file_and_line(till):
    till.land_masters()
    till.sell(
        DAY,
        line(1),
        line(2, "1.5"),
        line(3, "1", "PAL"),
        line(4).replace("30.09.2025", "09/30/2025"),
        line(5) + ";zu viel",
        line(6).replace(";123;", ";999;"),
    )
    warehouse = till.load()
    assert warehouse.known("pos_sales", DAY)["line"].to_list() == [1]
    waiting = warehouse.waiting("pos_sales", DAY).sort("row")
    assert waiting.select("row", "field", "reason").rows() == [
        (2, "quantity", "wrong_type"),
        (3, "quantity", "wrong_type"),
        (4, "timestamp", "wrong_type"),
        (5, "receipt", "wrong_type"),
        (6, "sku", "unknown_key"),
    ]
    messages = waiting["message"].to_list()
    assert messages[0] == (
        "'1.5' is no number with a decimal comma and '.' between thousands "
        "(raw/kasse/Umsatz_20250930.csv line 5)"
    )
    assert "the unit 'PAL' is none of: ST, KAR" in messages[1]
    assert "'09/30/2025 14:05' is not of the form %d.%m.%Y %H:%M" in messages[2]
    assert "line 8 has 11 fields, the header has 10" in messages[3]
    assert [f"Umsatz_20250930.csv line {n})" in told for n, told in enumerate(messages, 5)] == [
        True
    ] * 5


def test_a_row_that_is_lost_by_no_rule(till):
    """Whose sign cannot be told is no return and no sale, and is kept to be set aside."""
    till.sell(DAY, line(1, "drei"), line(2, "1-"), line(3))
    assert till.make("pos_sales").notes == [
        "raw/kasse/Umsatz_20250930.csv: 1 rows left out by rule"
    ]
    landed = till.landed("pos_sales", "2025-09-30.csv")
    assert landed.select("line", "quantity").rows() == [("1", None), ("3", "2")]


SHOP = """
files: "orders_export*.csv"
split_by: timestamp
read:
  times: "%Y-%m-%d %H:%M:%S %z"
  local_zone: Europe/Berlin
fill_down: [Financial Status]
keep:
  - {column: Financial Status, values: [paid, partially_refunded]}
columns:
  receipt: Name
  line: {number_within: Name}
  timestamp: Created at
  sku: Lineitem sku
  location: {constant: WEB}
  channel: {constant: ecom}
  fulfilment_location: {constant: DC1}
  quantity: Lineitem quantity
  net_value: {from: Lineitem price, factor: 1/1.19}
  list_value: {from: Lineitem compare at price, missing: "0"}
"""

SHOP_NAMES = (
    "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem sku,Lineitem price,"
    "Lineitem compare at price\n"
)


def test_orders_of_a_shop_are_split_by_their_local_day(till):
    till.map("pos_sales.web", SHOP)
    till.drop(
        "pos_sales/orders_export_1.csv",
        SHOP_NAMES
        + "#1,a@b,paid,2025-09-29 22:30:00 +0000,1,A,11.90,\n"
        + "#1,a@b,,2025-09-29 22:30:00 +0000,2,B,23.80,30\n"
        + "#2,a@b,refunded,2025-09-29 12:00:00 +0200,1,A,11.90,\n"
        + "#3,a@b,paid,2025-09-29 12:00:00 +0200,1,A,11.90,\n",
        "utf-8",
    )
    assert till.make("pos_sales").refused == []
    assert till.names("pos_sales") == ["2025-09-29_web.csv", "2025-09-30_web.csv"]
    late = till.landed("pos_sales", "2025-09-30_web.csv")
    assert late.select("receipt", "line", "timestamp", "net_value", "list_value").rows() == [
        ("#1", "1", "2025-09-30T00:30:00", "10", "0"),
        ("#1", "2", "2025-09-30T00:30:00", "20", "30"),
    ]


def test_hours_that_clocks_strike_twice_or_leave_out(till):
    """Sales stand by the local clock; one of an hour that there was not is told so."""
    till.map("pos_sales.web", SHOP)
    till.drop(
        "pos_sales/orders_export_1.csv",
        SHOP_NAMES
        + "#1,a@b,paid,2025-10-26 02:30:00 +0200,1,A,11.90,\n"
        + "#2,a@b,paid,2025-10-26 02:30:00 +0100,1,A,11.90,\n"
        + "#3,a@b,paid,2025-03-30 00:59:59 +0000,1,A,11.90,\n"
        + "#4,a@b,paid,2025-03-30 01:00:00 +0000,1,A,11.90,\n",
        "utf-8",
    )
    assert till.make("pos_sales").refused == []
    autumn, spring = (
        till.landed("pos_sales", f"{day}_web.csv") for day in ("2025-10-26", "2025-03-30")
    )
    assert autumn.select("receipt", "timestamp").rows() == [
        ("#1", "2025-10-26T02:30:00"),
        ("#2", "2025-10-26T02:30:00"),
    ]
    assert spring["timestamp"].to_list() == ["2025-03-30T01:59:59", "2025-03-30T03:00:00"]
    till.map(
        "pos_sales.web",
        SHOP.replace(" %z", "").replace("local_zone", "zone: America/New_York\n  local_zone"),
    )
    till.drop(
        "pos_sales/orders_export_1.csv",
        SHOP_NAMES
        + "#5,a@b,paid,2025-03-09 02:30:00,1,A,11.90,\n"
        + "#6,a@b,paid,2025-03-09 03:30:00,1,A,11.90,\n"
        + "#7,a@b,paid,2025-11-02 01:30:00,1,A,11.90,\n"
        + "#8,a@b,paid,no time,1,A,11.90,\n",
        "utf-8",
    )
    made = till.make("pos_sales")
    assert made.refused == []
    files = [till.landed("pos_sales", name) for name in till.names("pos_sales")]
    landed = pl.concat(files, how="diagonal")
    found = {
        receipt: (time, faults)
        for receipt, time, faults in landed.select("receipt", "timestamp", "raw_faults").iter_rows()
    }
    assert found["#6"] == ("2025-03-09T08:30:00", None)
    assert found["#7"] == ("2025-11-02T06:30:00", None)
    assert (
        "'2025-03-09 02:30:00' is in an hour that clocks of America/New_York leave out"
        in found["#5"][1]
    )
    assert "'no time' is not of the form" in found["#8"][1]


def test_overlapping_exports_bring_each_key_once_the_newest_of_all(till):
    """In whatever order they came, with the bytes of one that came at once."""
    till.map("pos_sales", SHOP)
    row = "#{n},a@b,paid,2025-09-30 12:00:00 +0200,{quantity},A,11.90,\n"
    first = SHOP_NAMES + row.format(n=1, quantity=1) + row.format(n=2, quantity=1)
    second = SHOP_NAMES + row.format(n=2, quantity=5) + row.format(n=3, quantity=1)
    till.drop("pos_sales/orders_export_10.csv", second)
    till.make("pos_sales")
    till.drop("pos_sales/orders_export_9.csv", first)
    till.make("pos_sales")
    landed = till.landed("pos_sales", "2025-09-30.csv")
    assert landed.select("receipt", "quantity").rows() == [("#1", "1"), ("#2", "5"), ("#3", "1")]
    path = till.root / "landing" / "pos_sales" / "2025-09-30.csv"
    before = path.read_bytes()
    for made in (till.root / "landing" / "pos_sales").iterdir():
        made.unlink()
    till.make("pos_sales")
    assert path.read_bytes() == before


STOCK_SQL = """
files: "Bestand_{date:%Y%m%d}.txt"
read: {encoding: utf-16, separator: "\\t", numbers: {decimal: ","}}
sql: |
  SELECT raw_line, Artikel AS sku, filiale AS location, bestand
  FROM (UNPIVOT raw ON F1, F2 INTO NAME filiale VALUE bestand)
columns:
  sku: sku
  location: location
  snapshot_time: {file_date: "22:00"}
  on_hand: bestand
  reserved: {constant: 0}
  damaged: {constant: 0}
"""


def test_sql_turns_a_crosstab_into_rows(till):
    till.map("stock", STOCK_SQL)
    content = "Artikel\tF1\tF2\nA\t3,0\t-1\nB\t0\tx\nC\t1\t1\t1\n"
    till.drop("stock/Bestand_20250930.txt", content, "utf-16")
    assert till.make("stock").refused == []
    landed = till.landed("stock", "2025-09-30.csv")
    assert landed.select("sku", "location", "on_hand", "snapshot_time", "raw_line").rows() == [
        ("A", "F1", "3", "2025-09-30T22:00:00", "2"),
        ("A", "F2", "-1", "2025-09-30T22:00:00", "2"),
        ("B", "F1", "0", "2025-09-30T22:00:00", "3"),
        ("B", "F2", None, "2025-09-30T22:00:00", "3"),
        (None, None, None, "2025-09-30T22:00:00", "4"),
    ]
    assert landed["raw_faults"].to_list()[3:] == [
        '{"on_hand": "\'x\' is no number with a decimal comma"}',
        '{"sku": "line 4 has 4 fields, the header has 3"}',
    ]


def test_a_parquet_export_is_read_like_any_other(till):
    till.map("stock", STOCK_SQL.partition("sql:")[0].replace("txt", "parquet") + STOCK_COLUMNS)
    path = till.root / "raw" / "stock" / "Bestand_20250930.parquet"
    path.parent.mkdir(parents=True)
    read = datetime(2025, 9, 30, 22)  # noqa: DTZ001  # local by contract
    pl.DataFrame({"item": ["A"], "at": ["F1"], "units": [3.0], "read": [read]}).write_parquet(path)
    assert till.make("stock").refused == []
    landed = till.landed("stock", "2025-09-30.csv")
    assert landed.select("sku", "snapshot_time", "on_hand").rows() == [
        ("A", "2025-09-30T22:00:00", "3.0")
    ]


STOCK_COLUMNS = """
columns:
  sku: item
  location: at
  snapshot_time: read
  on_hand: units
  reserved: {constant: 0}
  damaged: {constant: 0}
"""


def test_a_file_written_after_midnight_is_of_the_day_before(till):
    till.map("pos_sales", "days_earlier: 1\n" + till_mapping(till))
    till.sell(date(2025, 10, 1), line())
    till.make("pos_sales")
    assert till.names("pos_sales") == ["2025-09-30.csv"]


def till_mapping(till):
    return (till.root / "mappings" / "pos_sales.yaml").read_text()
