"""Files for suppliers: orders with lines, changes, forecasts; X12 as another's parser reads it."""

import io
import json
from datetime import date, timedelta

import polars as pl
import pytest
from x12 import X12EnvelopeError, inspect_x12_interchange, parse_x12_interchange, tokenize_x12

from governance.exchange import list_cancelled_orders, write_supplier_files
from quality_checks.contracts import CONTRACTS, SupplierExchange

NOTHING = {name: CONTRACTS[name].empty() for name in ("purchase_orders", "supplier_files")}
NO_CANCELS = CONTRACTS["cancel_lines"].empty()
TERMS = pl.DataFrame(
    {"sku": ["SKU1"], "supplier": ["ACME"], "supplier_item": [None]},
    schema_overrides={"supplier_item": pl.String},
)
FORECAST = pl.DataFrame(
    {"supplier": ["ACME"], "sku": ["SKU1"], "week": [date(2026, 3, 3)], "units": [12.5]}
)
ORDERS = NOTHING["purchase_orders"].vstack(
    pl.DataFrame(
        [
            {
                "po": "PO1", "line": 2, "supplier": "ACME", "sku": "SKU1", "destination": "S2",
                "ordered_on": date(2026, 2, 1), "requested_on": date(2026, 4, 1),
                "ordered_quantity": 100, "delivered_quantity": 0, "unit_price": 4.5,
                "status": "confirmed",
            }
        ],
        schema=NOTHING["purchase_orders"].schema,
    )
)  # fmt: skip


def order(number, destination="S2", **row):
    """A line of the plan's one order of ACME to a place."""
    document = f"2026-03-03/ACME/{destination}"
    line = {"action_id": f"{number:024d}", "kind": "purchase_order", "quantity": 10}
    line |= {"destination": destination, **row}
    return line | {"details": json.dumps({"document": document, "minimum_order_value": 60.0})}


CUT = {"action_id": "c" * 24, "kind": "purchase_change", "quantity": 30}


def write(tmp_path, lines, day, form="x12", **given):
    return write_supplier_files(
        lines,
        ORDERS,
        given.get("terms", TERMS),
        FORECAST,
        given.get("before", NOTHING["supplier_files"]),
        cancelled=list_cancelled_orders(
            given.get("cancels", NO_CANCELS), given.get("departed", lines)
        ),
        rules=SupplierExchange(
            sender="SHOP", files={"ACME": form}, forecasts=given.get("forecasts", [])
        ),
        outbox=tmp_path / "outbox",
        business_date=day,
    )


def inspect(content):
    """An interchange as a parser that is not ours finds it, its envelopes held to be true."""
    return inspect_x12_interchange(parse_x12_interchange(tokenize_x12(content)))


def test_an_order_is_one_document_with_its_lines_and_control_totals(tmp_path, export_lines, day):
    lines = export_lines(
        order(1, sku="SKU2", unit_value=2.5),
        order(2, quantity=7),
        order(3, "S9"),
        CUT,
        {"action_id": "t" * 24},
    )
    handed = write(tmp_path, lines, day)
    assert handed.left_out.is_empty()
    (file,) = (tmp_path / "outbox" / "ACME").iterdir()
    assert file.name == "2026-03-02_1.edi"
    content = file.read_bytes()
    text = content.decode("ascii")
    for segment in (
        "BEG*00*SA*PL260302-1-1**20260303~",
        "N1*ST**92*S2~",
        "PO1*1*7*EA*5.0000**SK*SKU1~",
        "PO1*2*10*EA*2.5000**SK*SKU2~",
        "CTT*2*17~",
        "BEG*00*SA*PL260302-1-2**20260303~",
        "BCH*04*SA*PO1***20260201*****20260303~",
        # Of 100 units 30 are cut.
        "POC*2*QD*70*70*EA*4.5000**SK*SKU1~",
    ):
        assert segment in text
    assert text.count("\nGS*") == 2
    assert sorted(inspect(content).transaction_set_codes) == [b"850", b"850", b"860"]
    with pytest.raises(X12EnvelopeError):
        inspect(content.replace(b"\nCTT*2*17~", b""))
    assert handed.files.select("supplier", "form", "lines", "units").rows() == [
        ("ACME", "x12", 4, 57.0)
    ]


