"""Pairs whose goods are there at once: what they ask of their stock is the demand of the window."""

import polars as pl

NOTHING_LOST = {
    "sold_before": pl.lit(0, pl.Int64),
    "open_demand_mean": pl.col("demand_mean"),
    "open_demand_variance": pl.col("demand_variance"),
    "surplus_step": pl.lit(0.0),
    "surplus_most": pl.lit(0.0),
    "value_level": pl.col("order_up_to"),
    "stock_out_chance": pl.lit(0.5),
}


def with_open_demand(frame, *, only=tuple(NOTHING_LOST)):
    """The frame with the columns of an open demand that it lacks."""
    return frame.with_columns(
        **{name: value for name, value in NOTHING_LOST.items()
           if name in only and name not in frame.columns}
    )  # fmt: skip
