"""What commands print fits a log file, and no word of it is broken."""

import shutil
from datetime import date

import polars as pl
import pytest
from rendered import COLUMNS, rendered, too_long, words
from rich.table import Table
from simulated import SMALL

from inventory_assets.cli.models import print_models
from inventory_assets.cli.summary import print_summary
from inventory_assets.framework import Retailer
from inventory_assets.project import PROJECT
from quality_checks.contracts import CONTRACTS

WIDE = 500


def assert_fits(show):
    text = rendered(show, COLUMNS)
    assert text.strip()
    assert not too_long(text)
    assert words(text) == words(rendered(show, WIDE))


def test_the_summary_fits(planned, tmp_path, monkeypatch):
    root = tmp_path / "data"
    shutil.copytree(planned, root)
    monkeypatch.chdir(tmp_path)
    retailer = Retailer(data_folder=str(root), policies_folder=str(PROJECT / "data" / "policies"))
    assert_fits(lambda console: print_summary(retailer, SMALL.last_date, console))
    text = rendered(lambda console: print_summary(retailer, SMALL.last_date, console), COLUMNS)
    assert f"Files for the ERP: data/exports/{SMALL.last_date}" in text.splitlines()


def test_a_path_from_elsewhere_is_never_folded(planned, tmp_path, monkeypatch):
    root = tmp_path / ("long" * 20) / "data"
    shutil.copytree(planned, root)
    monkeypatch.chdir(PROJECT)
    retailer = Retailer(data_folder=str(root), policies_folder=str(PROJECT / "data" / "policies"))
    text = rendered(lambda console: print_summary(retailer, SMALL.last_date, console), COLUMNS)
    assert f"Files for the ERP: {root}/exports/{SMALL.last_date}" in text.splitlines()


def test_the_table_of_models_fits():
    columns = CONTRACTS["model_versions"].empty().drop("business_date")
    shown = {
        "version": "804e744a5bc9573a",
        "trained_on": date(2025, 9, 30),
        "wape": 0.8647,
        "bias": -0.0886,
        "pinball": 1234.567,
        "baseline_pinball": 1234.567,
        "champion": True,
        "reason": "pinball loss 3.7% below the baseline's over 5 origins, p = 0.029; "
        "bias 12.3% is more than 2 points further from nominal than that of the champion",
    }
    rows = pl.DataFrame([{**dict.fromkeys(columns.columns), **shown}], schema=columns.schema)
    assert_fits(lambda console: print_models(rows, console))


def test_a_table_that_does_not_fit_is_noticed():
    table = Table("version", "why", "what it says of its own backtest", "unbroken")
    table.add_row("804e744a5bc9573a", "x" * 40, "y" * 40, "z" * 40)
    with pytest.raises(AssertionError):
        assert_fits(lambda console: console.print(table))
