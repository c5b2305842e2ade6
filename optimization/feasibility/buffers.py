"""Whether buffers of online channels are the least that pay, recomputed unit by unit."""

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.feasibility.findings import CENT, Rules, collect, report
from optimization.feasibility.worth import find_chance_of_sale, find_right_chance

KEY = ("sku", "location", "channel")
_RIGHT = 1e-6
_DAY = 720


def find_buffer_problems(
    buffers: pl.DataFrame,
    pairs: pl.DataFrame,
    records: pl.DataFrame,
    *,
    update_minutes: int,
    unserved_cost: float,
) -> pl.DataFrame:
    """What makes buffers wrong: units that do not add up, or another buffer that is the least.

    Args:
        buffers: rows of the contract ChannelBuffers.
        pairs: frame `online_pairs`.
        records: frame `record_chances`.
        update_minutes: between two reports of stock to the channels.
        unserved_cost: of a sale that is not there, beyond its margin, currency.

    Returns:
        Frame `plan_problems`.
    """
    both = pairs.select(*KEY, given="available").join(
        buffers, on=list(KEY), how="full", coalesce=True
    )
    units: Rules = {
        "buffer_units": (
            (pl.col("available") != pl.col("given"))
            | (pl.col("buffer") + pl.col("offered") != pl.col("given")),
            pl.format("{} in all", "given"),
            pl.format("{} kept, {} offered", "buffer", "offered"),
        )
    }
    judged = buffers.select(*KEY, "buffer", "offered", "there_chance", "unit_value").join(
        pairs, on=list(KEY)
    )
    return collect(
        report(both, KEY, units),
        report(_gain_around(judged, records, update_minutes, unserved_cost), KEY, _RULES),
    )


_RULES: Rules = {
    "buffer_pays": (
        (pl.col("offered") > 0) & (pl.col("gain") <= -CENT),
        "a gain",
        pl.col("gain").round(2),
    ),
    "least_buffer": (
        (pl.col("buffer") > 0) & (pl.col("gain_below") > CENT),
        "one unit less",
        pl.col("gain_below").round(2),
    ),
    "stated_chance": (
        (pl.col("offered") > 0) & ((pl.col("there_chance") - pl.col("chance")).abs() > _RIGHT),
        pl.col("chance").round(4),
        pl.col("there_chance").round(4),
    ),
    "stated_unit_worth": (
        (pl.col("offered") > 0) & ((pl.col("unit_value") - pl.col("value")).abs() > CENT),
        pl.col("value").round(2),
        pl.col("unit_value").round(2),
    ),
}


def _gain_around(
    judged: pl.DataFrame,
    records: pl.DataFrame,
    update_minutes: int,
    unserved_cost: float,
) -> pl.DataFrame:
    """Add chance, value and gain of the last unit offered, and gain_below of the next one."""
    of_record = (
        judged.select(*KEY, "available")
        .join(records, on="location")
        .filter(pl.col("record_from") <= pl.col("available"))
        .group_by(KEY, maintain_order=True)
        .agg(pl.col("record_from").max())
    )
    known = judged.join(of_record, on=list(KEY), how="left", maintain_order="left")
    added: dict[str, npt.NDArray[np.float64]] = {}
    for name, kept in (("", pl.col("buffer")), ("_below", pl.col("buffer") - 1)):
        at = known.with_columns(kept=kept)
        chance = _chance_there(at, records, update_minutes)
        value = _value_of_last(at)
        margin = at["sale_margin"].to_numpy()
        added |= {
            f"chance{name}": chance,
            f"value{name}": value,
            f"gain{name}": chance * (margin - value) - (1 - chance) * unserved_cost,
        }
    return known.with_columns(pl.Series(name, values) for name, values in added.items())


def _chance_there(
    rows: pl.DataFrame, records: pl.DataFrame, minutes: int
) -> npt.NDArray[np.float64]:
    """Sum over what may be missing of the chance that the shelf takes no more than is left."""
    from scipy import stats  # noqa: PLC0415  # slow import

    lacking = pl.col("more_share").shift(1).over("location", "record_from") - pl.col("more_share")
    steps = records.sort("units").with_columns(lacking=lacking)
    right = find_right_chance()
    # Nothing is missing of what is right; what is short lacks the units of one of the steps.
    missing = (
        rows.with_row_index("row")
        .join(steps, on=["location", "record_from"])
        .with_columns(
            likely=pl.when(pl.col("units") == 0)
            .then(right)
            .otherwise((1 - right) * pl.col("lacking"))
        )
    )
    shelf = missing["shelf_demand"].to_numpy() * min(minutes / _DAY, 1)
    left = stats.poisson.cdf((missing["kept"] - missing["units"]).to_numpy(), shelf)
    total = (
        missing.select("row", there=pl.Series(left) * pl.col("likely"))
        .group_by("row", maintain_order=True)
        .agg(pl.col("there").sum())
        .sort("row")
    )
    return np.asarray(total["there"].to_numpy() * rows["record_chance"].to_numpy())


def _value_of_last(rows: pl.DataFrame) -> npt.NDArray[np.float64]:
    """What the unit is worth to the node that is sold when `kept` of the record are left."""
    unit = (rows["inventory_position"] - rows["available"] + rows["kept"] + 1).to_numpy()
    mean, variance = (
        rows[name].to_numpy() for name in ("open_demand_mean", "open_demand_variance")
    )
    sold = find_chance_of_sale(mean, variance, unit - rows["sold_before"].to_numpy())
    under, over = rows["underage_cost"].to_numpy(), rows["overage_cost"].to_numpy()
    above = np.maximum(unit - rows["value_level"].to_numpy(), 0)
    surplus = np.minimum(above * rows["surplus_step"].to_numpy(), rows["surplus_most"].to_numpy())
    return np.asarray((under + over) * sold - over - surplus)
