"""Why so many units of an item are ordered from its supplier."""

from dataclasses import replace

import polars as pl

from optimization.explanation.common import with_facts
from optimization.explanation.night import PlannedNight
from optimization.explanation.purchase_steps import CHOICE_STEPS, ECHELON_STOCK, PURCHASE_STEPS
from optimization.explanation.steps import Explained
from optimization.levels import count_owned_units
from optimization.purchasing import count_paying_multiples, value_orders
from optimization.value import compute_sale_margin
from quality_checks.contracts import PurchaseTerms, find_frame

_PLANNED = (
    "inventory_position",
    "forced_cost",
    "own_packs",
    "unit_price",
    "list_price",
    "break_saving",
    "document",
    "document_value",
    "minimum_order_value",
    "limit_price",
    "capacity_limit",
    "capacity_price",
    "life_units",
)
"""Columns of the plan that are told."""

_CHOICE = (
    "preferred_supplier",
    "preferred_price",
    "preferred_days",
    "price_difference",
    "choice_gain",
    "choice_chance",
)
"""What is told of a choice beside the order."""

_GAINED = (
    "lost_as_is",
    "lost_then",
    "choice_underage",
    "holding_as_is",
    "holding_then",
    "wait_gain",
)
"""What is told of a choice beside the order of the other supplier: what that changes."""

_LINE = ["sku", "destination", "supplier"]
_SHELVES = ["shelf_max", "shelf_max_below_presentation_min"]


def explain_purchases(night: PlannedNight) -> Explained:
    """Orders: demand, level and position of the echelon, and the supplier's terms."""
    lines = night.lines("purchase_order").join(_list_chosen(night), on=_LINE, how="anti")
    return Explained(_tell(lines.sort("action_id"), night), PURCHASE_STEPS)


def explain_supplier_choices(night: PlannedNight) -> Explained:
    """Orders of items that go to another supplier, or to two, by the levels set for these."""
    lines = night.lines("purchase_order").join(_list_chosen(night), on=_LINE, how="semi")
    return Explained(
        _tell(lines.sort("action_id"), replace(night, targets=night.order_levels)), CHOICE_STEPS
    )


def _list_chosen(night: PlannedNight) -> pl.DataFrame:
    """sku, destination, supplier: orders whose levels were set for them."""
    return night.order_levels.select("sku", "supplier", destination="location")


