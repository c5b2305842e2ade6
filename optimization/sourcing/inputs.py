"""What sourcing is given, held against its contracts, and what of it can be chosen at all."""

from typing import NamedTuple

import numpy as np
import polars as pl

from compilation import copy_array
from optimization.frames import SourcingFrames, number_groups
from optimization.sourcing.market import SourcingMarket
from optimization.value import IntArray, StockValue
from quality_checks.contracts import (
    SourcingCandidates,
    SourcingCapacities,
    SourcingLines,
    SourcingParcels,
    SourcingStock,
    find_frame,
)

LINE = ["order_id", "line"]
PAIR = ["sku", "location"]
PARCEL = ["order_id", "place", "location", "ship_on"]
DAY = ["location", "ship_on"]
OWN_TERMS = (
    "shipping_cost",
    "handling_cost",
    "refusal_cost",
    "late_cost",
    "other_cost",
    "markdown_avoided",
)
"""Cost terms of a candidate that nothing else changes; the last one is taken off."""


class Sourcing(NamedTuple):
    """What sourcing is given, each frame read by its contract and sorted by its key.

    What of an order goes to another place is an order of its own: it shares no parcel.

    Attributes:
        lines: sorted by order_id, place and line, with order, the number of the first two, and
            outside, what shipping it from nowhere costs at least.
        candidates: of known lines, in the order of these, with row, line_row, pair_row and
            parcel_row, numbers of rows here (missing where there is none), and promised_on,
            quantity, place, order.
        parcels: parcels.
        stock: pairs.
        value: what the units of each pair are worth.
        rows: location, ship_on, measure and capacity: a row for each limit.
        days: location, ship_on, and as lines and units the number of the day's row in `rows`.
        split_penalty: currency.
    """

    lines: pl.DataFrame
    candidates: pl.DataFrame
    parcels: pl.DataFrame
    stock: pl.DataFrame
    value: StockValue
    rows: pl.DataFrame
    days: pl.DataFrame
    split_penalty: float


def read_sourcing(given: SourcingFrames, split_penalty: float) -> Sourcing:
    """Read the frames of `source_orders`."""
    lines = find_frame(SourcingLines).read(given.lines).sort("order_id", "place", "line")
    lines = lines.with_columns(
        order=number_groups(lines, "order_id", "place"),
        outside=pl.min_horizontal("open_cost", "wait_cost"),
    )
    parcels = find_frame(SourcingParcels).read(given.parcels)
    stock = find_frame(SourcingStock).read(given.stock)
    days = find_frame(SourcingCapacities).read(given.capacities)
    rows = _list_rows(days)
    found = (
        find_frame(SourcingCandidates)
        .read(given.candidates)
        .join(
            lines.select(*LINE, "sku", "quantity", "promised_on", "place", "order").with_row_index(
                "line_row"
            ),
            on=LINE,
            maintain_order="left",
        )
        .sort("line_row", maintain_order=True)
        .with_columns(
            item=pl.coalesce("item", "sku"),
            ordered="sku",
            other_cost=pl.col("other_cost").fill_null(0.0),
        )
        .with_columns(sku="item")
        .join(
            stock.select(*PAIR, "available", "inventory_position").with_row_index("pair_row"),
            on=PAIR,
            how="left",
            maintain_order="left",
        )
        .join(parcels.with_row_index("parcel_row"), on=PARCEL, how="left", maintain_order="left")
        .with_columns(pl.col("line_row", "pair_row", "parcel_row").cast(pl.Int64))
        .with_row_index("row")
    )
    known = stock.with_columns(pl.col("available", "inventory_position").fill_null(0))
    return Sourcing(
        lines,
        found,
        parcels,
        known,
        StockValue.of_pairs(known),
        rows,
        _number_rows(days, rows),
        split_penalty,
    )


def _list_rows(days: pl.DataFrame) -> pl.DataFrame:
    """A row for each limit of a node and day."""
    return (
        days.rename({"most_lines": "lines", "most_units": "units"})
        .unpivot(["lines", "units"], index=DAY, variable_name="measure", value_name="capacity")
        .drop_nulls("capacity")
        .sort(*DAY, "measure")
    )


