"""Order-up-to levels: how much a pair should hold until the goods of the next order arrive.

A level is the least stock that satisfies both

    value   P(D <= S) >= underage / (underage + overage), the newsvendor's ratio (Silver, Pyke and
            Thomas, Inventory and Production Management in Supply Chains, 4th ed. 2017, chapter 9)
            of a unit short against one kept until the next delivery
            and of which each unit is worth its risk of being left at the exit (`exit_risk`)
    floor   the service of its class, as a fill rate or as a cycle service

D being what drains the stock in the window: demand, and what suppliers leave short of orders.

Where unmet demand is lost, orders on their way find demand already gone and the newsvendor's level
is too high: level and largest order are those of `lost_sales_levels`.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from optimization.frames import Plan, in_contract
from optimization.levels.lost_sales import CappedLevels, set_capped_levels
from optimization.levels.service import expected_service, find_least_stock
from optimization.value import FloatArray, IntArray, Style, compute_unit_costs, find_best_stock
from quality_checks.contracts import Economics, Targets, WindowedPairs, find_frame

_PAIRS = find_frame(WindowedPairs)


def _number(name: str) -> pl.Expr:
    """Whether the value is not a finite number of at least 0."""
    value = pl.col(name).cast(pl.Float64)
    return ~(value.is_finite() & (value >= 0))


def _units(name: str) -> pl.Expr:
    value = pl.col(name).cast(pl.Float64)
    return _number(name) | (value != value.floor())


PROBLEMS: dict[str, pl.Expr] = {
    "no_lead_time": pl.col("protection_days").is_null(),
    "empty_window": ~(pl.col("protection_days") > 0) | ~(pl.col("review_days") > 0),
    "bad_lead_time": _number("lead_time_mean") | ~pl.col("protection_days").is_finite(),
    "no_forecast": pl.col("demand_mean").is_null() | pl.col("demand_variance").is_null(),
    "bad_forecast": _number("demand_mean") | _number("demand_variance"),
    "bad_yield": _number("shortfall_mean") | _number("shortfall_variance"),
    "no_unit_cost": pl.col("unit_cost").is_null(),
    "bad_unit_cost": _number("unit_cost"),
    "no_selling_price": pl.col("selling_price").is_null() | pl.col("sale_margin").is_null(),
    "bad_selling_price": _number("selling_price") | ~pl.col("sale_margin").is_finite(),
    "bad_handling_cost": _number("handling_cost").fill_null(value=True),
    "bad_presentation_min": _units("presentation_min").fill_null(value=True),
    "bad_shelf_max": _units("shelf_max"),
}
"""Why a pair has no level, and where that is so; the first that holds is named."""

CAUTIONS: dict[str, pl.Expr] = {
    "lead_time_not_observed": ~pl.col("lead_time_observed"),
    "presentation_above_shelf": pl.col("presentation_min") > pl.col("shelf_max"),
}
"""What a level rests on that may be wrong, and where that is so."""


def set_order_up_to(pairs: pl.DataFrame, economics: Economics) -> Plan:
    """Order-up-to level of every pair, by expected money above the floors of policy.

    The level is raised to presentation_min once the item is launched, and capped by shelf_max,
    which wins where the two contradict each other. The service floor does not hold where a sale
    earns nothing (sale_margin <= 0), where the item runs down, and for what an echelon buys
    of an item that leaves the range; nor, in the run-down, does the presentation minimum. Where
    nothing ordered now arrives before the exit the level is 0.
    Pairs whose status is not `active` get 0. Levels are whole units, not whole packs: the decision
    that fills them rounds by the worth of the last pack.

    Args:
        pairs: the columns of frame `windowed_pairs`; a row that breaks a bound of it is left out.
        economics: what a unit short and a unit left over cost, service floors and ceiling.

    Returns:
        lines: the columns of Targets without business_date. left_out: sku, location, problem
        (one of PROBLEMS, or no_service_floor): pairs with an input that is missing, which is never
        taken for zero, or that has no meaning, such as a negative cost.

    Raises:
        ValueError: a column is absent, a key, flag or text is missing, or a key comes twice.
    """
    _PAIRS.read(pairs.clear())
    marked = pairs.with_columns(problem=_problem(economics))
    left_out = marked.filter(pl.col("problem").is_not_null()).select("sku", "location", "problem")
    known = _PAIRS.read(marked.filter(pl.col("problem").is_null())).with_columns(
        compute_unit_costs(economics),
        drain=pl.col("demand_mean") + pl.col("shortfall_mean"),
        drain_variance=pl.col("demand_variance") + pl.col("shortfall_variance"),
        cycle_demand=pl.col("demand_mean") * _share_of_window("review_days"),
        lost=~_waits(economics),
    )
    wants = _Wants.of_pairs(known, economics)
    drain, spread = known["drain"].to_numpy(), known["drain_variance"].to_numpy()
    by_value = wants.by_value(drain, spread)
    held = known.with_columns(
        value_level=_before_exit(known, wants, by_value.order_up_to, economics),
        floor_level=wants.by_floor(drain, spread),
        order_cap=_order_cap(known, wants, by_value.cap),
    ).with_columns(_limited())
    lines = held.with_columns(*_expected(held), _cautions()).with_columns(
        demand_sd=pl.col("demand_variance").sqrt(),
        shortfall_sd=pl.col("shortfall_variance").sqrt(),
    )
    return Plan(in_contract(lines, Targets), left_out.sort("sku", "location"))


def _problem(economics: Economics) -> pl.Expr:
    """Name of the first problem of a pair; missing where there is none."""
    named = [
        pl.when(bad.fill_null(value=False)).then(pl.lit(name)) for name, bad in PROBLEMS.items()
    ]
    known_class = pl.col("service_class").is_in(list(economics.service_floor))
    no_floor = pl.when(~known_class.fill_null(value=False)).then(pl.lit("no_service_floor"))
    return pl.coalesce(*named, no_floor)


def _waits(economics: Economics) -> pl.Expr:
    """Whether unmet demand waits: where policy says so, and for orders of stores at a DC."""
    return pl.col("echelon") | pl.col("kind").is_in(list(economics.backorder_kinds))


def _share_of_window(*days: str) -> pl.Expr:
    """The largest of some days as a share of the window, at most 1; all of it in the run-down."""
    share = pl.max_horizontal(*days) / pl.col("protection_days")
    return pl.when("run_down").then(1.0).otherwise(pl.min_horizontal(share, 1.0))


@dataclass(frozen=True)
class _Wants:
    """What n pairs ask of their stock; every array has the shape (n,).

    Attributes:
        kept: margin of a unit that sells, net of sending one more, currency.
        over: cost of a unit left over, currency.
        reviews: lead time in reviews; 0 where unmet demand waits.
        ceiling: highest service by value.
        cycle_service: floor of the probability of no stock-out.
        shortage: most units short in a cycle; infinite without such a floor.
    """

    kept: FloatArray
    over: FloatArray
    reviews: FloatArray
    ceiling: float
    cycle_service: FloatArray
    shortage: FloatArray

    @classmethod
    def of_pairs(cls, pairs: pl.DataFrame, economics: Economics) -> Self:
        lead = pl.when("lost").then(pl.col("lead_time_mean") / pl.col("review_days")).otherwise(0.0)
        kept = (pl.col("underage_cost") - pl.col("handling_cost")).clip(lower_bound=0.0)
        # What a floor adds to the buys of an item that leaves the range is left at its exit.
        stays = ~pl.col("run_down") & pl.col("life_mean").is_null()
        holds = (pl.col("underage_cost") > 0) & stays
        filled = pl.when(holds).then(_floor(economics, "fill_rate")).otherwise(0.0)
        columns = pairs.select(
            kept=kept,
            over="keeping_cost",
            reviews=lead,
            cycle_service=pl.when(holds).then(_floor(economics, "cycle_service")).otherwise(0.0),
            shortage=most_short(filled),
        )
        return cls(
            ceiling=economics.service_ceiling,
            **{name: columns[name].to_numpy() for name in columns.columns},
        )

    def by_value(self, mean: FloatArray, variance: FloatArray) -> CappedLevels:
        """The stock at which one more unit costs as much as the margin it is expected to keep."""
        ratio = np.divide(
            self.kept, self.kept + self.over, out=np.zeros_like(self.kept), where=self.kept > 0
        )
        # Where nothing is kept, or asked for, there is nothing to hold and no quantile to look for.
        pays = (ratio > 0) & (mean > 0)
        found = CappedLevels(np.zeros(len(mean), np.int64), np.ones(len(mean), np.int64))
        found.order_up_to[pays], found.cap[pays] = set_capped_levels(
            np.minimum(ratio, self.ceiling)[pays], self.reviews[pays], mean[pays], variance[pays]
        )
        return found

    def by_floor(self, mean: FloatArray, variance: FloatArray) -> pl.Series:
        """The stock at which the class gets its service, and 0 where no floor holds."""
        return pl.Series(
            find_least_stock(
                mean, variance, cycle_service=self.cycle_service, shortage=self.shortage
            )
        )


def _before_exit(
    pairs: pl.DataFrame, wants: _Wants, level: IntArray, economics: Economics
) -> IntArray:
    """Levels by value, where stock may be left when the item exits."""
    leaving = pairs["life_mean"].is_not_null().to_numpy()
    chosen = pairs.filter(leaving).select(
        "drain",
        "drain_variance",
        loss=pl.col("unit_cost") * economics.exit_loss_share,
        life=pl.col("life_mean") + pl.col("shortfall_mean"),
        life_variance=pl.col("life_variance") + pl.col("shortfall_variance"),
    )
    style = Style(
        wants.kept[leaving],
        wants.over[leaving],
        *(
            chosen[name].to_numpy()
            for name in ("loss", "drain", "drain_variance", "life", "life_variance")
        ),
    )
    found = level.copy()
    found[leaving] = find_best_stock(style, level[leaving])
    return found


def _floor(economics: Economics, kind: str) -> pl.Expr:
    of_class = {
        name: floor.at_least if floor.kind == kind else 0.0
        for name, floor in economics.service_floor.items()
    }
    return pl.col("service_class").replace_strict(of_class, return_dtype=pl.Float64)


def _order_cap(pairs: pl.DataFrame, wants: _Wants, by_value: IntArray) -> pl.Series:
    """Most units of one order where unmet demand is lost.

    No less than what gives the class its service, or dresses the shelf, until the next delivery.
    """
    share = pairs.select(_share_of_window("cycle_days", "review_days")).to_series().to_numpy()
    mean = pairs["demand_mean"].to_numpy() * share
    variance = pairs["demand_variance"].to_numpy() * share
    caps = pairs.select(
        "lost",
        by_value=by_value,
        by_floor=wants.by_floor(mean, variance),
        shown=_shown_minimum(),
    )
    most = pl.max_horizontal("by_value", "by_floor", "shown", 1)
    return caps.select(pl.when("lost").then(most)).to_series()


def _shown_minimum() -> pl.Expr:
    """The presentation minimum, from the launch until the item runs down."""
    shows = pl.col("launched") & ~pl.col("run_down")
    return pl.when(shows).then("presentation_min").otherwise(0)


def _limited() -> list[pl.Expr]:
    """Set order_up_to and binding from the levels, the shelf and the life of the item."""
    level = pl.max_horizontal("value_level", "floor_level")
    shown = pl.max_horizontal(level, _shown_minimum())
    held = pl.min_horizontal(shown, "shelf_max")
    replenished = pl.col("status") == "active"
    too_late = ~pl.col("arrives_in_time")
    binding = (
        pl.when(~replenished)
        .then(pl.lit("not_replenished"))
        .when(too_late | (pl.col("run_down") & (held == level)))
        .then(pl.lit("run_down"))
        .when(~pl.col("launched"))
        .then(pl.lit("before_launch"))
        .when((held < shown) & (held < _shown_minimum()))
        .then(pl.lit("shelf_max_below_presentation_min"))
        .when(held < shown)
        .then(pl.lit("shelf_max"))
        .when(shown > level)
        .then(pl.lit("presentation_min"))
        .when(pl.col("floor_level") > pl.col("value_level"))
        .then(pl.lit("service_floor"))
        .otherwise(pl.lit("value"))
    )
    return [
        pl.when(replenished & ~too_late).then(held).otherwise(0).alias("order_up_to"),
        binding.alias("binding"),
    ]


def _expected(pairs: pl.DataFrame) -> list[pl.Series | pl.Expr]:
    """The service level and fill rate that the level is expected to give."""
    got = expected_service(pairs["drain"], pairs["drain_variance"], pairs["order_up_to"])
    short = pl.Series(got.shortage)
    return [pl.Series("service_level", got.cycle_service), fill_rate(short)]


def most_short(share: pl.Expr) -> pl.Expr:
    """The units that may be short in a cycle at a fill rate; infinite where it is 0.

    The column read is cycle_demand.
    """
    short = pl.col("cycle_demand") * (1 - share)
    return pl.when((share > 0) & (short > 0)).then(short).otherwise(float("inf"))


def fill_rate(short: pl.Series) -> pl.Expr:
    """Share of demand served, from the units expected short in a cycle; 1 where there is no demand.

    1 - short / demand between two deliveries, of a base-stock policy with periodic review (Silver,
    Pyke and Thomas 2017, 7.9). It is exact where goods come at once. With a lead time, units short
    before the last delivery of the window count again, so that the share errs low.

    Args:
        short: units, a value a row. The column read is cycle_demand.
    """
    demand = pl.col("cycle_demand")
    share = (1 - pl.lit(short) / demand).clip(lower_bound=0.0)
    return pl.when(demand > 0).then(share).otherwise(1.0).alias("fill_rate")


def _cautions() -> pl.Expr:
    """The cautions that hold for a pair, joined by a semicolon."""
    named = [pl.when(holds).then(pl.lit(name)) for name, holds in CAUTIONS.items()]
    return pl.concat_str(named, separator=";", ignore_nulls=True).alias("cautions")
