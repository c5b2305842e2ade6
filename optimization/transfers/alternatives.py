"""The best that could have been done in place of a line, and what the line would be worth so."""

import polars as pl

from optimization.frames import word_worth
from optimization.transfers.limits import LIMIT_ENDS, flag_full
from optimization.value import IntArray, StockValue
from quality_checks.contracts import LineRules, TransferRules

_LINE = ["origin", "destination", "sku"]

Rules = tuple[TransferRules, LineRules]
"""Of policy: of transfers, and of lines."""


def add_rejected(
    lines: pl.DataFrame, pairs: pl.DataFrame, limits: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Add rejected: the line without its last unit, or with that unit sent to another place.

    Another place counts where a trip of the sender goes and the unit has room, and where its own
    trip is large enough without it. A new line bears what a line costs and must gain.

    Args:
        lines: lines with their money, and giver and taker, the rows of their ends in `pairs`.
        pairs: that take part.
        limits: frame `trip_limits`.
        rules: of transfers, and of lines.
    """
    of_trips, of_lines = rules
    worth = StockValue.of_pairs(pairs)
    giver, taker, sent, got = (lines[name].to_numpy() for name in ("giver", "taker", "sent", "got"))
    position = pairs["inventory_position"].to_numpy()
    charged = of_lines.transfer_line_cost + of_lines.least_transfer_gain
    given = pl.Series(worth.of_unit(giver, position[giver] - sent + 1), dtype=pl.Float64)
    gained = pl.Series(worth.of_unit(taker, position[taker] + got), dtype=pl.Float64)
    benefit = pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost")
    single = pl.col("quantity") == 1
    known = lines.with_columns(
        given=given,
        without_last=benefit
        - (gained - given - pl.col("lane_unit_cost"))
        + pl.when(single).then(charged).otherwise(0.0),
        carried=pl.col("quantity").sum().over("origin", "destination"),
    ).with_columns(less=pl.when(single).then(0.0).otherwise("without_last"))
    fewest = pl.col("carried") > max(of_trips.least_units, 1)
    other = _find_other_places(known.filter(fewest), known, pairs, limits, charged)
    told = known.join(other, on=_LINE, how="left", maintain_order="left").with_columns(
        moved=pl.col("without_last") + pl.col("other_gain") - pl.col("given")
    )
    elsewhere = (pl.col("moved") >= pl.col("less")).fill_null(value=False)
    fewer = pl.format("{} units", pl.col("quantity") - 1)
    words = (
        pl.when(elsewhere)
        .then(pl.format("its last unit to {}", "other_destination"))
        .otherwise(pl.when(single).then(pl.lit("no line")).otherwise(fewer))
    )
    best = pl.when(elsewhere).then("moved").otherwise("less")
    return lines.with_columns(told.select(rejected=word_worth(words, best)).to_series())


def _find_other_places(
    movable: pl.DataFrame,
    lines: pl.DataFrame,
    pairs: pl.DataFrame,
    limits: pl.DataFrame,
    charged: float,
) -> pl.DataFrame:
    """By line the destination whose next unit gains most: other_destination, other_gain.

    Args:
        movable: lines whose last unit another trip may take.
        lines: all lines.
        pairs: that take part.
        limits: of places and lanes.
        charged: what a new line costs and must gain, currency.
    """
    lane = ["origin", "other_destination"]
    trips = lines.rename({"destination": "other_destination"})
    running = trips.select(*lane, cost="lane_unit_cost").unique(lane, maintain_order=True)
    begun = trips.select("sku", *lane, line=0.0)
    ways = (
        movable.select(_LINE)
        .join(_value_next_units(lines, pairs), on="sku", maintain_order="left_right")
        .filter(
            pl.col("other_destination") != pl.col("destination"),
            pl.col("supply_location").is_null() | (pl.col("supply_location") != pl.col("origin")),
        )
        .join(running, on=lane, maintain_order="left")
        .join(begun, on=["sku", *lane], how="left", maintain_order="left")
        .with_columns(
            other_gain=pl.col("next_unit") - pl.col("cost") - pl.col("line").fill_null(charged)
        )
    )
    there = ways.drop("destination").rename({"other_destination": "destination"})
    taken = [
        flag_full(there, limits, name, ends) for name, ends in LIMIT_ENDS if "destination" in ends
    ]
    roomy = ways.filter(~pl.any_horizontal(taken))
    return (
        roomy.sort("other_gain", "other_destination", descending=[True, False])
        .unique(_LINE, keep="first", maintain_order=True)
        .select(*_LINE, "other_destination", "other_gain")
    )


def _value_next_units(lines: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """What one more unit is worth to each pair that wants one: other_destination, next_unit."""
    got = lines.group_by("sku", location="destination", maintain_order=True).agg(
        got=pl.col("quantity").sum()
    )
    sent = lines.select("sku", location="origin").unique(maintain_order=True)
    left = (
        pairs.with_row_index("row")
        .filter(pl.col("want") > 0)
        .join(lines.select("sku").unique(), on="sku", how="semi")
        .join(got, on=["sku", "location"], how="left", maintain_order="left")
        .join(sent, on=["sku", "location"], how="anti", maintain_order="left")
        .with_columns(pl.col("got").fill_null(0))
        .filter(pl.col("got") < pl.col("want"))
    )
    row: IntArray = left["row"].cast(pl.Int64).to_numpy()
    following = (left["inventory_position"] + left["got"] + 1).to_numpy()
    next_unit = StockValue.of_pairs(pairs).of_unit(row, following)
    return left.select(
        "sku",
        "volume",
        "supply_location",
        other_destination="location",
        next_unit=pl.Series(next_unit, dtype=pl.Float64),
    )
