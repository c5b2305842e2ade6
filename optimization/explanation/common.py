"""Steps that every kind of action shares: demand, level, position, benefit, the alternative."""

import polars as pl

from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import (
    AT_DESTINATION,
    OF_ACTION,
    OF_ITEM,
    ON_LANE,
    POLICY,
    Source,
    Step,
)
from optimization.lanes import compute_moving_cost
from quality_checks.contracts import SECONDS_PER_HOUR, WORTH_OF_REJECTED, LineRules

WORTH = (
    "open_demand_mean",
    "open_demand_sd",
    "sold_before",
    "underage_cost",
    "overage_cost",
    "surplus_step",
    "surplus_most",
    "value_level",
)
"""Steps that say what stock of the destination is worth, unit by unit."""

DRIVERS = 5
"""Drivers of a forecast that are told, the largest first."""

LEVEL_SET_BY = {
    "value": "what the last unit is worth",
    "service_floor": "the service floor",
    "presentation_min": "the presentation minimum",
    "shelf_max": "the shelf maximum",
    "shelf_max_below_presentation_min": "the shelf maximum, below the presentation minimum",
    "remaining_life": "what sells before the life of the goods ends",
    "run_down": "the end of the range, before the next order arrives",
    "before_launch": "the launch, still to come",
    "not_replenished": "the item not being replenished",
}
"""What set a level, by the binding of Targets."""

_FLOORS = {
    "fill_rate": "least share of demand served, class {service_class}",
    "cycle_service": "least probability of no stock-out, class {service_class}",
}


def with_facts(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what is known of each line's destination: its pair, its level, and its forecast.

    Args:
        lines: sku, destination, supplier.
        night: the night.

    Returns:
        `lines` with the columns of Targets and of the pairs that the steps read, each under its
        own name, level_set_by, model, and driver_1, driver_1_units and so on.
    """
    pair = night.pairs.select(
        "sku",
        pl.col("location").alias("destination"),
        *("presentation_min", "shelf_max", "own_presentation_min"),
        *("on_hand", "reserved", "damaged", "available"),
        *("in_transit", "on_order", "proposed_inbound", "proposed_outbound"),
        *("case_pack", "volume", "unit_cost", "department", "priority"),
        *("status", "supply_location", "launch_date", "exit_date", "lead_time_mean"),
        *("shelf_life_days", "least_remaining_days"),
        *("selling_price", "return_rate", "resalable_share", "return_cost", "sale_margin"),
        kind_of_destination="kind",
        **_shelf(),
    )
    level = night.targets.drop("business_date", "region").rename(
        {
            "location": "destination",
            "binding": "level_binding",
            "inventory_position": "covered_units",
        }
    )
    models = night.models.select("sku", pl.col("location").alias("destination"), "model")
    end = ["sku", "destination"]
    # Levels that are of an order to a certain supplier are of its lines alone.
    of_level = [name for name in (*end, "supplier") if name in level.columns]
    bare = pl.col("level_binding").is_in(["run_down", "before_launch"])
    # What is ordered now arrives after the item has left.
    late = (pl.col("level_binding") == "run_down") & (pl.col("order_up_to") == 0)
    economics = night.policy.economics
    waits = pl.col("kind_of_destination").is_in(sorted(economics.backorder_kinds))
    return (
        lines.join(pair, on=end, how="left", validate="m:1", maintain_order="left")
        .join(level, on=of_level, how="left", validate="m:1", maintain_order="left")
        .join(models, on=end, how="left", validate="m:1", maintain_order="left")
        .join(_drivers(night), on=end, how="left", maintain_order="left")
        .with_columns(
            _floors(night),
            level_set_by=pl.col("level_binding").replace_strict(
                LEVEL_SET_BY, default=None, return_dtype=pl.String
            ),
            model=pl.col("model").fill_null("the forecasts of its members"),
            backorder_share=pl.when(waits).then(pl.lit(economics.backorder_cost_share)),
            waiting_underage=pl.when(waits).then("underage_cost"),
            lost_underage=pl.when(~waits).then("underage_cost"),
            shown_level=pl.when(~bare & ~late).then("order_up_to"),
            bare_level=pl.when(bare & ~late).then("order_up_to"),
            open_demand_variance=pl.col("open_demand_sd") ** 2,
            open_life_variance=pl.col("open_life_sd") ** 2,
            late_level=pl.when(late).then("order_up_to"),
            owed=(
                pl.col("reserved") - (pl.col("on_hand") - pl.col("damaged")).clip(lower_bound=0)
            ).clip(lower_bound=0),
            rejected_worth=pl.col("rejected").str.extract(WORTH_OF_REJECTED).cast(pl.Float64),
        )
    )


def _floors(night: PlannedNight) -> list[pl.Expr]:
    """The service floor of a line's class, under the name of its kind; missing for others."""
    floors = night.policy.economics.service_floor
    return [
        pl.col("service_class")
        .replace_strict(
            {name: floor.at_least for name, floor in floors.items() if floor.kind == kind},
            default=None,
            return_dtype=pl.Float64,
        )
        .alias(f"{kind}_floor")
        for kind in _FLOORS
    ]


def _drivers(night: PlannedNight) -> pl.DataFrame:
    """Add columns with the name and units of what moves the forecast most."""
    ranked = (
        night.drivers.sort(
            "sku", "location", pl.col("units").abs(), "driver",
            descending=[False, False, True, False],
        )
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("sku", "location"))
        .filter(pl.col("rank") <= DRIVERS)
    )  # fmt: skip
    of_rank = [
        pl.col(column).filter(pl.col("rank") == rank).first().alias(f"driver_{rank}{suffix}")
        for rank in range(1, DRIVERS + 1)
        for column, suffix in (("driver", ""), ("units", "_units"))
    ]
    return ranked.group_by("sku", destination="location", maintain_order=True).agg(of_rank)


