"""Customers' orders that nodes cannot all ship as they would like, so that every search is run."""

import datetime as dt

import numpy as np
import polars as pl

from optimization.sourcing import SourcingFrames, source_orders

_DAY = dt.date(2026, 3, 2)
_ORDERS, _LINES, _NODES = 12, 2, 3


def rehearse_orders() -> None:
    """Source a dozen orders of two lines that want the few units and hands of one cheap node."""
    order, line, node = (
        grid.ravel() for grid in np.meshgrid(*map(np.arange, (_ORDERS, _LINES, _NODES)))
    )
    rows = pl.DataFrame({"order": order, "line": line + 1, "node": node}).with_columns(
        order_id=pl.format("O{}", "order"),
        location=pl.format("N{}", "node"),
        sku=pl.format("K{}", pl.col("line")),
        ship_on=pl.lit(_DAY),
        arrives_on=pl.lit(_DAY),
        promised_on=pl.lit(_DAY),
        quantity=1 + pl.col("order") % 2,
        open_cost=30.0 + pl.col("order"),
        wait_cost=pl.lit(None, pl.Float64),
        shipping_cost=1.0 + 3.0 * pl.col("node") + 0.1 * (pl.col("order") % 5),
        handling_cost=pl.lit(1.0),
        refusal_cost=pl.lit(0.0),
        late_cost=pl.lit(0.0),
        markdown_avoided=pl.lit(0.0),
        parcel_cost=4.0 + pl.col("node"),
        available=pl.lit(7),
        inventory_position=pl.lit(9),
        sold_before=pl.lit(0),
        open_demand_mean=pl.lit(6.0),
        open_demand_variance=pl.lit(9.0),
        underage_cost=pl.lit(10.0),
        overage_cost=pl.lit(1.0),
        surplus_step=pl.lit(0.0),
        surplus_most=pl.lit(0.0),
        value_level=pl.lit(7),
        most_lines=pl.lit(8),
        most_units=pl.lit(11),
    )
    keys = (
        ["order_id", "line"],
        ["order_id", "line", "location"],
        ["order_id", "location"],
        ["sku", "location"],
        ["location"],
    )
    frames = SourcingFrames(*(rows.unique(key, maintain_order=True) for key in keys))
    source_orders(frames, split_penalty=2.0)
