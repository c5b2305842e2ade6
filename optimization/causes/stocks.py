"""Why the stock of item-locations is not what an earlier plan expected, in words and shares."""

import polars as pl

from optimization.causes.terms import find_terms
from optimization.causes.words import describe_causes
from optimization.frames import cast_to_contract
from quality_checks.contracts import (
    ExplainedDays,
    ExplainedLines,
    ExplainedStocks,
    StockCauses,
    find_frame,
)


def explain_stocks(stocks: pl.DataFrame, days: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Explain the stock of item-locations by what differs from the plan of an earlier night.

    See `terms` for the sum that this is. What a DC did not serve as it had too little itself is
    passed on to what took the DC's stock off, in the shares of that.

    Args:
        stocks: frame `explained_stocks`.
        days: frame `explained_days`.
        lines: frame `explained_lines`.

    Returns:
        The columns of the contract StockCauses without business_date, sorted by key. Terms whose
        cause and place are the same are one; `expected` and the units of a stock sum to `observed`.
        One that nothing differs of has the cause `as_planned` of no units.
    """
    stocks = find_frame(ExplainedStocks).read(stocks)
    days, lines = find_frame(ExplainedDays).read(days), find_frame(ExplainedLines).read(lines)
    terms = find_terms(stocks, days, lines).join(
        stocks.select("stock", "upstream", place="location"), on="stock", maintain_order="left"
    )
    passed = _pass_upstream(terms)
    summed = passed.group_by(
        "stock", "expected", "observed", "cause", "place", "of_stock", maintain_order=True
    ).agg(pl.col("units").sum())
    named = (
        stocks.filter("asked")
        .select("stock", "sku", "location", "since")
        .join(summed, on="stock", maintain_order="left_right")
    )
    told = describe_causes(named.with_columns(_share()), stocks, lines)
    return cast_to_contract(told, StockCauses)


def _pass_upstream(terms: pl.DataFrame) -> pl.DataFrame:
    """Terms with `of_stock`, at which they came about, and cuts passed on to the stock upstream."""
    taken = terms.filter(pl.col("units") < 0).select(
        upstream="stock",
        of_stock="stock",
        of_cause="cause",
        of_place="place",
        part=pl.col("units") / pl.col("units").sum().over("stock"),
    )
    is_cut = pl.col("cause") == "allocation_cut"
    passed = terms.filter(is_cut).join(taken, on="upstream", maintain_order="left_right")
    goes_on = is_cut & pl.col("upstream").is_in(taken["upstream"].implode()).fill_null(value=False)
    own = terms.filter(~goes_on)
    columns = ["stock", "expected", "observed", "cause", "place", "units", "of_stock"]
    return pl.concat(
        [
            own.with_columns(of_stock="stock").select(columns),
            passed.select(
                "stock",
                "expected",
                "observed",
                cause="of_cause",
                place="of_place",
                units=pl.col("units") * pl.col("part"),
                of_stock="of_stock",
            ),
        ]
    )


def _share() -> pl.Expr:
    """Share of the units of the same sign of the stock; all where nothing differs."""
    whole = pl.col("units").sum().over("stock", pl.col("units") > 0)
    return pl.when(whole != 0).then(pl.col("units") / whole).otherwise(1.0).alias("share")
