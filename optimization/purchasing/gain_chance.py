"""How likely an order gains, by demand and by how late and how short the supplier delivers."""

from typing import Final

import numpy as np
import polars as pl
from scipy.special import ndtri

from forecasting.distribution import list_lead_days, survival
from optimization.value import FloatArray, StockValue

_POINTS: Final = 5
"""Days on which goods may come, and shares of them that may, all equally likely."""


def find_chance_to_gain(orders: pl.DataFrame, benefit: FloatArray) -> FloatArray:
    """Find the chance that each order earns more than nothing.

    As many of its units must sell as make good what the others cost. Stock that lies where nobody
    asks for it is no cover. What comes late finds less of the demand that it was ordered for: of
    the days between its lead time and the end of the window the share that is left, none once the
    goods of the next order are there, and more where it comes early. Of a short delivery at least
    as many must come as must sell. Lateness and shortness are independent of each other and of
    demand.

    Args:
        orders: rows of frame `purchase_items` with quantity (units).
        benefit: of each, currency.
    """
    worth, pair = StockValue.of_pairs(orders), np.arange(orders.height)
    position = orders["inventory_position"].cast(pl.Int64).to_numpy()
    cover = position - orders["stranded_units"].to_numpy()
    quantity = orders["quantity"].to_numpy()
    wanted = worth.units_to_gain(pair, position, quantity, benefit)
    at_least = np.broadcast_to(
        (cover + wanted - worth.sold_before)[:, None], (orders.height, _POINTS)
    )
    left = _open_shares(orders)
    sells = survival(worth.mean[:, None] * left, worth.variance[:, None] * left, at_least)
    comes = np.floor(_shares_that_come(orders) * quantity[:, None]) >= wanted[:, None]
    chance = sells.mean(axis=1) * comes.mean(axis=1)
    return np.where(wanted > quantity, 0.0, chance)


def _open_shares(orders: pl.DataFrame) -> FloatArray:
    """Open demand that is left when goods come on each likely day, [order, point]."""
    mean, deviation, ends = (
        orders[name].to_numpy() for name in ("lead_time_mean", "lead_time_sd", "protection_days")
    )
    days = list_lead_days(mean, deviation, _POINTS)
    open_days = (ends - mean)[:, None]
    shares = np.divide(ends[:, None] - days, open_days, out=np.ones_like(days), where=open_days > 0)
    return np.asarray(np.maximum(shares, 0.0))


def _shares_that_come(orders: pl.DataFrame) -> FloatArray:
    """Likely shares of what is ordered that come, [order, point]; all without a record."""
    mean = orders["yield_mean"].fill_null(1.0).to_numpy()[:, None]
    deviation = orders["yield_sd"].fill_null(0.0).to_numpy()[:, None]
    middles = ndtri((np.arange(_POINTS) + 0.5) / _POINTS)
    return np.asarray(np.clip(mean + deviation * middles, 0.0, 1.0))
