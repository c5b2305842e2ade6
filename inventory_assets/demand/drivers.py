"""Why the forecasts that actions rest on are what they are."""

from datetime import date

import numpy as np
import polars as pl

from forecasting.champion_log import champion
from forecasting.explain import contributions
from forecasting.features import measure_groups
from forecasting.global_forecast import MODEL, from_files
from forecasting.global_model import horizon_rows
from forecasting.registry import load
from inventory_assets.checked import Computed, result_asset
from inventory_assets.demand.panel import demand_panel
from inventory_assets.resources import Retailer
from quality_checks.contracts import CONTRACTS

_PAIRS = 1000
"""Pairs that are explained: those with an action that waits for people, and then those whose
actions are worth most. The cost is bounded, and of no other pair does anybody ask why."""

_DAYS = 7
_KEYS = ["sku", "location"]


# After the files: nothing that leaves waits for an explanation.
@result_asset("forecast_drivers", deps=["routed", "forecast", "export_lines"])
def forecast_drivers(retailer: Retailer, business_date: date) -> Computed:
    """Contributions to the next week's forecast, in units and in words."""
    empty = CONTRACTS["forecast_drivers"].empty().drop("business_date")
    asked = _asked(retailer, business_date)
    card = None if asked.is_empty() else champion(retailer.models, business_date)
    if card is None:
        return Computed(empty)
    history = retailer.warehouse.read(CONTRACTS["unconstrained"], business_date)
    panel = demand_panel(retailer, business_date, history, as_of=business_date, horizon=_DAYS)
    pairs = panel.pairs.with_row_index("pair").join(asked, on=_KEYS, how="semi")
    rows = horizon_rows(
        panel, measure_groups(panel), pairs["pair"].to_numpy().astype(np.int64), _DAYS
    )
    model = from_files(load(retailer.models, card.version).files)
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


def _asked(retailer: Retailer, business_date: date) -> pl.DataFrame:
    """The pairs that people are asked about first, of those that the global model forecast."""
    routed = retailer.warehouse.read(CONTRACTS["routed"], business_date)
    actions = retailer.warehouse.read(CONTRACTS["proposals"], business_date).join(
        routed.select("action_id", waits=pl.col("status") == "waiting"), on="action_id"
    )
    forecast = retailer.warehouse.read(CONTRACTS["forecast"], business_date)
    ours = forecast.filter(model=MODEL).select(_KEYS).unique()
    return (
        actions.select("sku", pl.col("destination").alias("location"), "waits", "benefit")
        .group_by(_KEYS)
        .agg(pl.col("waits", "benefit").max())
        .join(ours, on=_KEYS, how="semi")
        .sort("waits", "benefit", *_KEYS, descending=[True, True, False, False])
        .head(_PAIRS)
    )
