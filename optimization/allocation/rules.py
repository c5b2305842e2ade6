"""Rules of policy that an allocation keeps, and what it is told besides pairs, stock and lanes."""

import polars as pl

from optimization.frames import REAL, TEXT, UNITS, Input

FENCES = Input(
    name="fences", key=("dc", "sku", "location"), columns={"units": UNITS}, at_least={"units": 0}
)
KEPT = Input(
    name="kept",
    key=("dc", "sku"),
    columns={"kept_value": REAL, "resupply_days": REAL},
    at_least={"resupply_days": 0},
    nullable=("resupply_days",),
)
BARRED = Input(name="barred", key=("sku", "location"), columns={"problem": TEXT})


def read_kept(kept: pl.DataFrame) -> pl.DataFrame:
    """dc, sku, kept_value, resupply_days, checked.

    Raises:
        ValueError: a column is absent, a value is missing or out of bounds, or a unit loses by
            being kept although there is a next supply: nothing would be kept then.
    """
    stated = KEPT.read(kept)
    odd = stated.filter(pl.col("kept_value") < 0, pl.col("resupply_days").is_not_null())
    if odd.height:
        row = odd.row(0, named=True)
        raise ValueError(
            f"kept: kept_value of dc {row['dc']}, sku {row['sku']} is {row['kept_value']}; below "
            "0 it must have no resupply_days"
        )
    return stated


def fenced(fences: pl.DataFrame, supply: pl.DataFrame) -> pl.DataFrame:
    """dc, sku, location, fence: units that only the location may take, no more than there are.

    Where a DC has less of an item than its fences ask for, the first locations by key have theirs.

    Args:
        fences: dc, sku, location, units.
        supply: dc, sku, available.

    Raises:
        ValueError: a column is absent, or a value is missing or negative.
    """
    before = pl.col("units").cum_sum().over("dc", "sku") - pl.col("units")
    there = pl.col("available").fill_null(0).clip(lower_bound=0)
    room = (there - before).clip(lower_bound=0)
    return (
        FENCES.read(fences)
        .join(supply, on=["dc", "sku"], how="inner", maintain_order="left")
        .select("dc", "sku", "location", fence=pl.min_horizontal("units", room))
    )
