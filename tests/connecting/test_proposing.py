"""Mappings proposed for exports of four systems read them, and say what a person decides."""

import pytest
from exports import ENCODINGS, write_export
from simulated import run_here

from connecting.proposing import propose_mappings
from connecting.proposing.weekdays import read_weekdays

EXPECTED = {
    "erpnext/Item.csv": ("products", 3),
    "erpnext/Stock Balance 2025-09-30.csv": ("stock", 3),
    "erpnext/Supplier.csv": ("suppliers", 2),
    # Nothing in it names a supplier: a person has to.
    "odoo/Product Variant (product.product).csv": ("products", None),
    "odoo/Vendor Pricelist (product.supplierinfo).csv": ("item_suppliers", 2),
    "odoo/Point of Sale Orders (pos.order).csv": ("pos_sales", 3),
    "shopify/orders_export_1.csv": ("pos_sales", 3),
    "shopify/inventory_export_1.csv": ("stock", 2),
    "kasse/Umsatz_30.09.2025.csv": ("pos_sales", 3),
    "kasse/Bestand_20250930.txt": ("stock", 2),
}


@pytest.fixture(scope="module")
def proposals(tmp_path_factory):
    """A proposal for each export, all at once."""
    root = tmp_path_factory.mktemp("exports")
    paths = [write_export(root, name) for name in ENCODINGS]
    found, refused = propose_mappings(paths, root / "data", zone="Europe/Berlin")
    assert refused == []
    return dict(zip(ENCODINGS, found, strict=True))


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_export_finds_its_source_and_all_rows_that_count(proposals, name):
    proposal = proposals[name]
    assert (proposal.source, proposal.rows) == EXPECTED[name], proposal.text + str(proposal.refused)
    if proposal.rows is not None:
        assert proposal.refused == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("erpnext/Stock Balance 2025-09-30.csv", '  - {column: "Item", values: ["Total"]}'),
        ("erpnext/Stock Balance 2025-09-30.csv", '  numbers: {decimal: ".", thousands: ","}'),
        ("erpnext/Stock Balance 2025-09-30.csv", 'files: "Stock Balance {date:%Y-%m-%d}.csv"'),
        ("erpnext/Supplier.csv", '  supplier: "ID"'),
        ("odoo/Point of Sale Orders (pos.order).csv", "split_by: timestamp"),
        ("odoo/Vendor Pricelist (product.supplierinfo).csv", '  supplier: "Vendor"'),
        ("shopify/orders_export_1.csv", 'files: "orders_export_*.csv"'),
        ("shopify/orders_export_1.csv", "  local_zone: Europe/Berlin"),
        (
            "shopify/orders_export_1.csv",
            '  net_value: {from: "Lineitem price", times: "Lineitem quantity"}',
        ),
        ("shopify/inventory_export_1.csv", '  on_hand: "On hand (current)"'),
        ("kasse/Umsatz_30.09.2025.csv", "  encoding: windows-1252"),
        (
            "kasse/Umsatz_30.09.2025.csv",
            '  numbers: {decimal: ",", thousands: ".", minus: behind}',
        ),
        (
            "kasse/Umsatz_30.09.2025.csv",
            '  timestamp: {from: ["Datum", "Uhrzeit"], form: "%d.%m.%Y %H:%M"}',
        ),
        # Tills number their receipts alone.
        ("kasse/Umsatz_30.09.2025.csv", '  receipt: {from: ["Filiale", "BonNr"], join: "-"}'),
        ("kasse/Umsatz_30.09.2025.csv", '  - {column: "Menge", sign: positive}'),
        ("kasse/Bestand_20250930.txt", "  encoding: cp850"),
    ],
)
def test_what_is_stated(proposals, name, line):
    lines = [stated.partition("  #")[0] for stated in proposals[name].text.splitlines()]
    assert line in lines, proposals[name].text


def test_what_is_taken_is_not_listed_as_unused(proposals):
    text = proposals["kasse/Umsatz_30.09.2025.csv"].text
    assert 'timestamp: {from: ["Datum", "Uhrzeit"]' in text
    unused = text.partition("# not used:")[2].splitlines()
    assert [line.split(":")[0] for line in unused if line] == ["#   Bezeichnung", "#   Verkäufer"]


