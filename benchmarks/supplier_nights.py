"""What nights would have said of late order lines of USAID SCMS, quarter by quarter.

On the last day of each quarter the lines of the next one are open. They are judged as a night does:
by the record of each vendor, and by the model of delays where its trial was won by then. The error
of both is told, and that of the model had it planned always.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.supplier import OWN_WAREHOUSE, predict_lines, read_lines, split_lines
from forecasting.supply import predict_line_delays, predict_order_risks
from quality_checks.contracts import (
    LineDelays,
    OpenDocuments,
    SupplierClosures,
    find_contract,
    find_frame,
)

AHEAD, WINDOW = 91, 365
FIRST_YEAR = 2009
QUARTER_ENDS = ((3, 31), (6, 30), (9, 30), (12, 31))
_SEED = 1
NO_CLOSURES = find_frame(SupplierClosures).empty()
NO_CARDS = pl.DataFrame(
    schema={"supplier": pl.String, "p_short": pl.Float64, "p_short_confirmed": pl.Float64}
)
NO_DELAYS = pl.DataFrame(schema=find_contract(LineDelays).made_schema)


def measure_nights(data: Path) -> dict[str, Any]:
    """Mean squared error of the chance to be late, of vendors' lines due in the quarter after.

    Args:
        data: folder of deliveries.parquet.
    """
    lines = read_lines(data).filter(pl.col("supplier") != OWN_WAREHOUSE)
    quarters = [_judge(lines, end) for end in list_ends(lines)]
    scored = sum(quarter["lines"] for quarter in quarters)
    names = ("record", "night", "model")
    return {
        "benchmark": "supplier nights",
        "lines": scored,
        "late": sum(quarter["late"] for quarter in quarters),
        "model planned": sum(quarter["model_plans"] for quarter in quarters),
        "mean": {
            name: round(sum(one["lines"] * one[name] for one in quarters) / scored, 4)
            for name in names
        },
        "quarters": quarters,
    }


def list_ends(lines: pl.DataFrame) -> list[dt.date]:
    """The last days of quarters after which lines are due."""
    years = range(FIRST_YEAR, lines.select(pl.col("due_on").max().dt.year()).item() + 1)
    ends = [dt.date(year, month, day) for year in years for month, day in QUARTER_ENDS]
    return [end for end in ends if lines.filter(pl.col("due_on") > end).height]


def _judge(lines: pl.DataFrame, end: dt.date) -> dict[str, Any]:
    """What is said on the last day of a quarter, beside what became of the lines of the next."""
    past, ahead = split_lines(lines, end, end + dt.timedelta(days=AHEAD))
    asked = ahead.drop("known_on", "days_late").with_columns(judged_on=pl.lit(end))
    delays = predict_line_delays(past, asked, as_of=end)
    if delays.broken:
        raise ValueError(f"no trial by {end}: {delays.broken}")
    said = {
        "record": _say(past, ahead, NO_DELAYS, end),
        "night": _say(past, ahead, delays.lines, end),
        "model": predict_lines(past, ahead, end, _SEED).select("order", "line", "p_late_0"),
    }
    late = ahead.select("order", "line", late=(pl.col("days_late") > 0).cast(pl.Float64))
    errors = {
        name: late.join(chances, on=["order", "line"])
        .select(((pl.col("late") - pl.last()) ** 2).mean())
        .item()
        for name, chances in said.items()
    }
    return {
        "end": end.isoformat(),
        "lines": ahead.height,
        "late": int(late["late"].sum()),
        "model_plans": bool(delays.trials["model_plans"].any()),
        **{name: round(error, 4) for name, error in errors.items()},
    }


def _say(
    past: pl.DataFrame, ahead: pl.DataFrame, delays: pl.DataFrame, end: dt.date
) -> pl.DataFrame:
    """order, line and the chance that a night states of each line to be late."""
    risks = predict_order_risks(
        list_documents(ahead, end),
        list_record(past, end),
        NO_CLOSURES,
        delays,
        NO_CARDS,
        as_of=end,
        longest_days=WINDOW,
    )
    return risks.chances.select("line", "late_chance", order="document").select(
        "order", "line", "late_chance"
    )


def list_documents(ahead: pl.DataFrame, end: dt.date) -> pl.DataFrame:
    """Frame `open_documents`; a line whose order has no day was placed on the last day seen."""
    return ahead.select(
        "record",
        sender="supplier",
        region=pl.lit("all"),
        sku="item",
        location="destination",
        document_kind=pl.lit("purchase_order"),
        document="order",
        line="line",
        supplier="supplier",
        ordered_on=pl.min_horizontal(pl.col("ordered_on").fill_null(end), pl.lit(end)),
        stated_on="due_on",
        units=pl.col("units").cast(pl.Int64).clip(1),
        confirmed_short=pl.lit(None, pl.Boolean),
    ).select(find_frame(OpenDocuments).columns)


def list_record(past: pl.DataFrame, end: dt.date) -> pl.DataFrame:
    """Frame `delivery_record` of the lines that were due in the year up to a day."""
    so_far = (pl.lit(end) - pl.col("due_on")).dt.total_days()
    lead = (pl.col("due_on") - pl.col("ordered_on")).dt.total_days()
    return past.filter(so_far < WINDOW).select(
        sender="supplier",
        record="record",
        lead_days=lead.fill_null(0).clip(0),
        days_late=pl.coalesce("days_late", so_far),
        came=pl.col("days_late").is_not_null(),
        lines=pl.lit(1, pl.Int64),
    )
