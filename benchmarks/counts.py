"""Stock counts that are asked for, held against what is really there.

The built-in retailer knows. Beside the counts of the plan stand as many others at each location:
those not counted for longest, those with the dearest stock, and any. What a count finds is what
the retailer's truth lacks of the record at the close.
"""

from pathlib import Path
from typing import TypedDict

import duckdb
import numpy as np
import polars as pl

from optimization.value import StockValue, build_ladders

_KEY = ["sku", "location"]
_SEED = 7


class Found(TypedDict):
    """What counts find.

    Attributes:
        short: share of them that find fewer units than the record.
        units: units that they find to be missing.
        worth: expected margin, less holding, from one review to the next, of those that the plan
            then replaces, currency.
    """

    short: float
    units: int
    worth: float


class Figures(TypedDict):
    """What the benchmark prints.

    Attributes:
        data, business_date: what was planned.
        counts: asked for.
        phantom: those of stock suspected to be on paper only, and the share of them found short.
        stated_short, stated_units, stated_worth: what the plan expects of its own.
        ours, peers: what they find.
    """

    data: str
    business_date: str
    counts: int
    phantom: dict[str, float]
    stated_short: float
    stated_units: float
    stated_worth: float
    ours: Found
    peers: dict[str, Found]


def measure(data: Path) -> Figures:
    """Hold the counts of the newest planned date against the truth of the same day.

    Args:
        data: folder of the built-in retailer, planned.
    """
    with duckdb.connect(str(data / "warehouse" / "plenish-read.duckdb"), read_only=True) as copy:
        plan, pairs = copy.execute(_PLAN).pl(), copy.execute(_PAIRS).pl()
    day = plan["business_date"][0]
    truth = pl.read_parquet(data / "truth" / "stock" / f"{day}.parquet").select(
        *_KEY, missing=(pl.col("record") - pl.col("truth")).clip(lower_bound=0)
    )
    known = (
        pairs.join(truth, on=_KEY, how="left", maintain_order="left")
        .with_columns(missing=pl.min_horizontal(pl.col("missing").fill_null(0), "available"))
        .with_columns(any=pl.Series(np.random.default_rng(_SEED).random(len(pairs))))
    )
    known = known.with_columns(worth=_weigh(known))
    asked = plan.group_by("location").agg(asked=pl.len())
    own = known.join(plan.select(*_KEY, "reason"), on=_KEY)
    phantom = own.filter(reason="phantom_stock")
    return Figures(
        data=str(data),
        business_date=str(day),
        counts=plan.height,
        phantom={"counts": phantom.height, "short": _find(phantom)["short"]},
        stated_short=_mean(plan["wrong_chance"]),
        stated_units=round(float(plan["missing_mean"].sum()), 1),
        stated_worth=round(float(plan["lost_a_review"].sum()), 1),
        ours=_find(own),
        peers={name: _find(_choose(known, asked, name)) for name in _PEERS},
    )


_PEERS = ("days_uncounted", "stock_value", "any")


def _choose(known: pl.DataFrame, asked: pl.DataFrame, by: str) -> pl.DataFrame:
    """As many of each location as the plan asks for, the largest `by` first."""
    return (
        known.join(asked, on="location")
        .sort(by, *_KEY, descending=[True, False, False])
        .filter(pl.int_range(pl.len()).over("location") < pl.col("asked"))
    )


def _weigh(pairs: pl.DataFrame) -> pl.Series:
    """Worth of the units that are missing, of those that the plan would replace."""
    pair, rung = build_ladders(pairs["missing"].to_numpy())
    unit = pairs["inventory_position"].to_numpy()[pair] - rung
    worth = np.maximum(StockValue.of_pairs(pairs).of_unit(pair, unit), 0)
    return pl.Series(np.bincount(pair, weights=worth, minlength=len(pairs)))


def _find(rows: pl.DataFrame) -> Found:
    return Found(
        short=_mean(rows["missing"] > 0),
        units=int(rows["missing"].sum()),
        worth=round(float(rows["worth"].sum()), 1),
    )


def _mean(values: pl.Series) -> float:
    return round(float(values.to_numpy().mean()), 4) if len(values) else 0.0


_PLAN = """
SELECT * FROM plans.count_plan
WHERE business_date = (SELECT max(business_date) FROM plans.count_plan)
ORDER BY sku, location
"""

_PAIRS = """
WITH counted AS (
    SELECT sku, location, max(timestamp)::DATE AS day FROM landing.stock_counts
    WHERE timestamp::DATE <= (SELECT max(business_date) FROM plans.count_plan) GROUP BY ALL
)
SELECT x.sku, x.location, x.available, t.inventory_position,
    x.available * l.unit_cost AS stock_value,
    date_diff('day', coalesce(c.day, l.launch_date), x.business_date) AS days_uncounted,
    t.open_demand_mean, t.open_demand_sd ** 2 AS open_demand_variance, t.sold_before,
    t.underage_cost, t.overage_cost, t.surplus_step, t.surplus_most, t.value_level
FROM inventory.position x
JOIN plans.planning_pairs l USING (business_date, sku, location)
JOIN plans.targets t USING (business_date, sku, location)
LEFT JOIN counted c ON c.sku = x.sku AND c.location = x.location
WHERE x.business_date = (SELECT max(business_date) FROM plans.count_plan) AND x.available > 0
    AND l.status = 'active' AND NOT t.echelon AND t.inventory_position IS NOT NULL
ORDER BY x.sku, x.location
"""
