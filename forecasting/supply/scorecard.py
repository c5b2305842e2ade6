"""What a buyer puts before a supplier: figures of its order lines, their trend, and its peers'."""

import polars as pl

from forecasting.distribution import aggregate_groups
from quality_checks.contracts import (
    FIGURES,
    UNSETTLED,
    ScorecardLines,
    find_contract,
)

SURE = 2.6
"""Standard errors beyond which a change is no chance: one in a hundred of those that are."""

MOST_OPEN = 0.1
"""Share of a period's lines that may still be open where a figure that these can change is compared
with another period: the oldest lines have had the longest to come."""

LEAST_PEERS = 3
"""Other suppliers that a median is told of: that of fewer would give away another's figure."""

_BLAMELESS = ("lead_time", "lead_time_spread")
"""Figures that no line keeps from its best by itself."""

_KEY = ["supplier", "figure"]
_PERIODS = ("all", "recent", "before")
_OF_PEERS = ("peers", "peer_median", "peer_rank")
_PACK = pl.col("case_pack")
_ORDERED = pl.col("ordered_units") / _PACK
_USUALLY_OFF = (
    pl.when(pl.col("days_off").count().over("supplier", "period") > 1)
    .then(pl.col("days_off").mean().over("supplier", "period"))
    .otherwise(None)
)
_ONE = pl.lit(1.0)
_BEST = pl.when(pl.col("figure").replace_strict(FIGURES) == "higher").then("whole").otherwise(0.0)

# Bounded by `clip`, which leaves a missing number missing.
_MADE_OF = {
    "otif": (pl.col("in_time_units").clip(upper_bound="ordered_units") / _PACK, _ORDERED),
    "fill_rate": (pl.col("delivered_units").clip(upper_bound="ordered_units") / _PACK, _ORDERED),
    "on_time_share": (pl.col("timing") == "on_time", _ONE),
    "early_share": (pl.col("timing") == "early", _ONE),
    "late_share": (pl.col("timing") == "late", _ONE),
    "lead_time": (pl.col("lead_days"), _ONE),
    "lead_time_spread": ((pl.col("days_off") - _USUALLY_OFF).abs(), _ONE),
    "confirmation_slip": (pl.col("confirmation_slip").clip(0), _ONE),
    "estimate_slip": (pl.col("estimate_slip").clip(0), _ONE),
    "rejected_share": (pl.col("rejected_units"), pl.col("booked_units")),
    "returned_share": (pl.col("returned_units"), pl.col("delivered_units")),
    "defect_share": (pl.col("defective_units"), pl.col("delivered_units")),
}
"""Figure -> what of a line is added up, and of what that is a share; one without it counts not."""


def measure_suppliers(lines: pl.DataFrame, *, least_lines: int, least_orders: int) -> pl.DataFrame:
    """Measure every supplier of some order lines by each figure, with its trend and its peers'.

    A figure is the sum of a part over the sum of a whole: cases in time over cases ordered, days
    over lines. A share counts each case once, so that units beyond the order make up for none that
    lack, and days behind are not made up for by days ahead. The spread of lead times is taken about
    what is usual of the supplier against the days asked, since the days asked are the retailer's
    choice. Lines of an order come together, so the standard error of a figure takes an order for
    one draw (Cochran 1977, Sampling Techniques, 3rd ed., chapter 9A); a change of more than `SURE`
    of them is a trend.

    Args:
        lines: rows of the contract ScorecardLines.
        least_lines: fewest lines behind a figure that is compared.
        least_orders: fewest orders that these are of.

    Returns:
        The columns of the contract ScorecardFigures but business_date, a row a supplier and figure.
    """
    periods = _cut_periods(lines)
    found = (
        pl.concat([_add_up(_list_parts(periods, figure)) for figure in _MADE_OF])
        .join(_share_open(periods), on=["supplier", "period"], maintain_order="left")
        .with_columns(
            enough=(pl.col("lines") >= least_lines) & (pl.col("orders") >= least_orders),
            settled=~pl.col("figure").is_in(UNSETTLED) | (pl.col("open_share") <= MOST_OPEN),
        )
    )
    suppliers = lines.select(pl.col("supplier").unique().sort())
    figures = pl.DataFrame({"figure": [*FIGURES], "better": [*FIGURES.values()]})
    wide = suppliers.join(figures, how="cross")
    for period in _PERIODS:
        of_period = found.filter(period=period).drop("period", "open_share")
        names = {name: f"{name}_{period}" for name in of_period.columns if name not in _KEY}
        wide = wide.join(of_period.rename(names), on=_KEY, how="left", maintain_order="left")
    compared = wide.with_columns(_judge_change())
    return (
        compared.join(_compare_peers(compared), on=_KEY, how="left", maintain_order="left")
        .select(*_KEY, "better", *_name_columns(), "change_error", "trend", *_OF_PEERS)
        .sort(_KEY)
    )


def list_lines_against(lines: pl.DataFrame) -> pl.DataFrame:
    """List the order lines that keep each figure from its best.

    Args:
        lines: rows of the contract ScorecardLines.

    Returns:
        supplier, figure, po, line, sorted; of figures of which no line is to blame by itself, none.
    """
    periods = _cut_periods(lines)
    blamed = [
        _list_parts(periods, figure).filter(pl.col("period") == "all", pl.col("part") != _BEST)
        for figure in FIGURES
        if figure not in _BLAMELESS
    ]
    return pl.concat(blamed).select(*_KEY, "po", "line").sort(*_KEY, "po", "line")