TWO_DAYS = [order(1, sku="SKU2", due_on=date(2026, 3, 9)), order(2, due_on=date(2026, 3, 5))]


def test_lines_of_one_document_due_on_two_days_are_one_order(tmp_path, export_lines, day):
    lines = export_lines(*TWO_DAYS, order(3, "S9"))
    write(tmp_path, lines, day)
    (file,) = (tmp_path / "outbox" / "ACME").iterdir()
    segments = file.read_text().splitlines()
    at = segments.index("PO1*1*10*EA*5.0000**SK*SKU1~")
    assert segments[at : at + 5] == [
        "PO1*1*10*EA*5.0000**SK*SKU1~",
        "DTM*002*20260305~",
        "PO1*2*10*EA*5.0000**SK*SKU2~",
        "DTM*002*20260309~",
        "CTT*2*20~",
    ]
    assert [one[:22] for one in segments if one.startswith("BEG")] == [
        "BEG*00*SA*PL260302-1-1", "BEG*00*SA*PL260302-1-2",
    ]  # fmt: skip
    write(tmp_path / "csv", lines, day, "csv")
    (file,) = (tmp_path / "csv" / "outbox" / "ACME").iterdir()
    told = pl.read_csv(io.BytesIO(file.read_bytes()))
    assert told.select("po", "po_line", "due_on").rows() == [
        ("PL260302-1-1", 1, "2026-03-05"),
        ("PL260302-1-1", 2, "2026-03-09"),
        ("PL260302-1-2", 1, "2026-03-05"),
    ]


def test_what_leaves_of_an_order_later_is_added_to_it(tmp_path, export_lines, day):
    first = export_lines(*TWO_DAYS)
    more = export_lines(order(3, sku="SKU0"), order(4, "S1"), CUT)
    handed = write(tmp_path, first, day)
    both = pl.concat([first, more.with_columns(batch=pl.lit(2, pl.Int64))])
    stored = handed.files.with_columns(business_date=pl.lit(day))
    write(tmp_path, both, day, before=stored)
    segments = (tmp_path / "outbox" / "ACME" / "2026-03-02_2.edi").read_text().splitlines()
    # SKU0 takes the next line of the order that has left, and S1 gets an order of this batch.
    assert "BCH*04*SA*PL260302-1-1***20260303*****20260303~" in segments
    assert "POC*3*AI*10*10*EA*5.0000**SK*SKU0~" in segments
    assert "BEG*00*SA*PL260302-2-1**20260303~" in segments
    assert sum(one.startswith("PO1") for one in segments) == 1
    inspect("\n".join(segments).encode())


def test_nothing_is_added_to_an_order_of_which_no_file_could_hold_a_line(
    tmp_path, export_lines, day
):
    lines = export_lines(order(1, sku="A*B"), order(2))
    lines = lines.with_columns(batch=pl.Series([1, 2]))
    write(tmp_path, lines, day)
    (file,) = (tmp_path / "outbox" / "ACME").iterdir()
    assert "BEG*00*SA*PL260302-1-1**" in file.read_text()


def test_the_same_batch_makes_the_same_bytes_and_is_handed_out_once(tmp_path, export_lines, day):
    lines = export_lines(order(1))
    first = write(tmp_path, lines, day)
    (file,) = (tmp_path / "outbox" / "ACME").iterdir()
    content = file.read_bytes()
    file.unlink()  # the supplier's gateway has taken it away
    stored = first.files.with_columns(business_date=pl.lit(day))
    again = write(tmp_path, lines, day, "csv", before=stored)
    assert not list((tmp_path / "outbox" / "ACME").iterdir())
    assert again.files.equals(first.files)
    write(tmp_path, lines, day)
    assert file.read_bytes() == content


