"""Levels of a network: seconds and peak memory of windows, levels and the trade-off curve.

Pairs come range of skus by range of skus, as the asset reads them; each is drawn, so nothing is
said of how good the levels are. Every sku is sold at all stores and kept at a DC a supplier feeds.
"""

import datetime as dt
import time
from typing import Any

import numpy as np
import polars as pl

from benchmarks.demand_peers import Measured
from optimization.levels import (
    Outlook,
    build_echelon_windows,
    build_local_windows,
    build_trade_off,
    set_order_up_to,
    sum_classes,
)
from quality_checks.contracts import Economics, ReceiptsDue, ServiceFloor, find_frame

STORES = 400
HORIZON = 28
RANGE_PAIRS = 200_000
"""Pairs worked out at once, as in the asset."""

FIRST = dt.date(2025, 6, 2)
ECONOMICS = Economics(
    holding_rate_per_year=0.2,
    markdown_loss_share=0.05,
    service_floor={
        name: ServiceFloor(kind="fill_rate", at_least=share)
        for name, share in {"A": 0.98, "B": 0.95, "C": 0.9}.items()
    },
    service_ceiling=0.995,
    holding_horizon_days=182,
    exit_loss_share=0.5,
)

WAITING: tuple[str, ...] = ()
NO_RECEIPTS = find_frame(ReceiptsDue).empty()


def measure(pairs: int, seed: int) -> dict[str, Any]:
    """Work out the levels of a network, and its trade-off curve.

    Args:
        pairs: pairs that stores and DCs have together, about.
        seed: of the drawn network.

    Returns:
        pairs, seconds without the drawing, cpu_seconds with it (of all threads, which tells more
        on a busy machine), peak_mb, and seconds by part.
    """
    skus = max(1, pairs // (STORES + 1))
    a_range = RANGE_PAIRS // (STORES + 1)
    seconds = {"drawing": 0.0, "windows": 0.0, "levels": 0.0, "trade_off": 0.0}
    planned, left_out, sums = 0, 0, []
    started = time.process_time()
    with Measured() as run:
        for first in range(0, skus, a_range):
            clock = [time.perf_counter()]
            masters, forecast = draw(first, min(a_range, skus - first), seed)
            outlook = Outlook(forecast, NO_RECEIPTS)
            clock.append(time.perf_counter())
            windows = pl.concat(
                [
                    window(masters, outlook, first_day=FIRST, waiting_kinds=WAITING)
                    for window in (build_local_windows, build_echelon_windows)
                ],
                how="diagonal",
            )
            clock.append(time.perf_counter())
            plan = set_order_up_to(windows, ECONOMICS)
            clock.append(time.perf_counter())
            facts = ("unit_cost", "review_days", "presentation_min", "shelf_max")
            levels = plan.lines.join(
                masters.select("sku", "location", *facts), on=["sku", "location"]
            )
            sums.append(sum_classes(levels, ECONOMICS))
            clock.append(time.perf_counter())
            planned, left_out = planned + plan.lines.height, left_out + plan.left_out.height
            for name, taken in zip(seconds, np.diff(clock), strict=True):
                seconds[name] += float(taken)
    return {
        "benchmark": "targets",
        "pairs": planned,
        "left_out": left_out,
        "points": build_trade_off(sums).height,
        "seconds": round(sum(seconds.values()) - seconds["drawing"], 1),
        "cpu_seconds": round(time.process_time() - started, 1),
        "peak_mb": round(run.peak_mb),
        "seconds_by_part": {name: round(taken, 1) for name, taken in seconds.items()},
    }


def draw(first: int, skus: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Masters and forecast of some skus at every store and the DC."""
    rng = np.random.default_rng([seed, first])
    places = STORES + 1
    n = skus * places
    at_dc = np.tile(np.arange(places) == STORES, skus)
    sku = np.repeat([f"K{first + i:06}" for i in range(skus)], places)
    location = np.tile([*(f"S{i:03}" for i in range(STORES)), "DC"], skus)
    daily = np.where(at_dc, 0.0, rng.gamma(0.6, 1.0, n))
    cost = np.repeat(rng.uniform(1, 40, skus), places)
    masters = pl.DataFrame(
        {
            "sku": sku,
            "location": location,
            "region": "R",
            "kind": np.where(at_dc, "dc", "store"),
            "status": "active",
            "service_class": np.repeat(rng.choice(["A", "B", "C"], skus), places),
            "presentation_min": np.where(at_dc, 0, rng.integers(0, 4, n)),
            "unit_cost": cost,
            "selling_price": cost * np.repeat(rng.uniform(1.2, 2.5, skus), places),
            "handling_cost": np.where(at_dc, 0.0, 0.2),
            "lead_time_mean": np.where(at_dc, 21.0, 1.0),
            "lead_time_sd": np.where(at_dc, 4.0, 0.0),
            "review_days": np.where(at_dc, 7.0, 7 / 3),
            "next_receipt_days": np.where(at_dc, 28.0, np.nan),
            "lead_time_observed": True,
            "open_weekdays": "1111111",
            "on_hand": rng.poisson(3 * daily),
            **dict.fromkeys(("reserved", "damaged", "in_transit", "on_order"), 0),
            "proposed_inbound": 0,
            "proposed_outbound": 0,
        }
    )
    store, dc = pl.when(pl.col("kind") == "store"), pl.when(pl.col("kind") == "dc")
    masters = masters.with_columns(
        sale_margin=pl.col("selling_price") - pl.col("unit_cost"),
        return_rate=0.0,
        resalable_share=1.0,
        return_cost=0.0,
        supply_location=store.then(pl.lit("DC")),
        shelf_max=store.then(60),
        order_weekdays=store.then(pl.lit("1010100")),
        shelf_life_days=pl.lit(None, pl.Int64),
        least_remaining_days=pl.lit(None, pl.Int64),
        yield_mean=dc.then(0.95),
        yield_sd=dc.then(0.1),
    ).with_columns(pl.lit(None, pl.Date).alias(name) for name in ("launch_date", "exit_date"))
    sold = masters.filter(pl.col("kind") == "store").select("sku", "location")
    mean = daily[~at_dc]
    days = pl.DataFrame({"date": [FIRST + dt.timedelta(days=day) for day in range(HORIZON)]})
    forecast = (
        sold.with_columns(
            mean=mean, variance=mean * (1 + 0.5 * mean), correlation=0.1, common_variation=0.05
        )
        .join(days, how="cross")
        .sort("sku", "location", "date")
    )
    return masters, forecast
