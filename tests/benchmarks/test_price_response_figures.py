"""Prices of orange juice: sales fall with them, and ours errs less than its peers."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.price_response import read_weeks

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def folder(shared_data):
    found = shared_data / "orange_juice"
    if not found.is_dir():
        pytest.skip(f"no orange juice at {found}")
    return found


def test_ours_errs_less_than_regressions_and_its_sales_fall(folder, tmp_path):
    some = pl.read_parquet(folder / "weekly.parquet").filter(pl.col("store") < 40)
    some.write_parquet(tmp_path / "weekly.parquet")
    asked = ["price-response", "--data", str(tmp_path), "--cutoff", "100"]
    figures = json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).stdout)
    ours, peers = figures["ours"], figures["peers"]
    assert figures["rows"]["learnt"] + figures["rows"]["scored"] == read_weeks(tmp_path).height
    assert ours["sign"] == 1.0
    assert 0.7 < ours["coverage_80"] < 0.9
    for name in ("log-log by brand", "pooled log-log", "lightgbm"):
        assert ours["wape"] < peers[name]["wape"]
