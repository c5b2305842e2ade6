"""What orders are worth, recomputed unit by unit, against what they state and what was possible."""

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.feasibility.findings import CENT, ORDER, report
from optimization.feasibility.worth import find_chance_of_sale

Row = dict[str, float]


def find_order_worth_problems(lines: pl.DataFrame, exit_loss_share: float) -> pl.DataFrame:
    """Orders that state another benefit than their units have, or less than another quantity.

    The k-th unit of an echelon is worth underage P(D >= k) - overage P(D < k), D being the units
    sold before and the open demand, above the level less min((k - level) step, most), and less the
    exit loss times P(L < k) of an item that leaves, L being D until its exit.

    Args:
        lines: the columns of PurchasePlan, and of frame `purchase_items` what values a unit and
            order_multiple and minimum_order_quantity.
        exit_loss_share: of its price that a unit left at the exit of its item loses.
    """
    found = [_weigh(row, exit_loss_share) for row in lines.iter_rows(named=True)]
    types = {"worth": pl.Float64, "better": pl.Float64}
    weighed = lines.hstack(pl.DataFrame(found, schema=types, orient="row"))
    stated = pl.col("margin_kept") - pl.col("holding_cost")
    allowed = pl.max_horizontal("worth", stated) + pl.col("forced_cost")
    return report(weighed, ORDER, {
        "stated_benefit": (
            (stated - pl.col("worth")).abs() > CENT,
            pl.format("benefit {}", pl.col("worth").round(2)), stated.round(2),
        ),
        "better_alternative": (
            pl.col("better") > allowed + CENT,
            pl.format("no other order worth {}", pl.col("better").round(2)), stated.round(2),
        ),
    })  # fmt: skip


def _weigh(row: Row, exit_loss_share: float) -> tuple[float, float]:
    """Worth of the order, and of the better of the orders of a multiple less and more."""
    quantity, multiple = int(row["quantity"]), int(row["order_multiple"])
    units = np.arange(1, quantity + multiple + 1) + int(row["inventory_position"])
    total = np.concatenate([[0.0], np.cumsum(_value_units(units, row, exit_loss_share))])
    less = quantity - multiple
    fewer = total[less] if less >= row["minimum_order_quantity"] else 0.0
    return float(total[quantity]), float(max(fewer, total[quantity + multiple]))


def _value_units(
    units: npt.NDArray[np.int64], row: Row, exit_loss_share: float
) -> npt.NDArray[np.float64]:
    asked = units - int(row["sold_before"])
    sold = _reach(row, "open_demand", asked)
    above = np.maximum(units - row["value_level"], 0)
    worth = (row["underage_cost"] + row["overage_cost"]) * sold - row["overage_cost"]
    worth -= np.minimum(above * row["surplus_step"], row["surplus_most"])
    if row["open_life_mean"] is None:
        return worth
    ever = _reach(row, "open_life", asked)
    return np.asarray(worth - exit_loss_share * row["unit_price"] * (1 - ever))


def _reach(row: Row, of: str, units: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """P(D >= units), D being the open demand or that of the rest of the item's life."""
    mean, variance = (np.full(len(units), row[f"{of}_{name}"]) for name in ("mean", "variance"))
    return find_chance_of_sale(mean, variance, units)
