"""A plan of nothing but exports and mappings, with no source that a plan can do without."""

import pytest
import simulated
from first_day import LAST, MAPPINGS, write_first_day
from raw_files import Connected

from connecting.judging import MINIMUM, judge_folder
from connecting.making import make_landing
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse


@pytest.fixture(scope="module")
def retailer(tmp_path_factory):
    connected = Connected(tmp_path_factory.mktemp("first_day") / "data")
    write_first_day(connected)
    return connected


@pytest.fixture(scope="module")
def printed(retailer):
    return simulated.plan(retailer.root)


@pytest.fixture(scope="module")
def warehouse(retailer, printed):
    assert printed
    return Warehouse(retailer.root / "warehouse" / "plenish.duckdb")


def test_the_retailer_sends_the_minimum_and_nothing_else(retailer):
    assert MAPPINGS.keys() == {*MINIMUM}
    judged = judge_folder(retailer.root, stop_after_days={"pos_sales": 7, "stock": 3})
    assert judged.stopping == []
    assert not {*judged.missing} & {*MINIMUM}
    assert not (retailer.root / "landing").exists()


def test_it_plans_every_pair_and_orders_what_will_be_short(warehouse):
    pairs = warehouse.read(CONTRACTS["planning_pairs"], LAST)
    assert pairs.height == 6
    ordered = warehouse.read(CONTRACTS["purchase_plan"], LAST)
    assert ordered["supplier"].unique().to_list() == ["V1"]
    assert {*ordered["sku"]} <= {"00815", "00816", "00817"}
    short = pairs.filter(pairs["on_hand"] <= 5)
    assert short.height > 0
    assert {*short.select("sku", "location").rows()} <= {
        *ordered.select("sku", "destination").rows()
    }


def test_what_stands_in_for_an_assortment_is_said_by_every_action(warehouse, printed):
    assert "item_locations: *" in printed
    proposals = warehouse.read(CONTRACTS["proposals"], LAST)
    assert proposals.height > 0
    assert proposals["assumed_inputs"].unique().to_list() == ["item_locations"]


def test_a_broken_line_is_told_by_raw_file_and_line_where_people_look(retailer, printed):
    assert printed
    rows = retailer.root / "checks" / LAST.isoformat() / "landing.pos_sales.clean.csv"
    assert "the unit 'PALETTE' is none of: ST, KAR (raw/kasse/Umsatz_20250930.csv line" in (
        rows.read_text()
    )


def test_the_same_raw_files_make_the_same_landing_files_and_no_new_plan(
    retailer, printed, tmp_path
):
    assert printed
    for source in MINIMUM:
        made = make_landing(retailer.root, source, tmp_path)
        assert made.refused == []
    landed = retailer.root / "landing"
    files = [path.relative_to(tmp_path) for path in tmp_path.glob("*/2*")]
    assert len(files) == 4 + 2 * 35
    assert [f for f in files if (landed / f).read_bytes() != (tmp_path / f).read_bytes()] == []
    assert "Nothing changed since run" in simulated.plan(retailer.root)