def _name_columns() -> list[pl.Expr]:
    """What is made of each period, under the names of the contract; no lines are none."""
    counts = [
        pl.col(f"{name}_{period}").fill_null(0).alias(said)
        for period in _PERIODS
        for name in ("lines", "orders")
        for said in (name if period == "all" else f"{period}_{name}",)
    ]
    blamed = pl.when(~pl.col("figure").is_in(_BLAMELESS)).then(pl.col("against_all").fill_null(0))
    values = [pl.col(f"value_{period}").alias(period) for period in ("recent", "before")]
    return [pl.col("value_all").alias("overall"), *values, *counts, blamed.alias("lines_against")]


def _cut_periods(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that count: those of all days, then those of the two periods once more."""
    counted = lines.filter(pl.col("left_out").is_null()).sort(find_contract(ScorecardLines).key)
    in_all = counted.with_columns(period=pl.lit("all"))
    return pl.concat([in_all, counted.filter(pl.col("period").is_not_null())]).rechunk()


def _share_open(periods: pl.DataFrame) -> pl.DataFrame:
    """Share of the lines of each supplier and period of which goods are still to come."""
    return periods.group_by("supplier", "period", maintain_order=True).agg(
        open_share=pl.col("still_open").mean()
    )


def _list_parts(periods: pl.DataFrame, figure: str) -> pl.DataFrame:
    """What each line adds to a figure: supplier, period, po, line, figure, part, whole."""
    part, whole = _MADE_OF[figure]
    return periods.select(
        "supplier",
        "period",
        "po",
        "line",
        figure=pl.lit(figure),
        part=part.cast(pl.Float64),
        whole=whole.cast(pl.Float64),
    ).filter(pl.col("part").is_not_null(), pl.col("whole") > 0)


def _add_up(parts: pl.DataFrame) -> pl.DataFrame:
    """A figure by supplier and period, with its lines, orders and variance."""
    groups = [*_KEY, "period"]
    part, whole = pl.col("part"), pl.col("whole")
    summed = aggregate_groups(
        parts,
        groups,
        value=part.sum() / whole.sum(),
        in_all=whole.sum(),
        lines=pl.len().cast(pl.Int64),
        orders=pl.col("po").n_unique().cast(pl.Int64),
        against=(part != _BEST).sum().cast(pl.Int64),
    )
    off = part - pl.col("value") * whole
    by_order = aggregate_groups(
        parts.join(summed, on=groups, maintain_order="left"), [*groups, "po"], off=off.sum()
    )
    squares = aggregate_groups(by_order, groups, squares=pl.col("off").pow(2).sum())
    spread = pl.col("squares") / pl.col("in_all").pow(2)
    draws = pl.col("orders") / (pl.col("orders") - 1)
    return (
        summed.join(squares, on=groups, maintain_order="left")
        .with_columns(variance=pl.when(pl.col("orders") > 1).then(spread * draws))
        .drop("squares", "in_all")
    )


def _judge_change() -> list[pl.Expr]:
    """Error of the change and the trend, where both periods have enough lines and orders."""
    enough = pl.all_horizontal(
        f"{name}_{period}" for name in ("enough", "settled") for period in ("recent", "before")
    )
    change = pl.col("value_recent") - pl.col("value_before")
    error = (pl.col("variance_recent") + pl.col("variance_before")).sqrt()
    gain = pl.when(pl.col("better") == "higher").then(change).otherwise(-change)
    trend = (
        pl.when(~enough)
        .then(None)
        .when(gain > SURE * error)
        .then(pl.lit("better"))
        .when(gain < -SURE * error)
        .then(pl.lit("worse"))
        .when(enough)
        .then(pl.lit("steady"))
    )
    return [pl.when(enough).then(error).alias("change_error"), trend.alias("trend")]


def _compare_peers(measured: pl.DataFrame) -> pl.DataFrame:
    """Peers of each supplier by figure: how many, their median, and its place among them."""
    compared = measured.filter("enough_all").select(*_KEY, peer="supplier", theirs="value_all")
    others = (
        measured.select(_KEY)
        .join(compared.drop("supplier"), on="figure", how="left")
        .filter(pl.col("peer").is_null() | (pl.col("peer") != pl.col("supplier")))
        .group_by(_KEY, maintain_order=True)
        .agg(peers=pl.col("peer").count().cast(pl.Int64), peer_median=pl.col("theirs").median())
    )
    worth = pl.when(pl.col("better") == "higher").then(-pl.col("value_all")).otherwise("value_all")
    places = measured.filter("enough_all").select(
        *_KEY, peer_rank=worth.rank("min").over("figure").cast(pl.Int64)
    )
    return (
        measured.select(_KEY)
        .join(others, on=_KEY, how="left", maintain_order="left")
        .join(places, on=_KEY, how="left", maintain_order="left")
        .with_columns(
            pl.col("peers").fill_null(0),
            pl.when(pl.col("peers") >= LEAST_PEERS).then("peer_median").alias("peer_median"),
        )
    )
