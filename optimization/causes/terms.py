"""The terms by which a stock differs from what the plan of an earlier night expected.

Let N be the units there less the demand since that was not served, and O the order-up-to level of a
night whose goods are there by now. Had the plan brought the inventory position to O, every
document kept its day and its units, customers asked for the forecast F, and nothing else moved, N
would be O less what is due later, less F: net stock a lead time later is the position after
ordering less the demand of the lead time (Zipkin, Foundations of Inventory Management, 2000,
chapter 6). What is different is a sum over the books, in which no two terms interact:

    N - expected = - need not served - goods late, short, not released or shipped + goods besides
                   - demand above forecast - transfers out + returns above usual
                   + corrections - damage - reservations + what no booking explains.

Where what the night ordered is not due yet, the expectation is what was there and due by documents.
"""

import polars as pl

from optimization.causes.demand import split_demand

_NEED = "need"

_SMALLEST = 1e-9
"""Units below which a term is none but a rounding."""


def find_terms(stocks: pl.DataFrame, days: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Find what each stock was expected to be, what it is, and every term between the two.

    Args:
        stocks: frame `explained_stocks`.
        days: frame `explained_days`.
        lines: frame `explained_lines`.

    Returns:
        stock, expected, observed, cause, units; sorted by stock and cause. A stock without any
        term has the cause `as_planned` of no units.
    """
    known = _join_sums(stocks, days, lines).with_columns(_need()).with_columns(_expectation())
    booked = _sum_terms(known)
    demand = split_demand(days).with_columns(units=-pl.col("units"))
    terms = (
        pl.concat([booked, demand.select(booked.columns)])
        .group_by("stock", "cause", maintain_order=True)
        .agg(pl.col("units").sum())
        .filter(pl.col("units").abs() > _SMALLEST)
        .sort("stock", "cause")
    )
    return (
        known.select("stock", "expected", "observed")
        .join(terms, on="stock", how="left", maintain_order="left_right")
        .with_columns(pl.col("cause").fill_null("as_planned"), pl.col("units").fill_null(0.0))
    )


def _join_sums(stocks: pl.DataFrame, days: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Stocks with the sums of their days and of their lines."""
    unknown = pl.col("demand").is_null()
    demand = days.group_by("stock", maintain_order=True).agg(
        pl.col("forecast").sum(),
        unknown_forecast=pl.col("forecast").filter(unknown).sum(),
        lost=(pl.col("demand") - pl.col("sales")).sum(),
        counted_sales=pl.col("sales").sum(),
    )
    missing = pl.col("units") - pl.col("arrived")
    own = pl.col("arrived").is_null()
    promised = lines.group_by("stock", maintain_order=True).agg(
        promised=pl.col("units").filter(~own).sum(),
        announced=pl.col("units").filter(own).sum(),
        line_arrived=pl.col("arrived").sum(),
        late=missing.filter(pl.col("still_open")).clip(lower_bound=0).sum(),
        short=missing.filter(~pl.col("still_open")).clip(lower_bound=0).sum(),
        beyond=(-missing).clip(lower_bound=0).sum(),
    )
    return (
        stocks.join(demand, on="stock", how="left", maintain_order="left")
        .join(promised, on="stock", how="left", maintain_order="left")
        .with_columns(pl.col(*demand.columns[1:], *promised.columns[1:]).fill_null(0))
    )


def _need() -> list[pl.Expr]:
    """What the night wanted and did not send, what it had above its level, and what it sent."""
    gap = pl.col("order_up_to") - pl.col("inventory_position") - pl.col("planned")
    due = pl.col("goods_due")
    return [
        pl.when(due).then(gap.clip(lower_bound=0)).otherwise(0).fill_null(0).alias(_NEED),
        pl.when(due).then((-gap).clip(lower_bound=0)).otherwise(0).fill_null(0).alias("surplus"),
        pl.when(due).then(pl.col("planned")).otherwise(0).alias("planned_due"),
        pl.when(due).then(pl.min_horizontal("planned", "released")).otherwise(0).alias("sent_due"),
        (pl.col("arrived") - pl.col("line_arrived")).alias("undocumented"),
    ]


def _expectation() -> list[pl.Expr]:
    expected = (
        pl.col("opening")
        + pl.col("promised")
        + pl.col("announced")
        + pl.col("planned_due")
        + pl.col(_NEED)
        - pl.col("surplus")
        - pl.col("forecast")
        + pl.col("returns_expected")
    )
    return [expected.alias("expected"), (pl.col("closing") - pl.col("lost")).alias("observed")]


def _sum_terms(known: pl.DataFrame) -> pl.DataFrame:
    """stock, cause, units of all terms but those of demand."""
    awaited = pl.col("announced") + pl.col("sent_due")
    beside = pl.col("undocumented") - awaited
    cut = pl.when("echelon").then(pl.lit("order_cut")).otherwise(pl.lit("allocation_cut"))
    unbooked = (
        pl.col("closing")
        - pl.col("opening")
        - pl.col("arrived")
        + pl.col("sold")
        + pl.col("sent_away")
        - pl.sum_horizontal("returned", "counted", "adjusted")
        + pl.col("damaged")
        + pl.col("reserved")
    )
    hidden = pl.col("unknown_forecast") != 0
    terms = {
        "above_level": pl.col("surplus"),
        "late_receipt": -pl.col("late"),
        "short_receipt": -pl.col("short"),
        "not_released": pl.col("sent_due") - pl.col("planned_due"),
        "not_shipped": beside.clip(upper_bound=0),
        "extra_supply": pl.col("beyond") + beside.clip(lower_bound=0),
        "bulk_sale": pl.col("counted_sales") - pl.col("credited"),
        "other_nodes": pl.col("credited") - pl.col("sold"),
        "transfer_out": -pl.col("sent_away"),
        "returns": pl.col("returned") - pl.col("returns_expected"),
        "count_correction": pl.col("counted"),
        "adjustment": pl.col("adjusted"),
        "damage": -pl.col("damaged"),
        "reserved": -pl.col("reserved"),
        "unbooked": pl.when(hidden).then(0).otherwise(unbooked),
        "sales_unknown": pl.when(hidden).then(unbooked + pl.col("unknown_forecast")).otherwise(0),
    }
    rows = known.select("stock", **{name: units.cast(pl.Float64) for name, units in terms.items()})
    cuts = known.select("stock", cause=cut, units=-pl.col(_NEED).cast(pl.Float64))
    return pl.concat([cuts, rows.unpivot(index="stock", variable_name="cause", value_name="units")])
