"""Allocation: what each DC sends tonight to the locations it supplies.

Every pair short of its order-up-to level may take case packs. Classes come one after the other:
units owed to customers, then what a shelf lacks of its presentation minimum, then what is worth
most, then what a service floor asks for beyond its worth. Within each the packs are chosen by
`priced_allocation`, for all items at once, under the DCs' units, their ring-fenced part, and every
limit that lines share: lanes, docks, and what policy adds. This module states who may take what;
`allocation_lines` explains the plan.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.allocation.kernels import AllocationMarket, IntArray, ShortInts
from optimization.allocation.limits import (
    SharedLimits,
    priced_limits,
    refuse_unmeasured,
    shared_limits,
)
from optimization.allocation.lines import explained_lines, pair_outcomes
from optimization.allocation.prices import Shipments, Stage, solve_stages
from optimization.allocation.rules import count_covered_packs, limit_fences
from optimization.allocation.unserved import name_unserved
from optimization.frames import cast_to_contract, number_groups
from optimization.lanes import UNLIMITED, open_lanes
from optimization.value import Keeping, StockValue, build_pack_ladders
from quality_checks.contracts import (
    Allocation,
    AllocationRules,
    BarredPairs,
    DcSupply,
    KeptUnits,
    LanesLeft,
    LimitPrices,
    Limits,
    LineRules,
    Receivers,
    RingFences,
    Unserved,
    find_frame,
)

CLASSES = ("customer_orders", "presentation_min", "value", "service_floor")
"""Classes of units in the order in which they are served."""

_NO_LIMITS, _NO_FENCES = find_frame(Limits).empty(), find_frame(RingFences).empty()
_NONE_KEPT, _NONE_BARRED = find_frame(KeptUnits).empty(), find_frame(BarredPairs).empty()


class AllocationPlan(NamedTuple):
    """A plan, what it left out, and what its limits are worth.

    Attributes:
        lines: the columns of the contract Allocation without business_date.
        left_out: frame `barred_pairs`: those that may be short and cannot be served as they should
            be.
        unserved: the columns of the contract Unserved without business_date.
        limit_prices: the columns of the contract LimitPrices without business_date.
        value: worth gained by the first three classes less all costs and the least gains of lines,
            with the weights of policy, currency.
        bound: no plan that serves customers' orders and presentation minimums alike gains more.
    """

    lines: pl.DataFrame
    left_out: pl.DataFrame
    unserved: pl.DataFrame
    limit_prices: pl.DataFrame
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the plan can be from the best, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def plan_allocation(  # noqa: PLR0913  # what a retailer may know of its network
    receivers: pl.DataFrame,
    supply: pl.DataFrame,
    lanes: pl.DataFrame,
    *,
    weekday: int,
    rules: AllocationRules | None = None,
    line_rules: LineRules | None = None,
    limits: pl.DataFrame = _NO_LIMITS,
    fences: pl.DataFrame = _NO_FENCES,
    kept: pl.DataFrame = _NONE_KEPT,
    barred: pl.DataFrame = _NONE_BARRED,
) -> AllocationPlan:
    """Send the units of DCs where they are worth most, in case packs.

    A pair is filled up to order_up_to in whole packs. The pack that would pass the level is sent
    only if it is worth more than it costs, or if the pair is below its presentation minimum. The
    first packs of a line may pass the most cover of `line_rules` if they are worth it, further ones
    only for customers, presentation or the pair's occasion. Nothing passes shelf_max. A shipment
    that carries neither customers' orders nor presentation minimums must reach the least size of
    policy and, where trucks do not run by schedule, opens only if its lines gain the lane's fixed
    cost.

    Args:
        receivers: frame `receivers`.
        supply: frame `dc_supply`.
        lanes: frame `lanes_left`.
        weekday: weekday on which the DCs ship, 0 for Monday.
        rules: of policy; none by default.
        line_rules: what a line costs, must gain, and may cover.
        limits: frame `limits`: what lines share beyond docks and lanes.
        fences: frame `ring_fences`.
        kept: frame `kept_units`.
        barred: frame `barred_pairs`.

    Raises:
        ValueError: a frame breaks its contract, or receivers lack what limits count.
    """
    rules, line_rules = rules or AllocationRules(), line_rules or LineRules()
    receivers, limits = find_frame(Receivers).read(receivers), find_frame(Limits).read(limits)
    refuse_unmeasured(receivers, limits)
    supply = find_frame(DcSupply).read(supply)
    pairs = _with_packs(_with_supply(receivers, supply, lanes, weekday), rules, line_rules)
    pairs = pairs.join(
        find_frame(BarredPairs).read(barred),
        on=["sku", "location"],
        how="left",
        maintain_order="left",
    ).with_columns(problem=pl.coalesce("problem", _problem(rules)))
    short = (
        pairs.filter(
            pl.col("problem").is_null() & pl.col("open") & (pl.col("packs") >= pl.col("first"))
        )
        .join(limit_fences(fences, supply), on=["dc", "sku", "location"], how="left")
        .join(_fenced_in_all(fences, supply), on=["dc", "sku"], how="left")
        .join(find_frame(KeptUnits).read(kept), on=["dc", "sku"], how="left")
        .with_columns(
            fixed_cost=pl.when(not rules.scheduled_shipments).then("fixed_cost").otherwise(0.0)
        )
        # Equal worths are served in this order.
        .sort("dc", "sku", "priority", "location")
    )
    shared = shared_limits(short, limits)
    worth, keeping = StockValue.of_pairs(short), build_keeping(short)
    market = _market(short, shared, worth, keeping, rules, line_rules)
    solution = solve_stages(market, _stages(short), _shipments(short, rules))
    line_cost = line_rules.allocation_line_cost
    outcomes = pair_outcomes(short, shared, market, solution, worth, keeping, line_cost)
    lines = explained_lines(outcomes, worth, keeping, line_rules)
    left_out = _left_out(pairs, short, shared)
    prices = priced_limits(
        shared,
        solution.priced.price,
        solution.left.capacity,
        dict(zip(CLASSES, solution.shortages, strict=True)),
    )
    return AllocationPlan(
        cast_to_contract(lines, Allocation),
        left_out,
        cast_to_contract(name_unserved(pairs, outcomes, left_out), Unserved),
        cast_to_contract(prices, LimitPrices),
        solution.value,
        solution.bound,
    )


def _with_supply(
    receivers: pl.DataFrame, supply: pl.DataFrame, lanes: pl.DataFrame, weekday: int
) -> pl.DataFrame:
    """Receivers with their DC's units and their lane, `open` where it ships today."""
    names = {"origin": "dc", "destination": "location"}
    allowed = find_frame(LanesLeft).read(lanes).filter("allowed").rename(names)
    today = open_lanes(lanes, weekday).rename(names).with_columns(open=True)
    return (
        receivers.join(supply, on=["dc", "sku"], how="left")
        .join(allowed.select("dc", "location", has_lane=True), on=["dc", "location"], how="left")
        .join(today, on=["dc", "location"], how="left")
        .sort("sku", "location")
        .with_columns(pl.col("open").fill_null(value=False))
    )


