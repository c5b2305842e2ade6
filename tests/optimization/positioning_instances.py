"""Small random retailers: a DC or two, some stores, some skus."""

import datetime as dt

import numpy as np
import polars as pl

from optimization.levels.order_up_to import set_order_up_to
from quality_checks.contracts import Economics, ServiceFloor

ECONOMICS = Economics(
    holding_rate_per_year=0.25,
    markdown_loss_share=0.1,
    service_floor={
        name: ServiceFloor(kind="cycle_service", at_least=floor)
        for name, floor in {"A": 0.9, "B": 0.5, "C": 0.0}.items()
    },
    service_ceiling=0.995,
    holding_horizon_days=365,
)
QUIET = {
    "lead_time_mean": 1.0,
    "run_down": False,
    "arrives_in_time": True,
    "launched": True,
    "lead_time_observed": True,
    "shortfall_mean": 0.0,
    "shortfall_variance": 0.0,
    "handling_cost": 0.0,
    "open_life_mean": None,
    "open_life_variance": None,
    "lost_before": 0.0,
    "sold_before": 0,
    "stock_out_chance": 0.5,
}
"""What a window says of a pair far from its launch and exit, whose supply is whole."""
NO_RETURNS = {"return_rate": 0.0, "resalable_share": 1.0, "return_cost": 0.0}
"""What a sale says of an item that nobody brings back."""
LEAST_VALUES = [None, 0.0, 2e3, 2e4, 1e6]
"""Of the orders of five suppliers."""
WEEKDAY = 2
AS_OF = dt.date(2026, 3, 31)


def pairs(rng, stores, skus, dcs=2):
    """Store pairs with all that allocation, transfers and targets read."""
    n = stores * skus
    sku = np.repeat(np.arange(skus), stores)
    store = np.tile(np.arange(stores), skus)
    cost = rng.uniform(2, 40, skus)
    mean = np.where(rng.random(n) < 0.05, 0.0, rng.gamma(0.8, 5.0, n)).round(3)
    presentation = rng.integers(0, 4, n)
    shelf = presentation + rng.integers(0, 40, n)
    available = rng.poisson(mean * rng.choice([0.0, 0.3, 1.0, 3.0], n))
    room = rng.integers(0, 20 * skus, stores)
    frame = pl.DataFrame(
        {
            "sku": [f"K{i:05}" for i in sku],
            "location": [f"S{i:03}" for i in store],
            "region": [f"R{i % 3}" for i in store],
            "dc": [f"DC{i % dcs}" for i in store],
            "kind": "store",
            "echelon": False,
            "status": rng.choice(["active", "active", "active", "active", "blocked"], n),
            "service_class": rng.choice(["A", "B", "C"], n),
            "protection_days": rng.integers(3, 15, n).astype(float),
            "review_days": 2.0,
            **QUIET,
            "demand_mean": mean,
            "demand_variance": mean * rng.uniform(0.8, 3, n),
            "unit_cost": cost[sku],
            "selling_price": (cost * rng.uniform(0.9, 3, skus))[sku],
            "presentation_min": presentation,
            "shelf_max": pl.Series(shelf).zip_with(
                pl.Series(rng.random(n) < 0.5), pl.Series([None] * n, dtype=pl.Int64)
            ),
            "available": available,
            "inventory_position": available + rng.choice([0, 0, 0, 3], n),
            "case_pack": rng.choice([1, 4, 6], skus)[sku],
            "priority": rng.integers(1, 4, stores)[store],
            "receiving_room": pl.Series(room[store]).zip_with(
                pl.Series((store % 3) != 0), pl.Series([None] * n, dtype=pl.Int64)
            ),
            "recently_moved": rng.random(n) < 0.1,
        }
    )
    asked = frame.with_columns(
        lost=rng.random(n) < 0.7,
        sold_before=rng.integers(0, 3, n),
        open_demand_mean=pl.col("demand_mean") * 0.8,
        open_demand_variance=pl.col("demand_variance") * 0.9,
        sale_margin=pl.col("selling_price") - pl.col("unit_cost"),
    )
    levels = set_order_up_to(asked, ECONOMICS).lines.select(
        "sku", "location", "underage_cost", "overage_cost", "surplus_step", "surplus_most",
        "value_level", "order_up_to",
    )  # fmt: skip
    return asked.join(levels, on=["sku", "location"]).sort("sku", "location")


