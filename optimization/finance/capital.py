"""Working capital by week ahead: stock, goods under way, orders, and what tonight proposes."""

import datetime as dt
from math import ceil

import polars as pl

from optimization.finance.expected import change_lines, read_lines
from optimization.finance.pools import project_pools
from optimization.frames import cast_to_contract
from quality_checks.contracts import (
    CAPITAL_PLANS,
    CostedItems,
    StockedPairs,
    WorkingCapital,
    find_frame,
)

_STAGES = ["under_way", "on_order", "proposed"]
_COUNTED = ["stock", *_STAGES, "received", "sold"]
_SUMS = [f"{name}_{unit}" for name in _COUNTED for unit in ("units", "value")]
_WEEK = 7


def project_capital(  # noqa: PLR0913  # what is held, wanted, coming, asked for, and the days
    pairs: pl.DataFrame,
    items: pl.DataFrame,
    demand: pl.DataFrame,
    lines: pl.DataFrame,
    actions: pl.DataFrame,
    *,
    business_date: dt.date,
    days: int,
) -> pl.DataFrame:
    """Project what stock and orders tie up, by week and department.

    Stock that is promised or damaged stays as it is, and goods for places whose stock is unknown
    are held once they come: nothing says when either leaves.

    Args:
        pairs: frame `stocked_pairs`.
        items: frame `costed_items`.
        demand: frame `daily_demand` of the nodes of pairs, as `sum_pool_demand` gives it.
        lines: frame `expected_lines`.
        actions: frame `supplier_actions`.
        business_date: the day that closed.
        days: days ahead, at least 1.

    Returns:
        The columns of the contract WorkingCapital but business_date, sorted by key; money in
        cents, units in thousandths.

    Raises:
        ValueError: a frame breaks its contract.
    """
    held = find_frame(StockedPairs).read(pairs)
    costed = find_frame(CostedItems).read(items)
    known = held.filter(pl.col("on_hand").is_not_null())
    as_is = read_lines(lines)
    weeks = _list_weeks(business_date, days)
    first_day = business_date + dt.timedelta(days=1)
    parts = []
    for plan, coming in zip(CAPITAL_PLANS, (as_is, change_lines(as_is, actions)), strict=True):
        daily = project_pools(known, demand, coming, first_day=first_day, days=days)
        counted = pl.concat(
            [
                _count_coming(coming, weeks),
                _count_kept(known, coming, weeks),
                _count_pools(daily, known, weeks),
            ],
            how="diagonal",
        )
        parts.append(_value(counted, costed).with_columns(plan=pl.lit(plan)))
    unknown = (
        held.filter(pl.col("on_hand").is_null())
        .join(costed, on="sku", maintain_order="left")
        .group_by("department", maintain_order=True)
        .agg(unknown_pairs=pl.len())
    )
    stages = pl.sum_horizontal(f"{name}_value" for name in ("stock", *_STAGES))
    found = (
        pl.concat(parts)
        .join(weeks, on="week", maintain_order="left")
        .join(unknown, on="department", how="left", maintain_order="left")
        .with_columns(
            pl.col("unknown_pairs").fill_null(0),
            # Stock is a difference of sums, and below 0 by no more than their rounding.
            *(
                pl.col(f"{name}_{unit}").round(places).clip(lower_bound=0)
                for name in _COUNTED
                for unit, places in (("units", 3), ("value", 2))
            ),
        )
    )
    return cast_to_contract(found.with_columns(exposure_value=stages.round(2)), WorkingCapital)


def _list_weeks(business_date: dt.date, days: int) -> pl.DataFrame:
    """week, ends_on: tonight, and every week ahead; the last one ends with the days."""
    number = range(ceil(days / _WEEK) + 1)
    ends = [business_date + dt.timedelta(days=min(_WEEK * week, days)) for week in number]
    return pl.DataFrame(
        {"week": list(number), "ends_on": ends}, schema={"week": pl.Int64, "ends_on": pl.Date}
    )


def _count_coming(lines: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """sku, week, units by stage still to come at its end, and received_units in it."""
    begins = pl.col("ends_on").shift(1)
    each = lines.join(weeks.with_columns(begins=begins), how="cross", maintain_order="left")
    ahead = pl.col("due_on") > pl.col("ends_on")
    inside = ~ahead & (pl.col("due_on") > pl.col("begins"))
    units = pl.col("units").cast(pl.Float64)
    return each.group_by("sku", "week", maintain_order=True).agg(
        *(
            units.filter(ahead & (pl.col("stage") == stage)).sum().alias(f"{stage}_units")
            for stage in _STAGES
        ),
        received_units=units.filter(inside).sum(),
    )


def _count_kept(known: pl.DataFrame, lines: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """sku, week, stock_units that no forecast sells: promised, damaged, or of unknown places."""
    kept = known.select(
        "sku",
        units=pl.col("on_hand") - pl.col("sellable"),
        since=pl.lit(weeks["ends_on"][0]),
    )
    elsewhere = lines.join(known, on=["sku", "location"], how="anti", maintain_order="left")
    return (
        pl.concat([kept, elsewhere.select("sku", "units", since="due_on")])
        .join(weeks, how="cross", maintain_order="left")
        .filter(pl.col("since") <= pl.col("ends_on"))
        .group_by("sku", "week", maintain_order=True)
        .agg(stock_units=pl.col("units").cast(pl.Float64).sum())
    )


def _count_pools(daily: pl.DataFrame, known: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """sku, week, stock_units that echelons hold at its end, and sold_units that left in it.

    Where customers wait, an echelon that owes units holds none, and they leave when goods come.
    """
    tonight = known.group_by("sku", maintain_order=True).agg(
        week=pl.lit(0, pl.Int64), stock_units=pl.col("sellable").cast(pl.Float64).sum()
    )
    since = (pl.col("day") - pl.lit(weeks["ends_on"][0])).dt.total_days()
    ends = pl.col("day").is_in(weeks["ends_on"].implode())
    served = pl.col("closing").clip(upper_bound=0) - pl.col("opening").clip(upper_bound=0)
    ahead = (
        daily.with_columns(week=(since + _WEEK - 1) // _WEEK)
        .group_by("sku", "week", maintain_order=True)
        .agg(
            stock_units=pl.col("closing").clip(lower_bound=0).filter(ends).sum(),
            sold_units=(pl.col("demand") - pl.col("lost") + served).sum(),
        )
    )
    return pl.concat([tonight, ahead], how="diagonal")


def _value(counted: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The units of items, and their value at landed cost, by week and department."""
    units = [f"{name}_units" for name in _COUNTED]
    values = [
        (pl.col(f"{name}_units") * pl.col("unit_cost")).alias(f"{name}_value") for name in _COUNTED
    ]
    return (
        counted.join(items, on="sku", how="left", maintain_order="left")
        .with_columns(pl.col(units).fill_null(0.0))
        .with_columns(values)
        .group_by("week", "department", maintain_order=True)
        .agg(pl.col("currency").first(), pl.col(_SUMS).sum())
    )
