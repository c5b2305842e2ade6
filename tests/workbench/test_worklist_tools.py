"""The worklist grouped, decided as a whole, and by a workbook that was filled in."""

import io
import re
import uuid
import zipfile

import polars as pl
import pytest
from client import serving
from openpyxl import Workbook, load_workbook
from people import enter
from simulated import LAST
from test_deciding import decide, list_waiting

from governance import EVER, TO_FILL_IN
from inventory_assets.cli.send_back import SheetError, read_rows
from workbench.reading import WORKLIST, Prepared, read_ask, sum_groups
from workbench.spending import Spending

FITTING = "/worklist?standing=waiting&missing_roles=buyer"


def count_rows(page):
    return int(page.find(r"<strong>([\d,]+)</strong> actions").replace(",", ""))


def read_book(client, address):
    """The cells of a workbook that a browser is given, by name of their column, and the book."""
    import http.client  # noqa: PLC0415

    line = http.client.HTTPConnection("127.0.0.1", client.port, timeout=60)
    line.request("GET", address, headers=client.headers)
    got = line.getresponse()
    content = got.read()
    line.close()
    assert got.status == 200
    assert ".xlsx" in got.getheader("content-disposition")
    book = load_workbook(io.BytesIO(content))
    cells = book.worksheets[0]
    return book, cells, [cell.value for cell in cells[1]]


def send_book(client, content, name="worklist.xlsx"):
    """Send a file by the form of the page that was loaded last."""
    token = client.page.find(r'form_token" value="(\w+)')
    edge = uuid.uuid4().hex
    field = f"--{edge}\r\nContent-Disposition: form-data; name="
    parts = [
        f'{field}"form_token"\r\n\r\n{token}\r\n'.encode(),
        f'{field}"sheet"; filename="{name}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n".encode(),
        content,
        f"\r\n--{edge}--\r\n".encode(),
    ]
    form = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    client.page = client.ask("POST", "/worklist/sheet", b"".join(parts), **form)
    return client.page


def save(book):
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def save_empty():
    """A workbook of the columns of a worklist and many rows that decide nothing."""
    book = Workbook()
    book.active.append(["action_id", *TO_FILL_IN])
    for number in range(2000):
        book.active.append([str(number * 7919), *["" for _ in TO_FILL_IN]])
    return save(book)


def test_groups_add_up_to_the_rows_that_fit_and_lead_to_them(planner, waiting):
    del waiting
    whole = planner.get("/worklist")
    page = planner.get("/worklist?group=kind")
    found = page.find_all(r'<th scope="row"><a href="(/worklist\?[^"]*kind=\w+)">')
    assert len(found) >= 3
    assert sum(count_rows(planner.get(address)) for address in found) == count_rows(whole)
    assert planner.get("/worklist?group=benefit").status == 400


def test_a_row_of_two_roles_counts_for_each():
    names = dict.fromkeys(("action_id", *WORKLIST.searched), pl.String)
    columns = {**names, **{choice.name: pl.String for choice in WORKLIST.choices}}
    rows = [
        {"action_id": "a", "missing_roles": "buyer;finance"},
        {"action_id": "b", "missing_roles": "buyer"},
        {"action_id": "c", "missing_roles": ""},
    ]
    values = {"quantity": [1.0, 2.0, 4.0], "value": [1.0, 1.0, 1.0], "benefit": [0.0, 0.0, 0.0]}
    frame = pl.DataFrame(
        [{name: row.get(name) for name in columns} for row in rows], schema=columns
    ).with_columns(**{name: pl.Series(found) for name, found in values.items()})
    prepared = Prepared.of(frame.with_columns(rank=pl.int_range(pl.len())), WORKLIST)
    found = sum_groups(prepared, read_ask(WORKLIST, {}), "missing_roles")
    assert [(row["group"], row["rows"], row["quantity"]) for row in found] == [
        ("buyer", 2, 3.0), ("finance", 1, 1.0), (None, 1, 4.0),
    ]  # fmt: skip


def read_fitting(client, address):
    """The fields by which all that fit are approved, as a page of them gives them."""
    page = client.get(f"{address}&size=2")
    names = ("plan_words", "key", "asked", "all_fitting")
    fields = {name: page.find(rf'name="{name}" value="([^"]*)"') for name in names}
    return {**fields, "decision": "approve", "role": "buyer", "reason": "seen"}


