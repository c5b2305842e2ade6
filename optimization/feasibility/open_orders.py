"""Whether what is asked about open order lines can be asked, and is worth what it says."""

import datetime as dt

import polars as pl

from optimization.feasibility.findings import CENT, ROUNDING, collect, report
from quality_checks.contracts import OpenOrderLines, OpenOrderRules, find_frame

_KEY = ("po", "po_line")
_SOONER, _LATER, _FEWER = ("pull_in", "expedite"), ("push_out",), ("cut", "cancel")


def find_line_action_problems(
    actions: pl.DataFrame, lines: pl.DataFrame, rules: OpenOrderRules, *, as_of: dt.date
) -> pl.DataFrame:
    """Find what suppliers cannot be asked for, and actions that gain less than policy asks.

    Args:
        actions: the columns of ChangePlan; of ExpeditePlan with form `expedite` and no rest_on.
        lines: frame `open_order_lines`.
        rules: what may be changed.
        as_of: business date.

    Returns:
        Frame `plan_problems`.
    """
    known = (
        find_frame(OpenOrderLines)
        .read(lines)
        .filter(document_kind="purchase_order")
        .select(
            "changeable",
            "order_multiple",
            "minimum_order_quantity",
            "expedite_fee",
            "expedite_days_saved",
            refuses="refusal_chance",
            po="document",
            po_line="line",
            there=pl.col("units"),
            line_supplier="supplier",
        )
    )
    rows = actions.join(known, on=list(_KEY), how="left")
    found = rows.filter(pl.col("there").is_not_null())
    form = pl.col("form")
    part = form == "split"
    moved = (pl.col("due_on") - pl.col("stated_on")).dt.total_days()
    free = pl.lit(as_of) + pl.duration(days=1 + rules.frozen_days)
    sooner, later, fewer = (form.is_in(forms) for forms in (_SOONER, _LATER, _FEWER))
    expedite = form == "expedite"
    most = (
        pl.when(expedite)
        .then("expedite_days_saved")
        .when(sooner | (part & (moved < 0)))
        .then(rules.most_pull_in_days)
        .when(later | part)
        .then(rules.most_push_out_days)
        .otherwise(0)
    )
    left = pl.col("there") - pl.when(fewer).then("quantity").otherwise(0)
    small = (left > 0) & (left < pl.col("minimum_order_quantity"))
    rest = pl.col("there") - pl.col("quantity")
    small_part = part & (
        (pl.min_horizontal("quantity", rest) < pl.col("minimum_order_quantity").clip(lower_bound=1))
        | (pl.col("quantity") % pl.col("order_multiple") != 0)
    )
    fee = (
        pl.when(expedite)
        .then("expedite_fee")
        .otherwise(pl.when(part).then(2.0).otherwise(1.0) * rules.change_fee)
    )
    benefit = (
        pl.col("margin_kept") - pl.col("margin_given_up") - pl.col("holding_cost") - pl.col("fee")
    )
    said = (pl.col("lost_as_is") - pl.col("lost_then")) * pl.col("underage_cost")
    kept = pl.col("margin_kept") - pl.col("margin_given_up")
    first = pl.lit(as_of + dt.timedelta(days=1))
    # What is late already is sped up to the next day at best.
    too_late = expedite & (pl.col("due_on") > pl.max_horizontal("stated_on", first))
    backwards = (sooner & ~expedite & (moved > 0)) | (later & (moved < 0)) | (fewer & (moved != 0))
    beyond = pl.when(expedite).then(-moved > most).otherwise(moved.abs() > most)
    held = pl.col("holding_then") - pl.col("holding_as_is") - pl.col("holding_cost")
    return collect(
        report(actions.filter(pl.struct(_KEY).is_duplicated()), _KEY, {
            "duplicate": (pl.lit(value=True), pl.lit("once"), pl.lit("more than once")),
        }),
        report(rows, _KEY, {
            "unknown_line": (
                pl.col("there").is_null() | (pl.col("supplier") != pl.col("line_supplier")),
                pl.lit("an open line of this supplier"), pl.lit("none"),
            ),
        }),
        report(found, _KEY, {
            "not_changeable": (~pl.col("changeable"), pl.lit("an unshipped line"), "form"),
            "frozen": (
                ~expedite & (pl.col("stated_on") < free), pl.format("from {}", free), "stated_on",
            ),
            "moved_too_far": (
                backwards | too_late | beyond, pl.format("at most {} days", most), moved,
            ),
            "too_soon": (
                pl.col("due_on") <= pl.lit(as_of), pl.format("after {}", pl.lit(as_of)), "due_on",
            ),
            "units_of_line": (
                ~pl.col("quantity").is_between(1, pl.col("there"))
                | (~fewer & ~part & (pl.col("quantity") != pl.col("there")))
                | ((form == "cancel") != (fewer & (left == 0))),
                pl.format("of {} units", "there"), "quantity",
            ),
            "minimum_order_quantity": (
                small & (pl.col("there") >= pl.col("minimum_order_quantity")),
                pl.format("at least {} left", "minimum_order_quantity"), left,
            ),
            "part_of_line": (
                small_part, pl.format("parts of at least {} each", "minimum_order_quantity"),
                pl.format("{} and {}", "quantity", rest),
            ),
            "rest_of_line": (
                (part & (pl.col("rest_on").is_null() | (pl.col("rest_on") != pl.col("stated_on"))))
                | (~part & pl.col("rest_on").is_not_null()),
                pl.when(part).then("stated_on"), "rest_on",
            ),
            "stated_refusal": (
                ((pl.col("refusal_chance") - pl.col("refuses")).abs() > ROUNDING)
                | (pl.col("gain_chance") > 1 - pl.col("refuses") + ROUNDING),
                "refuses", "refusal_chance",
            ),
            "stated_fee": ((pl.col("fee") - fee).abs() >= CENT, fee, "fee"),
            "stated_benefit": (
                ((said - kept).abs() >= CENT) | (held.abs() >= CENT), said, kept,
            ),
            "least_gain": (
                benefit <= rules.least_change_gain,
                pl.format("above {}", pl.lit(rules.least_change_gain)), benefit,
            ),
        }),
    )  # fmt: skip
