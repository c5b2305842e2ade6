"""Order-up-to levels: how much a pair should hold until the goods of the next order arrive.

A level is the least inventory position that satisfies both

    value   P(D <= S) >= p, p the newsvendor's ratio underage / (underage + overage) of a unit short
            against one kept until the next delivery (Silver, Pyke and Thomas, Inventory and
            Production Management in Supply Chains, 4th ed. 2017, chapter 9); where unmet demand is
            lost, the service at arrival that it makes best (`arrival_service`)
            and of which each unit is worth its risk of being left at the exit, or of spoiling
            before it sells (`exit_risk`)
    floor   the service of its class, as a fill rate or as a cycle service

D being what drains the stock and can still be served by what is sent or ordered tonight: demand,
and what suppliers leave short of orders, without what is lost before it arrives (`open_demand`).

`overage_cost` is stated so that the value of a unit (`optimization.value`), less all that sending
it takes, turns negative exactly above the level by value: what chooses a quantity is what is
stated of it. Of a pair that a DC feeds `handling_cost` has its part of a line. A line that goes
anyhow does not take it again, so that its further packs may be worth something above the level,
which holds.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from forecasting.distribution import compute_survival
from optimization.frames import Plan, cast_to_contract
from optimization.levels.arrival_service import find_arrival_service
from optimization.levels.remaining_life import count_younger_units, limit_by_life
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

LONGEST_LEAD_DAYS = 364
"""Days of lead time that forecasts reach; what sells later is taken to go on as at their end."""

CAUTIONS: dict[str, pl.Expr] = {
    "lead_time_not_observed": ~pl.col("lead_time_observed"),
    "lead_time_beyond_forecast": pl.col("lead_time_mean") > LONGEST_LEAD_DAYS,
    "level_changed": pl.col("level_change").is_not_null(),
    "presentation_above_shelf": pl.col("presentation_min") > pl.col("shelf_max"),
}
"""What a level rests on that may be wrong, and where that is so."""


def set_order_up_to(pairs: pl.DataFrame, economics: Economics) -> Plan:
    """Order-up-to level of every pair, by expected money above the floors of policy.

    Of goods that keep only so long no level asks for a unit that is likelier to spoil than to sell
    (`limit_by_life`). The level is raised to presentation_min once the item is launched, and capped
    by shelf_max, which wins where the two contradict each other. The service floor does not hold
    where a sale
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
        cycle_demand=pl.col("demand_mean") * _share_of_window("review_days"),
    )
    wants = _Wants.of_pairs(known, economics)
    asked = known["open_demand_mean"].to_numpy(), known["open_demand_variance"].to_numpy()
    before = pl.col("sold_before")
    free = wants.by_value(*asked)
    worth_it = _before_end(known, wants, free, economics)
    spoils = known["life_demand_mean"].is_not_null().to_numpy() & (worth_it < free)
    served = np.where(spoils, 1 - compute_survival(*asked, worth_it + 1), wants.service)
    held = known.with_columns(
        *_over_level(wants, served),
        *_surplus(economics),
        value_level=before + pl.lit(pl.Series(worth_it)),
        kept_level=before + pl.lit(pl.Series(free)),
        floor_level=_raised(wants.by_floor(*asked)),
        life_level=limit_by_life(known),
    ).with_columns(_limited())
    lines = held.with_columns(*_expected(held), _cautions()).with_columns(
        demand_sd=pl.col("demand_variance").sqrt(),
        shortfall_sd=pl.col("shortfall_variance").sqrt(),
        open_demand_sd=pl.col("open_demand_variance").sqrt(),
        open_life_sd=pl.col("open_life_variance").sqrt(),
    )
    return Plan(cast_to_contract(lines, Targets), left_out.sort("sku", "location"))