def _with_packs(pairs: pl.DataFrame, rules: AllocationRules, line_rules: LineRules) -> pl.DataFrame:
    """Counts of packs: least of a line, within shelf, cover and level, and of each class."""
    pack, position = pl.col("case_pack"), pl.col("inventory_position")
    shortage = pl.col("order_up_to") - position
    room = pl.col("shelf_max").fill_null(UNLIMITED) - position
    needed = (pl.max_horizontal("owed_packs", "shown_packs") > 0) & (pl.col("wanted_packs") > 0)
    counted = pairs.with_columns(
        first=_packs_of(pl.lit(rules.least_line_units), pack),
        fitting_packs=(room // pack).clip(lower_bound=0),
        full_packs=(shortage // pack).clip(lower_bound=0),
        wanted_packs=_packs_of(shortage, pack).clip(lower_bound=0),
        owed_packs=_packs_of(-position, pack).clip(lower_bound=0),
        shown_packs=_packs_of(pl.col("presentation_min") - position, pack).clip(lower_bound=0),
        covered_packs=count_covered_packs(line_rules.most_cover_days),
    )
    # One pack more than the DC holds is enough to see that its units ran out.
    affordable = pl.col("available").fill_null(0).clip(lower_bound=0) // pack + 1
    # A pack cannot be broken: whether the first ones are worth their cover is a matter of money.
    whole = pl.max_horizontal("covered_packs", "owed_packs", "shown_packs", "first")
    most = pl.min_horizontal(
        pl.max_horizontal("wanted_packs", pl.when(needed).then("first")),
        pl.when(pl.col("covered_packs").is_not_null()).then(whole),
        "fitting_packs",
        pl.max_horizontal(affordable, "first"),
    )
    return counted.with_columns(packs=most)


def _packs_of(units: pl.Expr, pack: pl.Expr) -> pl.Expr:
    """Whole packs that hold at least a number of units."""
    return -(-units // pack)


def _problem(rules: AllocationRules) -> pl.Expr:
    """Why a pair that is short cannot be served as it should be; missing where it can."""
    pack = pl.col("case_pack")
    short = pl.col("wanted_packs") > 0
    below_minimum = short & (pl.max_horizontal("owed_packs", "shown_packs") > 0)
    room = pl.col("shelf_max").fill_null(UNLIMITED) - pl.col("inventory_position")
    return (
        pl.when(pl.col("inventory_position").is_null())
        .then(pl.lit("stock_unknown"))
        .when(short & pl.col("has_lane").is_null())
        .then(pl.lit("no_lane"))
        .when(short & pl.col("available").is_null())
        .then(pl.lit("dc_stock_unknown"))
        .when(short & (pl.col("available") < 0))
        .then(pl.lit("dc_stock_negative"))
        .when(short & (pack > pl.col("shelf_max")) & (room < pack))
        .then(pl.lit("case_pack_above_shelf_max"))
        .when(below_minimum & (pl.col("first") > 1) & (pl.col("first") * pack > room))
        .then(pl.lit("least_line_above_shelf_max" if rules.least_line_units > 1 else None))
    )


def _fenced_in_all(fences: pl.DataFrame, supply: pl.DataFrame) -> pl.DataFrame:
    return (
        limit_fences(fences, supply)
        .group_by("dc", "sku", maintain_order=True)
        .agg(fenced_units=pl.col("fence").sum())
    )


def build_keeping(short: pl.DataFrame) -> Keeping:
    """Value units kept at the DC, if demand until its next supply goes on as in the window.

    Args:
        short: receivers with kept_value (currency) and resupply_days (days), as `value_kept_units`
            gives them for their DC and item; missing where a unit kept is worth nothing.
    """
    days = pl.col("protection_days")
    times = pl.when(days > 0).then(pl.col("resupply_days") / days).fill_null(0.0)
    until = short.select(
        kept=pl.col("kept_value").fill_null(0.0),
        waits=pl.col("resupply_days").is_not_null().cast(pl.Float64),
        mean=pl.col("demand_mean") * times,
        variance=pl.col("demand_variance") * times,
    )
    return Keeping(*(until[name].to_numpy() for name in ("kept", "waits", "mean", "variance")))


def _market(  # noqa: PLR0913, PLR0917  # the parts of a market
    short: pl.DataFrame,
    shared: SharedLimits,
    worth: StockValue,
    keeping: Keeping,
    rules: AllocationRules,
    line_rules: LineRules,
) -> AllocationMarket:
    group = number_groups(short, "dc", "sku").to_numpy()
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    first_of_group = short[starts]
    weights = {int(k): float(v) for k, v in rules.priority_weight.items()}
    weight = short["priority"].replace_strict(weights, default=1.0, return_dtype=pl.Float64)
    ladder_start, ladder = build_pack_ladders(
        worth,
        keeping,
        weight.to_numpy(),
        short["lane_unit_cost"].to_numpy(),
        short["inventory_position"].to_numpy(),
        short["case_pack"].to_numpy(),
        short["packs"].to_numpy(),
    )
    held = first_of_group["available"].to_numpy().clip(min=0)
    return AllocationMarket(
        group_start=_ends(starts, short.height),
        free=held - first_of_group["fenced_units"].fill_null(0).to_numpy(),
        fence=_short(short["fence"].fill_null(0)),
        ladder_start=ladder_start,
        ladder=ladder,
        pack=_short(short["case_pack"]),
        first=_short(short["first"]),
        line_cost=np.full(
            short.height,
            line_rules.allocation_line_cost + line_rules.least_allocation_gain,
            dtype=np.float32,
        ),
        limit=shared.of_pair,
        use=shared.use[starts],
        by_line=shared.by_line,
        capacity=shared.capacity,
    )


def _ends(starts: IntArray, count: int) -> IntArray:
    return np.append(starts, count)


def _short(values: pl.Series) -> ShortInts:
    return np.array(values.cast(pl.Int32))


def _stages(short: pl.DataFrame) -> list[Stage]:
    """The packs that each class may bring a pair to; a line that is begun has the least size."""

    def most(packs: pl.Expr) -> ShortInts:
        at_least = pl.when(packs > 0).then(pl.max_horizontal(packs, "first")).otherwise(0)
        return _short(short.select(packs=pl.min_horizontal(at_least, "packs")).to_series())

    # A unit that the DC can use later is not spent on a service floor, nor one that is pushed, nor
    # one that would lie beyond the most cover.
    within = pl.min_horizontal("full_packs", "covered_packs")
    floor = pl.when(pl.col("kept_value").fill_null(0.0) == 0).then(within).otherwise(0)
    return [
        Stage(most(pl.col("owed_packs")), by_units=True),
        Stage(most(pl.max_horizontal("owed_packs", "shown_packs")), by_units=True),
        Stage(most(pl.col("packs")), by_units=False),
        Stage(most(floor), by_units=True),
    ]


def _shipments(short: pl.DataFrame, rules: AllocationRules) -> Shipments:
    lane = number_groups(short, "dc", "location")
    fixed = np.zeros(lane.n_unique())
    fixed[lane.to_numpy()] = short["fixed_cost"].to_numpy()
    return Shipments(_short(lane), fixed, rules.least_shipment_units)


def _left_out(pairs: pl.DataFrame, short: pl.DataFrame, shared: SharedLimits) -> pl.DataFrame:
    """Pairs with a problem, including those that a limit keeps from their first pack."""
    first = (short["first"] * short["case_pack"]).to_numpy()
    tight = pl.Series("problem", [None] * short.height, dtype=pl.String)
    for number, kind in enumerate(shared.kinds):
        row = shared.of_pair[:, number]
        drawn = first * shared.use[:, number] + shared.by_line[number]
        never = pl.Series((row >= 0) & (drawn > shared.capacity[row]))
        tight = tight.set(never, f"{kind}_below_first_pack")
    blocked = short.select("sku", "location").with_columns(problem=tight)
    named = pairs.select("sku", "location", "problem")
    return (
        pl.concat([named, blocked])
        .filter(pl.col("problem").is_not_null())
        .unique(["sku", "location"], keep="first", maintain_order=True)
        .sort("sku", "location")
    )
