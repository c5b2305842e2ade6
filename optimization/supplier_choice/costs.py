"""What orders cost their items on paths of demand, by when and how much suppliers deliver.

The lead time of a supplier is taken as gamma distributed with its mean and deviation, at the
middles of equally likely parts; two suppliers are late independently of each other. Of the units
ordered the mean share comes.
"""

import numpy as np
import polars as pl

from forecasting.distribution import list_lead_days
from optimization.paths import ItemCourses, cost_courses, cost_on_paths, place_units
from optimization.value import FloatArray, IntArray

_POINTS = 5
"""Days on which each supplier's goods may come."""

_SOURCES = ("other", "later", "preferred")
"""What brings goods: another supplier tonight and when orders are placed again, and the preferred
one; what is ordered again is as late as what is ordered tonight."""


def cost_orders(courses: ItemCourses, orders: pl.DataFrame) -> FloatArray:
    """Expected cost of orders from two suppliers, [order, part].

    Args:
        courses: items without any order of tonight.
        orders: item, units that come from each of `_SOURCES`, and their days, sd and yield
            (missing for all), as other_units, other_days and so on.
    """
    item, receipts = _place_orders(courses, orders)
    costs = cost_courses(courses.paths, courses.costs, item, receipts)
    return np.asarray(costs.reshape(orders.height, _POINTS**2, costs.shape[-1]).mean(axis=1))


def cost_orders_on_paths(courses: ItemCourses, orders: pl.DataFrame) -> FloatArray:
    """The same by path, [order, path]; arguments as of `cost_orders`."""
    item, receipts = _place_orders(courses, orders)
    costs = cost_on_paths(courses.paths, courses.costs, item, receipts).sum(axis=2)
    return np.asarray(costs.reshape(orders.height, _POINTS**2, costs.shape[-1]).mean(axis=1))


def _place_orders(courses: ItemCourses, orders: pl.DataFrame) -> tuple[IntArray, FloatArray]:
    """Items and receipts of a course for each order and each pair of days."""
    items = np.array(orders["item"].to_numpy()).astype(np.int64)
    item = np.repeat(items, _POINTS * _POINTS)
    ends = courses.paths.ends[item]
    receipts = courses.receipts[item]
    pairs = np.arange(_POINTS * _POINTS)
    for of in _SOURCES:
        point = pairs % _POINTS if of == "preferred" else pairs // _POINTS
        days = _list_days(orders, of)[:, point].ravel()
        come = orders[f"{of}_units"] * orders[f"{of}_yield"].fill_null(1.0)
        units = np.repeat(come.to_numpy(), len(pairs))
        receipts = receipts + place_units(ends, days, units)
    return item, receipts


def _list_days(orders: pl.DataFrame, of: str) -> FloatArray:
    """Days after which the goods of a supplier may come, all equally likely, [order, point]."""
    mean, spread = (orders[f"{of}_{name}"].to_numpy() for name in ("days", "sd"))
    return list_lead_days(mean, spread, _POINTS)
