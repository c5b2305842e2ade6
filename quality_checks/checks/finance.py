"""Checks of finance: what is said to be tied up and due must follow from stock and documents."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

BUDGETS_KEPT = Check(
    "budgets_kept",
    "No department orders more in a month than its budget, with tonight's plan carried out.",
    remedy="Reject or cut orders of the department, or raise its budget in planning.yaml: the plan "
    "kept within what was left, so orders of the ERP or quantities that people set are beyond it.",
)
CAPITAL_ADDS_UP = Check(
    "capital_adds_up",
    "Tonight's stock and documents are those of the warehouse, and each week follows from the one "
    "before: what is received is no longer to come, and stock is what was there, came and sold.",
    remedy="Take no figure of the departments named to the bank until they are made again.",
)
PAYMENTS_COMPLETE = Check(
    "payments_complete",
    "What is due to each supplier as things are is what its unpaid receipts and open documents are "
    "worth, and what tonight proposes is what its actions are worth.",
    remedy="Count the documents of the suppliers named by hand; `stated` and `recomputed` differ.",
)

_COMING = ("under_way", "on_order", "proposed")
_MOST_OFF = {"units": 0.01, "value": 0.1}
"""Units and currency by which sums of rounded figures may differ."""

_PART_OFF = 1e-6
"""Part of a figure by which it may differ besides."""

_CENT = 0.01

_CAPITAL = ["plan", "department", "week", "what", "unit", "stated", "recomputed"]


def judge_budgets(budgets: pl.DataFrame) -> Outcome:
    """Outcome for `BudgetUse` rows."""
    failing = budgets.filter(pl.col("left_with_proposals") < -_CENT)
    return BUDGETS_KEPT.found(failing, f"{len(failing)} budgets are overdrawn")


def judge_capital(capital: pl.DataFrame, tonight: pl.DataFrame) -> Outcome:
    """Outcome for `WorkingCapital` rows.

    Args:
        capital: the rows.
        tonight: what the query `capital_tonight` adds up: department, stock and coming, each in
            units and value, of tonight's plan left alone.
    """
    rows = capital.sort("plan", "department", "week")
    figures = pl.concat(
        [
            found
            for unit in _MOST_OFF
            for found in (*_follow_weeks(rows, unit), *_compare_tonight(rows, tonight, unit))
        ]
    )
    failing = _find_differing(figures).sort(_CAPITAL[:5])
    return CAPITAL_ADDS_UP.found(failing, f"{len(failing)} figures of departments do not add up")


def _follow_weeks(rows: pl.DataFrame, unit: str) -> list[pl.DataFrame]:
    """What stock and goods to come are at the end of each week, and what flows make of them."""
    received, sold = pl.col(f"received_{unit}"), pl.col(f"sold_{unit}")
    stock = pl.col(f"stock_{unit}")
    to_come = pl.sum_horizontal(f"{name}_{unit}" for name in _COMING)
    figures = {"stock": (stock, received - sold), "to come": (to_come, -received)}
    return [
        rows.with_columns(
            what=pl.lit(what),
            unit=pl.lit(unit),
            stated=stated,
            recomputed=stated.shift(1).over("plan", "department") + flow,
        )
        .filter(pl.col("week") > 0)
        .select(_CAPITAL)
        for what, (stated, flow) in figures.items()
    ]


def _compare_tonight(rows: pl.DataFrame, tonight: pl.DataFrame, unit: str) -> list[pl.DataFrame]:
    """What stock and goods to come are tonight, and what the warehouse has of them."""
    to_come = pl.sum_horizontal(f"{name}_{unit}" for name in _COMING)
    first = rows.filter(pl.col("week") == 0, pl.col("plan") == "as_is")
    both = first.with_columns(to_come=to_come).join(
        tonight, on="department", how="full", coalesce=True, suffix="_recomputed"
    )
    figures = {
        "stock tonight": (f"stock_{unit}", f"stock_{unit}_recomputed"),
        "to come tonight": ("to_come", f"coming_{unit}"),
    }
    return [
        both.select(
            "department",
            plan=pl.lit("as_is"),
            week=pl.lit(0, pl.Int64),
            what=pl.lit(what),
            unit=pl.lit(unit),
            stated=pl.col(stated).fill_null(0.0),
            recomputed=pl.col(recomputed).cast(pl.Float64).fill_null(0.0),
        ).select(_CAPITAL)
        for what, (stated, recomputed) in figures.items()
    ]


def judge_payments(cash: pl.DataFrame, recomputed: pl.DataFrame) -> Outcome:
    """Outcome for `CashAhead` rows.

    Args:
        cash: the rows.
        recomputed: what the query `recomputed_payments` adds up: supplier, what (a column of the
            rows), recomputed (currency).
    """
    stated = (
        cash.group_by("supplier", maintain_order=True)
        .agg(pl.col("due_as_is", "proposed").sum())
        .unpivot(index="supplier", variable_name="what", value_name="stated")
    )
    figures = stated.join(
        recomputed, on=["supplier", "what"], how="full", coalesce=True
    ).with_columns(pl.col("stated", "recomputed").fill_null(0.0), unit=pl.lit("value"))
    failing = _find_differing(figures).drop("unit").sort("supplier", "what")
    return PAYMENTS_COMPLETE.found(
        failing, f"{len(failing)} sums due to suppliers are not those of their documents"
    )


def _find_differing(figures: pl.DataFrame) -> pl.DataFrame:
    """Figures of which what is stated and what is recomputed differ by more than rounding."""
    off = (pl.col("stated") - pl.col("recomputed")).abs()
    most = pl.col("unit").replace_strict(_MOST_OFF, return_dtype=pl.Float64)
    return figures.filter(off > most + _PART_OFF * pl.col("stated").abs())
