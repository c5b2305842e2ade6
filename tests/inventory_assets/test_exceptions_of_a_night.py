"""A night stores what is wrong, with what it touches, and hands it to people."""

import polars as pl
import pytest
from simulated import LAST, plenish_here, warehouse_of

from quality_checks.contracts import CONTRACTS


def read(planned, table):
    return warehouse_of(planned).read(CONTRACTS[table], LAST)


def test_every_subject_that_is_watched_is_read_and_money_adds_up(planned):
    readings = read(planned, "signal_readings")
    assert {"stock_out", "supplier_delay", "receipt_missing"} <= {*readings["kind"]}
    pairs = read(planned, "planning_pairs").filter(
        pl.col("status") == "active", pl.col("kind") != "dc", pl.col("available").is_not_null()
    )
    watched = {f"{row['location']}|{row['category']}" for row in pairs.iter_rows(named=True)}
    assert {*readings.filter(kind="stock_out")["subject"]} == watched
    # A first night was forecast by none before: of demand nothing is known.
    assert not {*readings["kind"]} & {"demand_above", "demand_below", "node_down"}


def test_what_is_at_risk_is_that_of_its_item_locations(planned):
    exceptions, scope = read(planned, "exceptions"), read(planned, "exception_scope")
    sums = dict(scope.group_by("exception_id").agg(pl.col("money_at_risk").sum()).iter_rows())
    for row in exceptions.iter_rows(named=True):
        assert sums.get(row["exception_id"], 0.0) == pytest.approx(row["money_at_risk"] or 0.0)
        assert row["state"] == "new"
    assert {*scope["exception_id"]} <= {*exceptions["exception_id"]}


def test_people_get_them_as_files_and_on_the_console(planned):
    exceptions = read(planned, "exceptions")
    file = planned / "reports" / LAST.isoformat() / "exceptions.csv"
    assert len(pl.read_csv(file)) == len(exceptions)
    listed = plenish_here(planned, "exceptions").stdout
    assert listed.startswith(f"{len(exceptions)} exceptions of {LAST}.")
    for row in exceptions.iter_rows(named=True):
        assert row["exception_id"][:8] in listed
    unknown = plenish_here(planned, "exceptions", "zzz")
    assert f"0 exceptions of {LAST} begin with zzz" in unknown.stderr
