"""Checks of substitutes for lines of customers' orders."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

ACCEPTANCE_KNOWN = Check(
    "acceptance_known",
    "Customers' answers say how surely each substitute that is offered or sent is taken.",
    remedy="Send what customers answered as substitution_outcomes, with the unit_price that they "
    "were asked; until then the chances are those of `prior_acceptance` in planning.yaml, and fall "
    "with the price by its `prior_price_slope`.",
)
SUBSTITUTES_SUFFICE = Check(
    "substitutes_suffice",
    "Every line that no node serves in time has an item that may be sent in its place.",
    remedy="Name some in substitutes, or widen `price_band` of substitution in planning.yaml.",
)


def judge_acceptance(plan: pl.DataFrame) -> Outcome:
    """Outcome for `SubstitutionPlan`: such as no customer ever told of, or of no higher price."""
    dearer = pl.col("chance") < pl.col("equal_chance")
    silent = plan.filter((pl.col("like_answers") == 0) | dearer & (pl.col("dearer_answers") == 0))
    named = silent.select("order_id", "order_line", "ordered_sku", "sku", "closeness", "chance")
    return ACCEPTANCE_KNOWN.found(named, f"of {len(named)} substitutes the chance is assumed")


def judge_substitutes(lines: pl.DataFrame, options: pl.DataFrame) -> Outcome:
    """Outcome for lines that no node serves in time, and the substitutes considered for them.

    Args:
        lines: order_id, line, sku, quantity, promised_on.
        options: order_id, line.
    """
    without = lines.join(options, on=["order_id", "line"], how="anti").sort("order_id", "line")
    named = without.select("order_id", "line", "sku", "quantity", "promised_on")
    return SUBSTITUTES_SUFFICE.found(named, f"for {len(named)} lines there is no substitute")