def test_csv_has_orders_and_changes_with_the_key_that_the_erp_knows(tmp_path, export_lines, day):
    lines = export_lines(order(1), CUT)
    write(tmp_path, lines, day, "csv")
    (file,) = (tmp_path / "outbox" / "ACME").iterdir()
    frame = pl.read_csv(io.BytesIO(file.read_bytes()))
    assert frame.select("po", "po_line", "change", "quantity", "line_units").rows() == [
        ("PL260302-1-1", 1, None, 10, 10),
        ("PO1", 2, "cut", 30, 70),
    ]
    assert set(frame["idempotency_key"]) == set(lines["idempotency_key"])


@pytest.mark.parametrize(("open_units", "rest"), [(100, 60), (70, 30)], ids=["all", "part came"])
def test_a_line_that_is_split_says_both_parts_which_are_all_that_is_open_of_it(
    tmp_path, export_lines, day, open_units, rest
):
    told = {"po": "PO1", "po_line": 2, "form": "split", "rest_on": "2026-04-01"}
    told["open_units"] = open_units
    split = {
        "action_id": "5" * 24, "kind": "purchase_change", "quantity": 40,
        "due_on": date(2026, 3, 20), "details": json.dumps(told),
    }  # fmt: skip
    lines = export_lines(split)
    write(tmp_path / "edi", lines, day)
    (file,) = (tmp_path / "edi" / "outbox" / "ACME").iterdir()
    content = file.read_bytes()
    segments = content.decode().split("\n")
    at = segments.index("POC*2*RS*100*100*EA*4.5000**SK*SKU1~")
    assert segments[at + 1 : at + 3] == [
        "SCH*40*EA***002*20260320~",
        f"SCH*{rest}*EA***002*20260401~",
    ]
    assert list(inspect(content).transaction_set_codes) == [b"860"]
    write(tmp_path / "csv", lines, day, "csv")
    (file,) = (tmp_path / "csv" / "outbox" / "ACME").iterdir()
    frame = pl.read_csv(io.BytesIO(file.read_bytes()))
    parts = frame.select("change", "quantity", "due_on", "rest_units", "rest_on").rows()
    assert parts == [("split", 40, "2026-03-20", rest, "2026-04-01")]


def test_what_no_file_can_hold_is_named_and_stops_nothing(tmp_path, export_lines, day):
    unknown = {"action_id": "u" * 24, "kind": "expedite", "supplier": "ACME", "origin": None}
    unknown["details"] = '{"po":"PO7","po_line":1}'
    lines = export_lines(order(1), order(2, sku="A*B"), order(3, sku="Hüte"), unknown)
    handed = write(tmp_path, lines, day)
    assert sorted(handed.left_out["problem"]) == [
        "a key holds characters that X12 cannot carry",
        "a key holds characters that X12 cannot carry",
        "line 1 of order PO7 is not known",
    ]
    assert handed.files["lines"].to_list() == [1]


def test_a_forecast_is_told_to_those_who_share_it_and_replaced(tmp_path, export_lines, day):
    nothing = export_lines(order(1)).clear()
    handed = write(tmp_path, nothing, day, forecasts=["ACME", "OTHER"])
    (file,) = (tmp_path / "outbox").rglob("*.csv")
    assert file.name == "2026-03-02_forecast.csv"
    assert file.read_text() == (
        '"supplier","sku","week","units"\n"ACME","SKU1","2026-03-03",12.5\n'
    )
    assert handed.files.select("form", "units").rows() == [("forecast", 12.5)]


@pytest.mark.parametrize("name", ["../ACME", "", ".hidden", "a/b"])
def test_policy_names_no_supplier_that_is_a_path(name):
    with pytest.raises(ValueError, match="files"):
        SupplierExchange(files={name: "csv"})


def test_days_of_documents_follow_the_business_date(tmp_path, export_lines, day):
    write(tmp_path, export_lines(order(1)), day)
    (file,) = (tmp_path / "outbox" / "ACME").iterdir()
    head = file.read_text().splitlines()[0].split("*")
    assert head[6].strip() == "SHOP"
    assert head[8].strip() == "ACME"
    assert head[9] == f"{day + timedelta(days=1):%y%m%d}"
    assert head[13] == "260302001"


