"""By which lanes nodes can send what customers collect at a store."""

import datetime as dt

import polars as pl

from quality_checks.contracts import CollectionLanes, find_frame

_ENDS = ["origin", "destination"]


def list_collection_lanes(
    lanes: pl.DataFrame, moved: pl.DataFrame, lines: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """List the lanes to stores at which customers collect lines.

    A lane counts where it has room for all that is still to be collected there, so that no line
    takes what another needs. Where tonight's movements go by it the shipment of the first
    day is paid; each order pays a whole one else, though others may share it.

    Args:
        lanes: the columns of the contract Lanes, with what tonight's movements leave of them.
        moved: frame `moved_units`, of tonight's allocation and transfers.
        lines: frame `customer_lines`.
        first_day: on which tonight's movements leave.

    Returns:
        Frame `collection_lanes`, sorted by key.
    """
    asked = (
        lines.filter(pl.col("collect_at").is_not_null())
        .group_by(destination="collect_at", maintain_order=True)
        .agg(
            units=pl.col("quantity").sum(),
            litres=(pl.col("quantity") * pl.col("volume")).sum(),
        )
    )
    runs = moved.select(_ENDS).unique(maintain_order=True).with_columns(paid_on=pl.lit(first_day))
    room = (pl.col("capacity") >= pl.col("units")).fill_null(value=True)
    litres = (pl.col("volume_capacity") >= pl.col("litres")).fill_null(value=True)
    found = (
        lanes.filter("allowed", pl.col("origin") != pl.col("destination"))
        .join(asked, on="destination", maintain_order="left")
        .filter(room, litres)
        .join(runs, on=_ENDS, how="left", maintain_order="left")
        .with_columns(trip_cost="fixed_cost")
    )
    return find_frame(CollectionLanes).read(found)
