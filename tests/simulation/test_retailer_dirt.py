"""Every broken row is on the dirt list, and nothing else is broken."""

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from quality_checks.contracts import list_landing_sources
from simulation.retailer import size_retailer, write_retailer

SETTINGS = size_retailer("tiny").model_copy(update={"dirty_rate": 0.03})
LAST = SETTINGS.last_date


@pytest.fixture(scope="module")
def dirty(tmp_path_factory):
    out = tmp_path_factory.mktemp("dirty")
    summary = write_retailer(SETTINGS, out, seed=11)
    dirt = pl.read_parquet(out / "truth" / "dirt.parquet")
    assert dirt.height == summary.dirty_rows
    return out, dirt


def texts(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    return pl.read_csv(path, infer_schema=False)


def test_rows_left_after_taking_the_listed_ones_out_keep_their_contracts(dirty):
    out, dirt = dirty
    known = pl.read_csv(
        out / "landing" / "products" / "*.csv", schema=list_landing_sources()["products"].schema
    )["sku"]
    nodes = texts(next((out / "landing" / "locations").iterdir()))["location"]
    for name, contract in list_landing_sources().items():
        parts = []
        for path in sorted((out / "landing" / name).glob("*[!n]")):
            bad = dirt.filter(pl.col("file") == f"{name}/{path.name}")["row"]
            rows = texts(path).with_row_index("row", offset=1)
            parts.append(rows.filter(~pl.col("row").is_in(bad.implode())).drop("row"))
        if not parts:
            continue
        good = pl.concat(parts)
        untold = contract.omissible - {*good.columns}
        good = good.with_columns(pl.lit(None, contract.schema[n]).alias(n) for n in untold)
        good = good.select(contract.columns)
        if good.schema != contract.schema:
            good = pl.read_csv(good.write_csv().encode(), schema=contract.schema)
        contract.conform(good)
        if name != "products" and "sku" in good.columns:
            assert good["sku"].is_in(known.implode()).all()
        if name in {"stock", "pos_sales"}:
            assert good["location"].is_in(nodes.implode()).all()


def test_every_listed_row_has_the_fault_it_is_listed_for(dirty):
    out, dirt = dirty
    kinds = set(dirt["kind"])
    assert kinds == {
        "wrong_type",
        "missing_value",
        "out_of_bounds",
        "unknown_key",
        "duplicate_key",
    }
    for (file,), listed in dirt.group_by("file"):
        rows = texts(out / "landing" / str(file))
        for row, field, kind, twin, cleared in listed.select(
            "row", "field", "kind", "twin_row", "cleared_on"
        ).iter_rows():
            if kind == "duplicate_key":
                keys = field.split(",")
                assert rows.select(keys).row(row - 1) == rows.select(keys).row(twin - 1)
                assert rows.row(row - 1) != rows.row(twin - 1)
                continue
            value = rows[field][row - 1]
            if kind == "missing_value":
                assert value is None
            elif kind == "out_of_bounds":
                assert int(value) < 0
            elif kind == "wrong_type":
                with pytest.raises(ValueError, match="invalid literal"):
                    int(value)
            elif cleared is None:
                assert value.startswith("UNKNOWN-")


def test_an_item_sells_before_its_master_comes(dirty):
    out, dirt = dirty
    waiting = dirt.drop_nulls("cleared_on")
    arrives = waiting["cleared_on"].unique().item()
    file = texts(out / "landing" / "products" / f"{arrives}.csv")
    first = waiting.row(0, named=True)
    sku = texts(out / "landing" / first["file"])["sku"][first["row"] - 1]
    assert file["sku"].to_list() == [sku]
    sales = waiting.filter(pl.col("file").str.starts_with("pos_sales"))
    assert sales.height > 0
    for path in (out / "landing" / "products").iterdir():
        if path.name[:10] < arrives.isoformat():
            assert sku not in texts(path)["sku"]


def test_files_are_late_and_missing_as_planned(dirty):
    out, _ = dirty
    landing = out / "landing"
    late = LAST - dt.timedelta(30)
    after = late + dt.timedelta(1)
    assert not (landing / "returns" / f"{late}.csv.gz").exists()
    assert (landing / "returns" / f"{after}.csv.gz").exists()
    rows = texts(landing / "returns" / f"{after}_2.csv.gz")
    assert rows.height > 0
    assert rows["timestamp"].str.starts_with(late.isoformat()).all()
    assert not (landing / "browsing" / f"{LAST - dt.timedelta(45)}.parquet").exists()
    assert not (landing / "weather" / f"{LAST - dt.timedelta(10)}.csv.gz").exists()


def test_control_totals_describe_the_files_as_written(dirty):
    out, dirt = dirty
    touched = dirt.filter(pl.col("file").str.starts_with("pos_sales"))["file"].unique()
    assert touched.len() > 10
    for file in touched:
        rows = texts(out / "landing" / file)
        control = json.loads((out / "landing" / f"{file}.control.json").read_text())
        assert control == {"rows": rows.height, "sums": {"quantity": rows["quantity"].sum()}}
