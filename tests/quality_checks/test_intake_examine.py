import gzip
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quality_checks.contracts import CONTRACTS
from quality_checks.intake import LandedFile, examine_files
from quality_checks.intake import size as limits

STOCK = CONTRACTS["stock"]
SALES = CONTRACTS["pos_sales"]
NIGHT = '"2025-09-30T22:00:00.0"'
STOCK_HEADER = "snapshot_time,sku,location,on_hand,reserved,damaged"
SALES_HEADER = (
    "receipt,line,timestamp,sku,location,channel,fulfilment_location,"
    "quantity,net_value,list_value,promo_id"
)


PLACE = {"file_index": pl.Int32, "row": pl.Int64, "_origin": pl.String}
"""Columns that tell where a row to take came from."""


def at(time):
    return datetime.fromisoformat(f"2025-09-30T{time}")


def stock_line(sku="A", on_hand="5", reserved="0"):
    return f"2025-09-30T22:00:00,{sku},S1,{on_hand},{reserved},0"


def sales_line(receipt="R1", line="1", quantity="2", net="10.0"):
    return f"{receipt},{line},2025-09-30T13:45:00,A,S1,store,S1,{quantity},{net},12.0,"


def land(folder, name, content):
    """A landed file with a text, bytes, or a frame that is written as parquet."""
    path = Path(folder) / name
    if isinstance(content, pl.DataFrame):
        content.write_parquet(path)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    stem = name.split(".")[0]
    return LandedFile("any", date.fromisoformat(stem[:10]), stem[11:], path)


def stock_file(folder, *lines, name="2025-09-30.csv"):
    return land(folder, name, "\n".join([STOCK_HEADER, *lines]) + "\n")


def sales_file(folder, *lines, name="2025-09-30.csv"):
    return land(folder, name, "\n".join([SALES_HEADER, *lines]) + "\n")


def refusal(file, contract=STOCK):
    """The message with which a file is refused; nothing else may come of it."""
    examined = examine_files([file], contract)
    assert examined.rows.is_empty()
    assert examined.faults.is_empty()
    assert [number for number, _ in examined.refused] == [0]
    return examined.refused[0][1]


def only_fault(examined):
    assert examined.faults.height == 1
    return examined.faults.row(0, named=True)


# Files that are taken