_SHELF_STEPS = [
    (
        "presentation_min",
        "own_minimum",
        "presentation minimum of the shelf",
        "landing.item_locations",
    ),
    (
        "presentation_min",
        "asked_minimum",
        "least level by change {level_change} of people, or the shelf's own",
        "plans.planning_pairs",
    ),
    ("shelf_max", "own_maximum", "most that the shelf holds", "landing.item_locations"),
    (
        "shelf_max",
        "asked_maximum",
        "most by change {level_change} of people, or that the shelf holds",
        "plans.planning_pairs",
    ),
]
"""Bound of a level, column that has it, what it is and the table that states it."""


def _shelf() -> dict[str, pl.Expr]:
    """Bounds of a level where the shelf states them, and where people have changed the level."""
    changed = pl.col("level_change").is_not_null()
    return {
        "level_change": pl.col("level_change"),
        "own_minimum": pl.when(~changed).then("presentation_min"),
        "asked_minimum": pl.when(changed).then("presentation_min"),
        "own_maximum": pl.when(~changed).then("shelf_max"),
        "asked_maximum": pl.when(changed).then("shelf_max"),
    }


_LEVELS = "optimization.levels.set_order_up_to"
_SET = "order-up-to level, set by {level_set_by}"
_ASKED = "LEAST(GREATEST(value_level, floor_level), life_level)"
_ORDER_UP_TO = [
    (
        "shown_level",
        _SET,
        f"LEAST(GREATEST({_ASKED}, presentation_min), shelf_max)",
    ),
    ("bare_level", _SET, f"LEAST({_ASKED}, shelf_max)"),
    ("late_level", "order-up-to level: nothing arrives before the item leaves", None),
]
"""Column that holds a level, what it is, and how it follows."""


def _of_targets(  # noqa: PLR0913, PLR0917  # the fields of a step
    name: str,
    unit: str,
    words: str,
    function: str | None = None,
    value: str | None = None,
    formula: str | None = None,
) -> Step:
    source = Source("plans.targets", AT_DESTINATION, name)
    return Step(name, unit, words, source, formula, function, value)


def demand_steps(window: str, demand: str) -> list[Step]:
    """Demand over the protection interval, and what moves its forecast.

    Args:
        window: function that measured the interval.
        demand: function that summed the forecast over it.
    """
    return [
        _of_targets("protection_days", "days", "until the goods of the next order arrive", window),
        _of_targets("demand_mean", "units", "demand expected until then, by {model}", demand),
        _of_targets("demand_sd", "units", "standard deviation of that demand", demand),
        _of_targets(
            "lost_before", "units", "of it lost before goods sent tonight are there", window
        ),
        _of_targets(
            "sold_before", "units", "of the stock all but sure to be sold before that", window
        ),
        _of_targets(
            "open_demand_mean", "units", "demand that stock beyond these can still serve", window
        ),
        _of_targets("open_demand_sd", "units", "standard deviation of that demand", window),
        *(
            Step(
                f"driver_{rank}",
                "units",
                f"of next week's forecast, from {{driver_{rank}}}",
                Source(
                    "demand.forecast_drivers",
                    f"{AT_DESTINATION};driver={{driver_{rank}}}",
                    "units",
                ),
                value=f"driver_{rank}_units",
            )
            for rank in range(1, DRIVERS + 1)
        ),
    ]


def sale_margin_formula(cost: str) -> str:
    """The margin of a sale net of returns, from earlier steps; `cost` names that of a unit."""
    lost = f"return_rate * ((1 - resalable_share) * {cost} + return_cost)"
    return f"(1 - return_rate) * (selling_price - {cost}) - {lost}"


