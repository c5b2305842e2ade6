"""The lineage in the UI is what happens: assets read what they declare, and nothing else."""

import pytest

from inventory_assets.framework import UndeclaredInputError

ONLY_SOMETIMES = {
    "trading_days": "days that are built already are not read again",
    "demand_history": "days that are built already are not read again",
    "export_lines+cancel_lines": "where nothing new leaves no manifest is written",
    "override_forecasts": "without an override there is nothing to keep",
    "override_value": "without an override there is nothing to judge",
    "model_versions": "it is made by the training, not by the night",
    "backtest_accuracy": "it is made on demand, not by the night",
    "forecast": "an open day alone is sensed",
    "forecast_drivers": "the panel of a trained model is made where one forecast",
    "markdown_plan+deferral_plan+markdown_options+unpriced_seasons": (
        "promotions are asked for where policy counts reductions from past prices"
    ),
    "returns_forecast": "without returns there is nothing to forecast",
}
"""Assets that may leave a declared table unread in a night of the small retailer, and why."""


def test_every_declared_table_is_read(seen):
    unread = {
        asset: sorted({*tables} - {*seen["reads"][asset]})
        for asset, tables in seen["declared"].items()
        if {*tables} - {*seen["reads"][asset]} and asset not in ONLY_SOMETIMES
    }
    assert unread == {}


def test_the_night_reads_many_tables(seen):
    assert "planning_pairs" in seen["reads"]["targets+unlevelled"]
    assert {"allocation", "lanes"} <= {*seen["reads"]["transfers_plan+transfer_trips"]}


def test_an_undeclared_table_is_refused(shop):
    inputs = shop.inputs(1, "position")
    assert inputs.read("position").is_empty()
    with pytest.raises(UndeclaredInputError, match="test reads targets, which it does not declare"):
        inputs.read("targets")
    with pytest.raises(UndeclaredInputError, match="reads products"):
        inputs.known("products")
    with pytest.raises(UndeclaredInputError, match="reads item_suppliers, lead_times"):
        inputs.query("purchase_terms")
