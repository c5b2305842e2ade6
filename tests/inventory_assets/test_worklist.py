"""The worklist: columns to scan in the UI, and files that a planner opens."""

import shutil
import zipfile
from datetime import datetime, time

import polars as pl
import pytest
from simulated import LAST, materialize, warehouse_of

from governance.kinds import find_kind
from inventory_assets.framework import write_for_people
from inventory_assets.reporting.worklist import tabulate_worklist
from quality_checks.contracts import CONTRACTS

HOSTILE = "=cmd|' /C calc'!A0"


def sheet(path):
    """Cells of the first sheet of an xlsx, as its XML has them."""
    with zipfile.ZipFile(path) as book:
        return book.read("xl/worksheets/sheet1.xml").decode(), book.read(
            "xl/sharedStrings.xml"
        ).decode()


def test_files_for_people_hold_texts_as_texts(tmp_path):
    frame = pl.DataFrame(
        {"sku": [HOSTILE, "+1", "plain"], "units": [3, None, 5], "due_on": [LAST, LAST, None]}
    )
    csv, xlsx = write_for_people(tmp_path / "new" / "worklist", frame)
    assert csv.read_text().splitlines() == [
        "sku,units,due_on", f"'{HOSTILE},3,{LAST}", f"'+1,,{LAST}", "plain,5,",
    ]  # fmt: skip
    cells, texts = sheet(xlsx)
    assert "<f>" not in cells
    assert HOSTILE.replace("'", "&apos;") in texts or HOSTILE in texts
    assert sorted(path.name for path in csv.parent.iterdir()) == ["worklist.csv", "worklist.xlsx"]


def test_the_same_rows_are_the_same_bytes(tmp_path):
    frame = pl.DataFrame({"sku": ["A"], "value": [1.25], "due_on": [LAST]})
    one, other = (
        [path.read_bytes() for path in write_for_people(tmp_path / name / "worklist", frame)]
        for name in ("one", "other")
    )
    assert one == other


@pytest.fixture(scope="module")
def done(planned, tmp_path_factory):
    """The folder of a retailer whose worklist was made, and what the UI shows of it."""
    root = shutil.copytree(planned, tmp_path_factory.mktemp("worklist") / "retailer")
    result = materialize(root, LAST, "worklist")
    (event,) = result.get_asset_materialization_events()
    return root, event.materialization.metadata


def test_the_files_have_every_waiting_action_with_its_columns(done):
    root, _ = done
    table = warehouse_of(root).read(CONTRACTS["worklist"], LAST)
    assert table.height > 0
    folder = root / "reports" / LAST.isoformat()
    written = pl.read_csv(folder / "worklist.csv", try_parse_dates=True)
    assert written["action_id"].to_list() == table["action_id"].to_list()
    assert {"sku", "destination", "quantity", "due_on", "benefit", "roles"} <= {*written.columns}
    cells, _ = sheet(folder / "worklist.xlsx")
    assert cells.count("<row ") == table.height + 1


def test_the_ui_shows_it_in_columns(done):
    root, metadata = done
    table = warehouse_of(root).read(CONTRACTS["worklist"], LAST)
    shown = metadata["rows"].md_str.splitlines()
    head = [cell.strip() for cell in shown[0].strip("|").split("|")]
    assert head[:5] == ["#", "what", "item", "from", "to"]
    assert len(shown) == 2 + min(20, table.height)
    first = table.row(0, named=True)
    assert find_kind(first["kind"]).singular in shown[2]
    assert first["action_id"][:8] in shown[2]


def test_what_is_put_off_is_listed_with_its_end(planned):
    proposals, routed = (
        warehouse_of(planned).read(CONTRACTS[name], LAST) for name in ("proposals", "routed")
    )
    until = datetime.combine(LAST, time(14, 30))
    waiting = routed.filter(status="waiting").with_row_index("rank", offset=1)
    off = pl.when(pl.col("rank") == 1).then(pl.lit(until)).alias("deferred_until")
    rows = proposals.join(
        waiting.with_columns(off).drop("business_date", "plan_version"), on="action_id"
    ).sort("rank")
    ends = tabulate_worklist(rows)["put off until"].to_list()
    assert ends == [f"{LAST} 14:30", *[""] * (len(rows) - 1)]


def test_an_empty_worklist_has_its_columns(planned):
    proposals, routed = (
        warehouse_of(planned).read(CONTRACTS[name], LAST).clear()
        for name in ("proposals", "routed")
    )
    empty = proposals.join(routed.drop("business_date", "plan_version"), on="action_id")
    assert tabulate_worklist(empty.with_columns(rank=pl.lit(1))).height == 0