def _problem(economics: Economics) -> pl.Expr:
    """Name of the first problem of a pair; missing where there is none."""
    named = [
        pl.when(bad.fill_null(value=False)).then(pl.lit(name)) for name, bad in PROBLEMS.items()
    ]
    known_class = pl.col("service_class").is_in(list(economics.service_floor))
    no_floor = pl.when(~known_class.fill_null(value=False)).then(pl.lit("no_service_floor"))
    return pl.coalesce(*named, no_floor)


def _raised(units: pl.Series) -> pl.Expr:
    """A level of so many units beyond what is gone before tonight's goods come; 0 for none."""
    return pl.when(pl.lit(units) > 0).then(pl.col("sold_before") + pl.lit(units)).otherwise(0)


def _over_level(wants: "_Wants", served: FloatArray) -> list[pl.Expr]:
    """overage_cost that makes the unit above the level by value worth nothing.

    With c' what a sale keeps net of sending one more unit, the level is where P(D >= k) falls below
    1 - p, so a unit left over counts c' (1 - p) / p in place of what keeping it costs. `served` is
    p: the service that value asks for, or that of the level at which spoiling stops it.
    """
    margin, service = pl.lit(pl.Series(wants.kept)), pl.lit(pl.Series(served))
    over = pl.when((margin > 0) & (service > 0)).then(margin * (1 - service) / service)
    saved = pl.col("keeping_cost") - pl.col("overage_cost")
    return [(over.otherwise("keeping_cost") - saved).alias("overage_cost")]


def _surplus(economics: Economics) -> list[pl.Expr]:
    """surplus_step and surplus_most: what units above the level cost until demand reaches them."""
    day = pl.col("unit_cost") * economics.keeping_rate_per_day
    daily = pl.col("demand_mean") / pl.col("protection_days")
    most = day * economics.holding_horizon_days
    step = pl.when(daily > 0).then(pl.min_horizontal(day / daily, most)).otherwise(most)
    stays = ~pl.col("run_down")
    return [
        pl.when(stays).then(step).otherwise(0.0).alias("surplus_step"),
        pl.when(stays).then(most).otherwise(0.0).alias("surplus_most"),
    ]


def _share_of_window(days: str) -> pl.Expr:
    """Some days as a share of the window, at most 1; all of it in the run-down."""
    share = pl.col(days) / pl.col("protection_days")
    return pl.when("run_down").then(1.0).otherwise(pl.min_horizontal(share, 1.0))


@dataclass(frozen=True)
class _Wants:
    """What n pairs ask of their stock; every array has the shape (n,).

    Attributes:
        kept: margin of a unit that sells, net of sending one more, currency.
        over: cost of a unit left over, currency.
        service: chance of no stock-out that value asks for; 0 where a sale keeps nothing.
        cycle_service: floor of the probability of no stock-out.
        shortage: most units short in a cycle; infinite without such a floor.
    """

    kept: FloatArray
    over: FloatArray
    service: FloatArray
    cycle_service: FloatArray
    shortage: FloatArray

    @classmethod
    def of_pairs(cls, pairs: pl.DataFrame, economics: Economics) -> Self:
        lead = pl.when("lost").then(pl.col("lead_time_mean") / pl.col("review_days")).otherwise(0.0)
        kept = (pl.col("underage_cost") - pl.col("handling_cost")).clip(lower_bound=0.0)
        # What a floor adds to the buys of an item that leaves the range is left at its exit.
        stays = ~pl.col("run_down") & pl.col("open_life_mean").is_null()
        holds = (pl.col("underage_cost") > 0) & stays
        filled = pl.when(holds).then(_floor(economics, "fill_rate")).otherwise(0.0)
        columns = pairs.select(
            kept=kept,
            over="keeping_cost",
            reviews=lead,
            cycle_service=pl.when(holds).then(_floor(economics, "cycle_service")).otherwise(0.0),
            shortage=most_short(filled),
        )
        facts = {name: columns[name].to_numpy() for name in columns.columns}
        margin, over = facts["kept"], facts["over"]
        ratio = np.divide(margin, margin + over, out=np.zeros_like(margin), where=margin > 0)
        ratio = np.minimum(ratio, economics.service_ceiling)
        return cls(service=find_arrival_service(ratio, facts.pop("reviews")), **facts)

    def by_value(self, mean: FloatArray, variance: FloatArray) -> IntArray:
        """The open demand up to which one more unit keeps more than it costs, units."""
        # Where nothing is kept, or asked for, there is nothing to hold and no quantile to look for.
        pays = (self.service > 0) & (mean > 0)
        units = np.zeros(len(mean), dtype=np.int64)
        units[pays] = find_least_stock(
            mean[pays], variance[pays], cycle_service=self.service[pays], shortage=np.inf
        )
        return units

    def by_floor(self, mean: FloatArray, variance: FloatArray) -> pl.Series:
        """The stock at which the class gets its service, and 0 where no floor holds."""
        return pl.Series(
            find_least_stock(
                mean, variance, cycle_service=self.cycle_service, shortage=self.shortage
            )
        )


