"""Seeded items of suppliers with least values of orders and price breaks."""

import datetime as dt

import numpy as np
import polars as pl

from quality_checks.contracts import Economics, ServiceFloor

ECONOMICS = Economics(
    holding_rate_per_year=0.25,
    markdown_loss_share=0.1,
    exit_loss_share=0.5,
    service_ceiling=0.995,
    holding_horizon_days=365,
    service_floor={name: ServiceFloor(kind="fill_rate", at_least=0.0) for name in "ABC"},
)

MOST_LACKED = 4.0
_DEPARTMENTS = 10
_HALF = 0.5


def draw_purchases(
    skus: int, suppliers: int, seed: int, *, as_of: dt.date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw items below their level, of suppliers that take no small order.

    Args:
        skus: items, spread over the suppliers.
        suppliers: whose least value of an order is up to `MOST_LACKED` times what their items lack.
        seed: of all that is drawn.
        as_of: business date.

    Returns:
        Frames `purchase_items` and `break_prices`; half of the items have one or two breaks.
    """
    rng = np.random.default_rng(seed)
    daily = rng.gamma(0.8, 4.0, skus) + 0.05
    days = rng.integers(10, 60, skus).astype(float)
    mean = daily * days
    price = rng.lognormal(2.5, 0.7, skus).round(2)
    level = np.ceil(mean * 1.1 + np.sqrt(2 * mean)).astype(np.int64)
    position = np.floor(level * rng.choice([0.95, 0.9, 0.6, 0.2], skus)).astype(np.int64)
    supplier = np.arange(skus) % suppliers
    lacks = np.bincount(supplier, (level - position) * price)
    least_value = lacks * rng.uniform(0.0, MOST_LACKED, suppliers)
    items = pl.DataFrame(
        {
            "sku": [f"K{number:05}" for number in range(skus)],
            "destination": "DC",
            "region": "R",
            "department": [f"D{number}" for number in rng.integers(0, _DEPARTMENTS, skus)],
            "supplier": [f"V{number:03}" for number in supplier],
            "status": "active",
            "inventory_position": position,
            "order_up_to": level,
            "demand_mean": mean,
            "demand_variance": 2 * mean,
            "protection_days": days,
            "daily_demand": daily,
            "unit_price": price,
            "underage_cost": price * rng.uniform(0.2, 1.5, skus),
            "overage_cost": price * rng.uniform(0.005, 0.03, skus),
            "surplus_step": price * 0.003 / daily,
            "surplus_most": price * 0.6,
            "value_level": level,
            "level_binding": "value",
            "sold_before": np.floor(mean * 0.2).astype(np.int64),
            "open_demand_mean": 0.8 * mean,
            "open_demand_variance": 1.6 * mean,
            "open_life_mean": pl.Series([None] * skus, dtype=pl.Float64),
            "open_life_variance": pl.Series([None] * skus, dtype=pl.Float64),
            "minimum_order_quantity": rng.choice([1, 1, 12, 48], skus),
            "order_multiple": rng.choice([1, 6, 12, 24], skus),
            "stranded_units": 0,
            "lead_time_mean": days * 0.7,
            "lead_time_sd": 0.0,
            "yield_mean": 1.0,
            "yield_sd": 0.0,
            "valid_from": as_of - dt.timedelta(days=30),
            "valid_to": pl.Series([None] * skus, dtype=pl.Date),
            "minimum_order_value": least_value.round(-1)[supplier],
        }
    )
    return items, _draw_breaks(items, rng)


def _draw_breaks(items: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Breaks near what an item usually orders, and at several times of it."""
    some = items.filter(pl.Series(rng.random(items.height) < _HALF))
    usual = (pl.col("daily_demand") * 14).ceil().cast(pl.Int64)
    wide = pl.Series(rng.uniform(0.5, 3.0, some.height))
    first = some.select(
        "sku",
        "supplier",
        from_quantity=(usual * wide).ceil().cast(pl.Int64),
        unit_price=pl.col("unit_price") * 0.97,
    )
    second = first.filter(pl.Series(rng.random(first.height) < _HALF)).with_columns(
        from_quantity=pl.col("from_quantity") * 3, unit_price=pl.col("unit_price") * 0.97
    )
    return pl.concat([first, second]).sort("sku", "supplier", "from_quantity")