def test_all_that_fit_are_decided_at_once_and_not_if_others_fit_by_now(bench):
    ann, ben = bench.sign_on("Ann", "buyer"), bench.sign_on("Ben", "buyer")
    first = list_waiting(bench.premises, "buyer")[0]["action_id"]
    told = read_fitting(ann, FITTING)
    fitting = count_rows(ann.page)
    assert fitting > 2
    assert ann.page.find(r'data-lines="(\d+)') == str(fitting)
    for decision in ("override", "defer"):
        page = ann.post("/worklist/decisions", {**told, "decision": decision, "quantity": "1"})
        assert page.status == 400
        assert "is ticked" in page.text
        ann.get(FITTING)
    decide(ben, first, "reject", "buyer", reason_code="too_much")
    wrong = ann.post("/worklist/decisions", told)
    assert wrong.status == 400
    assert "look again" in wrong.text
    assert bench.premises.store.decisions(EVER)["author"].to_list() == ["Ben"]
    told = {**read_fitting(ann, FITTING), "decision": "comment"}
    page = ann.post("/worklist/decisions", told)
    assert f"{fitting - 1} recorded." in page.text
    assert bench.premises.store.decisions(EVER)["action_id"].n_unique() == fitting


def test_all_that_fit_are_not_approved_once_one_was_changed(bench):
    """The line still fits, and asks for units that nobody has read."""
    ann, ben = bench.sign_on("Ann", "buyer"), bench.sign_on("Ben", "buyer")
    told = read_fitting(ann, "/worklist?kind=purchase_order")
    desk = bench.premises.open_desk(LAST)
    ids = {row["action_id"] for row in list_waiting(bench.premises, "buyer")}
    orders = desk.proposals.filter(pl.col("action_id").is_in(ids), pl.col("packs") > 1)
    row = orders.filter(kind="purchase_order").row(0, named=True)
    units = row["quantity"] // row["packs"]
    facts = {"quantity": str(units), "reason_code": "too_much", "expires_on": "2026-01-01"}
    decide(ben, row["action_id"], "override", "buyer", **facts)
    page = ann.post("/worklist/decisions", told)
    assert page.status == 400
    assert "look again" in page.text
    assert bench.premises.store.decisions(EVER).height == 1
    # Its value is that of the units that stand.
    value = units * row["unit_value"]
    page = ann.get(f"/worklist?text={row['action_id']}")
    shown = page.find_all(r'data-units="([^"]+)" data-value="([^"]+)"')
    assert [[float(figure) for figure in pair] for pair in shown] == [[units, round(value, 2)]]
    assert f"value {value:,.2f}" in page.text


def test_what_is_approved_is_taken_off_what_a_department_may_still_order():
    budgets = {"department": ["Deli", "Home"], "left_as_is": [1000.0, 500.0]}
    spent = {"a": 100.0, "b": 30.0, "c": 7.0}
    orders = pl.DataFrame({"action_id": [*spent], "spends": [*spent.values()]})
    spending = Spending(pl.DataFrame(budgets), orders)
    standing = {"a": "approved", "b": "waiting", "c": "deferred", "d": "waiting"}
    rows = pl.DataFrame({"action_id": [*standing], "standing": [*standing.values()]})
    rows = rows.with_columns(department=pl.lit("Deli"))
    assert spending.list_left(rows, rows.filter(action_id="b")) == [
        {"department": "Deli", "left": 900.0, "fitting": 30.0},
        {"department": "Home", "left": 500.0, "fitting": 0.0},
    ]
    assert spending.list_spends(rows) == {"b": 30.0, "c": 7.0}


