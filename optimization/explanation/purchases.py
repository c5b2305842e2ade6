"""Why so many units of an item are ordered from its supplier."""

import numpy as np
import polars as pl

from optimization.explanation.common import (
    alternative_steps,
    benefit_step,
    demand_steps,
    level_steps,
    of_action,
    sale_margin_formula,
    with_facts,
)
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import (
    AT_DESTINATION,
    Explained,
    Source,
    Step,
)
from optimization.purchasing import sum_waiting_days
from optimization.value import StockValue, compute_sale_margin

_STOCK = {
    "on_hand": "on hand",
    "reserved": "reserved for customers",
    "damaged": "damaged",
    "in_transit": "in transit",
    "on_order": "on order",
    "proposed_inbound": "proposed by us, to arrive",
    "proposed_outbound": "proposed by us, to leave",
}
_OFFER = "sku={sku};supplier={supplier}"
_ORDER = "sku={sku};supplier={supplier};destination={destination}"


def explain_purchases(night: PlannedNight) -> Explained:
    """Orders: demand, level and position of the echelon, and the supplier's terms."""
    lines = with_facts(night.lines("purchase_order"), night).drop(*_STOCK)
    lines = _with_order(lines, night)
    return Explained(_with_money(lines, night), PURCHASE_STEPS)


def _echelons(night: PlannedNight) -> pl.DataFrame:
    """The stock of each echelon: sku, destination, members, and sums over the members."""
    active = night.pairs.filter(pl.col("status") == "active")
    own = active.filter(pl.col("supply_location").is_null()).with_columns(node="location")
    fed = active.filter(
        pl.col("supply_location").is_not_null(), pl.col("on_hand").is_not_null()
    ).with_columns(node="supply_location")
    return (
        pl.concat([own, fed])
        .group_by("sku", destination="node", maintain_order=True)
        .agg(pl.col(list(_STOCK)).sum(), members=pl.len())
    )


def _with_order(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add the echelon's position, the supplier's lead time and terms, and what is short."""
    end = ["sku", "destination"]
    times = night.lead_times.select(
        "sku", pl.col("location").alias("destination"), "lead_time_mean", "lead_time_sd",
        "review_days",
    )  # fmt: skip
    terms = night.terms.select(
        "sku", pl.col("location").alias("destination"), "supplier", "supplier_price",
        "minimum_order_quantity", "order_multiple",
    )  # fmt: skip
    planned = night.purchase_plan.select(*end, "supplier", "inventory_position")
    return (
        lines.drop("lead_time_mean")
        .join(_echelons(night), on=end, how="left", validate="1:1", maintain_order="left")
        .join(times, on=end, how="left", validate="1:1", maintain_order="left")
        .join(terms, on=[*end, "supplier"], how="left", validate="1:1", maintain_order="left")
        .join(planned, on=[*end, "supplier"], how="left", validate="1:1", maintain_order="left")
        .with_columns(need=pl.col("order_up_to") - pl.col("inventory_position"))
        .with_columns(least=pl.max_horizontal("need", "minimum_order_quantity"))
    )


def _with_money(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what the order sells in the protection interval, and how long its units are kept."""
    economics = night.policy.economics
    margin = compute_sale_margin("supplier_price").clip(lower_bound=0)
    worth = StockValue.of_pairs(
        lines.with_columns(
            demand_variance=pl.col("demand_sd") ** 2, underage_cost=margin, overage_cost=0.0
        )
    )
    pair = np.arange(lines.height)
    position, quantity = lines["inventory_position"].to_numpy(), lines["quantity"].to_numpy()
    orders = lines.with_columns(daily_demand=pl.col("demand_mean") / pl.col("protection_days"))
    return lines.with_columns(
        unit_margin=margin,
        sold=pl.Series(worth.sold(pair, position + quantity) - worth.sold(pair, position)),
        kept_days=pl.Series(sum_waiting_days(orders, quantity, economics.holding_horizon_days)),
        keeping_rate=pl.lit(economics.keeping_rate_per_day),
    )


def _of_offer(name: str, unit: str, words: str, column: str | None = None) -> Step:
    return Step(name, unit, words, Source("landing.item_suppliers", _OFFER, column or name))


def _of_supply(name: str, words: str) -> Step:
    return Step(name, "days", words, Source("supply.lead_times", AT_DESTINATION, name))


def _of_echelon(name: str, words: str) -> Step:
    return Step(
        name,
        "units",
        f"{words}, in all {{members}} members of the echelon",
        function="optimization.levels.build_echelon_windows",
    )


def _shortfall(name: str, words: str) -> Step:
    return Step(
        name,
        "units",
        words,
        Source("plans.targets", AT_DESTINATION, name),
        function="optimization.levels.build_echelon_windows",
    )


PURCHASE_STEPS = [
    (
        "demand",
        [
            _of_supply("lead_time_mean", "lead time of {supplier}"),
            _of_supply("lead_time_sd", "standard deviation of the lead time"),
            _of_supply("review_days", "between two orders"),
            *demand_steps(
                "optimization.levels.build_echelon_windows",
                "forecasting.distribution.sum_echelon_demand",
            ),
            _shortfall("shortfall_mean", "that suppliers are expected to leave short"),
            _shortfall("shortfall_sd", "standard deviation of that"),
        ],
    ),
    ("level", level_steps()),
    (
        "position",
        [
            *(_of_echelon(name, words) for name, words in _STOCK.items()),
            Step(
                "inventory_position",
                "units",
                "inventory position of the echelon",
                Source("plans.purchase_plan", _ORDER, "inventory_position"),
                "on_hand - reserved - damaged + in_transit + on_order + proposed_inbound "
                "- proposed_outbound",
                "optimization.levels.count_owned_units",
            ),
        ],
    ),
    (
        "need",
        [Step("need", "units", "short of the level", formula="order_up_to - inventory_position")],
    ),
    (
        "limits",
        [
            _of_offer("minimum_order_quantity", "units", "least order of {supplier}"),
            _of_offer("order_multiple", "units", "in an order multiple"),
            Step(
                "least",
                "units",
                "at least to order",
                formula="GREATEST(need, minimum_order_quantity)",
            ),
        ],
    ),
    (
        "quantity",
        [
            of_action(
                "packs", "packs", "order multiples that hold it", "CEIL(least / order_multiple)"
            ),
            of_action("quantity", "units", "to order, set by {binding}", "packs * order_multiple"),
        ],
    ),
    (
        "benefit",
        [
            _of_offer("supplier_price", "currency", "price of {supplier}", "unit_price"),
            Step(
                "unit_margin",
                "currency",
                "margin of a sale at that price, net of returns",
                formula=f"GREATEST({sale_margin_formula('supplier_price')}, 0)",
            ),
            Step(
                "sold",
                "units",
                "of them expected to sell in the interval",
                function="optimization.value.StockValue",
            ),
            of_action("margin_kept", "currency", "margin kept", "unit_margin * sold"),
            of_action("margin_given_up", "currency", "given up elsewhere"),
            Step(
                "kept_days",
                "days",
                "that its units are kept, summed",
                function="optimization.purchasing.sum_waiting_days",
            ),
            Step(
                "keeping_rate",
                "share",
                "of its price that a unit kept for a day costs",
                function="quality_checks.contracts.Economics",
            ),
            of_action(
                "holding_cost", "currency", "holding", "supplier_price * keeping_rate * kept_days"
            ),
            of_action("moving_cost", "currency", "moving"),
            benefit_step(),
        ],
    ),
    ("alternative", alternative_steps("plans.purchase_plan", _ORDER)),
]
