"""What breaks is said as a page or as JSON, guarded like every answer; why is for the log."""

import sqlite3

import duckdb
import polars as pl
import pytest
from client import serving
from simulated import warehouse_of
from sqlalchemy.exc import OperationalError

from workbench.interface import API

PAIR = "/item-locations?sku=A&location=B"
FAULTS = (
    KeyError("a secret of ours"),
    OSError("a secret of ours"),
    TypeError("a secret of ours"),
    duckdb.IOException("a secret of ours"),
    pl.exceptions.ComputeError("a secret of ours"),
    OperationalError("a secret of ours", {}, Exception()),
)


def check_broken(answer, *, is_page):
    assert answer.status == 500
    words = answer.find('role="alert">([^<]+)<') if is_page else answer.json["message"]
    assert words == "Something broke here; the log of the workbench says what."
    assert "a secret of ours" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_of_ours_is_said_to_be_one_and_told_to_the_log_only(broken, caplog, fault):
    served, faults = broken
    for is_page in (True, False):
        faults[:] = [fault]
        client = served.sign_on("Ann", "planner") if is_page else served.open()
        address = "/item-location?sku=A&location=B" if is_page else API + PAIR
        check_broken(client.get(address), is_page=is_page)
        assert "a secret of ours" in caplog.text
        caplog.clear()


@pytest.fixture(scope="module")
def broken(waiting):
    """A workbench that breaks down with the last of a list of faults."""
    faults = []

    def break_down(*_):
        raise faults[-1]

    with serving(waiting, told={"item_location": break_down}) as served:
        yield served, faults


def test_a_store_that_is_damaged_is_no_reason_to_drop_the_guard(bench, folder):
    client = bench.sign_on("Ann", "planner")
    with sqlite3.connect(folder / "governance" / "decisions.sqlite") as store:
        store.execute("ALTER TABLE audit_events RENAME TO moved")
    for path in ("/", "/sign-on", "/no-such-page"):
        check_broken(client.get(path), is_page=True)
    check_broken(bench.open().get(f"{API}/plan"), is_page=False)


def test_what_breaks_since_a_newer_plan_was_published_is_asked_for_again(folder):
    warehouse = warehouse_of(folder)
    faults = [duckdb.CatalogException("no such table"), LookupError("no such action")]

    def break_twice(*_):
        if faults:
            warehouse.publish_copy()
            raise faults.pop()

    with serving(folder, told={"item_location": break_twice}) as served:
        answers = [served.open().get(API + PAIR) for _ in range(3)]
    warehouse.close()
    assert [answer.status for answer in answers] == [503, 503, 404]
    for answer in answers[:2]:
        assert answer.headers["retry-after"] == "1"
        assert "A newer plan has just been published" in answer.json["message"]