@pytest.mark.parametrize(
    "content",
    [
        f"{STOCK_HEADER}\n{stock_line()}\n",
        f"{STOCK_HEADER}\n{stock_line()}\r",
        f"\ufeff{STOCK_HEADER}\n{stock_line()}\n",
        f"{STOCK_HEADER}\r\n{stock_line()}\r\n",
        f"{STOCK_HEADER}\n\n{stock_line()}\n\n",
        f"{STOCK_HEADER}\n2025-09-30 22:00:00.000,A,S1,5.0,+0,0\n",
        f'on_hand,sku,"snapshot_time",damaged,location,reserved\n5,"A",{NIGHT},"0",S1,0\n',
    ],
    ids=["plain", "no last break", "bom", "crlf", "blank lines", "other writing", "quoted"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_good_file_is_taken_as_it_is(tmp_path, content, packed):
    data = gzip.compress(content.encode()) if packed else content.encode()
    file = land(tmp_path, "2025-09-30.csv" + (".gz" if packed else ""), data)
    examined = examine_files([file], STOCK)
    assert examined.rows.schema == {**STOCK.schema, **PLACE}
    assert examined.rows.rows() == [(at("22:00:00"), "A", "S1", 5, 0, 0, 0, 1, None)]
    assert examined.faults.is_empty()
    assert examined.refused == examined.notes == []
    assert examined.row_counts == {0: 1}


def test_a_quoted_field_may_hold_breaks_commas_and_quotes(tmp_path):
    header = "count_id,timestamp,sku,location,counted,reason"
    line = "{},2025-09-30T22:00:00,A,S1,5,{}"
    text = "\n".join([header, line.format("1", '"A,\n""1"""'), line.format("2", "B")]) + "\n"
    file = land(tmp_path, "2025-09-30.csv", text)
    examined = examine_files([file], CONTRACTS["stock_counts"])
    assert examined.rows["reason"].to_list() == ['A,\n"1"', "B"]
    assert examined.rows["row"].to_list() == [1, 2]


def test_a_header_alone_loads_no_rows(tmp_path):
    empty = pl.DataFrame(schema=STOCK.schema)
    files = [
        land(tmp_path, "2025-09-28.csv", STOCK_HEADER + "\n"),
        land(tmp_path, "2025-09-29.csv", STOCK_HEADER + "\r\n"),
        land(tmp_path, "2025-09-30.parquet", empty),
    ]
    examined = examine_files(files, STOCK)
    assert examined.rows.height == examined.faults.height == 0
    assert examined.row_counts == {0: 0, 1: 0, 2: 0}
    assert examined.refused == []


def test_a_batch_without_files_is_empty():
    examined = examine_files([], STOCK)
    assert examined.rows.schema == {**STOCK.schema, **PLACE}
    assert examined.faults.columns == ["file_index", "row", "field", "reason", "message", "payload"]
    assert examined.row_counts == {}


def test_an_extra_column_is_noted_and_kept_in_the_payload(tmp_path):
    content = f"{STOCK_HEADER},till\n{stock_line()},7\n{stock_line('B', reserved='-1')},8\n"
    examined = examine_files([land(tmp_path, "2025-09-30.csv", content)], STOCK)
    assert examined.rows.height == 1
    assert "till" not in examined.rows.columns
    assert examined.notes == [(0, "2025-09-30.csv: columns not in the contract: till")]
    assert json.loads(only_fault(examined)["payload"])["till"] == "8"


# Files that are refused whole


def test_an_empty_file_is_refused(tmp_path):
    for name in ("2025-09-30.csv", "2025-09-30.csv.gz", "2025-09-30.parquet"):
        assert refusal(land(tmp_path, name, b"")) == f"{name}: the file is empty (0 bytes)"
    for content in (b"\n\n", b"\xef\xbb\xbf"):
        assert "no header" in refusal(land(tmp_path, "2025-09-30.csv", content))


def test_a_truncated_parquet_file_is_refused(tmp_path):
    frame = pl.DataFrame({"sku": ["A"] * 1000})
    frame.write_parquet(tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    for size in (3, len(whole) // 2, len(whole) - 1):
        message = refusal(land(tmp_path, "2025-09-30.parquet", whole[:size]))
        assert message.startswith("2025-09-30.parquet: the file is not parquet, or truncated")


@pytest.mark.filterwarnings("error")
def test_damaged_parquet_files_are_refused_or_read_and_never_crash(tmp_path):
    frame = pl.DataFrame(
        {
            "snapshot_time": [at("00:00:00")] * 50,
            "sku": [f"sku {number}" for number in range(50)],
            "location": ["S1"] * 50,
            "on_hand": range(50),
            "reserved": [0] * 50,
            "damaged": [0] * 50,
        }
    )
    frame.write_parquet(tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    random = np.random.default_rng(7)
    outcomes = set()
    for _ in range(150):
        damaged = bytearray(whole)
        for place in random.integers(0, len(whole), size=5):
            damaged[place] = random.integers(0, 256)
        examined = examine_files([land(tmp_path, "2025-09-30.parquet", bytes(damaged))], STOCK)
        outcomes.add(bool(examined.refused))
        if not examined.refused:
            assert examined.rows.height + examined.faults.height == examined.row_counts[0]
    assert True in outcomes


def test_a_truncated_gzip_file_is_refused(tmp_path):
    text = "\n".join([STOCK_HEADER, *(stock_line(f"A{number}") for number in range(5000))])
    whole = gzip.compress(text.encode())
    for size in (5, len(whole) // 2, len(whole) - 4):
        message = refusal(land(tmp_path, "2025-09-30.csv.gz", whole[:size]))
        assert message.startswith("2025-09-30.csv.gz: the file is truncated or damaged")
    assert (
        "not a gzipped file" in refusal(land(tmp_path, "2025-09-30.csv.gz", text.encode())).lower()
    )


def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path):
    latin = f"{STOCK_HEADER}\n{stock_line()}\n{stock_line('Süd')}\n".encode("latin-1")
    message = refusal(land(tmp_path, "2025-09-30.csv", latin))
    assert message == "2025-09-30.csv: line 3 is not UTF-8 (byte 0xfc)"


def test_a_ragged_line_is_refused_with_its_number_also_far_down(tmp_path):
    good = [stock_line(f"A{number}") for number in range(30_000)]
    short = stock_file(tmp_path, *good, "2025-09-30T22:00:00,B,S1,5", stock_line("C"))
    expected = "2025-09-30.csv: line 30002 has 4 fields, the header has 6"
    assert refusal(short) == expected
    long = stock_file(tmp_path, stock_line(), stock_line("B", "1,234"))
    assert refusal(long) == "2025-09-30.csv: line 3 has 7 fields, the header has 6"
    # The line is that of the file, also behind a field with a break of its own.
    broken = stock_file(tmp_path, '2025-09-30T22:00:00,"A\n1",S1,5,0,0', "B,S1")
    assert refusal(broken) == "2025-09-30.csv: line 4 has 2 fields, the header has 6"


def test_a_file_cut_off_in_a_line_is_refused(tmp_path):
    text = f"{STOCK_HEADER}\n{stock_line()}\n{stock_line('B')}"
    message = refusal(land(tmp_path, "2025-09-30.csv", text[:-4]))
    assert message == "2025-09-30.csv: line 3 has 4 fields, the header has 6"


@pytest.mark.parametrize("column", range(6))
def test_an_open_quote_is_refused_and_never_swallows_the_rest(tmp_path, column):
    fields = stock_line("B").split(",")
    fields[column] = '"' + fields[column]
    file = stock_file(tmp_path, stock_line(), ",".join(fields), stock_line("C"), stock_line("D"))
    message = refusal(file)
    assert message.startswith("2025-09-30.csv: line 3 cannot be read, a quote may be left open")


def test_missing_and_renamed_columns_are_named(tmp_path):
    lacking = land(tmp_path, "2025-09-30.csv", "snapshot_time,sku,location,reserved,damaged\n")
    assert refusal(lacking) == (
        "2025-09-30.csv: column 'on_hand' is missing; "
        "the header has: snapshot_time, sku, location, reserved, damaged"
    )
    for renamed in ("OnHand", "on hand", "onhand_qty", " on_hand"):
        header = STOCK_HEADER.replace("on_hand", renamed)
        message = refusal(land(tmp_path, "2025-09-30.csv", f"{header}\n{stock_line()}\n"))
        assert f"column 'on_hand' is missing (was it renamed to '{renamed}'?)" in message
    header = SALES_HEADER.replace("quantity", "qty")
    message = refusal(land(tmp_path, "2025-09-30.csv", f"{header}\n"), SALES)
    assert "column 'quantity' is missing (was it renamed to 'qty'?)" in message


def test_a_missing_nullable_column_is_a_missing_column(tmp_path):
    header = SALES_HEADER.removesuffix(",promo_id")
    file = land(tmp_path, "2025-09-30.csv", f"{header}\n{sales_line().removesuffix(',')}\n")
    assert "column 'promo_id' is missing" in refusal(file, SALES)
    assert examine_files([file], SALES).row_counts == {0: 1}


def test_a_column_that_stands_twice_is_refused(tmp_path):
    file = land(tmp_path, "2025-09-30.csv", f"{STOCK_HEADER},sku\n{stock_line()},B\n")
    assert refusal(file) == "2025-09-30.csv: line 1 names column 'sku' more than once"


def test_a_file_that_ends_within_its_last_line_is_refused_without_a_control_file(tmp_path):
    whole = f"{STOCK_HEADER}\n{stock_line()}\n{stock_line('B', '12')}\n".encode()
    for length in range(1, len(whole)):
        file = land(tmp_path, "2025-09-30.csv", whole[:length])
        examined = examine_files([file], STOCK)
        ends = whole[:length].endswith(b"\n")
        assert bool(examined.refused) is not ends, length
    message = refusal(land(tmp_path, "2025-09-30.csv", whole[:-2]))
    assert "may be cut" in message
    land(tmp_path, "2025-09-30.csv.control.json", '{"rows": 2}')
    file = land(tmp_path, "2025-09-30.csv", whole[:-1])
    assert examine_files([file], STOCK).rows["on_hand"].to_list() == [5, 12]


@pytest.mark.parametrize(
    ("limit", "words"), [("MOST_BYTES", "bytes unpacked"), ("MOST_ROWS", "rows")]
)
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_a_file_that_holds_more_than_memory_is_refused(tmp_path, monkeypatch, ending, limit, words):
    monkeypatch.setattr(limits, limit, 1000)
    text = "\n".join([STOCK_HEADER, *[stock_line()] * 2000, ""])
    content = {"csv": text, "csv.gz": gzip.compress(text.encode())}.get(ending)
    if content is None:
        if limit == "MOST_BYTES":
            pytest.skip("parquet is bounded by rows")
        content = pl.concat([stock_frame()] * 2000)
    message = refusal(land(tmp_path, f"2025-09-30.{ending}", content))
    assert f"more than 1,000 {words}: send it in parts" in message


def test_decimals_of_256_bits_are_read_as_numbers(tmp_path):
    values = [Decimal("7.00"), Decimal("9" * 40)]
    table = pl.concat([stock_frame(), stock_frame(sku=["B"])]).drop("on_hand").to_arrow()
    wide = pa.array(values, pa.decimal256(60, 2))
    path = tmp_path / "2025-09-30.parquet"
    pq.write_table(table.append_column("on_hand", wide), path)
    examined = examine_files([LandedFile("any", date(2025, 9, 30), "", path)], STOCK)
    assert examined.rows["on_hand"].to_list() == [7]
    assert only_fault(examined)["field"] == "on_hand"


def test_a_type_that_nothing_reads_is_refused_and_does_not_end_the_run(tmp_path):
    table = stock_frame(on_hand=[1]).to_arrow()
    deep = pa.array([[Decimal(1)]], pa.list_(pa.decimal256(60, 2)))
    path = tmp_path / "2025-09-30.parquet"
    pq.write_table(table.append_column("extra", deep), path)
    file = LandedFile("any", date(2025, 9, 30), "", path)
    assert "a type that cannot be read" in refusal(file)


def test_a_parquet_column_of_lists_is_refused(tmp_path):
    frame = stock_frame(sku=[["A"]])
    message = refusal(land(tmp_path, "2025-09-30.parquet", frame))
    assert message == "2025-09-30.parquet: column 'sku' holds List(String), not single values"


def test_a_refused_file_does_not_touch_its_neighbours(tmp_path):
    files = [
        stock_file(tmp_path, stock_line(), name="2025-09-30.csv"),
        land(tmp_path, "2025-10-01.csv", b""),
        stock_file(tmp_path, stock_line(reserved="-3"), stock_line("B"), name="2025-10-02.csv"),
    ]
    examined = examine_files(files, STOCK)
    assert examined.rows.select("file_index", "row", "sku").rows() == [(0, 1, "A"), (2, 2, "B")]
    assert examined.faults.select("file_index", "row").rows() == [(2, 1)]
    assert [number for number, _ in examined.refused] == [1]
    assert examined.row_counts == {0: 1, 2: 2}


# Rows that are set aside


def test_stock_below_zero_is_taken_and_a_negative_reservation_is_set_aside(tmp_path):
    lines = stock_line("A", "-3"), stock_line("B", reserved="-3")
    examined = examine_files([stock_file(tmp_path, *lines)], STOCK)
    assert examined.rows.select("sku", "on_hand").rows() == [("A", -3)]
    fault = only_fault(examined)
    payload = json.loads(fault.pop("payload"))
    assert fault == {
        "file_index": 0,
        "row": 2,
        "field": "reserved",
        "reason": "out_of_bounds",
        "message": "reserved is -3; it must be at least 0",
    }
    assert payload == dict(
        zip(STOCK_HEADER.split(","), stock_line("B", reserved="-3").split(","), strict=True)
    )


@pytest.mark.parametrize(
    ("value", "reason", "message"),
    [
        (
            '"1,234"',
            "wrong_type",
            "on_hand is '1,234': not a whole number (thousands separators are not accepted)",
        ),
        ("1 234", "wrong_type", "on_hand is '1 234': not a whole number (thousands separ"),
        ("2.5", "wrong_type", "on_hand is '2.5': not a whole number"),
        ("many", "wrong_type", "on_hand is 'many': not a whole number"),
        ("1e3", "wrong_type", "on_hand is '1e3': not a whole number"),
        ("99999999999999999999", "wrong_type", "on_hand is '99999999999999999999': not a whole"),
        ("NaN", "wrong_type", "on_hand is 'NaN': not a whole number"),
        ("", "missing_value", "on_hand is missing"),
        ('""', "missing_value", "on_hand is missing"),
        ("x" * 500, "wrong_type", f"on_hand is '{'x' * 60}…': not a whole number"),
    ],
)
def test_values_that_are_no_whole_number(tmp_path, value, reason, message):
    fault = only_fault(examine_files([stock_file(tmp_path, stock_line(on_hand=value))], STOCK))
    assert fault["field"] == "on_hand"
    assert fault["reason"] == reason
    assert fault["message"].startswith(message)


@pytest.mark.parametrize(
    "value",
    [
        "2025-09-30",
        "2025-09-30T13:45",
        "2025-09-30T13:45:00Z",
        "2025-09-30T13:45:00+02:00",
        "2025-02-30T13:45:00",
        "2025-09-30T23:59:60",
        "2025-09-30T24:00:00",
        "30/09/25 13:45:00",
        "9/30/2025 1:45 PM",
        "0000-01-01 00:00:00",
    ],
)
def test_values_that_are_no_timestamp(tmp_path, value):
    line = stock_line().replace("2025-09-30T22:00:00", value)
    fault = only_fault(examine_files([stock_file(tmp_path, line)], STOCK))
    assert (fault["field"], fault["reason"]) == ("snapshot_time", "wrong_type")
    assert fault["message"].startswith(f"snapshot_time is '{value}': not a time like")


def test_timestamps_keep_their_fraction(tmp_path):
    line = stock_line().replace("22:00:00", "22:00:00.250")
    examined = examine_files([stock_file(tmp_path, line)], STOCK)
    assert examined.rows["snapshot_time"].to_list() == [at("22:00:00.250")]


@pytest.mark.parametrize("value", ["2025-9-3", "20250903", "2025-09-03T00:00:00", "+025-09-03"])
def test_values_that_are_no_date(tmp_path, value):
    header = ",".join(CONTRACTS["supplier_events"].columns)
    file = land(tmp_path, "2025-09-30.csv", f"{header}\nE1,{value},,CN,strike,0.5\n")
    fault = only_fault(examine_files([file], CONTRACTS["supplier_events"]))
    assert fault["message"] == f"date is '{value}': not a date like 2025-09-30"


def test_booleans_are_words_or_digits_of_any_case(tmp_path):
    lanes = CONTRACTS["lanes"]
    words = ["true", "TRUE", "True", "1", "false", "FALSE", "0", "yes"]
    lines = [f"D1,S{n},1,1,1,,,1111100,{word}" for n, word in enumerate(words)]
    file = land(tmp_path, "2025-09-30.csv", "\n".join([",".join(lanes.columns), *lines, ""]))
    examined = examine_files([file], lanes)
    assert examined.rows["allowed"].to_list() == [True] * 4 + [False] * 3
    assert only_fault(examined)["message"] == "allowed is 'yes': not true, false, 1 or 0"


def test_nan_and_infinity_are_faults(tmp_path):
    lines = [sales_line(f"R{n}", net=value) for n, value in enumerate(["nan", "inf", "-inf", "1"])]
    examined = examine_files([sales_file(tmp_path, *lines)], SALES)
    assert examined.rows["net_value"].to_list() == [1.0]
    assert examined.faults.select("reason", "message").rows() == [
        ("missing_value", "net_value is 'nan'; a missing value must be empty"),
        ("out_of_bounds", "net_value is 'inf'; it must be finite"),
        ("out_of_bounds", "net_value is '-inf'; it must be finite"),
    ]


def test_several_faults_of_a_row_are_joined_in_the_order_of_the_columns(tmp_path):
    line = sales_line(quantity="0", net="x").replace("R1", "").replace("store", "shop")
    fault = only_fault(examine_files([sales_file(tmp_path, line)], SALES))
    assert fault["field"] == "receipt,channel,quantity,net_value"
    assert fault["reason"] == "missing_value"
    assert fault["message"] == (
        "receipt is missing; "
        "channel is 'shop'; it must be one of store, click_and_collect, ecom, marketplace; "
        "quantity is 0; it must be at least 1; "
        "net_value is 'x': not a number"
    )


def test_what_no_business_would_send_is_set_aside_before_anything_reckons_with_it(tmp_path):
    lines = [
        sales_line(quantity=str(2**63 - 1)),
        sales_line("R2", net="1e308"),
        sales_line("R\x07"),
        sales_line("R4"),
    ]
    examined = examine_files([sales_file(tmp_path, *lines)], SALES)
    assert examined.rows["receipt"].to_list() == ["R4"]
    assert dict(examined.faults.select("field", "row").iter_rows()) == {
        "quantity": 1, "net_value": 2, "receipt": 3,
    }  # fmt: skip
    terms = CONTRACTS["item_suppliers"]
    line = f"A,V1,{10**9},1,1,4.0,EUR,true,2025-01-01,,,,"
    file = land(tmp_path, "2025-09-29.csv", "\n".join([",".join(terms.columns), line, ""]))
    fault = only_fault(examine_files([file], terms))
    assert fault["field"] == "contract_lead_time_days"
    assert "it must be at most" in fault["message"]


def test_words_for_the_other_bounds(tmp_path):
    products = CONTRACTS["products"]
    good = "A,ST,red,M,D,C,B,basic,1.5,2.5,EUR,6,0.5,,,,2025-01-01,,4012345678901,,V1"
    bad = good.replace("1.5,2.5,EUR", "0,2.5,euro")
    file = land(tmp_path, "2025-09-30.csv", "\n".join([",".join(products.columns), bad, ""]))
    assert only_fault(examine_files([file], products))["message"] == (
        "unit_cost is 0.0; it must be above 0; "
        "currency is 'euro'; it must be of the form ^[A-Z]{3}$"
    )
    promotions = CONTRACTS["promotions"]
    line = "P1,all,*,*,*,2025-01-01,2025-01-31,1.0"
    file = land(tmp_path, "2025-09-30.csv", "\n".join([",".join(promotions.columns), line, ""]))
    assert only_fault(examine_files([file], promotions))["message"] == (
        "discount is 1.0; it must be below 1"
    )
    hours = CONTRACTS["stockout_hours"]
    line = "2025-01-01,A,S1,25,"
    file = land(tmp_path, "2025-09-30.csv", "\n".join([",".join(hours.columns), line, ""]))
    assert (
        only_fault(examine_files([file], hours))["message"] == "hours is 25; it must be at most 24"
    )


def test_a_check_on_whole_rows_names_its_columns(tmp_path):
    contract = CONTRACTS["item_locations"]
    lines = ["A,S1,active,9,2,A,", "B,S1,active,9,,A,", "C,S1,active,2,2,A,"]
    file = land(tmp_path, "2025-09-30.csv", "\n".join([",".join(contract.columns), *lines, ""]))
    examined = examine_files([file], contract)
    assert examined.rows["sku"].to_list() == ["B", "C"]
    fault = only_fault(examined)
    assert (fault["field"], fault["reason"]) == ("presentation_min,shelf_max", "out_of_bounds")
    assert fault["message"] == (
        "presentation_min is 9 and shelf_max is 2; presentation_min_within_shelf_max does not hold"
    )


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("promotions", "P,all,*,*,*,2025-10-12,2025-10-02,0.2"),
        ("prices", "A,*,2025-10-12,2025-10-02,9.5,EUR"),
        ("events", "E,fair,local,*,*,2025-10-12,2025-10-02"),
    ],
)
def test_what_ends_before_it_starts_is_set_aside(tmp_path, source, line):
    contract = CONTRACTS[source]
    lines = [line, line.replace("2025-10-02", "2025-10-12")]
    file = land(tmp_path, "2025-09-30.csv", "\n".join([",".join(contract.columns), *lines, ""]))
    examined = examine_files([file], contract)
    assert examined.rows.height == 1
    assert "2025-10-02" in only_fault(examined)["message"]


def test_one_per_cent_of_garbage_is_set_aside_and_the_rest_is_taken(tmp_path):
    random = np.random.default_rng(3)
    lines = [sales_line(f"R{number}") for number in range(20_000)]
    garbage = set(random.choice(len(lines), size=200, replace=False).tolist())
    for number in garbage:
        fields = lines[number].split(",")
        # Every column but the optional promotion, which may hold any text.
        fields[random.integers(0, 10)] = ""
        lines[number] = ",".join(fields)
    file = sales_file(tmp_path, *lines)
    examined = examine_files([file], SALES)
    assert set(examined.faults["row"].to_list()) == {number + 1 for number in garbage}
    assert examined.faults["row"].is_sorted()
    assert examined.faults["reason"].unique().to_list() == ["missing_value"]
    assert examined.rows.height == 19_800
    for row, payload in examined.faults.select("row", "payload").rows():
        values = [value or "" for value in json.loads(payload).values()]
        assert ",".join(values) == lines[row - 1]


# Parquet columns of other types


def stock_frame(**columns):
    good = {
        "snapshot_time": [at("22:00:00")],
        "sku": ["A"],
        "location": ["S1"],
        "on_hand": [5],
        "reserved": [0],
        "damaged": [0],
    }
    return pl.DataFrame({**good, **columns})


def stock_parquet(folder, **columns):
    return examine_files([land(folder, "2025-09-30.parquet", stock_frame(**columns))], STOCK)


def series(value, dtype):
    return pl.Series([value], dtype=dtype)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("on_hand", series(5.0, pl.Float64), 5),
        ("on_hand", series(5, pl.Int16), 5),
        ("on_hand", series(5, pl.UInt64), 5),
        ("on_hand", series("5", pl.String), 5),
        ("on_hand", series("5.00", pl.String).cast(pl.Decimal(12, 2)), 5),
        ("sku", series(17, pl.Int32), "17"),
        ("sku", series("A", pl.Categorical), "A"),
        ("sku", series(b"A", pl.Binary), "A"),
        ("snapshot_time", series("2025-09-30 22:00:00", pl.String), at("22:00:00")),
        (
            "snapshot_time",
            series(at("22:00:00"), pl.Datetime("ns")),
            at("22:00:00"),
        ),
    ],
)
def test_other_types_that_can_hold_the_value_are_taken(tmp_path, column, values, expected):
    examined = stock_parquet(tmp_path, **{column: values})
    assert examined.rows[column].to_list() == [expected]
    assert examined.rows.schema[column] == STOCK.schema[column]


@pytest.mark.parametrize(
    ("column", "values", "reason", "message"),
    [
        ("on_hand", series(2.5, pl.Float64), "wrong_type", "on_hand is 2.5: not a whole number"),
        ("on_hand", series(2.0**60, pl.Float64), "wrong_type", "on_hand is 1.15292"),
        ("on_hand", series(2**63, pl.UInt64), "wrong_type", "on_hand is 9223372036854775808"),
        ("on_hand", series(float("nan"), pl.Float64), "missing_value", "on_hand is NaN"),
        ("on_hand", series(True, pl.Boolean), "wrong_type", "on_hand is true: not a whole"),
        ("on_hand", series("2,345", pl.String), "wrong_type", "on_hand is '2,345': not a whole"),
        ("on_hand", series(None, pl.Null), "missing_value", "on_hand is missing"),
        ("sku", series("", pl.String), "missing_value", "sku is missing"),
        ("sku", series(float("nan"), pl.Float64), "missing_value", "sku is NaN"),
        (
            "snapshot_time",
            series(at("22:00:00"), pl.Datetime("us", "UTC")),
            "wrong_type",
            "snapshot_time is 2025-09-30 22:00:00.000000+00:00: not a time like",
        ),
        (
            "snapshot_time",
            series(2**62, pl.Int64).cast(pl.Datetime("us")),
            "wrong_type",
            f"snapshot_time is '{2**62}': not a time like",
        ),
        (
            "snapshot_time",
            series(date(2025, 9, 30), pl.Date),
            "wrong_type",
            "snapshot_time is 2025-09-30: not a time like",
        ),
    ],
)
def test_other_types_are_judged_value_by_value(tmp_path, column, values, reason, message):
    fault = only_fault(stock_parquet(tmp_path, **{column: values}))
    assert (fault["field"], fault["reason"]) == (column, reason)
    assert fault["message"].startswith(message)


def test_midnight_passes_for_a_date_and_no_other_time(tmp_path):
    contract = CONTRACTS["supplier_events"]
    midnight = at("00:00:00")
    frame = pl.DataFrame(
        {
            "event_id": ["E1", "E2"],
            "date": [midnight, midnight + timedelta(seconds=1)],
            "supplier": ["V1", "V1"],
            "origin": [None, None],
            "kind": ["strike", "strike"],
            "severity": [0.5, 1],
        }
    )
    examined = examine_files([land(tmp_path, "2025-09-30.parquet", frame)], contract)
    assert examined.rows["date"].to_list() == [date(2025, 9, 30)]
    assert only_fault(examined)["field"] == "date"


def test_files_whose_types_drift_are_read_each_in_its_own(tmp_path):
    columns = ["sku", "on_hand"]
    files = [
        land(tmp_path, "2025-09-30.parquet", stock_frame(on_hand=[7])),
        land(tmp_path, "2025-10-01.parquet", stock_frame(on_hand=[1.5])),
        stock_file(tmp_path, stock_line(on_hand="8"), name="2025-10-02.csv"),
        land(tmp_path, "2025-10-03.parquet", stock_frame(on_hand=[9], sku=[12])),
    ]
    examined = examine_files(files, STOCK)
    assert examined.rows.select("file_index", *columns).rows() == [
        (0, "A", 7),
        (2, "A", 8),
        (3, "12", 9),
    ]
    fault = only_fault(examined)
    assert (fault["file_index"], fault["row"]) == (1, 1)
    assert json.loads(fault["payload"])["on_hand"] == "1.5"


# Duplicates


def test_the_same_receipt_twice_with_different_quantities(tmp_path):
    first = sales_file(tmp_path, *[sales_line(f"R{n}") for n in range(1, 8)])
    second = sales_file(tmp_path, sales_line("R7", quantity="3"), name="2025-10-01.csv")
    examined = examine_files([first, second], SALES)
    assert examined.rows.filter(receipt="R7")["quantity"].to_list() == [2]
    fault = only_fault(examined)
    assert (fault["file_index"], fault["row"]) == (1, 1)
    assert (fault["field"], fault["reason"]) == ("receipt,line", "duplicate_key")
    assert fault["message"] == (
        "receipt R7 line 1 came before in 2025-09-30.csv row 7 with quantity 2, here 3"
    )


def test_a_file_of_which_too_many_rows_are_at_fault_is_refused_with_the_first(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("quality_checks.intake.judge.MOST_SET_ASIDE", 3)
    again = stock_file(tmp_path, stock_line("A"), *[stock_line("B")] * 5)
    ill = stock_file(
        tmp_path, *[stock_line(f"C{n}", "five") for n in range(4)], name="2025-10-01.csv"
    )
    few = stock_file(
        tmp_path, stock_line("D"), *[stock_line("D")] * 3, stock_line("E"), name="2025-10-02.csv"
    )
    examined = examine_files([again, ill, few], STOCK)
    (_, first), (_, second) = examined.refused
    assert first.startswith("2025-09-30.csv: 4 rows cannot be taken, ")
    assert first.endswith("the first is row 3: the key came before")
    assert "2025-10-01.csv: 4 rows" in second
    assert "row 1: on_hand" in second
    assert "'five'" in second
    assert examined.rows.select("file_index", "sku").rows() == [(2, "D"), (2, "E")]
    assert examined.faults["row"].to_list() == [2, 3, 4]
    assert examined.row_counts == {0: 6, 1: 4, 2: 5}


def test_a_duplicate_that_is_the_same_says_so(tmp_path):
    lines = [sales_line(), sales_line(line="2"), sales_line(), sales_line()]
    examined = examine_files([sales_file(tmp_path, *lines)], SALES)
    assert examined.rows["row"].to_list() == [1, 2]
    assert examined.faults["row"].to_list() == [3, 4]
    assert examined.faults["message"].unique().to_list() == [
        "receipt R1 line 1 came before in 2025-09-30.csv row 1, the same"
    ]


def test_every_column_in_which_a_duplicate_differs_is_named(tmp_path):
    lines = [sales_line(), sales_line(quantity="3", net="11") + "P1"]
    fault = only_fault(examine_files([sales_file(tmp_path, *lines)], SALES))
    assert fault["message"].endswith(
        "row 1 with quantity 2, here 3 and net_value 10.0, here 11.0 and promo_id missing, here P1"
    )


def test_a_row_that_is_set_aside_does_not_shut_out_its_correction(tmp_path):
    lines = [sales_line(quantity="-2"), sales_line(quantity="2")]
    examined = examine_files([sales_file(tmp_path, *lines)], SALES)
    assert examined.rows["row"].to_list() == [2]
    assert only_fault(examined)["reason"] == "out_of_bounds"


def test_a_state_is_unique_within_a_file_and_sent_anew_in_others(tmp_path):
    files = [
        stock_file(tmp_path, stock_line(), stock_line(on_hand="6"), name="2025-09-29.csv"),
        stock_file(tmp_path, stock_line(on_hand="7"), name="2025-09-30_1.csv"),
        stock_file(tmp_path, stock_line(on_hand="8"), name="2025-09-30_2.csv"),
    ]
    examined = examine_files(files, STOCK)
    assert examined.rows.select("file_index", "on_hand").rows() == [(0, 5), (1, 7), (2, 8)]
    fault = only_fault(examined)
    assert (fault["file_index"], fault["row"], fault["reason"]) == (0, 2, "duplicate_key")
    assert fault["message"] == (
        "sku A location S1 came before in 2025-09-29.csv row 1 with on_hand 5, here 6"
    )


# Control totals


def control(file, content):
    path = file.path.with_name(file.path.name + ".control.json")
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_control_totals_that_hold_let_the_file_in(tmp_path):
    # 0.1 + 0.2 is not 0.3 in binary.
    file = sales_file(tmp_path, sales_line("R1", net="0.1"), sales_line("R2", net="0.2"))
    totals = {"rows": 2, "sums": {"quantity": 4, "net_value": 0.3, "list_value": 24}}
    assert examine_files([control(file, totals)], SALES).rows.height == 2


def test_the_sums_are_of_the_file_as_it_came(tmp_path):
    lines = stock_line("A", "5"), stock_line("B", "-3", "-3"), stock_line("B", "")
    file = stock_file(tmp_path, *lines)
    examined = examine_files([control(file, {"rows": 3, "sums": {"on_hand": 2}})], STOCK)
    assert examined.refused == []
    assert examined.rows.height == 1


@pytest.mark.parametrize(
    ("totals", "message"),
    [
        ({"rows": 3}, "rows: expected 3, found 2"),
        ({"sums": {"quantity": 5}}, "sum of quantity: expected 5, found 4"),
        ({"rows": 2, "sums": {"net_value": 20.01}}, "sum of net_value: expected 20.01, found 20.0"),
        ({"sums": {"weight": 1}}, "sum of weight: there is no such column"),
        ({"sums": {"sku": 1}}, "sum of sku: the column is not numeric"),
        ({"rows": 1, "sums": {"quantity": 1}}, "rows: expected 1, found 2; sum of quantity: exp"),
        ({"rows": "2"}, "cannot be read: rows Input should be a valid integer"),
        ({"row": 2}, "cannot be read: row Extra inputs are not permitted"),
        ("{", "2025-09-30.csv.control.json cannot be read: Invalid JSON"),
    ],
)
def test_control_totals_that_do_not_hold_refuse_the_file(tmp_path, totals, message):
    file = control(sales_file(tmp_path, sales_line("R1"), sales_line("R2")), totals)
    refused = refusal(file, SALES)
    assert refused.startswith("2025-09-30.csv: ")
    assert message in refused
    assert examine_files([file], SALES).row_counts == {0: 2}


def test_a_column_of_lists_cannot_be_added(tmp_path):
    file = land(tmp_path, "2025-09-30.parquet", stock_frame(till=[[1]]))
    message = refusal(control(file, {"sums": {"till": 1}}))
    assert "sum of till: the column is not numeric" in message


def test_a_value_that_cannot_be_added_fails_the_total(tmp_path):
    file = stock_file(tmp_path, stock_line(on_hand="5"), stock_line("B", '"1,234"'))
    message = refusal(control(file, {"sums": {"on_hand": 1239}}))
    assert "sum of on_hand: expected 1239, but '1,234' cannot be added" in message


def test_a_file_of_before_may_lack_an_omissible_column(tmp_path):
    contract = CONTRACTS["lanes"]
    assert contract.omissible == {"volume_capacity"}
    header = [name for name in contract.columns if name not in contract.omissible]
    row = "DC1,S1,1,5.0,0.1,100,1111111,true"
    old = land(tmp_path, "2025-09-30.csv", f"{','.join(header)}\n{row}\n")
    found = examine_files([old], contract)
    assert found.refused == []
    assert found.rows["volume_capacity"].to_list() == [None]
    assert found.rows.schema["volume_capacity"] == pl.Float64
    in_types = land(tmp_path, "2025-09-30_2.parquet", found.rows.select(header))
    again = examine_files([in_types], contract)
    assert again.rows.select(contract.columns).equals(found.rows.select(contract.columns))
