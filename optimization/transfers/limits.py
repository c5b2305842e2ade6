"""Which limits of places and lanes have no room for one more unit, and what keeps a line small."""

import polars as pl

LIMIT_ENDS = (
    ("lane_capacity", ("origin", "destination")),
    ("outbound_capacity", ("origin",)),
    ("receiving_capacity", ("destination",)),
    ("handling_capacity", ("origin",)),
    ("handling_capacity", ("destination",)),
    ("receiving_volume", ("destination",)),
    ("lane_volume", ("origin", "destination")),
)
"""Limits that a line draws on, and the ends of the line that find them."""

_LITRES = ("receiving_volume", "lane_volume")


def flag_full(
    lines: pl.DataFrame, limits: pl.DataFrame, name: str, ends: tuple[str, ...]
) -> pl.Series:
    """Say of each line whether one more unit would pass a limit.

    Args:
        lines: origin, destination, volume (litres).
        limits: frame `trip_limits`.
        name: of the limit.
        ends: of the line that find it.
    """
    left = limits.filter(pl.col("limit") == name).with_columns(
        left=pl.col("capacity") - pl.col("used")
    )
    # The rows of a place's hands name it as origin, whichever end of a line it is.
    stated = ["origin"] if name == "handling_capacity" else list(ends)
    drawn = pl.col("volume").fill_null(0.0) if name in _LITRES else pl.lit(1.0)
    joined = lines.select(*ends, "volume").join(
        left.select(*stated, "left"),
        left_on=list(ends),
        right_on=stated,
        how="left",
        maintain_order="left",
    )
    return joined.select((pl.col("left") < drawn).fill_null(value=False).alias("full")).to_series()


def name_full_limit(lines: pl.DataFrame, limits: pl.DataFrame) -> pl.Series:
    """Name a limit that has no room for one more unit of each line; missing where all have.

    Args:
        lines: of the contract TransfersPlan origin and destination, and volume of the line, litres.
        limits: frame `trip_limits`.
    """
    flags = {
        f"full_{name}_{ends[0]}": flag_full(lines, limits, name, ends) for name, ends in LIMIT_ENDS
    }
    named = (pl.when(f"full_{name}_{ends[0]}").then(pl.lit(name)) for name, ends in LIMIT_ENDS)
    return lines.with_columns(**flags).select(full=pl.coalesce(*named)).to_series()


def name_binding(lines: pl.DataFrame, limits: pl.DataFrame) -> pl.Series:
    """Name what keeps each line from being larger; `value` where nothing but its worth does.

    Args:
        lines: as `plan_transfers` makes them.
        limits: frame `trip_limits`.
    """
    filled = pl.col("inventory_position") + pl.col("got") >= pl.min_horizontal(
        "order_up_to", "shelf_max"
    )
    on_shelf = filled & (pl.col("shelf_max") < pl.col("order_up_to"))
    covered = pl.col("cover_kept") & (pl.col("got") == pl.col("want"))
    spent = pl.col("sent") == pl.col("spare")
    rules = [
        (on_shelf, "shelf_max"),
        (filled, "order_up_to"),
        (covered, "most_cover"),
        (spent & pl.col("run_kept"), "size_run"),
        (spent, "sender_need"),
    ]
    named = pl.coalesce(
        *(pl.when(holds).then(pl.lit(name)) for holds, name in rules),
        "full",
        pl.lit("value"),
    )
    flagged = lines.with_columns(full=name_full_limit(lines, limits))
    return flagged.select(binding=named).to_series()