def _of_sale(
    name: str,
    unit: str,
    words: str,
    function: str = "optimization.value.value_sales",
    formula: str | None = None,
) -> Step:
    source = Source("plans.sale_values", AT_DESTINATION, name)
    return Step(name, unit, words, source, formula, function)


def _sale_steps() -> list[Step]:
    """What a sale at the destination earns: price, returns and margin."""
    return [
        _of_sale("unit_cost", "currency", "cost of a unit"),
        _of_sale("selling_price", "currency", "expected price of a unit, without tax"),
        _of_sale("return_rate", "share", "of units sold that come back"),
        _of_sale("resalable_share", "share", "of these that can be sold again"),
        _of_sale("return_cost", "currency", "handling of a unit that comes back"),
        _of_sale(
            "sale_margin",
            "currency",
            "margin of a sale, net of returns",
            "optimization.value.compute_sale_margin",
            sale_margin_formula("unit_cost"),
        ),
    ]


def _of_item(name: str, words: str) -> Step:
    return Step(name, "days", words, Source("landing.products", OF_ITEM, name))


def level_steps() -> list[Step]:
    """The order-up-to level of the destination, and what set it."""
    costs = "optimization.value.compute_unit_costs"
    return [
        *_sale_steps(),
        Step(
            "backorder_cost_share",
            "share",
            "of the price that a unit costs for which a customer waits",
            Source(POLICY, "economics", "backorder_cost_share"),
            value="backorder_share",
        ),
        _of_targets(
            "underage_cost",
            "currency",
            "cost of a unit short: a customer waits",
            costs,
            "waiting_underage",
            "selling_price * backorder_cost_share",
        ),
        _of_targets(
            "underage_cost",
            "currency",
            "cost of a unit short: the sale is lost",
            costs,
            "lost_underage",
            "GREATEST(sale_margin, 0)",
        ),
        _of_targets(
            "overage_cost",
            "currency",
            "cost of a unit left over",
            _LEVELS,
        ),
        *(
            Step(
                "service_floor",
                "share",
                words,
                Source(POLICY, "economics.service_floor.{service_class}", "at_least"),
                value=f"{kind}_floor",
            )
            for kind, words in _FLOORS.items()
        ),
        _of_targets("value_level", "units", "level by what a unit is worth", _LEVELS),
        _of_targets(
            "surplus_step",
            "currency",
            "that each unit above it costs more than the one before",
            _LEVELS,
        ),
        _of_targets("surplus_most", "currency", "most of that for a unit", _LEVELS),
        _of_targets("floor_level", "units", "level by the service floor", _LEVELS),
        _of_item("shelf_life_days", "shelf life of {sku}"),
        _of_item("least_remaining_days", "of them at least left on receipt"),
        _of_targets("life_level", "units", "level that sells before that life ends", _LEVELS),
        *(
            Step(name, "units", words, Source(table, AT_DESTINATION, name), value=value)
            for name, value, words, table in _SHELF_STEPS
        ),
        *(
            _of_targets("order_up_to", "units", words, _LEVELS, value, formula)
            for value, words, formula in _ORDER_UP_TO
        ),
        _of_targets("service_level", "share", "probability that the level lasts"),
        _of_targets("fill_rate", "share", "of demand expected to be served from it"),
    ]


def stock_steps(prefix: str, key: str) -> list[Step]:
    """What an end of the action has and has coming, up to what is available and on its way.

    Args:
        prefix: of the names, empty for the destination.
        key: row of inventory.position.
    """

    def stated(name: str, words: str, formula: str | None = None) -> Step:
        source = Source("inventory.position", key, name)
        return Step(f"{prefix}{name}", "units", words, source, formula)

    parts = [f"{prefix}{part}" for part in ("on_hand", "reserved", "damaged", "proposed_outbound")]
    return [
        stated("on_hand", "on hand"),
        stated("reserved", "reserved for customers"),
        stated("damaged", "damaged"),
        stated("proposed_outbound", "proposed by us, to leave"),
        stated("available", "free to sell or send", f"GREATEST({' - '.join(parts)}, 0)"),
        stated("in_transit", "in transit to it"),
        stated("on_order", "on order for it"),
        stated("proposed_inbound", "proposed by us, to arrive"),
    ]


def later_steps(coming: str, prefix: str = "", key: str = AT_DESTINATION) -> list[Step]:
    """Units that come after the interval, when the goods of the next order are there.

    Args:
        coming: formula of all that there is and comes.
        prefix: of the names, empty for the destination.
        key: row of plans.targets.
    """
    return [
        Step(
            f"{prefix}covered_units",
            "units",
            "of these there or coming before the goods of the next order",
            Source("plans.targets", key, "inventory_position"),
            function="optimization.levels.build_local_windows",
        ),
        Step(
            f"{prefix}later",
            "units",
            "too late: the goods of the next order come before",
            formula=f"{coming} - {prefix}covered_units",
        ),
    ]


