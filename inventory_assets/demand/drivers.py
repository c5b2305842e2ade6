"""Why the forecasts that actions rest on are what they are."""

import numpy as np
import polars as pl

from forecasting.global_model import MODEL, contributions, from_files, horizon_rows, measure_groups
from forecasting.lifecycle import champion, load
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.contracts import CONTRACTS

_PAIRS = 2000
"""Pairs that are explained: those whose actions are worth most."""

_DAYS = 7
_KEYS = ["sku", "location"]


@result_asset("forecast_drivers", reads=["proposals", "forecast", "unconstrained", *ANNOUNCED])
def forecast_drivers(inputs: Inputs) -> Computed:
    """Contributions to the next week's forecast, in units and in words."""
    empty = CONTRACTS["forecast_drivers"].empty().drop("business_date")
    asked = _asked(inputs)
    card = None if asked.is_empty() else champion(inputs.models, inputs.business_date)
    if card is None:
        return Computed(empty)
    history = inputs.read("unconstrained")
    panel = demand_panel(inputs, history, as_of=inputs.business_date, horizon=_DAYS)
    pairs = panel.pairs.with_row_index("pair").join(asked, on=_KEYS, how="semi")
    rows = horizon_rows(
        panel, measure_groups(panel), pairs["pair"].to_numpy().astype(np.int64), _DAYS
    )
    model = from_files(load(inputs.models, card.version).files)
    numbered = pairs.drop("pair").with_row_index("number")
    return Computed(
        contributions(model.mean, rows)
        .with_columns(number=(pl.col("row") // _DAYS).cast(pl.UInt32))
        .group_by("number", "driver")
        .agg(pl.col("units").sum())
        .join(numbered, on="number")
        .select(empty.columns)
        .sort(*_KEYS, "driver")
    )


def _asked(inputs: Inputs) -> pl.DataFrame:
    """The pairs of the most valuable actions that the global model forecast."""
    actions = inputs.read("proposals")
    forecast = inputs.read("forecast")
    ours = forecast.filter(model=MODEL).select(_KEYS).unique()
    return (
        actions.select("sku", pl.col("destination").alias("location"), "benefit")
        .group_by(_KEYS)
        .agg(pl.col("benefit").max())
        .join(ours, on=_KEYS, how="semi")
        .sort("benefit", *_KEYS, descending=[True, False, False])
        .head(_PAIRS)
    )