def test_what_nobody_can_know_is_left_to_a_person(proposals):
    text = proposals["odoo/Product Variant (product.product).csv"].text
    assert "# supplier: DECIDE: no column fits. Main supplier." in text
    text = proposals["shopify/orders_export_1.csv"].text
    assert '# DECIDE: which rows count? keep: [{column: "Financial Status"' in text


def test_days_that_can_be_read_in_two_ways_are_told(tmp_path):
    path = tmp_path / "sales.csv"
    head = "receipt,line,date,sku,store,quantity,net value\n"
    path.write_text(f"{head}1,1,03/04/2025,A,S,1,5.00\n2,1,05/04/2025,A,S,1,5.00\n")
    (proposal,), _ = propose_mappings([path], tmp_path / "data")
    assert "DECIDE: %d/%m/%Y or %m/%d/%Y" in proposal.text
    path.write_text(f"{head}1,1,03/04/2025,A,S,1,5.00\n2,1,15/04/2025,A,S,1,5.00\n")
    (proposal,), _ = propose_mappings([path], tmp_path / "data")
    assert "DECIDE: %d/%m/%Y" not in proposal.text


def test_known_keys_tell_columns_whose_names_say_nothing(tmp_path):
    landed = tmp_path / "data" / "landing" / "locations" / "2025-09-01.csv"
    landed.parent.mkdir(parents=True)
    landed.write_text(
        "location,kind,region,city,latitude,longitude,priority,unit_capacity,receiving_capacity,"
        "ships_online,open_weekdays,opened_on,closed_on\nS1,store,n,c,,,1,,,0,1111111,,\n"
    )
    path = tmp_path / "Bestand_20250930.csv"
    path.write_text("F1;Artikel;Bestand\nS1;A;1\nS1;B;2\n")
    (proposal,), _ = propose_mappings([path], tmp_path / "data")
    assert '  location: "F1"  # text, 100% filled, such as S1; 100% are known keys' in (
        proposal.text.splitlines()
    )


def test_the_command_writes_once_and_over_what_is_there_by_force_only(tmp_path):
    export = write_export(tmp_path, "kasse/Umsatz_30.09.2025.csv")
    broken = tmp_path / "empty.csv"
    broken.write_bytes(b"")

    def connect(*arguments):
        done = run_here("connect", *arguments, "--data", str(tmp_path / "data"))
        return done.returncode, done.stdout + done.stderr

    mapping = tmp_path / "data" / "mappings" / "pos_sales.yaml"
    code, said = connect(str(export), str(broken))
    assert code == 1
    assert f"{broken}: the file is empty (0 bytes)" in said
    assert f"written: {mapping}" in said
    mapping.write_text("mine\n")
    code, said = connect(str(export))
    assert code == 1
    assert f"{mapping} is there and stays" in said
    assert mapping.read_text() == "mine\n"
    code, _ = connect(str(export), "--force")
    assert code == 0
    assert mapping.read_text() != "mine\n"


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Mo,Mi,Fr", "1010100"),
        ("Monday and Thursday", "1001000"),
        ("Mo-Fr", "1111100"),
        ("Fr. bis Mo.", "1000111"),
        ("di/do", "0101000"),
        ("täglich", "1111111"),
        ("0110000", "0110000"),
        ("nach Absprache", None),
        ("2", None),
        ("Mo-", None),
        ("", None),
    ],
)
def test_days_of_the_week_are_read_as_people_write_them(text, digits):
    assert read_weekdays(text) == digits


def test_a_column_of_weekdays_becomes_the_days_on_which_a_supplier_takes_orders(tmp_path):
    path = tmp_path / "Lieferanten.csv"
    path.write_text(
        "Lieferantennr;Lieferantenname;Land;Bestelltage\n"
        "V1;Nord Textil;Germany;Mo,Mi\nV2;Padma;India;Mo-Fr\nV3;Douro;Portugal;\n"
    )
    (found,), refused = propose_mappings([path], tmp_path / "data", source="suppliers")
    assert refused == []
    assert (
        '  order_weekdays: {from: "Bestelltage", codes: {"Mo,Mi": "1010000", "Mo-Fr": "1111100"}}'
        in found.text
    )
    assert (found.rows, found.refused) == (3, [])
    path.write_text(path.read_text().replace("Mo-Fr", "auf Anfrage"))
    (open_,), _ = propose_mappings([path], tmp_path / "data", source="suppliers")
    assert '"auf Anfrage": DECIDE' in open_.text
    assert open_.rows == 2
