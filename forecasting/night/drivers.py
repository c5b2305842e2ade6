"""Why the forecasts that a night's actions rest on are what they are."""

import numpy as np
import polars as pl

from forecasting.global_model import (
    MODEL,
    GlobalForecaster,
    ModelPanel,
    Rows,
    build_horizon_rows,
    explain_forecast,
    find_rest_days,
    measure_groups,
)

_KEYS = ["sku", "location"]


def choose_explained(actions: pl.DataFrame, forecast: pl.DataFrame, *, most: int) -> pl.DataFrame:
    """Choose the pairs that people are asked about first, of those that the trained model forecast.

    Args:
        actions: sku, destination and benefit of the contract Proposals, and waits: whether people
            must decide it.
        forecast: rows of the contract Forecast.
        most: pairs at most.

    Returns:
        sku, location, waits, benefit: those that wait first, then the most valuable.
    """
    ours = forecast.filter(model=MODEL).select(_KEYS).unique(maintain_order=True)
    return (
        actions.select("sku", pl.col("destination").alias("location"), "waits", "benefit")
        .group_by(_KEYS, maintain_order=True)
        .agg(pl.col("waits", "benefit").max())
        .join(ours, on=_KEYS, how="semi")
        .sort("waits", "benefit", *_KEYS, descending=[True, True, False, False])
        .head(most)
    )


def explain_forecasts(
    model: GlobalForecaster, panel: ModelPanel, asked: pl.DataFrame
) -> pl.DataFrame:
    """Split the demand expected over the horizon into what drives it.

    Args:
        model: the trained model.
        panel: what it is given.
        asked: what `choose_explained` gives: the pairs to explain.

    Returns:
        region, sku, location, driver, units; sorted by item, location and driver.
    """
    days = panel.horizon
    pairs = panel.pairs.with_row_index("pair").join(asked, on=_KEYS, how="semi")
    numbers = pairs["pair"].to_numpy().astype(np.int64)
    rows = build_horizon_rows(panel, measure_groups(panel), numbers, days)
    # Nothing is forecast of the days on which a location rests.
    (opens,) = np.nonzero(~find_rest_days(panel)[numbers][:, panel.weekday[panel.days :]].ravel())
    pair_of_row = pl.DataFrame({"row": np.arange(len(opens)), "number": opens // days})
    return (
        explain_forecast(model.mean, Rows(rows.values[opens], rows.base[opens]))
        .join(pair_of_row, on="row", maintain_order="left")
        .with_columns(pl.col("number").cast(pl.UInt32))
        .group_by("number", "driver", maintain_order=True)
        .agg(pl.col("units").sum())
        .join(pairs.drop("pair").with_row_index("number"), on="number")
        .select("region", *_KEYS, "driver", "units")
        .sort(*_KEYS, "driver")
    )
