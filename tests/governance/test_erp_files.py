"""Documents for an ERP: what they hold and add up to, and that the ERP's own rules read them."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from erp_readers import read_erpnext, read_idocs, read_odoo, read_odoo_update
from pydantic import ValidationError

from governance.exchange import list_erp_documents, write_erp_files
from governance.exchange.erp_documents import ErpDocuments
from quality_checks.checks import judge_documents
from quality_checks.contracts import (
    CONTRACTS,
    CancelLines,
    ErpExchange,
    ErpFiles,
    ItemSuppliers,
    Lanes,
    Products,
    find_contract,
)

DUE = date(2026, 3, 12)
NOTHING_CALLED = find_contract(CancelLines).empty()
NONE_YET = find_contract(ErpFiles).empty()
PRODUCTS = pl.DataFrame(
    [
        {"sku": sku, "barcode": f"400000000000{number}", "case_pack": 6}
        for number, sku in enumerate(("SKU1", "SKU2", 'odd, "é"'))
    ],
    schema_overrides={"case_pack": pl.Int64},
)
TERMS = pl.DataFrame(
    {
        "sku": ["SKU1"],
        "supplier": ["ACME"],
        "order_multiple": [5],
        "supplier_item": ["A-77"],
        "order_unit": [None],
        "order_unit_size": [None],
    },
    schema_overrides={"order_unit": pl.String, "order_unit_size": pl.Int64},
)
IN_CASES = TERMS.with_columns(order_unit=pl.lit("CS"), order_unit_size=pl.lit(5, pl.Int64))
IDOC_ENDS = {"receiver": "ERPCLNT100", "receiver_port": "SAPERP"}
LANES = pl.DataFrame({"origin": ["S1"], "destination": ["S2"], "transit_days": [2]})


def order(number, document="2026-03-03/ACME/DC1", least=None, **row):
    line = {"action_id": f"{number:024d}", "kind": "purchase_order", "due_on": DUE, **row}
    own = {"document": document, "minimum_order_value": least}
    return {"destination": "DC1", **line, "details": json.dumps(own)}


@pytest.fixture
def documents(export_lines):
    """Two orders of one batch, a line added in the next, two trips of three lines."""
    lines = export_lines(
        order(1, least=100.0, quantity=10, unit_value=4.125),
        order(2, least=100.0, quantity=20, unit_value=3.0, sku="SKU2"),
        order(3, least=100.0, quantity=5, unit_value=1.0, batch=2),
        order(4, document="2026-03-03/ACME/DC2", quantity=1, unit_value=9.0, destination="DC2"),
        {"action_id": "a" * 24, "quantity": 6, "unit_value": 2.0},
        {"action_id": "b" * 24, "kind": "allocation", "quantity": 12, "sku": 'odd, "é"'},
        {"action_id": "c" * 24, "quantity": 6, "origin": "S3"},
        {"action_id": "d" * 24, "kind": "stock_count"},
    )
    return lines, list_documents(lines)


def list_documents(lines, cancels=NOTHING_CALLED, terms=TERMS):
    return list_erp_documents(lines, cancels, lines, PRODUCTS, terms, LANES)


def call_back(lines, *numbers, batch=3):
    """Cancel lines of some of the lines that have left."""
    contract = find_contract(CancelLines)
    chosen = lines.filter(pl.col("action_id").is_in([*numbers]))
    said = chosen.with_columns(
        cancels="idempotency_key", cancelled_date="business_date", cancelled_batch="batch"
    ).with_columns(
        batch=pl.lit(batch, pl.Int64),
        idempotency_key="cancel-" + pl.col("cancels"),
        author=pl.lit("ann"),
        role=pl.lit("buyer"),
        reason=pl.lit("a mistake"),
        recalled_at=pl.lit("2026-03-02 09:00").str.to_datetime(),
    )
    return contract.conform(said)


def money(*amounts):
    return tuple(map(Decimal, amounts))


def test_an_order_has_its_lines_totals_and_least_value(documents):
    _, (orders, _, _) = documents
    told = ("number", "line", "sku", "quantity", "multiple", "unit_price", "amount", "total")
    assert orders.select(*told, "reaches_least_value").rows() == [
        ("PL260302-1-1", 1, "SKU1", 10, 5, *money("4.1250", "41.25", "101.25"), True),
        ("PL260302-1-1", 2, "SKU2", 20, None, *money("3.0000", "60.00", "101.25"), True),
        ("PL260302-1-2", 1, "SKU1", 1, 5, *money("9.0000", "9.00", "9.00"), None),
        ("PL260302-1-1-2", 1, "SKU1", 5, 5, *money("1.0000", "5.00", "5.00"), True),
    ]
    assert orders["ordered_on"].unique().to_list() == [date(2026, 3, 3)]
    assert orders["barcode"].to_list()[:2] == ["4000000000000", "4000000000001"]
    assert orders["supplier_item"].to_list()[:2] == ["A-77", None]


def test_amounts_are_those_of_the_printed_prices(export_lines):
    # 1.005 as a float lies below the half cent; 1.23456 has more decimals than are printed.
    lines = export_lines(
        order(1, quantity=1, unit_value=1.005),
        order(2, quantity=1000, unit_value=1.23456, sku="SKU2"),
        {"action_id": "a" * 24, "quantity": 10_000, "unit_value": 0.12346},
    )
    orders, trips, none = list_documents(lines)
    assert orders.select("unit_price", "amount", "total").rows() == [
        money("1.0050", "1.01", "1235.61"),
        money("1.2346", "1234.60", "1235.61"),
    ]
    assert trips.select("unit_price", "amount").rows() == [money("0.1235", "1235.00")]
    assert judge_documents(lines, orders, trips, none).passed


def test_a_line_is_in_whole_units_of_its_supplier_or_in_those_that_are_stocked(
    export_lines, tmp_path
):
    lines = export_lines(
        order(1, quantity=10, unit_value=1.234),
        order(2, document="other", quantity=12, unit_value=2.0, destination="DC2"),
        order(3, quantity=7, unit_value=3.0, sku="SKU2"),
    )
    orders, trips, none = made = list_documents(lines, terms=IN_CASES)
    told = ("quantity", "unit", "unit_size", "unit_quantity", "fits_order_unit")
    assert set(orders.select(told).rows()) == {
        (10, "CS", 5, 2, True),
        # Twelve are no whole cases of five: nothing is rounded, and it is said.
        (12, None, 1, 12, False),
        (7, None, 1, 7, None),
    }
    assert judge_documents(lines, orders, trips, none).passed
    wrong = orders.with_columns(unit_quantity=pl.col("unit_quantity") + 1)
    assert not judge_documents(lines, wrong, trips, none).passed
    write(made, tmp_path, rules("erpnext"))
    folder = tmp_path / "erp" / "2026-03-02_1"
    read = read_erpnext("Purchase Order", (folder / "Purchase Order.csv").read_bytes())
    items = {(item["qty"], item["uom"], item["rate"]) for one in read for item in one["items"]}
    assert items == {("2", "CS", "6.1700"), ("12", "Nos", "2.0000"), ("7", "Nos", "3.0000")}
    (key,) = orders.filter(quantity=12)["idempotency_key"]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["not_whole_order_units"] == [key]


def test_an_order_below_its_least_value_says_so(export_lines):
    lines = export_lines(order(1, least=1600.0, quantity=1208, unit_value=1.0))
    orders = list_documents(lines).orders
    assert orders.select("total", "least_value", "reaches_least_value").row(0) == (
        Decimal("1208.00"),
        1600.0,
        False,
    )


def test_a_trip_is_of_a_lane_and_a_day(documents):
    _, (_, trips, _) = documents
    assert trips.select("number", "line", "kind", "origin", "leaves_on", "total").rows() == [
        ("TR260302-1-1", 1, "transfer", "S1", date(2026, 3, 3), Decimal("72.00")),
        ("TR260302-1-1", 2, "allocation", "S1", date(2026, 3, 3), Decimal("72.00")),
        ("TR260302-1-2", 1, "transfer", "S3", None, Decimal("30.00")),
    ]


def test_documents_hold_each_line_once_and_a_lost_or_changed_one_is_named(documents):
    lines, (orders, trips, none) = documents
    assert judge_documents(lines, orders, trips, none).passed
    for wrong in (
        orders.head(3),
        pl.concat([orders, orders.head(1)]),
        orders.with_columns(quantity=pl.col("quantity") + 1),
        orders.with_columns(amount=pl.col("amount") + 1),
        orders.with_columns(total=pl.col("total") + 1),
        orders.with_columns(unit_price=pl.col("unit_price") + 1),
    ):
        assert not judge_documents(lines, wrong, trips, none).passed


def rules(layout, **stated):
    named = {
        "erpnext": {
            "company": "Shop",
            "nodes": {"form": "{} - S"},
            "suppliers": {"own": {"ACME": "Acme Ltd"}},
        },
        "odoo": {
            "items": {"form": "shop.item_{}", "own": {'odd, "é"': "shop.item_odd"}},
            "nodes": {"form": "shop.stock_{}"},
            "suppliers": {"form": "shop.partner_{}"},
            "receipts": {"form": "shop.in_{}"},
            "shipments": {"form": "shop.out_{}"},
        },
        "idoc": {"unit": "EA", "idoc": IDOC_ENDS, "suppliers": {"own": {"ACME": "0000100077"}}},
    }
    return ErpExchange.model_validate({"layout": layout, **named.get(layout, {}), **stated})


def write(documents, tmp_path, stated, before=NONE_YET):
    return write_erp_files(
        documents, before, rules=stated, outbox=tmp_path, business_date=date(2026, 3, 2)
    )


def test_erpnext_reads_orders_and_trips_as_written(documents, tmp_path):
    write(documents[1], tmp_path, rules("erpnext"))
    folder = tmp_path / "erp" / "2026-03-02_1"
    first, second = read_erpnext("Purchase Order", (folder / "Purchase Order.csv").read_bytes())
    assert (first["supplier"], first["company"]) == ("Acme Ltd", "Shop")
    assert (first["transaction_date"], first["order_confirmation_no"]) == (
        "2026-03-03",
        "PL260302-1-1",
    )
    assert [item["qty"] for item in first["items"]] == ["10", "20"]
    assert (
        first["items"][0] | {"warehouse": "DC1 - S", "rate": "4.1250", "uom": "Nos"}
        == first["items"][0]
    )
    assert [item["warehouse"] for item in second["items"]] == ["DC2 - S"]
    moved, other = read_erpnext("Stock Entry", (folder / "Stock Entry.csv").read_bytes())
    assert (moved["stock_entry_type"], moved["posting_date"]) == ("Material Transfer", "2026-03-03")
    assert [item["item_code"] for item in moved["items"]] == ["SKU1", 'odd, "é"']
    assert (other["remarks"], len(other["items"])) == ("TR260302-1-2", 1)


@pytest.mark.parametrize("version", [18, 19])
def test_odoo_reads_orders_and_trips_as_written(documents, tmp_path, version):
    write(documents[1], tmp_path, rules("odoo", odoo_version=version))
    folder = tmp_path / "erp" / "2026-03-02_1"
    orders = read_odoo("purchase.order", (folder / "purchase.order.csv").read_bytes())
    first = orders["plenish.pl260302_1_1"]
    assert first["partner_id"] == "shop.partner_ACME"
    assert [line["product_qty"] for line in first["lines"].values()] == ["10", "20"]
    assert len(orders) == 2
    trips = read_odoo("stock.picking", (folder / "stock.picking.csv").read_bytes())
    lines = trips["plenish.tr260302_1_1"]["lines"].values()
    assert [line["product_id"] for line in lines] == ["shop.item_SKU1", "shop.item_odd"]
    assert all(("name" in line) == (version == 18) for line in lines)


def test_erpnext_reads_requests_of_trips_in_the_place_of_stock_entries(documents, tmp_path):
    write(documents[1], tmp_path, rules("erpnext", erpnext_trips="request"))
    folder = tmp_path / "erp" / "2026-03-02_1"
    assert not (folder / "Stock Entry.csv").exists()
    first, other = read_erpnext("Material Request", (folder / "Material Request.csv").read_bytes())
    told = ("title", "material_request_type", "transaction_date", "schedule_date")
    assert [first[name] for name in told] == [
        *("TR260302-1-1", "Material Transfer", "2026-03-03", "2026-03-05"),
    ]
    # No lane tells when the other one leaves.
    assert other["transaction_date"] == "2026-03-05"
    moved = [(item["from_warehouse"], item["warehouse"], item["qty"]) for item in first["items"]]
    assert moved == [("S1 - S", "S2 - S", "6"), ("S1 - S", "S2 - S", "12")]


def test_an_idoc_of_an_order_has_its_lines_days_names_and_sums(documents, tmp_path):
    write(documents[1], tmp_path, rules("idoc"))
    first, second = read_idocs((tmp_path / "erp" / "2026-03-02_1" / "ORDERS.xml").read_bytes())
    control = first[0][1]
    assert (control["IDOCTYP"], control["MESTYP"]) == ("ORDERS05", "ORDERS")
    assert (control["SNDPRN"], control["RCVPRN"]) == ("PLENISH", "ERPCLNT100")
    heads = [(name, fields) for name, fields, _ in first if name.startswith("E1EDK")]
    assert heads == [
        ("E1EDK01", {"CURCY": "EUR", "BELNR": "PL260302-1-1"}),
        ("E1EDK03", {"IDDAT": "012", "DATUM": "20260303"}),
        ("E1EDKA1", {"PARVW": "LF", "PARTN": "0000100077"}),
        ("E1EDKA1", {"PARVW": "WE", "PARTN": "DC1"}),
        ("E1EDK02", {"QUALF": "001", "BELNR": "PL260302-1-1"}),
    ]
    lines = [(fields, inner) for name, fields, inner in first if name == "E1EDP01"]
    assert [fields["POSEX"] for fields, _ in lines] == ["000001", "000002"]
    (fields, inner), _ = lines
    units = Decimal(fields["MENGE"])
    assert units * Decimal(fields["VPREI"]) / int(fields["PEINH"]) == Decimal(fields["NETWR"])
    assert [(name, *own.values()) for name, own, _ in inner] == [
        ("E1EDP20", "10", "20260312"),
        ("E1EDP19", "001", "SKU1"),
        ("E1EDP19", "002", "A-77"),
    ]
    sums = [fields for name, fields, _ in first if name == "E1EDS01"]
    assert sums == [
        {"SUMID": "001", "SUMME": "2"},
        {"SUMID": "002", "SUMME": "101.25", "WAERQ": "EUR"},
    ]
    assert second[1][1]["BELNR"] == "PL260302-1-2"


def test_an_order_that_no_idoc_can_hold_is_named_and_the_others_are_written(documents, tmp_path):
    stated = rules("idoc", nodes={"own": {"DC2": "a name of 18 chars"}})
    write(documents[1], tmp_path, stated)
    folder = tmp_path / "erp" / "2026-03-02_1"
    assert json.loads((folder / "manifest.json").read_text())["left_out"] == ["PL260302-1-2"]
    (written,) = read_idocs((folder / "ORDERS.xml").read_bytes())
    assert written[1][1]["BELNR"] == "PL260302-1-1"
    assert "PL260302-1-2" in (folder / "orders.csv").read_text()


def test_a_line_that_is_called_back_is_found_in_the_document_that_had_it(documents):
    lines, _ = documents
    called = call_back(lines, f"{3:024d}", f"{2:024d}", "b" * 24)
    made = list_erp_documents(lines.clear(), called, lines, PRODUCTS, TERMS, LANES)
    told = made.cancels.select("document", "number", "line", "sku", "quantity")
    assert told.rows() == [
        ("order", "PL260302-1-1", 2, "SKU2", 20),
        ("order", "PL260302-1-1-2", 1, "SKU1", 5),
        ("trip", "TR260302-1-1", 2, 'odd, "é"', 12),
    ]
    assert judge_documents(lines.clear(), *made).passed
    lost = list_erp_documents(lines.clear(), called, lines.clear(), PRODUCTS, TERMS, LANES)
    found = judge_documents(lines.clear(), *lost)
    assert found.failing["idempotency_key"].to_list() == lost.cancels["idempotency_key"].to_list()


def test_odoo_empties_lines_that_it_has_and_is_called_back(documents, tmp_path):
    lines, made = documents
    write(made, tmp_path, rules("odoo"))
    folder = tmp_path / "erp" / "2026-03-02_1"
    known = {
        name
        for model in ("purchase.order", "stock.picking")
        for record in read_odoo(model, (folder / f"{model}.csv").read_bytes()).values()
        for name in record["lines"]
    }
    called = call_back(lines, f"{2:024d}", "b" * 24)
    write(list_erp_documents(lines.clear(), called, lines, PRODUCTS, TERMS, LANES), tmp_path,
          rules("odoo"))  # fmt: skip
    folder = tmp_path / "erp" / "2026-03-02_3"
    emptied = [
        read_odoo_update(model, (folder / f"{model}.csv").read_bytes(), known)
        for model in ("purchase.order.line", "stock.move")
    ]
    assert [list(units.values()) for units in emptied] == [[0], [0]]
    keys = dict(called.select("kind", "cancels").iter_rows())
    assert list(emptied[0]) == [f"plenish.line_{keys['purchase_order']}"]
    assert list(emptied[1]) == [f"plenish.line_{keys['allocation']}"]


def test_an_idoc_deletes_lines_of_orders_and_erpnext_is_told_in_the_flat_file(documents, tmp_path):
    lines, _ = documents
    called = call_back(lines, f"{1:024d}", f"{2:024d}", "b" * 24)
    made = list_erp_documents(lines.clear(), called, lines, PRODUCTS, TERMS, LANES)
    files = write(made, tmp_path, rules("idoc"))
    told = ("batch", "orders", "trips", "lines", "cancelled_lines")
    assert files.select(told).rows() == [(3, 0, 0, 0, 3)]
    folder = tmp_path / "erp" / "2026-03-02_3"
    assert {path.name for path in folder.iterdir()} == {
        *("cancels.csv", "ORDCHG.xml", "manifest.json"),
    }
    assert json.loads((folder / "manifest.json").read_text())["cancelled_lines"] == 3
    (change,) = read_idocs((folder / "ORDCHG.xml").read_bytes())
    assert (change[0][1]["MESTYP"], change[1][1]["BELNR"]) == ("ORDCHG", "PL260302-1-1")
    deleted = [fields for name, fields, _ in change if name == "E1EDP01"]
    assert [(row["POSEX"], row["ACTION"], row["MENGE"]) for row in deleted] == [
        ("000001", "003", "10"),
        ("000002", "003", "20"),
    ]
    write(made, tmp_path / "other", rules("erpnext"))
    other = tmp_path / "other" / "erp" / "2026-03-02_3"
    assert {path.name for path in other.iterdir()} == {"cancels.csv", "manifest.json"}
    rows = list(csv.DictReader(io.StringIO((other / "cancels.csv").read_text())))
    assert [(row["number"], row["line"]) for row in rows] == [
        *(("PL260302-1-1", "1"), ("PL260302-1-1", "2"), ("TR260302-1-1", "2")),
    ]


def test_a_batch_is_written_once_its_manifest_last_and_its_totals_are_those_of_the_files(
    documents, tmp_path, monkeypatch
):
    written = []
    put = write_erp_files.__globals__["put_file"]
    monkeypatch.setitem(
        write_erp_files.__globals__,
        "put_file",
        lambda path, content: (written.append(path.name), put(path, content)),
    )
    files = write(documents[1], tmp_path, rules("flat"))
    assert written[:3] == ["orders.csv", "trips.csv", "manifest.json"]
    folder = tmp_path / "erp" / "2026-03-02_1"
    manifest = json.loads((folder / "manifest.json").read_text())
    totals = {
        row["number"]: (row["lines"], row["units"], row["total"]) for row in manifest["documents"]
    }
    counted = {}
    for name in ("orders.csv", "trips.csv"):
        for row in csv.DictReader(io.StringIO((folder / name).read_text())):
            lines, units, total = counted.get(row["number"], (0, 0, Decimal(0)))
            counted[row["number"]] = (
                lines + 1,
                units + int(row["quantity"]),
                total + Decimal(row["amount"]),
            )
    assert {name: (*rest, str(total)) for name, (*rest, total) in counted.items()} == totals
    assert files.select("batch", "orders", "trips", "lines").rows() == [(1, 2, 2, 6), (2, 1, 0, 1)]
    written.clear()
    day = pl.lit(date(2026, 3, 2)).alias("business_date")
    # A folder that was taken away is not made again, whatever the layout is by now.
    (folder / "manifest.json").unlink()
    again = write(documents[1], tmp_path, rules("erpnext"), before=files.with_columns(day))
    assert written == []
    assert again.equals(files)


def test_what_left_without_a_layout_is_not_handed_out_anew_once_there_is_one(documents, tmp_path):
    both = documents[1]
    first = ErpDocuments(*(frame.filter(batch=1) for frame in both))
    passed = write(first, tmp_path, ErpExchange())
    assert list(tmp_path.iterdir()) == []
    assert passed.select("batch", "layout", "lines", "sha256").rows() == [(1, "none", 6, None)]
    day = pl.lit(date(2026, 3, 2)).alias("business_date")
    find_contract(ErpFiles).model.validate(passed.with_columns(day))
    later = write(both, tmp_path, rules("flat"), before=passed.with_columns(day))
    assert later.select("batch", "layout").rows() == [(1, "none"), (2, "flat")]
    assert [path.name for path in (tmp_path / "erp").iterdir()] == ["2026-03-02_2"]


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"layout": "erpnext"}, "needs the company"),
        ({"layout": "flat", "addressees": {"transfers": "wms"}}, "is not a kind of action"),
        ({"layout": "flat", "addressees": {"transfer": "pos"}}, "is not a system"),
        ({"layout": "odoo"}, "needs External IDs"),
        ({"layout": "flat", "items": {"form": "item"}}, "pattern"),
        ({"layout": "flat", "nodes": {"own": {"S1": ""}}}, "at least 1"),
        ({"layout": "sap"}, "'none', 'flat', 'erpnext', 'odoo' or 'idoc'"),
        ({"layout": "idoc"}, "needs the receiver"),
        ({"layout": "idoc", "idoc": IDOC_ENDS, "unit": "piece"}, "3 characters"),
    ],
)
def test_an_incomplete_mapping_is_refused(stated, words):
    with pytest.raises(ValidationError, match=words):
        ErpExchange.model_validate(stated)


def test_documents_are_made_of_rows_of_their_contracts(export_lines):
    empty = [find_contract(model).empty() for model in (Products, ItemSuppliers, Lanes)]
    nothing = CONTRACTS["export_lines"].empty()
    none = list_erp_documents(nothing, NOTHING_CALLED, nothing, *empty)
    assert isinstance(none, ErpDocuments)
    assert all(frame.is_empty() for frame in none)
    one = list_erp_documents(export_lines(order(1)), NOTHING_CALLED, nothing, *empty)
    assert one.orders["barcode"].to_list() == [None]
