"""What is due to suppliers by week ahead: for goods that came, are to come, and are proposed."""

import datetime as dt

import polars as pl

from optimization.finance.expected import change_lines, read_lines
from optimization.frames import cast_to_contract
from quality_checks.contracts import (
    CashAhead,
    CostedItems,
    PaymentTerms,
    ReceivedLines,
    find_frame,
)

_KEY = ["week", "supplier", "department"]
_EXPECTED = ["under_way", "on_order"]
_WEEK = 7


def list_payments(  # noqa: PLR0913  # what came, what will, what is asked for, and the terms
    receipts: pl.DataFrame,
    lines: pl.DataFrame,
    actions: pl.DataFrame,
    items: pl.DataFrame,
    terms: pl.DataFrame,
    *,
    as_of: dt.date,
    payment_days: int,
) -> pl.DataFrame:
    """List what is due to each supplier in each week, with tonight's plan and without.

    Goods are due the supplier's days after they come, at the price of their order. What would have
    been due by the business date is taken to be paid; what tonight's plan makes due by then is due
    on the next day.

    Args:
        receipts: frame `received_lines`.
        lines: frame `expected_lines`; goods of our own nodes are left out.
        actions: frame `supplier_actions`.
        items: frame `costed_items`.
        terms: frame `payment_terms`.
        as_of: business date.
        payment_days: days from delivery to payment with a supplier that states none.

    Returns:
        The columns of the contract CashAhead but business_date, sorted by key; weeks without a
        payment have no row.

    Raises:
        ValueError: a frame breaks its contract.
    """
    agreed = (
        find_frame(PaymentTerms)
        .read(terms)
        .with_columns(
            terms_assumed=pl.col("payment_days").is_null(),
            payment_days=pl.col("payment_days").fill_null(payment_days),
        )
    )
    came = (
        find_frame(ReceivedLines)
        .read(receipts)
        .select(
            "sku",
            "supplier",
            "units",
            "unit_price",
            due_on="received_on",
            fee=pl.lit(0.0),
            stage=pl.lit("received"),
        )
    )
    ordered = read_lines(lines).filter(pl.col("supplier").is_not_null())
    unpaid = _date(ordered, agreed).filter(pl.col("paid_on") > as_of).select(ordered.columns)
    due = _date(came, agreed).filter(pl.col("paid_on") > as_of)
    then = change_lines(unpaid, actions)
    dated = pl.concat(
        [
            due.with_columns(then=pl.lit(value=True), as_is=pl.lit(value=True)),
            _date(unpaid, agreed).with_columns(then=pl.lit(value=False), as_is=pl.lit(value=True)),
            _date(then, agreed).with_columns(then=pl.lit(value=True), as_is=pl.lit(value=False)),
        ],
        how="diagonal",
    )
    return _sum_weeks(dated, find_frame(CostedItems).read(items), as_of)


def _date(lines: pl.DataFrame, agreed: pl.DataFrame) -> pl.DataFrame:
    """Lines with the terms of their supplier and the day on which they are due for payment."""
    return lines.join(agreed, on="supplier", how="inner", maintain_order="left").with_columns(
        paid_on=pl.col("due_on") + pl.duration(days=pl.col("payment_days"))
    )


def _sum_weeks(dated: pl.DataFrame, items: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Payments by week, supplier and department: what they are for, as is and with the plan."""
    amount = pl.col("units") * pl.col("unit_price")
    as_is = {name: amount.filter("as_is", stage=name).sum() for name in ("received", *_EXPECTED)}
    expected = pl.col("stage").is_in(_EXPECTED)
    then = amount.filter(pl.col("then"), expected).sum()
    before = amount.filter(pl.col("as_is"), expected).sum()
    day = (pl.col("paid_on") - pl.lit(as_of)).dt.total_days().clip(lower_bound=1)
    week = pl.col("week")
    return cast_to_contract(
        dated.join(items, on="sku", maintain_order="left")
        .with_columns(week=(day + _WEEK - 1) // _WEEK)
        .group_by(_KEY, maintain_order=True)
        .agg(
            pl.col("currency", "payment_days", "terms_assumed").first(),
            changed=then - before,
            proposed=amount.filter(pl.col("stage") == "proposed").sum(),
            fees=pl.col("fee").sum(),
            **as_is,
        )
        .with_columns(pl.col(*as_is, "changed", "proposed", "fees").round(2))
        .with_columns(
            ends_on=pl.lit(as_of) + pl.duration(days=_WEEK * week),
            due_as_is=pl.sum_horizontal(*as_is).round(2),
        )
        .with_columns(
            due_with_proposals=pl.sum_horizontal("due_as_is", "changed", "proposed", "fees")
            .round(2)
            .clip(lower_bound=0)
        ),
        CashAhead,
    )
