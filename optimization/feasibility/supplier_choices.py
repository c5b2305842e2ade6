"""Whether items are ordered from suppliers that sell them, and for what the choice says."""

import datetime as dt

import polars as pl

from optimization.feasibility.findings import (
    CENT,
    ORDER,
    OTHER_SUPPLIER,
    Rules,
    collect,
    report,
)
from quality_checks.contracts import PurchasingRules

_ITEM = ("sku", "destination")

_TERMS = ("margin_kept", "margin_given_up", "holding_cost")
"""Terms of the benefit of an order line."""


def find_supplier_choice_problems(  # noqa: PLR0913  # what a choice rests on
    choices: pl.DataFrame,
    lines: pl.DataFrame,
    *,
    items: pl.DataFrame,
    others: pl.DataFrame,
    breaks: pl.DataFrame,
    rules: PurchasingRules,
    as_of: dt.date,
) -> pl.DataFrame:
    """Find choices that orders do not follow, or that state other money than they have.

    Args:
        choices: the columns of SupplierChoices.
        lines: the columns of PurchasePlan.
        items: frame `purchase_items`, each with its preferred supplier.
        others: frame `other_terms`.
        breaks: frame `break_prices`.
        rules: what a choice must gain.
        as_of: business date; orders go out the day after.

    Returns:
        Frame `plan_problems`.
    """
    order_day = as_of + dt.timedelta(days=1)
    own = items.select(
        *_ITEM, "inventory_position", "protection_days", usual="supplier", list_price="unit_price"
    )
    ordered = lines.select(
        *_ITEM, "supplier", "quantity", "reason", *_TERMS, position="inventory_position"
    )
    offers = others.select(
        "sku", "valid_from", "valid_to", destination="location", other_supplier="supplier",
        asked="supplier_price",
    )  # fmt: skip
    rows = (
        choices.join(own, on=_ITEM, how="left")
        .join(offers, on=[*_ITEM, "other_supplier"], how="left")
        .join(_of(ordered, "preferred"), on=[*_ITEM, "preferred_supplier"], how="left")
        .join(_of(ordered, "other"), on=[*_ITEM, "other_supplier"], how="left")
        .with_columns(pl.col("preferred_ordered", "other_ordered").fill_null(0))
    )
    priced = _price(rows, breaks)
    line = [*_ITEM, "supplier"]
    bought = choices.rename({"other_supplier": "supplier"})
    strangers = ordered.join(own, on=_ITEM).join(bought, on=line, how="anti")
    chosen = (pl.col("supplier") != pl.col("usual")) | (pl.col("reason") == OTHER_SUPPLIER)
    taken = ordered.join(bought, on=line)
    return collect(
        report(strangers, ORDER, {"chosen_supplier": (chosen, "usual", "supplier")}),
        report(taken, ORDER, _benefit_rules()),
        report(priced, _ITEM, {**_offer_rules(order_day), **_order_rules(), **_money_rules(rules)}),
    )  # fmt: skip


def _of(ordered: pl.DataFrame, who: str) -> pl.DataFrame:
    return ordered.select(
        *_ITEM,
        pl.col("supplier").alias(f"{who}_supplier"),
        pl.col("quantity").alias(f"{who}_ordered"),
        pl.col("position").alias(f"{who}_position"),
    )


def _benefit_rules() -> Rules:
    """Whether a line of another supplier states what choosing it changes, and that it is chosen."""
    terms = {
        "margin_kept": (pl.col("lost_as_is") - pl.col("lost_then")) * pl.col("underage_cost")
        - pl.col("price_difference"),
        "margin_given_up": pl.col("wait_gain"),
        "holding_cost": pl.col("holding_then") - pl.col("holding_as_is"),
    }
    off = [(pl.col(name) - term).abs() >= CENT for name, term in terms.items()]
    stated = pl.col("margin_kept") - pl.col("margin_given_up") - pl.col("holding_cost")
    beyond = pl.col("gain") - pl.col("wait_gain")
    unsaid = pl.col("reason") != OTHER_SUPPLIER
    return {
        "benefit_of_choice": (
            pl.any_horizontal(*off, unsaid), pl.format("a gain of {}", beyond.round(2)),
            stated.round(2),
        ),
    }  # fmt: skip


