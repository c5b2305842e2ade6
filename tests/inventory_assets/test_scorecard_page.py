"""`plenish scorecard`: what a buyer reads, and the page that is sent."""

import re
import shutil
from html.parser import HTMLParser

import polars as pl
import pytest
from landing_folder import Retailer, at, day
from rendered import rendered, too_long
from simulated import plenish_here

from forecasting.supply import measure_suppliers
from inventory_assets.cli.scorecard import print_card, read_card
from inventory_assets.premises import QuietPremises
from inventory_assets.project import PROJECT
from quality_checks.contracts import CONTRACTS

TODAY = 40
HOSTILE = "Sons & <script>alert(1)</script> [bold]"


def came(po, number, **rest):
    return {
        "po": po, "ordered_on": day(0), "requested_on": day(20), "ordered_quantity": 1000,
        "delivered_on": day(number), "delivered_quantity": 1000, "status": "received", **rest,
    }  # fmt: skip


@pytest.fixture(scope="module")
def scored(masters, tmp_path_factory):
    """A retailer with four orders of V1, of which one is owed and one called off, none of V2."""
    shop = Retailer(shutil.copytree(masters, tmp_path_factory.mktemp("scored") / "shop"))
    shop.send("suppliers", 1, [{"name": HOSTILE}, {"supplier": "V2", "name": "Silent"}])
    owed = {"delivered_on": None, "delivered_quantity": 0, "status": "confirmed"}
    lines = [came("P1", 20), came("P2", 25), came("P3", 20, **owed)]
    shop.send("purchase_orders", 30, [*lines, came("P4", 20, status="cancelled")])
    receipt = {
        "receipt_id": "G1", "line": 1, "timestamp": at(20), "sku": "A", "location": "DC1",
        "po": "P1", "po_line": 1, "received": 990, "rejected": 10,
    }  # fmt: skip
    shop.send("receipts", 20, [receipt])
    back = {
        "return_id": "B1", "line": 1, "returned_on": day(22), "supplier": "V1", "sku": "A",
        "location": "DC1", "po": "P1", "po_line": 1, "units": 33, "reason": "damaged",
    }  # fmt: skip
    shop.send("supplier_returns", 22, [back])
    shop.load_all(TODAY)
    rules = {
        "window_days": 365, "days_early": 1, "days_late": 0, "trend_days": 91, "return_days": 10,
    }  # fmt: skip
    found = shop.warehouse.query("scorecard_lines", day(TODAY), **rules)
    kept = shop.warehouse.write(CONTRACTS["scorecard_lines"], day(TODAY), found)
    figures = measure_suppliers(kept, least_lines=20, least_orders=8)
    shop.warehouse.write(CONTRACTS["scorecard_figures"], day(TODAY), figures)
    shop.warehouse.close()
    return shop


@pytest.fixture
def altered(scored, tmp_path):
    """A copy that a test may change."""
    return Retailer(shutil.copytree(scored.root, tmp_path / "altered"))


def run(shop, supplier, *rest):
    shop.warehouse.close()
    return plenish_here(shop.root, "scorecard", supplier, "--business-date", f"{day(TODAY)}", *rest)


class Reader(HTMLParser):
    """What a page is made of: tags with attributes, and the rows of its tables."""

    def __init__(self):
        super().__init__()
        self.tags, self.rows, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data):
        self.text.append(data)
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


def read_page(path):
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def test_the_command_says_it_in_words_and_writes_the_page(scored):
    done = run(scored, "V1")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert HOSTILE in said
    assert "3 order lines of 3 orders" in said
    assert "Left out: 1 cancelled." in said
    assert "Of 100 cases ordered, 33 came on time and in full." in said
    assert "1 line of 1 order is overdue and open: 1,000 units owed" in said
    assert re.search(r"lines late\s+66\.7 %\s+3\s+3", done.stdout)
    page = scored.root / "reports" / f"{day(TODAY)}" / "scorecard-V1.html"
    assert f"Page to print and send: {page}" in said
    assert page.exists()


