"""What orders are worth, recomputed unit by unit, against what they state and what was possible."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.feasibility.findings import CENT, ORDER, OTHER_SUPPLIER, report
from optimization.feasibility.worth import find_chance_of_sale

Row = dict[str, Any]
Breaks = list[tuple[int, float]]
"""Units from which a price holds, and the price."""


def find_order_worth_problems(
    lines: pl.DataFrame, breaks: pl.DataFrame, exit_loss_share: float
) -> pl.DataFrame:
    """Orders that state another price or benefit than they have, or less than another quantity.

    The k-th unit of an echelon is worth underage P(D >= k) - overage P(D < k), D being the units
    sold before and the open demand, above the level less min((k - level) step, most), and less the
    exit loss times P(L < k) of an item that leaves, L being D until its exit. A price below the
    list price saves the difference on each unit of the least order that earns it. A line of another
    supplier states what the choice of it gains instead: see `find_supplier_choice_problems`.

    Args:
        lines: the columns of PurchasePlan, and of frame `purchase_items` what values a unit,
            order_multiple, minimum_order_quantity, and terms_price, the price without a break.
        breaks: frame `break_prices`.
        exit_loss_share: of its price that a unit left at the exit of its item loses.
    """
    of_offer: dict[tuple[str, str], Breaks] = {}
    for sku, supplier, units, price in breaks.select(
        "sku", "supplier", "from_quantity", "unit_price"
    ).iter_rows():
        of_offer.setdefault((sku, supplier), []).append((units, price))
    found = [
        _weigh(row, of_offer.get((row["sku"], row["supplier"]), []), exit_loss_share)
        for row in lines.iter_rows(named=True)
    ]
    types = dict.fromkeys(("worth", "better", "asked", "saved"), pl.Float64)
    weighed = lines.hstack(pl.DataFrame(found, schema=types, orient="row"))
    stated = pl.col("margin_kept") - pl.col("margin_given_up") - pl.col("holding_cost")
    chosen = pl.col("reason") == OTHER_SUPPLIER
    own = pl.when(chosen).then("worth").otherwise(stated)
    allowed = pl.max_horizontal("worth", own) + pl.col("forced_cost")
    return report(weighed, ORDER, {
        "unit_price": (
            (pl.col("unit_price") - pl.col("asked")).abs() >= CENT, pl.col("asked"), "unit_price"
        ),
        "break_saving": (
            (pl.col("break_saving") - pl.col("saved")).abs() >= CENT,
            pl.col("saved").round(2), pl.col("break_saving").round(2),
        ),
        "stated_benefit": (
            (own - pl.col("worth")).abs() > CENT,
            pl.format("benefit {}", pl.col("worth").round(2)), own.round(2),
        ),
        "better_alternative": (
            pl.col("better") > allowed + CENT,
            pl.format("no other order worth {}", pl.col("better").round(2)), own.round(2),
        ),
    })  # fmt: skip


def _weigh(row: Row, breaks: Breaks, exit_loss_share: float) -> tuple[float, float, float, float]:
    """Worth of the order, of the better of a multiple less and more, its price and saving."""
    quantity, multiple = int(row["quantity"]), int(row["order_multiple"])
    units = np.arange(1, quantity + multiple + 1) + int(row["inventory_position"])
    total = np.concatenate([[0.0], np.cumsum(_value_units(units, row, exit_loss_share))])
    less, more = quantity - multiple, quantity + multiple
    # What would not sell in its life is no alternative: see `find_purchase_problems`.
    spoils = row["life_units"] is not None and more > row["life_units"]
    fewer = total[less] + _save(row, breaks, less) if less >= _least(row) else 0.0
    return (
        float(total[quantity] + _save(row, breaks, quantity)),
        # More of a split order would be less of its other part, which is weighed as a choice.
        float(
            fewer
            if row["binding"] == "split" or spoils
            else max(fewer, total[more] + _save(row, breaks, more))
        ),
        _ask(row, breaks, quantity)[0],
        _save(row, breaks, quantity),
    )


def _least(row: Row) -> int:
    return int(row["minimum_order_quantity"])


def _ask(row: Row, breaks: Breaks, quantity: int) -> tuple[float, int]:
    """Price of a unit of so many, and the units from which it holds, 0 for the list price."""
    earned = [(units, price) for units, price in breaks if units <= quantity]
    units, price = max(earned, default=(0, float(row["terms_price"])))
    return price, units


def _save(row: Row, breaks: Breaks, quantity: int) -> float:
    price, units = _ask(row, breaks, quantity)
    multiple = int(row["order_multiple"])
    least = -(-max(units, _least(row)) // multiple) * multiple if units else 0
    return (float(row["terms_price"]) - price) * least


def _value_units(
    units: npt.NDArray[np.int64], row: Row, exit_loss_share: float
) -> npt.NDArray[np.float64]:
    asked = units - int(row["sold_before"])
    sold = _reach(row, "open_demand", asked)
    above = np.maximum(units - row["value_level"], 0)
    worth = (row["underage_cost"] + row["overage_cost"]) * sold - row["overage_cost"]
    worth -= np.minimum(above * row["surplus_step"], row["surplus_most"])
    if row["open_life_mean"] is None:
        return np.asarray(worth)
    ever = _reach(row, "open_life", asked)
    return np.asarray(worth - exit_loss_share * row["terms_price"] * (1 - ever))


def _reach(row: Row, of: str, units: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """P(D >= units), D being the open demand or that of the rest of the item's life."""
    mean, variance = (np.full(len(units), row[f"{of}_{name}"]) for name in ("mean", "variance"))
    return find_chance_of_sale(mean, variance, units)
