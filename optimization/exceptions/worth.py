"""Units and money at risk of what is off, by the terms of the plan."""

from datetime import date

import polars as pl

from quality_checks.contracts import (
    CellsOff,
    ChangedDemand,
    JudgedSignals,
    SignalRows,
    WatchedSubjects,
    find_frame,
)

_SUBJECT = ["kind", "subject"]


def sum_signals(subjects: pl.DataFrame, rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Read the money at risk of each subject that is watched: 0 where nothing is at risk.

    The logarithm is judged, of one and the money, since money at risk differs by factors. A subject
    that is not watched, as its feed has not come, has no reading.

    Args:
        subjects: frame `watched_subjects`.
        rows: frame `signal_rows`; rows of other subjects do not count.
        day: business date of the readings.

    Returns:
        The columns of the frame `read_signals`, sorted by subject and kind.

    Raises:
        ValueError: a frame breaks its contract.
    """
    subjects = find_frame(WatchedSubjects).read(subjects)
    rows = find_frame(SignalRows).read(rows)
    money = rows.group_by(_SUBJECT, maintain_order=True).agg(
        observed=pl.col("money_at_risk").sum().round(9)
    )
    read = subjects.join(money, on=_SUBJECT, how="left", maintain_order="left")
    return read.select(
        pl.lit(day).alias("business_date"),
        *_SUBJECT,
        pl.col("observed").fill_null(0.0),
        expected=pl.lit(None, pl.Float64),
        error=pl.col("observed").fill_null(0.0).log1p(),
    )


def list_cells_off(judged: pl.DataFrame) -> pl.DataFrame:
    """List the cells that are off their forecast by enough to keep an exception open.

    Args:
        judged: frame `judged_signals`.

    Returns:
        Frame `cells_off`.

    Raises:
        ValueError: `judged` breaks its contract.
    """
    judged = find_frame(JudgedSignals).read(judged)
    off = (pl.col("score") >= pl.col("lower")) & (pl.col("score") > 0)
    change = pl.col("observed_since") / pl.col("expected_since") - 1
    found = judged.filter(off, pl.col("expected_since") > 0).select(*_SUBJECT, change=change)
    find_frame(CellsOff).check(found)
    return found


def value_changed_demand(changed: pl.DataFrame) -> pl.DataFrame:
    """Find what is at risk where demand is off its forecast, if it stays so until goods come.

    Above it, at risk are units that the inventory position does not cover and that the forecast did
    not ask for, at the cost of a unit short. Below it, units that the forecast asked for and that
    nobody takes, at the cost of a unit left over.

    Args:
        changed: frame `changed_demand`.

    Returns:
        The columns of the frame `signal_rows`.

    Raises:
        ValueError: `changed` breaks its contract.
    """
    changed = find_frame(ChangedDemand).read(changed)
    mean, moved = pl.col("demand_mean"), pl.col("demand_mean") * pl.col("change").abs()
    above = pl.col("kind") == "demand_above"
    uncovered = (mean + moved - pl.col("inventory_position")).clip(lower_bound=0)
    units = pl.when(above).then(pl.min_horizontal(moved, uncovered)).otherwise(moved)
    cost = pl.when(above).then("underage_cost").otherwise(pl.col("overage_cost"))
    return changed.with_columns(
        supplier=pl.lit(None, pl.String),
        document=pl.lit(None, pl.String),
        side=pl.when(above).then(pl.lit("short")).otherwise(pl.lit("over")),
        units_at_risk=units,
        money_at_risk=units * cost.clip(lower_bound=0),
    ).select(find_frame(SignalRows).columns)