def test_what_rests_on_a_supplier_is_said_to_the_buyer_alone(altered, tmp_path):
    amounts = {"daily_cost": 70.0, "daily_margin": 50.0, "single_sourced_cost": 20.0}
    counts = {"items": 7, "single_sourced_items": 3}
    rests = {**counts, **amounts, "supplier": "V1", "category": "*", "items_without_terms": 0,
             "unknown_items": 0, "cost_share": 0.7, "margin_share": 0.5}  # fmt: skip
    days = {"first_out_days": 2.0, "survive_days": 9.0, "recover_days": 30.0}
    exposed = {**counts, **days, "supplier": "V1", "judged_items": 7, "exposed_items": 4,
               "daily_margin": 50.0, "margin_exposed": 4321.0}  # fmt: skip
    for table, row in (("concentration", rests), ("supplier_exposure", exposed)):
        altered.warehouse.write(CONTRACTS[table], day(TODAY), pl.DataFrame([row]))
    page = tmp_path / "card.html"
    said = " ".join(run(altered, "V1", "--out", f"{page}").stdout.split())
    assert "70.0 % of expected cost rests on it: 7 items, 3 of them with no other supplier." in said
    assert "in 2 days, half of its margin in 9; others, or itself, would deliver half" in said
    assert "Exposed: 4,321 EUR of margin." in said
    text = page.read_text()
    assert not [word for word in ("4,321", "rests on", "70.0 %", "xposed") if word in text]


def test_a_console_of_a_log_file_folds_nothing(scored):
    premises = QuietPremises(f"{scored.root}", f"{PROJECT / 'data' / 'policies'}")
    card = read_card(premises, "V1", day(TODAY))
    premises.close()
    assert too_long(rendered(lambda console: print_card(card, console), 80)) == []


def test_the_page_is_one_file_whose_numbers_stand_to_the_right(scored, tmp_path):
    page = tmp_path / "new" / "card.html"
    assert run(scored, "V1", "--out", f"{page}").returncode == 0
    read = read_page(page)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in read.tags}
    assert not [attrs for _, attrs in read.tags if {"src", "href"} & attrs.keys()]
    assert "http" not in page.read_text()
    assert "size: A4" in page.read_text()
    assert HOSTILE in " ".join(read.text)
    for tag, attrs in read.tags:
        assert tag != "td" or set(attrs) <= {"class"}
    numbers = re.findall(r'<td class="n">([^<]*)</td>', page.read_text())
    words = re.findall(r"<td>([^<]*)</td>", page.read_text())
    assert {"1,000", "33.0 %"} <= set(numbers)
    assert not [word for word in words if re.fullmatch(r"[\d,.]+( %| d)?", word)]
    assert list(page.parent.iterdir()) == [page]


def test_every_figure_has_its_orders_and_every_line_its_place(scored, tmp_path):
    page = tmp_path / "card.html"
    run(scored, "V1", "--out", f"{page}")
    read = read_page(page)
    text = re.sub(r"\s+", " ", " ".join(read.text))
    assert (
        "on time in full : 3 lines of 3 orders; 3 lines against it: P1 (1), P2 (1), P3 (1)" in text
    )
    assert "lines late : 3 lines of 3 orders; 2 lines against it: P2 (1), P3 (1)." in text
    assert "lines early : 3 lines of 3 orders; none against it." in text
    by_order = {row[0]: row for row in read.rows if row and row[0].startswith("P")}
    assert set(by_order) == {"P1", "P2", "P3", "P4"}
    assert by_order["P3"][4] == "open"
    assert by_order["P1"][5:10] == ["1,000", "990", "990", "10", "33"]
    assert "defects : 2 lines of 2 orders; 1 lines against it: P1 (1)." in text
    # No receipt is no receipt of nothing.
    assert by_order["P2"][8:10] == ["-", "0"]
    assert by_order["P4"][-1] == "left out: cancelled"


def test_the_same_card_is_the_same_bytes(scored, tmp_path):
    pages = [tmp_path / name for name in ("one.html", "other.html")]
    for page in pages:
        run(scored, HOSTILE.upper() if page is pages[1] else "V1", "--out", f"{page}")
    assert pages[0].read_bytes() == pages[1].read_bytes()


@pytest.mark.parametrize(
    ("supplier", "said"),
    [
        ("nobody", "no supplier nobody; known: V1, V2"),
        ("V2", "no order line of V2 closed in the days of the scorecard"),
    ],
)
def test_a_supplier_of_which_nothing_is_known_is_named(scored, supplier, said):
    done = run(scored, supplier)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_a_date_without_a_scorecard_or_without_its_lines_says_so(altered):
    other = plenish_here(altered.root, "scorecard", "V1", "--date", f"{day(TODAY - 1)}")
    assert f"no scorecard of {day(TODAY - 1)}" in other.stderr
    none = CONTRACTS["scorecard_lines"].empty()
    altered.warehouse.write(CONTRACTS["scorecard_lines"], day(TODAY), none)
    assert "are kept no longer" in run(altered, "V1").stderr


def test_two_suppliers_of_one_name_are_asked_for_by_key(altered):
    rows = [{"name": "Twin"}, {"supplier": "V2", "name": "Twin"}]
    altered.send("suppliers", 2, rows)
    altered.load_all(TODAY)
    assert "several suppliers are named twin: V1, V2" in run(altered, "twin").stderr
    assert run(altered, "V1").returncode == 0