def test_a_workbook_goes_out_and_comes_back(bench):
    ann = bench.sign_on("Ann", "buyer")
    listed = count_rows(ann.get(FITTING))
    book, cells, names = read_book(ann, FITTING.replace("/worklist", "/worklist/sheet"))
    assert cells.max_row == 1 + listed
    ids = [cells.cell(row, names.index("action_id") + 1).value for row in range(2, listed + 2)]
    assert ids == ann.get(f"{FITTING}&size=500").find_all(r'name="selected" value="(\w+):')
    said = {2: ("approve", None), 3: ("reject", "not_worth_it"), 4: ("nonsense", None)}
    for row, (decision, code) in said.items():
        filled = {"decide": decision, "as_role": "buyer", "why": "by sheet", "code": code}
        for name, value in filled.items():
            cells.cell(row, names.index(name) + 1, value)
    # Who has read another quantity approves nothing.
    for name, value in {"decide": "approve", "as_role": "buyer", "why": "old"}.items():
        cells.cell(5, names.index(name) + 1, value)
    cells.cell(5, names.index("quantity") + 1, 1_000_003)
    page = send_book(ann, save(book))
    assert "2 recorded." in page.text
    refused = page.find_all(r"<li>(?:<a [^>]*>\w+</a> )?(Row \d+: [^<]*)</li>")
    assert [words[:6] for words in refused] == ["Row 4:", "Row 5:"]
    assert "it is stale: 1000003 units then" in refused[1]
    recorded = bench.premises.store.decisions(EVER).sort("decision")
    assert recorded.select("action_id", "decision", "author", "reason").rows() == [
        (ids[0], "approve", "Ann", "by sheet"),
        (ids[1], "reject", "Ann", "by sheet"),
    ]
    # Sent again, it decides nothing more.
    ann.get(FITTING)
    again = send_book(ann, save(book))
    assert "recorded." not in again.text
    assert bench.premises.store.decisions(EVER).height == 2


def test_what_is_no_worklist_is_said_and_decides_nothing(bench):
    ann = bench.sign_on("Ann", "buyer")
    for content, name, why in (
        (b"not a workbook", "../../x<b>.xlsx", "cannot be read"),
        (b"sku,units\nA,1\n", "other.csv", "its first row lacks action_id"),
    ):
        ann.get("/worklist")
        page = send_book(ann, content, name)
        assert page.status == 200
        assert why in page.text
        assert "<b>" not in page.text
    ann.get("/worklist")
    _, cells, _ = read_book(ann, "/worklist/sheet")
    page = send_book(ann, save(cells.parent))
    assert "no row is filled in" in page.text
    ann.get("/worklist")
    assert send_book(ann, bytes(20_000_001)).status == 413
    assert bench.premises.store.decisions(EVER).is_empty()


def damage(content, part, told):
    """A workbook of which one part is other text, or lacks it where none is given."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts[part] = told(parts[part])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, held in parts.items():
            packed.writestr(name, held)
    return stream.getvalue()


def flip(content):
    """A workbook with another byte in the middle of what is packed first."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        first = max(packed.infolist(), key=lambda part: part.compress_size)
    place = first.header_offset + 60 + first.compress_size // 3
    return content[:place] + bytes([content[place] ^ 0xFF]) * 40 + content[place + 40 :]


def test_a_damaged_workbook_is_refused_in_words(tmp_path):
    content = save_empty()
    sheet = "xl/worksheets/sheet1.xml"
    book = "xl/workbook.xml"
    nothing = re.compile(rb"<sheets>.*</sheets>", re.DOTALL)
    for number, damaged in enumerate((
        damage(content, sheet, lambda held: held[: len(held) // 2]),
        damage(content, book, lambda held: nothing.sub(b"<sheets></sheets>", held)),
        flip(content),
        content[: len(content) // 2],
    )):  # fmt: skip
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(damaged)
        with pytest.raises(SheetError):
            list(read_rows(path))


def test_the_name_of_a_file_opens_nothing_and_is_said_again(bench):
    ann = bench.sign_on("Ann", "buyer")
    ann.get("/worklist")
    page = send_book(ann, b"nothing", f"mine.{'x' * 300}")
    assert page.status == 200
    assert "mine." in page.text
    assert "cannot be read" in page.text
    assert "worklist.xlsx" not in page.text


def test_a_sheet_of_somebody_who_may_not_decide_is_refused(folder):
    with serving(folder) as served:
        admin = enter(served.premises.store, "Ada", "administrator")
        token = enter(served.premises.store, "Otto", "auditor", by=admin)
        otto = served.sign_on_by(token)
        otto.get(FITTING)
        book, cells, names = read_book(otto, FITTING.replace("/worklist", "/worklist/sheet"))
        for name, value in {"decide": "approve", "as_role": "buyer", "why": "mine"}.items():
            cells.cell(2, names.index(name) + 1, value)
        page = send_book(otto, save(book))
        assert "Otto is not in charge of that" in page.text
        assert served.premises.store.decisions(EVER).is_empty()
