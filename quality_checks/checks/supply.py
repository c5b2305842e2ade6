"""Checks of how suppliers deliver: what is put before a supplier must follow from its orders."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

CLOSURES_STATED = Check(
    "closures_stated",
    "Every closure of a supplier has a first and a last day, in this order and within a year.",
    remedy="State both days: until then orders are planned as if the supplier did not close, or as "
    "if it opened after 52 weeks where it closes for longer. Name another supplier meanwhile.",
)

FIGURES_RECOMPUTE = Check(
    "figures_recompute",
    "Every figure of a supplier adds up from the order lines that are kept behind it.",
    remedy="Put none of them before a supplier until the lines and the figures are made again.",
)

ORDERS_ACCEPTED = Check(
    "orders_accepted",
    "No supplier has refused an open order line, or will deliver less of it than was ordered.",
    remedy="What is refused does not count as coming: order it elsewhere, or agree it again.",
)

RETURNS_TRACED = Check(
    "returns_traced",
    "Every unit that went back to a supplier had come from it on an order line, and before.",
    remedy="What is named counts against no order line: have the order, the day or the units put "
    "right where the return was written.",
)

SUPPLIERS_TOLD = Check(
    "suppliers_told",
    "Every line that left and is of a supplier with files of its own stands in one of them.",
    remedy="Tell the supplier of the lines named by other means; the ERP has them.",
)

TRIALS_HELD = Check(
    "trials_held",
    "No order line breaks the model of delays or its trial.",
    remedy="Report it with the message: until then chances to be late are those of the records of "
    "suppliers, and plans are made by them.",
)

WITHIN_CAPACITY = Check(
    "within_capacity",
    "No supplier is asked for more in a week than it says it can deliver then.",
    remedy="Agree another week or another supplier: what is beyond will come late or not at all.",
)

_NEAR = 1e-9
_YEAR = 366
_PERIODS = {
    "all": ("overall", "lines", "orders"),
    "recent": ("recent", "recent_lines", "recent_orders"),
    "before": ("before", "before_lines", "before_orders"),
}
"""Period -> where a figure of it stands, with the lines and orders behind it."""


def judge_trials(broken: dict[str, str]) -> Outcome:
    """Outcome for record -> problem of the trials of the model of delays that broke off."""
    words = [f"{record}: {problem}" for record, problem in broken.items()]
    schema = {"record": pl.String, "problem": pl.String}
    failing = pl.DataFrame(list(broken.items()), schema=schema, orient="row")
    return TRIALS_HELD.found(failing, f"the model of delays breaks on {'; '.join(words)}")


def judge_closures(suppliers: pl.DataFrame) -> Outcome:
    """Outcome for `Suppliers` rows, of which some close by half, or backwards, or without end."""
    first, last = pl.col("closed_from"), pl.col("closed_to")
    days = (last - first).dt.total_days()
    torn = suppliers.filter(
        (first.is_null() != last.is_null()) | ~days.is_between(0, _YEAR).fill_null(value=True)
    )
    failing = torn.select("supplier", "closed_from", "closed_to").sort("supplier")
    words = f"{len(failing)} closures have no first or no last day, or none within a year"
    return CLOSURES_STATED.found(failing, words)


def judge_figures(figures: pl.DataFrame, recomputed: pl.DataFrame) -> Outcome:
    """Outcome for `ScorecardFigures` rows against what the query `recomputed_figures` adds up."""
    stated = pl.concat(
        [
            figures.select(
                "supplier",
                "figure",
                period=pl.lit(period),
                stated=value,
                stated_lines=lines,
                stated_orders=orders,
            )
            for period, (value, lines, orders) in _PERIODS.items()
        ]
    )
    keys = ["supplier", "figure", "period"]
    both = stated.join(recomputed, on=keys, how="full", coalesce=True)
    # No lines are no figure; that neither side has one agrees.
    no_value = both["stated"].is_null() & both["value"].is_null()
    near = (pl.col("stated") - pl.col("value")).abs() <= _NEAR * (1 + pl.col("value").abs())
    agrees = (
        (near.fill_null(value=False) | no_value)
        & (pl.col("stated_lines") == pl.col("lines").fill_null(0))
        & (pl.col("stated_orders") == pl.col("orders").fill_null(0))
    ).fill_null(value=False)
    failing = both.filter(~agrees).sort(keys)
    return FIGURES_RECOMPUTE.found(
        failing, f"{len(failing)} figures differ from what their order lines add up to"
    )


def judge_refusals(refused: pl.DataFrame) -> Outcome:
    """Outcome for what the query `refused_lines` lists: lines that come short by their supplier."""
    units = int((refused["ordered_quantity"] - refused["promised_quantity"]).sum())
    return ORDERS_ACCEPTED.found(
        refused, f"{len(refused)} open order lines: {units} units will not come"
    )


def judge_returns(untraced: pl.DataFrame) -> Outcome:
    """Outcome for what the query `untraced_returns` lists: returns that no order line explains."""
    return RETURNS_TRACED.found(
        untraced, f"{len(untraced)} returns of {untraced['units'].sum()} units to suppliers"
    )


def judge_untold(left_out: pl.DataFrame) -> Outcome:
    """Outcome for the exported lines that no file for a supplier could hold, and why."""
    return SUPPLIERS_TOLD.found(left_out, f"{len(left_out)} lines stand in no file of a supplier")


def judge_capacity(use: pl.DataFrame) -> Outcome:
    """Outcome for `CapacityUse` rows: weeks in which more is asked for than can be delivered."""
    beyond = use.filter(pl.col("beyond_units") > 0)
    return WITHIN_CAPACITY.found(
        beyond, f"{len(beyond)} weeks ask for {beyond['beyond_units'].sum()} units beyond capacity"
    )
