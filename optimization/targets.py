"""Order-up-to levels: how much a pair should hold over its lead time and review.

The newsvendor level of the protection window: the least S with P(D <= S) >= service level, which
is underage / (underage + overage) raised to the floor of the service class (Silver, Pyke and
Thomas, Inventory and Production Management in Supply Chains, 4th ed. 2017, chapter 9).
"""

import numpy as np
import polars as pl

from forecasting.distribution import quantile
from optimization.economics import Economics
from optimization.frames import FLAG, TEXT, UNITS, Input, Plan, in_contract
from optimization.marginal_value import BOUNDS, COLUMNS, FloatArray, StockValue
from quality_checks.contracts.plans import Targets

PAIRS = Input(
    name="pairs",
    key=("sku", "location"),
    columns={
        "region": TEXT,
        "echelon": FLAG,
        "status": TEXT,
        "service_class": TEXT,
        "presentation_min": UNITS,
        "shelf_max": UNITS,
        **COLUMNS,
    },
    at_least={**BOUNDS, "presentation_min": 0, "shelf_max": 0},
    nullable=("shelf_max", *COLUMNS),
)

PROBLEMS = {
    "demand_mean": "no_forecast",
    "demand_variance": "no_forecast",
    "protection_days": "no_lead_time",
    "unit_cost": "no_unit_cost",
    "unit_price": "no_unit_price",
}
"""Column that is missing -> why the pair has no target."""


def order_up_to(pairs: pl.DataFrame, economics: Economics) -> Plan:
    """Order-up-to level of every pair, by expected money above the floors of policy.

    The level is raised to presentation_min and capped by shelf_max, which wins where the two
    contradict each other. Where a sale earns nothing (unit_price <= unit_cost) the service floor
    does not hold and the level is presentation_min. Pairs whose status is not `active` get 0.

    Args:
        pairs: sku, location, region, echelon, status (`active`; any other, such as blocked,
            delisted or exited, is not replenished), service_class, presentation_min (units),
            shelf_max (units; missing for no limit), protection_days (days), demand_mean (units)
            and demand_variance (units^2) over them, unit_cost, unit_price (currency).
        economics: holding and markdown shares, service floors and ceiling.

    Returns:
        lines: the columns of Targets without business_date. left_out: sku, location, problem
        (one of PROBLEMS): pairs with a missing input, which is never taken for zero.

    Raises:
        ValueError: a column is absent, a value is out of bounds, or economics has no floor for a
            service class.
    """
    pairs = PAIRS.read(pairs)
    _refuse_unknown_classes(pairs, economics)
    problem = pl.coalesce(
        pl.when(pl.col(name).is_null()).then(pl.lit(text)) for name, text in PROBLEMS.items()
    )
    marked = pairs.with_columns(problem=problem)
    left_out = marked.filter(pl.col("problem").is_not_null()).select("sku", "location", "problem")
    known = marked.filter(pl.col("problem").is_null())
    worth = StockValue.of_pairs(known, economics)
    service, by_floor = _service_levels(known, worth, economics)
    lines = known.with_columns(
        demand_sd=pl.col("demand_variance").sqrt(),
        underage_cost=worth.underage,
        overage_cost=worth.overage,
        service_level=service,
        level=quantile(worth.mean, worth.variance, service),
        by_floor=by_floor,
    ).with_columns(_limited())
    return Plan(in_contract(lines, Targets), left_out)


def _service_levels(
    pairs: pl.DataFrame, worth: StockValue, economics: Economics
) -> tuple[FloatArray, pl.Series]:
    ratio = np.minimum(worth.critical_ratio(), economics.service_ceiling)
    floors = {name: float(floor) for name, floor in economics.service_floor.items()}
    floor = pairs["service_class"].replace_strict(floors, return_dtype=pl.Float64).to_numpy()
    floor = np.where(worth.underage > 0, floor, 0.0)
    active = (pairs["status"] == "active").to_numpy()
    return np.where(active, np.maximum(ratio, floor), 0.0), pl.Series(floor > ratio)


def _limited() -> list[pl.Expr]:
    """order_up_to and binding, from the level of service and the limits of the shelf."""
    shown = pl.max_horizontal("level", "presentation_min")
    held = pl.min_horizontal(shown, "shelf_max")
    replenished = pl.col("status") == "active"
    binding = (
        pl.when(~replenished)
        .then(pl.lit("not_replenished"))
        .when(held < shown)
        .then(pl.lit("shelf_max"))
        .when(shown > pl.col("level"))
        .then(pl.lit("presentation_min"))
        .when("by_floor")
        .then(pl.lit("service_floor"))
        .otherwise(pl.lit("value"))
    )
    return [
        pl.when(replenished).then(held).otherwise(0).alias("order_up_to"),
        binding.alias("binding"),
    ]


def _refuse_unknown_classes(pairs: pl.DataFrame, economics: Economics) -> None:
    unknown = set(pairs["service_class"].unique()) - set(economics.service_floor)
    if unknown:
        raise ValueError(f"service_floor: no floor for the classes {', '.join(sorted(unknown))}")
