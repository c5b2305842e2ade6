"""Open orders of suppliers, as the warehouse would give them to the night, from what is seen."""

import numpy as np
import polars as pl

from forecasting.supply import OrderRisks, predict_order_risks
from quality_checks.contracts import PlanningPolicy
from simulation.replay.decision import EveningView
from simulation.replay.night_supply import NO_CLOSURES, NO_DELAYS, delivery_record, open_lines

_NO_CARDS = pl.DataFrame(
    schema={"supplier": pl.String, "p_short": pl.Float64, "p_short_confirmed": pl.Float64}
)


def predict_evening_risks(seen: EveningView, policy: PlanningPolicy) -> OrderRisks:
    """How surely open order lines come on their day.

    Args:
        seen: what is known.
        policy: days of orders that count.
    """
    return predict_order_risks(
        open_lines(seen),
        delivery_record(seen, policy.scorecard_window_days),
        NO_CLOSURES,
        NO_DELAYS,
        _NO_CARDS,
        as_of=seen.masters.date(seen.day),
        longest_days=policy.scorecard_window_days,
    )


def open_order_lines(
    seen: EveningView, ordered: pl.DataFrame, policy: PlanningPolicy, *, expedites: bool
) -> pl.DataFrame:
    """Frame `open_order_lines`: lines that have not come, named by their number.

    Args:
        seen: what is known.
        ordered: order lines that have not come, the columns of ReceiptsAhead.
        policy: days after a change in which a line is left alone.
        expedites: suppliers are paid to speed lines up; else none says what it would cost.
    """
    changed = seen.orders.changed[ordered["document"].cast(pl.Int64).to_numpy()]
    # What is decided of an evening is asked the day after.
    settled = np.asarray(changed <= seen.day - policy.open_orders.settled_days)
    terms = seen.masters.terms.select(
        "sku",
        "supplier",
        "minimum_order_quantity",
        "order_multiple",
        "unit_price",
        "expedite_fee",
        "expedite_days_saved",
    )
    return (
        ordered.with_columns(changeable=pl.Series(settled))
        .join(terms, on=["sku", "supplier"], how="left", maintain_order="left")
        .with_columns(
            pl.col("minimum_order_quantity").fill_null(0),
            pl.col("order_multiple").fill_null(1),
            pl.col("unit_price").fill_null(0.0),
            refusal_chance=pl.lit(policy.open_orders.refusal_chance),
            expedite_fee=pl.when(expedites).then("expedite_fee"),
        )
        .rename({"location": "destination"})
    )


def ordered_in_month(seen: EveningView) -> pl.DataFrame:
    """What was ordered from suppliers in the month of the next day, by department.

    Returns:
        department, spent (currency), sorted, as the query `ordered_in_month` gives it.
    """
    masters, lines = seen.masters, seen.orders
    first_day = (masters.date(seen.day + 1)).replace(day=1)
    value = lines.quantity * masters.order_price[lines.whom, lines.pair]
    ordered = masters.pairs.select("department")[lines.pair].with_columns(
        ordered_on=masters.dates(lines.ordered), value=pl.Series(value)
    )
    return (
        ordered.filter(pl.col("ordered_on") >= first_day)
        .group_by("department", maintain_order=True)
        .agg(spent=pl.col("value").sum())
        .sort("department")
    )
