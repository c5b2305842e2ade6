"""Limits that many lines share: stated as rows, matched to pairs, and priced."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from optimization.allocation.kernels import FloatArray, ShortInts
from optimization.lanes import UNLIMITED

SCOPE = ("origin", "destination", "department")

DRAWN = {"units": pl.lit(1.0), "litres": pl.col("volume"), "currency": pl.col("unit_cost")}
"""Measure -> what a unit draws; a limit in `lines` is drawn on by lines."""

NEEDS = {"litres": "volume", "currency": "unit_cost"}
"""Measure -> column of receivers that it needs."""

LINES = "lines"

DECIMALS = 6
"""Decimals of what is used and of prices: further ones are rounding of sums."""


@dataclass(frozen=True)
class SharedLimits:
    """Shared limits as the solver reads them.

    Attributes:
        kinds: name of each kind.
        rows: limit, origin, destination, department, measure, capacity: a row a limit that a pair
            draws on.
        of_pair: row of each kind that a pair draws on, -1 for none, shape (pairs, kinds).
        use: what a unit of each pair draws, shape (pairs, kinds).
        by_line: what a line draws, shape (kinds,).
    """

    kinds: Sequence[str]
    rows: pl.DataFrame
    of_pair: ShortInts
    use: FloatArray
    by_line: FloatArray

    @property
    def capacity(self) -> FloatArray:
        """What each row allows, in its measure."""
        return np.array(self.rows["capacity"])


def refuse_unmeasured(receivers: pl.DataFrame, limits: pl.DataFrame) -> None:
    """Refuse receivers whose draw on a limit is unknown.

    What the receivers must hold depends on the limits, so the contract of neither frame says it.

    Args:
        receivers: frame `receivers`.
        limits: frame `limits`.

    Raises:
        ValueError: a value that limits count is missing; names the column and the first row.
    """
    asked = {NEEDS[measure] for measure in {*limits["measure"]} & NEEDS.keys()}
    asked |= {"department"} if limits["department"].is_not_null().any() else set()
    for name in sorted(asked):
        unknown = receivers.filter(pl.col(name).is_null())
        if unknown.height:
            sku, location = unknown.select("sku", "location").row(0)
            raise ValueError(
                f"receivers: {name} of sku {sku}, location {location} is missing; limits ask for it"
            )


def shared_limits(pairs: pl.DataFrame, limits: pl.DataFrame) -> SharedLimits:
    """The limits of docks and lanes that pairs state, and `limits`.

    Args:
        pairs: rows of frame `receivers`, and lane_capacity (units).
        limits: frame `limits`, as it was read.
    """
    own = [
        _own(pairs, "lane_capacity", "lane_capacity", {"origin": "dc", "destination": "location"}),
        _own(pairs, "receiving_capacity", "receiving_room", {"destination": "location"}),
    ]
    rows = pl.concat([*own, limits.filter(pl.col("capacity").is_not_null())])
    kinds = rows["limit"].unique(maintain_order=True).to_list()
    rows = rows.with_row_index("row").with_columns(pl.col("row").cast(pl.Int32))
    of_pair = np.full((pairs.height, len(kinds)), -1, dtype=np.int32)
    use = np.zeros((pairs.height, len(kinds)))
    by_line = np.zeros(len(kinds))
    for number, kind in enumerate(kinds):
        mine = rows.filter(pl.col("limit") == kind)
        measure = mine["measure"][0]
        of_pair[:, number] = _matched(pairs, mine).to_numpy()
        if measure == LINES:
            by_line[number] = 1.0
        else:
            use[:, number] = pairs.select(DRAWN[measure].alias("use")).to_series().to_numpy()
    drawn_on = np.unique(of_pair[of_pair >= 0])
    number_of = np.full(rows.height + 1, -1, dtype=np.int32)
    number_of[drawn_on] = np.arange(len(drawn_on))
    return SharedLimits(kinds, rows[drawn_on].drop("row"), number_of[of_pair], use, by_line)


def _own(pairs: pl.DataFrame, limit: str, capacity: str, ends: dict[str, str]) -> pl.DataFrame:
    """A limit in units that the rows of pairs state themselves."""
    none = pl.lit(None, pl.String)
    named = [pl.col(ends[end]) if end in ends else none for end in SCOPE]
    return (
        pairs.filter(pl.col(capacity) < UNLIMITED)
        .select(
            pl.lit(limit).alias("limit"),
            *(value.alias(end) for end, value in zip(SCOPE, named, strict=True)),
            pl.lit("units").alias("measure"),
            pl.col(capacity).cast(pl.Float64).alias("capacity"),
        )
        .unique(maintain_order=True)
        .sort(SCOPE)
    )


def _matched(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """Row of a limit that each pair draws on, -1 for none."""
    ends = [end for end in SCOPE if rows[end].is_not_null().all()]
    if not ends:
        return pl.repeat(rows["row"][0], pairs.height, dtype=pl.Int32, eager=True)
    names = {"origin": "dc", "destination": "location", "department": "department"}
    found = pairs.select(pl.col(names[end]).alias(end) for end in ends).join(
        rows.select(*ends, "row"), on=ends, how="left", maintain_order="left"
    )
    return found["row"].fill_null(-1)


def priced_limits(
    limits: SharedLimits, price: FloatArray, left: FloatArray, shortages: dict[str, ShortInts]
) -> pl.DataFrame:
    """What each limit allows, what is used of it, and what one more of its measure is worth.

    Args:
        limits: the limits.
        price: currency a measure, by row.
        left: what the plan leaves, by row.
        shortages: class -> what keeps each pair from more of it, 1 + the kind of limit, in the
            order in which classes are served.

    Returns:
        limit, scope, measure, capacity, used, price, scarce_for (the first class that did not get
        all it could use of the limit; missing where it has room for all), sorted by keys.
    """
    scarce = np.full(limits.rows.height, "", dtype=object)
    for name, shortage in reversed(shortages.items()):
        pair = np.flatnonzero(shortage > 0)
        scarce[limits.of_pair[pair, shortage[pair] - 1]] = name
    both = pl.concat_str("origin", "destination", separator=" to ")
    ends = pl.coalesce(both, "origin", "destination")
    place = pl.concat_str(ends, "department", separator=" ", ignore_nulls=True)
    return (
        limits.rows.with_columns(
            scope=pl.when(place == "").then(pl.lit("all")).otherwise(place),
            used=pl.Series(limits.capacity - left).round(DECIMALS),
            price=pl.Series(price).round(DECIMALS),
            scarce_for=pl.Series(scarce.tolist(), dtype=pl.String).replace({"": None}),
        )
        .select("limit", "scope", "measure", "capacity", "used", "price", "scarce_for")
        .sort("limit", "scope")
    )
