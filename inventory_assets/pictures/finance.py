"""Tables of working capital and of payments ahead, over all departments."""

import polars as pl


def tabulate_capital(capital: pl.DataFrame) -> pl.DataFrame:
    """What all departments tie up, by week, with tonight's plan and without.

    Args:
        capital: `WorkingCapital` rows.
    """
    stages = ("stock", "under_way", "on_order", "proposed", "exposure")
    return (
        capital.group_by("week", "ends_on", "plan", maintain_order=True)
        .agg(
            *(pl.col(f"{name}_value").sum().alias(name.replace("_", " ")) for name in stages),
            pl.col("received_value").sum().alias("received"),
            pl.col("sold_value").sum().alias("sold, at cost"),
        )
        .sort("week", "plan")
    )


def tabulate_cash(cash: pl.DataFrame) -> pl.DataFrame:
    """What is due to all suppliers, by week, and what tonight's plan changes of it.

    Args:
        cash: `CashAhead` rows.
    """
    parts = ("received", "under_way", "on_order", "due_as_is", "changed", "proposed", "fees")
    return (
        cash.group_by("week", "ends_on", maintain_order=True)
        .agg(
            *(pl.col(name).sum().alias(name.replace("_", " ")) for name in parts),
            pl.col("due_with_proposals").sum().alias("due with tonight's plan"),
        )
        .sort("week")
    )