def _number_rows(days: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of each node and day, -1 where it has no such limit."""
    numbers = rows.with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
    found = days.select(DAY)
    for measure in ("lines", "units"):
        of_measure = numbers.filter(measure=measure).select(*DAY, pl.col("number").alias(measure))
        found = found.join(of_measure, on=DAY, how="left", maintain_order="left")
    return found.with_columns(pl.col("lines", "units").fill_null(-1))


def judge_candidates(given: Sourcing) -> pl.DataFrame:
    """Say of each candidate what keeps its line from it, whatever becomes of the others.

    Returns:
        The candidates with lines and units (rows of their node and day), lines_room and units_room
        (what these hold, infinite without a limit) and verdict: missing where the line could be
        shipped from there.
    """
    room = pl.lit(pl.Series([*given.rows["capacity"].cast(pl.Float64), np.inf]))
    found = given.candidates.join(given.days, on=DAY, how="left", maintain_order="left")
    found = found.with_columns(
        room.gather(pl.when(pl.col(measure) >= 0).then(measure).otherwise(given.rows.height)).alias(
            f"{measure}_room"
        )
        for measure in ("lines", "units")
    )
    full = (pl.col("lines_room") < 1) | (pl.col("units_room") < pl.col("quantity"))
    unknown = pl.col("pair_row").is_null() | pl.col("available").is_null()
    return found.with_columns(
        verdict=pl.when("refused_before")
        .then(pl.lit("refused_before"))
        .when(pl.col("parcel_row").is_null() | sum_own_terms().is_null())
        .then(pl.lit("parcel_unknown"))
        .when(pl.col("arrives_on") > pl.col("promised_on"))
        .then(pl.lit("after_promise"))
        .when(unknown | pl.col("inventory_position").is_null())
        .then(pl.lit("stock_unknown"))
        .when(pl.col("lines").is_null())
        .then(pl.lit("capacity_unknown"))
        .when(pl.col("available") < pl.col("quantity"))
        .then(pl.lit("stock"))
        .when(full)
        .then(pl.lit("capacity"))
    )


def build_market(given: Sourcing, judged: pl.DataFrame) -> SourcingMarket:
    """Lay the candidates without a verdict out for the search, in the order of their rows."""
    admitted = judged.filter(pl.col("verdict").is_null())
    line = np.array(admitted["line_row"])
    pairs = (
        admitted.group_by("pair_row", maintain_order=True)
        .agg(pl.col("quantity").sum())
        .sort("pair_row")
    )
    parcels = (
        admitted.select("order", "parcel_row", "lines", "units")
        .unique(maintain_order=True)
        .sort("order", "parcel_row")
    )
    pair = np.array(pairs["pair_row"])
    # No more units are ever taken than are asked for in all.
    asked = np.minimum(pairs["quantity"].to_numpy(), given.stock["available"].to_numpy()[pair])
    rung_first = np.concatenate([[0], np.cumsum(asked)])
    owner = np.repeat(pair, asked)
    taken = np.arange(len(owner)) - np.repeat(rung_first[:-1], asked)
    position = given.stock["inventory_position"].to_numpy()[owner]
    order = np.array(given.lines["order"])
    orders = int(order[-1]) + 1 if len(order) else 0
    return SourcingMarket(
        np.searchsorted(order, np.arange(orders + 1)),
        np.searchsorted(line, np.arange(given.lines.height + 1)),
        np.searchsorted(np.array(parcels["order"]), np.arange(orders + 1)),
        np.array(given.lines["quantity"]),
        np.array(given.lines["outside"]),
        np.array(admitted.select(sum_own_terms()).to_series()),
        _number(pairs["pair_row"], admitted["pair_row"]),
        _number(parcels["parcel_row"], admitted["parcel_row"]),
        np.array(given.parcels["parcel_cost"].gather(parcels["parcel_row"])),
        copy_array(parcels.select("lines", "units").to_numpy()),
        rung_first,
        given.value.of_unit(owner, position - taken),
        np.array(given.rows["capacity"], dtype=np.float64),
        given.split_penalty,
    )


def sum_own_terms() -> pl.Expr:
    """The cost terms of a candidate that nothing else changes, summed, currency.

    Missing where one of them is.
    """
    *paid, avoided = OWN_TERMS
    return pl.sum_horizontal(paid, ignore_nulls=False) - pl.col(avoided)


def _number(distinct: pl.Series, values: pl.Series) -> IntArray:
    """The place of each value among the sorted distinct ones."""
    return np.searchsorted(distinct.to_numpy(), values.to_numpy())
