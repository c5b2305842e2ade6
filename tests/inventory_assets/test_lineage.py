"""The lineage in the UI is what happens: assets read what they declare, and nothing else."""

import shutil
from collections import defaultdict

import pytest
from simulated import LAST, materialize

from inventory_assets.framework import UndeclaredInputError
from inventory_assets.framework.inputs import Declared
from quality_checks.contracts import CONTRACTS

BOOKS = {"files", "loads", "quarantine", "check_outcomes", "day_fingerprints"}
RESULTS = [n for n, c in CONTRACTS.items() if c.stage != "landing" and n not in BOOKS]

BY_HAND = {"backtest_accuracy", "model_versions"}
"""Tables of jobs of their own."""

ONLY_SOMETIMES = {
    "trading_days": "days that are built already are not read again",
    "demand_history": "days that are built already are not read again",
    "export_lines": "where nothing new leaves no manifest is written",
    "forecast_drivers": "without a champion there is nothing to explain",
    "override_forecasts": "without an override there is nothing to keep",
    "override_value": "without an override there is nothing to judge",
    "model_versions": "it is made by the training, not by the night",
    "backtest_accuracy": "it is made on demand, not by the night",
    "forecast+launch_forecast+season_factors": "an open day alone is sensed",
    "returns_forecast": "without returns there is nothing to forecast",
}
"""Assets that may leave a declared table unread in a night of the small retailer, and why."""


@pytest.fixture(scope="module")
def reads(planned, tmp_path_factory):
    """Tables that each asset read in a night, and those that it declares."""
    found, declared = defaultdict(set), {}
    refuse = Declared.refuse_others

    def recorded(self, tables):
        declared[self.asset] = self.reads | self.earlier
        found[self.asset] |= tables
        refuse(self, tables)

    root = shutil.copytree(planned, tmp_path_factory.mktemp("lineage") / "retailer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Declared, "refuse_others", recorded)
        materialize(root, LAST, *(name for name in RESULTS if name not in BY_HAND))
    return found, declared


def test_every_declared_table_is_read(reads):
    found, declared = reads
    unread = {
        asset: sorted(tables - found[asset])
        for asset, tables in declared.items()
        if tables - found[asset] and asset not in ONLY_SOMETIMES
    }
    assert unread == {}


def test_the_night_reads_many_tables(reads):
    found, _ = reads
    assert "planning_pairs" in found["targets+unlevelled"]
    assert {"allocation", "lanes"} <= found["transfers_plan+transfer_trips"]


def test_an_undeclared_table_is_refused(shop):
    inputs = shop.inputs(1, "position")
    assert inputs.read("position").is_empty()
    with pytest.raises(UndeclaredInputError, match="test reads targets, which it does not declare"):
        inputs.read("targets")
    with pytest.raises(UndeclaredInputError, match="reads products"):
        inputs.known("products")
    with pytest.raises(UndeclaredInputError, match="reads item_suppliers, lead_times"):
        inputs.query("purchase_terms")