def of_action(name: str, unit: str, words: str, formula: str | None = None) -> Step:
    """A number that the proposal states."""
    return Step(name, unit, words, Source("actions.proposals", OF_ACTION, name), formula)


def with_moving_cost(
    lines: pl.DataFrame,
    plan: pl.DataFrame,
    lanes: pl.DataFrame,
    line_cost: float = 0.0,
    *,
    fixed: bool,
) -> pl.DataFrame:
    """Add lane_unit_cost and fixed_share, what a line bears of its lane's fixed cost.

    Args:
        lines: sku, origin, destination.
        plan: the columns of the contract Movement.
        lanes: the columns of the contract Lanes.
        line_cost: handling of a line, currency.
        fixed: whether lines bear the fixed cost of their lane; else lane_fixed_cost and
            fixed_share are missing.
    """
    ends = ["origin", "destination"]
    costs = lanes.select(*ends, "fixed_cost", lane_unit_cost="unit_cost")
    own = pl.col("lane_unit_cost") * pl.col("quantity") + line_cost
    borne = (
        plan.sort(*ends, "sku")
        .join(costs, on=ends, how="left", validate="m:1", maintain_order="left")
        .with_columns(all_costs=compute_moving_cost(line_cost))
        .select(
            *ends,
            "sku",
            "lane_unit_cost",
            lane_fixed_cost=pl.when(pl.lit(fixed)).then("fixed_cost"),
            fixed_share=pl.when(pl.lit(fixed)).then(pl.col("all_costs") - own),
        )
    )
    return lines.join(borne, on=[*ends, "sku"], how="left", validate="1:1", maintain_order="left")


def with_line_cost(lines: pl.DataFrame, rules: LineRules, pick: str) -> pl.DataFrame:
    """Add line_cost, and the options of policy that make it up: see `line_cost_steps`."""
    options = rules.model_dump(include={"labour_cost_per_hour", pick, "shelve_seconds"})
    hours = (options[pick] + options["shelve_seconds"]) / SECONDS_PER_HOUR
    return lines.with_columns(
        **{option: pl.lit(float(value)) for option, value in options.items()},
        line_cost=pl.lit(options["labour_cost_per_hour"] * hours),
    )


def line_cost_steps(pick: str) -> list[Step]:
    """What a line costs in hands.

    Args:
        pick: option of policy that says how long it takes to pick it.
    """

    def option(name: str, unit: str, words: str) -> Step:
        return Step(name, unit, words, Source(POLICY, "lines", name))

    return [
        option("labour_cost_per_hour", "currency", "cost of an hour of labour"),
        option(pick, "seconds", "to pick a line"),
        option("shelve_seconds", "seconds", "to receive and shelve it"),
        Step(
            "line_cost",
            "currency",
            "of the line in hands",
            formula=f"labour_cost_per_hour * ({pick} + shelve_seconds) / 3600",
        ),
    ]


def lane_cost_step() -> Step:
    """What the lane asks for each unit."""
    source = Source("landing.lanes", ON_LANE, "unit_cost")
    return Step("lane_unit_cost", "currency", "lane cost of a unit", source)


def moving_steps(formula: str) -> list[Step]:
    """What moving the line costs.

    Args:
        formula: of the cost, from lane_unit_cost, fixed_share and earlier steps.
    """
    return [
        Step(
            "lane_fixed_cost",
            "currency",
            "lane cost of a shipment",
            Source("landing.lanes", ON_LANE, "fixed_cost"),
        ),
        Step(
            "fixed_share",
            "currency",
            "share of that by what the line gains",
            function="optimization.lanes.compute_moving_cost",
            terms=(
                "lane_fixed_cost",
                "lane_unit_cost",
                "line_cost",
                "quantity",
                "margin_kept",
                "margin_given_up",
            ),
        ),
        of_action("moving_cost", "currency", "moving", formula),
    ]


def benefit_step() -> Step:
    """The benefit, from its terms."""
    formula = "margin_kept - margin_given_up - holding_cost - moving_cost"
    return of_action("benefit", "currency", "benefit", formula)


def forced_step(table: str, key: str) -> Step:
    """What it costs that another quantity was forced than the one worth most.

    Args:
        table: plan that says it.
        key: row of the plan.
    """
    words = "of it that what is owed, shown, served or least costs beyond the best quantity"
    return Step("forced_cost", "currency", words, Source(table, key, "forced_cost"))


def alternative_steps(table: str, key: str) -> list[Step]:
    """The best alternative that was rejected, and what the benefit would be with it.

    Args:
        table: plan that names it.
        key: row of the plan.
    """
    source = Source(table, key, "rejected")
    return [Step("rejected_worth", "currency", "rejected: {rejected}", source)]