def supply(rng, frame):
    """Units of each sku at each DC, from none to plenty."""
    need = frame.group_by("dc", "sku").agg(pl.col("order_up_to").sum()).sort("dc", "sku")
    share = pl.Series(rng.choice([0.0, 0.3, 0.8, 2.0], need.height))
    return need.select("dc", "sku", available=(pl.col("order_up_to") * share).cast(pl.Int64))


def lanes(rng, origins, destinations, fixed=(0.0, 20.0)):
    """A lane from each origin to each destination; some forbidden, idle today or narrow."""
    ways = [(a, b) for a in origins for b in destinations if a != b]
    n = len(ways)
    return pl.DataFrame(
        {
            "origin": [a for a, _ in ways],
            "destination": [b for _, b in ways],
            "transit_days": rng.integers(0, 3, n),
            "fixed_cost": rng.uniform(*fixed, n).round(2),
            "unit_cost": rng.uniform(0, 1, n).round(2),
            "capacity": pl.Series(rng.integers(0, 60, n)).zip_with(
                pl.Series(rng.random(n) < 0.2), pl.Series([None] * n, dtype=pl.Int64)
            ),
            "order_weekdays": rng.choice(["1111111", "1111100", "1101111"], n),
            "allowed": rng.random(n) < 0.9,
        }
    )


def items(rng, n):
    """Supplier-fed items of a DC."""
    daily = rng.gamma(1.0, 10.0, n).round(2)
    days = rng.integers(5, 60, n).astype(float)
    price = rng.uniform(1, 50, n).round(2)
    multiple = rng.choice([1, 6, 24], n)
    return pl.DataFrame(
        {
            "region": "R0",
            "sku": [f"K{i:05}" for i in range(n)],
            "destination": "DC0",
            "supplier": [f"V{i % 5}" for i in range(n)],
            "department": [f"D{i % 3}" for i in range(n)],
            "status": rng.choice(["active", "active", "active", "delisted"], n),
            "inventory_position": pl.Series(rng.poisson(daily * days * 0.9)).zip_with(
                pl.Series(rng.random(n) < 0.95), pl.Series([None] * n, dtype=pl.Int64)
            ),
            "order_up_to": (daily * days * 1.2).astype(int),
            "demand_mean": daily * days,
            "demand_variance": daily * days * 2,
            "protection_days": days,
            "daily_demand": daily,
            "unit_price": price,
            "underage_cost": price * rng.uniform(0, 2, n),
            "overage_cost": price * rng.uniform(0, 0.1, n),
            "surplus_step": price * 0.01 / daily.clip(0.1),
            "surplus_most": price * 0.2,
            "sold_before": rng.poisson(daily),
            "open_demand_mean": daily * days * 0.8,
            "open_demand_variance": daily * days * 2,
            "value_level": (daily * days * rng.uniform(0.8, 1.3, n)).astype(int),
            "level_binding": rng.choice(["value", "service_floor", "shelf_max", "run_down"], n),
            "open_life_mean": pl.Series(daily * 90).zip_with(
                pl.Series(rng.random(n) < 0.2), pl.Series([None] * n, dtype=pl.Float64)
            ),
            "open_life_variance": daily * 200,
            "minimum_order_quantity": rng.choice([1, 50, 5000], n),
            "order_multiple": multiple,
            "stranded_units": 0,
            "lead_time_mean": days * 0.7,
            "lead_time_sd": 0.0,
            "yield_mean": 1.0,
            "yield_sd": 0.0,
            "valid_from": AS_OF - dt.timedelta(days=30),
            "valid_to": [AS_OF + dt.timedelta(days=int(d)) if d else None
                         for d in rng.integers(0, 3, n)],
            "minimum_order_value": [LEAST_VALUES[i % 5] for i in range(n)],
        }
    )  # fmt: skip