def _before_end(
    pairs: pl.DataFrame, wants: _Wants, level: IntArray, economics: Economics
) -> IntArray:
    """Units by value beyond what is gone before, of what may be left at the exit, or spoil.

    What spoils loses all that it cost.
    """
    living = pl.col("life_demand_mean").is_not_null()
    sells = pl.col("life_demand_mean") + count_younger_units() - pl.col("sold_before")
    ends = pairs.select(
        "open_demand_mean",
        "open_demand_variance",
        mean=pl.when(living)
        .then(pl.max_horizontal(sells, "open_demand_mean"))
        .otherwise("open_life_mean"),
        variance=pl.coalesce("life_demand_variance", "open_life_variance"),
        loss=pl.col("unit_cost") * pl.when(living).then(1.0).otherwise(economics.exit_loss_share),
    )
    some = ends["mean"].is_not_null()
    ending = some.to_numpy()
    names = ("loss", "open_demand_mean", "open_demand_variance", "mean", "variance")
    facts = (ends.filter(some)[name].to_numpy() for name in names)
    style = Style(wants.kept[ending], wants.over[ending], *facts)
    found = level.copy()
    found[ending] = find_best_stock(style, level[ending])
    return found


def _floor(economics: Economics, kind: str) -> pl.Expr:
    of_class = {
        name: floor.at_least if floor.kind == kind else 0.0
        for name, floor in economics.service_floor.items()
    }
    return pl.col("service_class").replace_strict(of_class, return_dtype=pl.Float64)


def _shown_minimum() -> pl.Expr:
    """The presentation minimum, from the launch until the item runs down."""
    shows = pl.col("launched") & ~pl.col("run_down")
    return pl.when(shows).then("presentation_min").otherwise(0)


def _limited() -> list[pl.Expr]:
    """Set order_up_to and binding from the levels, the shelf and the lives of item and goods."""
    level = pl.min_horizontal(pl.max_horizontal("value_level", "floor_level"), "life_level")
    until_then = pl.col("demand_mean") - pl.col("lost_before")
    cut = (pl.col("life_demand_mean") < until_then).fill_null(value=False)
    cut |= level < pl.max_horizontal("kept_level", "floor_level")
    spoils = pl.col("life_level").is_not_null() & cut
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
        .when(level > pl.col("value_level"))
        .then(pl.lit("service_floor"))
        .when(spoils)
        .then(pl.lit("remaining_life"))
        .otherwise(pl.lit("value"))
    )
    return [
        pl.when(replenished & ~too_late).then(held).otherwise(0).alias("order_up_to"),
        binding.alias("binding"),
    ]


def _expected(pairs: pl.DataFrame) -> list[pl.Series | pl.Expr]:
    """The service level and fill rate that the level is expected to give."""
    stock = pairs.select((pl.col("order_up_to") - pl.col("sold_before")).clip(0)).to_series()
    got = expected_service(pairs["open_demand_mean"], pairs["open_demand_variance"], stock)
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
    Pyke and Thomas 2017, 7.9). Units short before goods that are ordered now arrive do not count.

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