def _tell(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Lines with a column for every value and every name of the steps."""
    known = with_facts(lines, night).drop(*ECHELON_STOCK)
    return _with_money(_with_order(known, night), night)


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
        .agg(pl.col(list(ECHELON_STOCK)).sum(), members=pl.len())
    )


def _with_order(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add the echelon's position, the supplier's lead time and terms, and what is short."""
    end = ["sku", "destination"]
    times = night.lead_times.select(
        "sku", pl.col("location").alias("destination"), "lead_time_mean", "lead_time_sd",
        "review_days", "closure_days",
    )  # fmt: skip
    terms = pl.concat(
        find_frame(PurchaseTerms).fill(of).select(
            "sku", pl.col("location").alias("destination"), "supplier", "supplier_price",
            "minimum_order_quantity", "order_multiple",
        )
        for of in (night.terms, night.other_terms)
    )  # fmt: skip
    planned = night.plans["purchase_order"].select(*end, "supplier", *_PLANNED)
    multiple = pl.col("order_multiple")
    return (
        lines.drop("lead_time_mean")
        .join(_echelons(night), on=end, how="left", validate="m:1", maintain_order="left")
        .join(times, on=end, how="left", validate="m:1", maintain_order="left")
        .join(terms, on=[*end, "supplier"], how="left", validate="1:1", maintain_order="left")
        .join(planned, on=[*end, "supplier"], how="left", validate="1:1", maintain_order="left")
        .join(_list_choices(night), on=_LINE, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            need=pl.col("order_up_to") - pl.col("inventory_position"),
            later=_above_zero(
                count_owned_units()
                + pl.col("ordered_elsewhere").fill_null(0)
                - pl.col("inventory_position")
            ),
            lead_time_mean=pl.when(pl.col("other_days").is_null()).then("lead_time_mean"),
            lead_time_sd=pl.when(pl.col("other_days").is_null()).then("lead_time_sd"),
            closure_days=pl.when(pl.col("other_days").is_null()).then("closure_days"),
            minimum_packs=pl.when(pl.col("own_packs") > 0).then(
                -(-pl.col("minimum_order_quantity") // multiple)
            ),
            forced_cost=_above_zero(pl.col("forced_cost")),
            limit_price=_above_zero(pl.col("limit_price")),
            capacity_price=_above_zero(pl.col("capacity_price")),
            paid_price=pl.when(pl.col("unit_price") < pl.col("list_price")).then("unit_price"),
            added_packs=_above_zero(pl.col("packs") - pl.col("own_packs")),
            exit_loss_share=pl.when(pl.col("open_life_mean").is_not_null()).then(
                pl.lit(night.policy.economics.exit_loss_share)
            ),
            cut_packs=_above_zero(pl.col("own_packs") - pl.col("packs")),
        )
        .with_columns(
            floor_packs=pl.when(pl.col("binding").is_in(["service_floor", "presentation_min"]))
            .then(-(-pl.col("need") // multiple)),
        )
    )  # fmt: skip


def _list_choices(night: PlannedNight) -> pl.DataFrame:
    """What was chosen of the supplier of each line: prices, days and gain, by line."""
    taken = night.choices.filter(pl.col("form") != "preferred").rename(
        {
            "rejected": "rejected_choice",
            "gain": "choice_gain",
            "gain_chance": "choice_chance",
            "underage_cost": "choice_underage",
        }
    )
    told = ["sku", "destination", *_CHOICE, "rejected_choice", "other_supplier"]
    times = night.other_lead_times.select(
        "sku",
        destination="location",
        supplier="supplier",
        other_days="lead_time_mean",
        other_sd="lead_time_sd",
        other_closure="closure_days",
    )
    other = taken.select(*told, *_GAINED, supplier="other_supplier").join(
        times, on=_LINE, how="left", maintain_order="left"
    )
    rest = taken.filter(pl.col("form") == "split").select(
        *told, supplier="preferred_supplier", ordered_elsewhere="other_units"
    )
    return pl.concat([other, rest], how="diagonal")


def _above_zero(number: pl.Expr) -> pl.Expr:
    return pl.when(number > 0).then(number)


def _with_money(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what the order sells until the next one comes, and what the rest of it costs.

    Of an order that goes to another supplier than the preferred one, what that changes instead.
    """
    margin = compute_sale_margin("supplier_price")
    orders = lines.with_columns(
        unit_margin=margin.clip(lower_bound=0.0), unit_price=pl.col("supplier_price")
    )
    share = night.policy.economics.exit_loss_share
    priced = orders.with_columns(underage_cost="unit_margin")
    worth = value_orders(priced, orders["quantity"].to_numpy(), share)
    packs = count_paying_multiples(priced, share)
    held, own = pl.col("level_binding").is_in(_SHELVES), pl.col("own_packs")
    split = pl.col("binding") == "split"
    living = pl.col("life_units") // pl.col("order_multiple")
    cut = ~held & ~split & (pl.Series(packs) > living)
    spoils = (own > 0) & ((pl.col("binding") == "remaining_life") | cut.fill_null(value=False))
    asked = pl.max_horizontal("floor_packs", "minimum_packs", "split_packs", "life_packs")
    chosen = pl.col("wait_gain").is_not_null()
    money = ("margin_kept", "holding_cost", "price_difference")
    return orders.with_columns(
        sold=pl.Series(worth.sold),
        surplus=_above_zero(pl.lit(pl.Series(worth.surplus_cost))),
        exit_cost=_above_zero(pl.lit(pl.Series(worth.exit_cost))),
        break_saving=_above_zero(pl.col("break_saving")),
        value_packs=pl.when(own == 0).then(0).when(~held & ~split & ~spoils).then(pl.Series(packs)),
        shelf_packs=pl.when(held & ~split & ~spoils & (own > 0)).then(own),
        life_packs=pl.when(spoils).then(living),
        split_packs=pl.when(split).then(own),
    ).with_columns(
        *(
            pl.when(~chosen).then(name).alias(name)
            for name in ("unit_margin", "sold", "surplus", "exit_cost", "break_saving")
        ),
        *(pl.when(~chosen).then(name).alias(f"own_{name}") for name in money),
        *(pl.when(chosen).then(name).alias(f"choice_{name}") for name in money),
        break_packs=pl.when(own > pl.max_horizontal("value_packs", "shelf_packs", asked)).then(own),
        wait_gain=_above_zero(pl.col("wait_gain")),
    )
