"""Why a forecast is what it is: the model's contributions, in units and in a planner's words."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forecasting.global_model.features import NAMES, Rows

if TYPE_CHECKING:
    from lightgbm import Booster

DRIVERS = {
    "promotion and price": ("price", "promoted", "level_full_price", "level_discount"),
    "weekday and holidays": ("weekday", "day_off", "season", "lead"),
    "local events": ("event",),
    "weather": ("temperature", "rain"),
    "browsing": ("views", "cart"),
    "returns": ("return",),
    "channel mix": ("online",),
    "launch and end of the item": ("days_on_sale", "days_to_exit"),
    "recent sales of the pair": ("level", "mean", "last", "same", "deviation", "zeros", "base"),
    "trend of the item, location and region": ("sku", "location", "region", "category"),
    "stock-outs and days known": ("in_stock", "known"),
}
"""Words, and the beginnings of the names of the features they stand for; the first that fits."""

USUAL = "usual level"


def explain_forecast(booster: "Booster", rows: Rows) -> pl.DataFrame:
    """Split each forecast row into what drives it, in units.

    The model's output is the logarithm of a factor on the row's base, to which each feature
    contributes a term (TreeSHAP; Lundberg et al. 2020). A driver that contributes c of the sum C
    of all terms moves the forecast from the base to the mean by (mean - base) c / C: the shares of
    the logarithmic mean index (Ang 2004), which leave nothing unexplained.

    Args:
        booster: of `global_model`.
        rows: feature rows.

    Returns:
        row (number), driver (`USUAL` for the base, a word of `DRIVERS` else), units; the units of
        a row sum to its forecast while in stock.
    """
    # On all cores: a row is explained by itself, so the bytes are the same on any number.
    terms = np.asarray(booster.predict(rows.values, pred_contrib=True, num_threads=0))
    # The last column is what the model expects of any row: part of the usual level.
    usual = rows.base * np.exp(terms[:, -1])
    moved = terms[:, :-1].sum(axis=1)
    mean = usual * np.exp(moved)
    slope = np.divide(mean - usual, moved, out=usual.astype(np.float64), where=np.abs(moved) > 1e-9)  # noqa: PLR2004  # no move at all
    of = np.array([_driver(name) for name in NAMES])
    parts = {USUAL: usual}
    for driver in DRIVERS:
        parts[driver] = terms[:, :-1][:, of == driver].sum(axis=1) * slope
    number = np.arange(len(mean), dtype=np.int64)
    return pl.concat(
        pl.DataFrame({"row": number, "units": units.astype(np.float64)}).select(
            "row", pl.lit(driver).alias("driver"), "units"
        )
        for driver, units in parts.items()
    ).sort("row", "driver")


def _driver(name: str) -> str:
    # Levels by price speak of prices, and those over days in stock of levels: longest match wins.
    fits = [
        (len(start), driver)
        for driver, starts in DRIVERS.items()
        for start in starts
        if name.startswith(start)
    ]
    return max(fits)[1]
