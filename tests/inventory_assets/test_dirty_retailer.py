"""Ten weeks of broken rows: every one is found, nothing else is, and no row is lost."""

import polars as pl
import pytest
from simulated import DIRTY, open_warehouse, warehouse_of

from quality_checks.contracts import list_landing_sources

ROW = ["file", "row"]


@pytest.fixture(scope="module")
def warehouse(dirty):
    return warehouse_of(dirty)


@pytest.fixture(scope="module")
def dirt(dirty):
    return pl.read_parquet(dirty / "truth" / "dirt.parquet")


@pytest.fixture(scope="module")
def quarantine(dirty):
    with open_warehouse(dirty) as connection:
        return connection.sql("SELECT * FROM intake.quarantine").pl()


@pytest.fixture(scope="module")
def ledger(warehouse):
    parts = [warehouse.files(source, DIRTY.last_date) for source in list_landing_sources()]
    return pl.concat(parts)


def rows_in(path):
    if path.suffix == ".parquet":
        return pl.read_parquet(path).height
    return pl.read_csv(path, infer_schema=False).height


def test_every_broken_row_is_set_aside_and_no_other(dirt, quarantine):
    listed = dirt.select(*ROW, "field", "kind").sort(ROW)
    found = quarantine.select("row", "field", file="file_name", kind="reason")
    assert found.select(listed.columns).sort(ROW).rows() == listed.rows()


def test_rows_whose_master_came_are_released_and_no_other(dirt, quarantine):
    cleared = dirt.filter(pl.col("cleared_on").is_not_null()).select(ROW).sort(ROW)
    released = quarantine.filter(status="released").select("row", file="file_name")
    assert cleared.height > 10
    assert released.select(ROW).sort(ROW).rows() == cleared.rows()
    waits = quarantine.filter(status="waiting")
    assert waits.height == dirt.height - cleared.height


def test_every_row_of_every_file_is_loaded_or_waits(dirty, ledger, quarantine):
    assert set(ledger["status"]) == {"loaded"}
    on_disk = {
        path.relative_to(dirty / "landing").as_posix(): rows_in(path)
        for path in (dirty / "landing").glob("*/*")
        if not path.name.endswith(".control.json")
    }
    assert dict(ledger.select("file_name", "rows").iter_rows()) == on_disk
    assert (ledger["rows"] == ledger["loaded_rows"] + ledger["quarantined_rows"]).all()
    waiting = quarantine.filter(status="waiting").group_by("file_id").agg(pl.len().alias("waits"))
    compared = ledger.join(waiting, on="file_id", how="left")
    assert (compared["waits"].fill_null(0) == compared["quarantined_rows"]).all()


def test_the_tables_hold_what_the_ledger_says(dirty, ledger):
    with open_warehouse(dirty) as connection:
        for source in list_landing_sources():
            (rows,) = connection.sql(f"SELECT count(*) FROM landing.{source}").fetchone()
            assert rows == ledger.filter(source=source)["loaded_rows"].sum(), source


def test_units_sold_are_those_of_the_files_less_what_waits(dirty, dirt, warehouse):
    paths = sorted((dirty / "landing" / "pos_sales").glob("*.parquet"))
    never = dirt.filter(pl.col("cleared_on").is_null())
    units = 0
    for path in paths:
        bad = never.filter(file=f"pos_sales/{path.name}")["row"]
        lines = pl.read_parquet(path).with_row_index("row", offset=1)
        units += lines.filter(~pl.col("row").is_in(bad.implode()))["quantity"].sum()
    assert warehouse.known("pos_sales", DIRTY.last_date)["quantity"].sum() == units
