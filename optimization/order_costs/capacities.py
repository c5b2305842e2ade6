"""What nodes can still ship on the days ahead."""

import datetime as dt

import polars as pl

from quality_checks.contracts import StayingLines, find_frame


def net_capacities(
    stated: pl.DataFrame, staying: pl.DataFrame, *, first_day: dt.date, days: int
) -> pl.DataFrame:
    """List what nodes can ship on the first days, less the lines that they have already.

    Args:
        stated: the columns of the contract NodeCapacities.
        staying: frame `staying_lines`.
        first_day: day after the business date.
        days: days looked at; what is shipped later is decided later.

    Returns:
        Frame `sourcing_capacities`.
    """
    find_frame(StayingLines).check(staying)
    last = first_day + dt.timedelta(days=days - 1)
    taken = (
        staying.group_by(location="allocated_to", maintain_order=True)
        .agg(taken_lines=pl.len().cast(pl.Int64), taken_units=pl.col("quantity").sum())
        .with_columns(date=pl.lit(first_day))
    )
    return (
        stated.filter(pl.col("date").is_between(first_day, last))
        .join(taken, on=["location", "date"], how="left", maintain_order="left")
        .select(
            "location",
            *(
                (pl.col(f"most_{what}") - pl.col(f"taken_{what}").fill_null(0))
                .clip(lower_bound=0)
                .alias(f"most_{what}")
                for what in ("lines", "units")
            ),
            ship_on="date",
        )
        .sort("location", "ship_on")
    )
