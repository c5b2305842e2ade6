"""`plenish check` says what a plan would find, and leaves the folder as it is."""

from datetime import datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from raw_files import DAY, POS
from simulated import run_here

from connecting.judging import MINIMUM, WITHOUT, judge_folder
from quality_checks.contracts import list_landing_sources

PROJECT = Path(__file__).resolve().parent.parent.parent
LINE = "007;12;{n};30.09.2025;14:05;{sku};Hemd;{quantity};ST;23,80"
STOP = {"pos_sales": 7, "stock": 3}


def line(n=1, sku="123", quantity="2"):
    return LINE.format(n=n, sku=sku, quantity=quantity)


def record(on_hand=5, **rest):
    read = datetime(2025, 9, 30, 22)  # noqa: DTZ001  # local by contract
    units = {"on_hand": on_hand, "reserved": 0, "damaged": 0}
    return {"snapshot_time": read, "sku": "00123", "location": "007", **units, **rest}


@pytest.fixture
def whole(till):
    """All that a plan cannot do without."""
    till.land_masters()
    till.land("stock", DAY, record())
    till.sell(DAY, line())
    return till


def contents(root):
    return {path: path.stat().st_mtime_ns for path in sorted(root.rglob("*"))}


def check(*arguments):
    """The command; its exit code and what it printed."""
    done = run_here("check", *map(str, arguments))
    return done.returncode, done.stdout + done.stderr


def test_the_command_says_what_is_there_and_what_is_not_and_changes_nothing(whole):
    whole.sell(DAY, line(), line(2, sku="999"), line(3, quantity="zwei"))
    whole.drop("kasse/Umsatz.csv", "x\n")
    before = contents(whole.root)
    code, said = check(whole.root)
    assert code == 0
    assert "A plan can be made." in said
    assert "1 rows wait: sku: unknown key" in said
    assert "(raw/kasse/Umsatz_20250930.csv line 6)" in said
    assert "raw/kasse/Umsatz.csv: no mapping reads a file of this name" in said
    assert f"returns: {WITHOUT['returns']}" in said
    assert "pos_sales: " not in said.split("Without these sources")[1]
    assert contents(whole.root) == before


def test_what_belongs_to_no_source_is_told(whole):
    whole.map("sale", "files: x\n")
    whole.drop("tills/Umsatz.csv", "x\n")
    (whole.root / "landing" / "pos-sales").mkdir()
    strays = judge_folder(whole.root, stop_after_days=STOP).strays
    assert "sale.yaml: is not named <source>.yaml" in strays[0]
    assert strays[1:] == [
        "raw/tills: no mapping reads this folder",
        "landing/pos-sales: no landing source is called so",
    ]


def test_a_landing_folder_alone_is_judged_too(whole):
    whole.make("pos_sales")
    judged = judge_folder(whole.root / "landing", stop_after_days=STOP)
    assert judged.stopping == []
    assert judged.sources["pos_sales"].files["loaded_rows"].to_list() == [1]


def test_what_was_made_before_is_judged_as_it_would_be_made_now(whole):
    whole.make("pos_sales")
    whole.sell(DAY, line(), line(2))
    judged = judge_folder(whole.root, stop_after_days=STOP)
    assert judged.sources["pos_sales"].files["loaded_rows"].to_list() == [2]
    assert whole.landed("pos_sales", f"{DAY}.csv").height == 1


@pytest.mark.parametrize("source", ["pos_sales", "stock", "item_suppliers"])
def test_without_one_of_the_minimum_no_plan_can_be_made(whole, source):
    for name in (source, "kasse") if source == "pos_sales" else (source,):
        for path in (whole.root).glob(f"*/{name}/*"):
            path.unlink()
    judged = judge_folder(whole.root, stop_after_days=STOP, business_date=DAY)
    assert f"{source} is missing" in judged.stopping


def test_what_waits_for_a_master_is_not_called_missing(whole):
    whole.sell(DAY, line(), line(2))
    for path in whole.root.glob("*/products/*"):
        path.unlink()
    judged = judge_folder(whole.root, stop_after_days=STOP, business_date=DAY)
    assert "products is missing" in judged.stopping
    assert "pos_sales: no row of it can be taken, 2 wait" in judged.stopping


def test_what_is_too_late_stops_the_plan(whole):
    judged = judge_folder(whole.root, stop_after_days=STOP, business_date=DAY + timedelta(days=4))
    assert [reason.split(":")[:2] for reason in judged.stopping] == [["stock", " not_too_late"]]


def test_an_empty_folder_and_none(tmp_path):
    assert judge_folder(tmp_path, stop_after_days=STOP).business_date is None
    code, said = check(tmp_path / "none")
    assert code == 1
    assert said.strip() == f"plenish: {tmp_path / 'none'} is no folder"


def test_every_source_says_what_is_so_without_it():
    assert WITHOUT.keys() == list_landing_sources().keys()
    assert set(MINIMUM) < WITHOUT.keys()


def test_the_page_for_a_first_day_lists_what_each_source_adds():
    page = (PROJECT / "docs" / "connecting.md").read_text()
    stated = {name: words for name, words in WITHOUT.items() if name not in MINIMUM}
    assert [f"| `{name}` | {words} |" for name, words in stated.items()] == [
        row for row in page.splitlines() if row.startswith("| `") and row.split("`")[1] in stated
    ]
    assert all(f"`{name}`" in page for name in MINIMUM)


def test_the_mapping_on_the_page_is_the_one_that_is_tested():
    page = (PROJECT / "docs" / "connecting.md").read_text()
    block = page.partition('    files: "Umsatz')[2].partition("\n\n")[0]
    shown = yaml.safe_load(dedent(f'    files: "Umsatz{block}'))
    tested = yaml.safe_load(POS)
    assert tested.pop("folder") == "kasse"
    assert tested["read"].pop("empty") == ["-"]
    assert shown == tested