def test_an_item_has_the_name_that_its_supplier_gives_it(tmp_path, export_lines, day):
    named = TERMS.with_columns(supplier_item=pl.lit("A-77"))
    lines = export_lines(order(1), order(2, sku="SKU2"), CUT)
    write(tmp_path, lines, day, terms=named)
    content = (tmp_path / "outbox" / "ACME" / "2026-03-02_1.edi").read_bytes()
    segments = content.decode("ascii").splitlines()
    assert "PO1*1*10*EA*5.0000**SK*SKU1*VN*A-77~" in segments
    assert "PO1*2*10*EA*5.0000**SK*SKU2~" in segments
    assert "POC*2*QD*70*70*EA*4.5000**SK*SKU1*VN*A-77~" in segments
    inspect(content)
    write(tmp_path / "csv", lines, day, "csv", terms=named)
    told = pl.read_csv(tmp_path / "csv" / "outbox" / "ACME" / "2026-03-02_1.csv")
    assert set(told.select("sku", "supplier_item").rows()) == {("SKU1", "A-77"), ("SKU2", None)}


@pytest.mark.parametrize("label", ["A~77", "Größe 5", "A" * 49])
def test_a_name_that_x12_cannot_carry_is_left_out_and_the_line_leaves(
    tmp_path, export_lines, day, label
):
    odd, lines = TERMS.with_columns(supplier_item=pl.lit(label)), export_lines(order(1))
    assert write(tmp_path, lines, day, terms=odd).left_out.is_empty()
    segments = (tmp_path / "outbox" / "ACME" / "2026-03-02_1.edi").read_text().splitlines()
    assert "PO1*1*10*EA*5.0000**SK*SKU1~" in segments
    write(tmp_path / "csv", lines, day, "csv", terms=odd)
    told = pl.read_csv(tmp_path / "csv" / "outbox" / "ACME" / "2026-03-02_1.csv")
    assert told["supplier_item"].to_list() == [label]


def call_back(lines, action, day):
    """The cancel line of one that has left, in the first batch of a day."""
    line = lines.filter(action_id=action).row(0, named=True)
    row = {name: value for name, value in line.items() if name in NO_CANCELS.columns}
    row |= {"business_date": day, "batch": 1, "cancels": line["idempotency_key"]}
    row |= {"idempotency_key": f"cancel-{line['idempotency_key']}"}
    row |= {"cancelled_date": line["business_date"], "cancelled_batch": line["batch"]}
    return pl.DataFrame([row], schema=NO_CANCELS.schema)


@pytest.mark.parametrize("form", ["x12", "csv"])
def test_an_order_line_that_is_called_back_is_taken_off_its_order(
    tmp_path, export_lines, day, form
):
    departed = export_lines(order(1), order(2, quantity=7, batch=2), CUT)
    next_day = day + timedelta(days=1)
    cancels = call_back(departed, f"{2:024d}", next_day)
    given = {"cancels": cancels, "departed": departed}
    handed = write(tmp_path, export_lines(), next_day, form, **given)
    (file,) = (tmp_path / "outbox" / "ACME").iterdir()
    if form == "x12":
        text = file.read_text()
        assert "BCH*04*SA*PL260302-1-1***20260303*****20260304~" in text
        # The second line of the order, that left in a later batch.
        assert "POC*2*DI*0*0*EA*5.0000**SK*SKU1~" in text
        assert inspect(file.read_bytes()).transaction_set_codes == (b"860",)
    else:
        (row,) = pl.read_csv(file).to_dicts()
        told = [row[name] for name in ("po", "po_line", "change", "quantity", "line_units")]
        assert told == ["PL260302-1-1", 2, "cancel", 7, 0]
        assert row["idempotency_key"] == cancels["idempotency_key"][0]
    assert handed.left_out.is_empty()