def _offer_rules(order_day: dt.date) -> Rules:
    """Whether the suppliers sell the item, in time."""
    sells = (pl.col("valid_from") <= order_day) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= order_day)
    )
    return {
        "other_terms": (
            ~sells.fill_null(value=False), f"terms on {order_day}", "other_supplier"
        ),
        "preferred_supplier": (
            pl.col("usual").ne_missing(pl.col("preferred_supplier")), "usual", "preferred_supplier"
        ),
        "beyond_interval": (
            pl.col("other_days") >= pl.col("protection_days"),
            pl.format("before day {}", "protection_days"), "other_days",
        ),
    }  # fmt: skip


def _order_rules() -> Rules:
    """Whether what is ordered is what was chosen, and counts each unit once."""
    units = [
        (pl.col("form") == form) != has
        for form, has in {
            "preferred": pl.col("other_units") == 0,
            "other": (pl.col("other_units") > 0) & (pl.col("preferred_units") == 0),
            "split": (pl.col("other_units") > 0) & (pl.col("preferred_units") > 0),
        }.items()
    ]
    # Of a split order the goods of the other supplier stand in the position of the preferred one.
    of_rest = pl.col("inventory_position") + pl.col("other_units")
    off = (pl.col("preferred_position") != of_rest) | (
        pl.col("other_position") != pl.col("inventory_position")
    )
    ordered = pl.format("{} and {}", "preferred_ordered", "other_ordered")
    return {
        "form_of_choice": (pl.any_horizontal(units), "form", "other_units"),
        "units_of_choice": (
            (pl.col("preferred_ordered") != pl.col("preferred_units"))
            | (pl.col("other_ordered") != pl.col("other_units")),
            pl.format("{} and {}", "preferred_units", "other_units"), ordered,
        ),
        "counted_once": (
            off.fill_null(value=False),
            pl.format("a position of {}", of_rest), "preferred_position",
        ),
    }  # fmt: skip


def _money_rules(
    rules: PurchasingRules,
) -> Rules:
    """Whether the money stated follows from prices, and from what is short and kept."""
    dearer = (pl.col("other_asked") - pl.col("preferred_asked")) * pl.col("other_units") + (
        pl.col("then_asked") - pl.col("preferred_asked")
    ) * pl.col("preferred_units")
    gain = (pl.col("lost_as_is") - pl.col("lost_then")) * pl.col("underage_cost")
    gain += pl.col("holding_as_is") - pl.col("holding_then") - pl.col("price_difference")
    chosen = pl.col("form") != "preferred"
    return {
        "price_difference": (
            (dearer - pl.col("price_difference")).abs() >= CENT, dearer.round(2), "price_difference"
        ),
        "gain_of_choice": (
            (gain - pl.col("gain")).abs() >= CENT, gain.round(2), pl.col("gain").round(2)
        ),
        "least_gain": (
            chosen & (pl.col("gain") - pl.col("wait_gain") <= rules.least_supplier_gain),
            pl.format("above {} more than {}", pl.lit(rules.least_supplier_gain), "wait_gain"),
            pl.col("gain").round(2),
        ),
    }  # fmt: skip


def _price(rows: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """Add what a unit costs of the planned order, of what is left of it, and of the other one."""
    for name, supplier, units, list_price in (
        ("preferred_asked", "preferred_supplier", "quantity", "list_price"),
        ("then_asked", "preferred_supplier", "preferred_units", "list_price"),
        ("other_asked", "other_supplier", "other_units", "asked"),
    ):
        earned = rows.select(*_ITEM, pl.col(units).alias("of"), supplier=supplier)
        paid = (
            earned.join(
                breaks.select("sku", "supplier", "from_quantity", "unit_price"),
                on=["sku", "supplier"],
            )
            .filter(pl.col("from_quantity") <= pl.col("of"))
            .sort("from_quantity")
            .unique(_ITEM, keep="last", maintain_order=True)
            .select(*_ITEM, pl.col("unit_price").alias(name))
        )
        rows = rows.join(paid, on=_ITEM, how="left").with_columns(
            pl.coalesce(name, list_price).alias(name)
        )
    return rows
