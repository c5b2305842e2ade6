"""How likely an order gains, by demand and by how late and how short the supplier delivers."""

from typing import Final

import numpy as np
import polars as pl
from scipy.special import ndtri

from forecasting.distribution import compute_survival, list_lead_days
from optimization.value import FloatArray, IntArray, StockValue

_POINTS: Final = 5
"""Days on which goods may come, and shares of them that may, all equally likely."""


def find_chance_to_gain(orders: pl.DataFrame, benefit: FloatArray) -> FloatArray:
    """Find the chance that each order earns more than nothing.

    As many of its units must sell as make good what the others cost. Stock that lies where nobody
    asks for it is no cover. Goods that come on a later day can sell no more than is asked for from
    then to the end of the window: with the demand of the window high or low on all its days, both
    hold as often as the rarer one. Of a short delivery at least as many must come as must sell.
    Lateness and shortness are independent of each other and of demand.

    Args:
        orders: rows of frame `purchase_items` with quantity (units).
        benefit: of each, currency.
    """
    worth, pair = StockValue.of_pairs(orders), np.arange(orders.height)
    position = orders["inventory_position"].cast(pl.Int64).to_numpy()
    cover = position - orders["stranded_units"].to_numpy()
    quantity = orders["quantity"].to_numpy()
    wanted = worth.units_to_gain(pair, position, quantity, benefit)
    wanted_at_all = compute_survival(worth.mean, worth.variance, cover + wanted - worth.sold_before)
    sells = np.minimum(wanted_at_all[:, None], _sell_from_then_on(orders, wanted))
    comes = np.floor(_shares_that_come(orders) * quantity[:, None]) >= wanted[:, None]
    chance = sells.mean(axis=1) * comes.mean(axis=1)
    return np.where(wanted > quantity, 0.0, chance)


def _sell_from_then_on(orders: pl.DataFrame, wanted: IntArray) -> FloatArray:
    """Chance that as many are asked for from each day that goods may come, [order, point]."""
    names = ("lead_time_mean", "lead_time_sd", "protection_days", "demand_mean", "demand_variance")
    mean, deviation, ends, demand, variance = (orders[name].to_numpy() for name in names)
    days = list_lead_days(mean, deviation, _POINTS)
    left = np.clip(1 - days / ends[:, None], 0.0, 1.0)
    least = np.broadcast_to(wanted[:, None], left.shape)
    return compute_survival(demand[:, None] * left, variance[:, None] * left, least)


def _shares_that_come(orders: pl.DataFrame) -> FloatArray:
    """Likely shares of what is ordered that come, [order, point]; all without a record."""
    mean = orders["yield_mean"].fill_null(1.0).to_numpy()[:, None]
    deviation = orders["yield_sd"].fill_null(0.0).to_numpy()[:, None]
    middles = ndtri((np.arange(_POINTS) + 0.5) / _POINTS)
    return np.asarray(np.clip(mean + deviation * middles, 0.0, 1.0))
