"""The best that could have been done in place of a line, and what the line would be worth so."""

import numpy as np
import polars as pl

from optimization.frames import word_worth
from optimization.value import FloatArray, Keeping, StockValue
from quality_checks.contracts import LineRules

WORTH_DECIMALS = 6
"""Worths that agree so far are ties: the last bits of a float may not rank stores."""

_LINE = ["origin", "sku", "destination"]


def add_rejected(
    lines: pl.DataFrame,
    pairs: pl.DataFrame,
    worth: StockValue,
    keeping: Keeping,
    rules: LineRules,
) -> pl.DataFrame:
    """Add rejected: the best of fewer packs, more packs, and the last pack to another place.

    More packs count where no limit keeps them, another place where it lacks nothing but the units
    of the DC, is as urgent, and the last pack is not what customers or the shelf ask for.

    Args:
        lines: packs and money of lines, with `next_net` and `binding` of `pair_outcomes`.
        pairs: all pairs, as `pair_outcomes` gives them.
        worth: of units to the pairs.
        keeping: worth of units to the DCs.
        rules: what a line costs, and must gain.
    """
    weighed = _weigh_sizes(lines, _weigh_last_packs(lines, worth, keeping), rules)
    runs = pl.col("sent").sum().over("dc", "location") > 0
    begun = pl.when(sent=0).then(rules.least_allocation_gain).otherwise(0.0)
    begun += pl.when(runs).then(0.0).otherwise("fixed_cost")
    other = _find_other_places(weighed, pairs.with_columns(pl.col("next_net") - begun))
    told = weighed.join(other, on=_LINE, how="left", maintain_order="left").with_columns(
        moved=pl.col("without_last") + pl.col("other_net")
    )
    best = pl.max_horizontal("less", "more", "moved")
    packs = (
        pl.when(pl.col("more") == best)
        .then(pl.col("packs") + 1)
        .when("reducible")
        .then(pl.col("packs") - 1)
    )
    units = pl.format("{} units", packs * pl.col("case_pack"))
    words = (
        pl.when(pl.col("moved") == best)
        .then(pl.format("its last pack to {}", "other_location"))
        .otherwise(units.fill_null("no line"))
    )
    return lines.with_columns(told.select(rejected=word_worth(words, best)).to_series())


def _weigh_sizes(lines: pl.DataFrame, last: FloatArray, rules: LineRules) -> pl.DataFrame:
    """Add what lines would be worth with a pack less, a pack more, and with the last one elsewhere.

    Args:
        lines: as `add_rejected` has them.
        last: what the last pack of each gains, currency.
        rules: what a line costs, and must gain.
    """
    charged = rules.allocation_line_cost + rules.least_allocation_gain
    benefit = pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost")
    alone = pl.when(pl.len().over("origin", "destination") == 1).then("fixed_cost").otherwise(0.0)
    ended = pl.when(packs=1).then(charged + alone).otherwise(0.0)
    reducible = pl.col("packs") > pl.col("first")
    without_last = benefit - pl.Series(last, dtype=pl.Float64)
    return lines.with_columns(
        reducible=reducible,
        # Without its last pack a line as small as it may be is none.
        less=pl.when(reducible).then(without_last).otherwise(0.0),
        more=pl.when(binding="value").then(benefit + pl.col("next_net")),
        without_last=pl.when(reducible | (pl.col("packs") == 1)).then(without_last + ended),
    )


def _weigh_last_packs(lines: pl.DataFrame, worth: StockValue, keeping: Keeping) -> FloatArray:
    """What the last pack of each line gains, less what it is worth at the DC and its lane cost."""
    pair, pack, position, quantity, lane_cost = (
        lines[name].to_numpy()
        for name in ("pair", "case_pack", "inventory_position", "quantity", "lane_unit_cost")
    )
    stock = position + quantity - pack
    net = worth.gain(pair, stock, pack) - keeping.forgone(pair, stock, pack) - lane_cost * pack
    return np.asarray(net, dtype=float)


def _find_other_places(lines: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """By line the best pack of another place that lacks the DC's units alone: other_location, _net.

    It takes no more units than the last pack of the line has.
    """
    by_unit = (pl.col("next_net") / pl.col("case_pack")).round(WORTH_DECIMALS)
    lacking = (
        pairs.filter(
            pl.col("sent") < pl.col("packs"),
            (pl.col("sent") > 0) | (pl.col("first") == 1),
            pl.col("shortage") == 0,
            pl.col("fences_left") == 0,
            ~pl.col("closed"),
        )
        .sort(-by_unit, "pair")
        .select(
            "sku",
            "priority",
            origin="dc",
            other_location="location",
            other_net="next_net",
            other_pack="case_pack",
        )
        # One of the two is not the place of the line.
        .group_by("origin", "sku", "priority", maintain_order=True)
        .head(2)
    )
    before = pl.col("inventory_position") + pl.col("quantity") - pl.col("case_pack")
    return (
        lines.filter(before >= pl.max_horizontal("presentation_min", 0))
        .select(*_LINE, "priority", "case_pack")
        .join(lacking, on=["origin", "sku", "priority"], maintain_order="left_right")
        .filter(
            pl.col("other_location") != pl.col("destination"),
            pl.col("other_pack") <= pl.col("case_pack"),
        )
        .unique(_LINE, keep="first", maintain_order=True)
        .select(*_LINE, "other_location", "other_net")
    )
