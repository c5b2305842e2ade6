"""The quantities in which items may be ordered: each by itself, and what sharing may make of it.

All in order multiples. What an item wants by itself is best at any price of a unit, and a break is
best earned by its least order where more is needed for it than is wanted: the worth falls beyond
what is wanted, and what a break saves does not rise with more.
"""

import numpy as np
import polars as pl

from optimization.purchasing.breaks import count_earning_packs
from optimization.value import IntArray, build_ladders

_MOST_BETWEEN = 48
"""Multiples that are looked at between two ends, both included; more are passed over evenly."""


def list_own_quantities(sized: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """List what items may be ordered in by themselves.

    Nothing, what is wanted, and what earns a break beyond it; nothing is no choice where a floor
    asks for what the supplier takes.

    Args:
        sized: as `size_items` gives it, with pair, the number of each row.
        breaks: frame `break_prices`.

    Returns:
        pair, packs; each once, sorted.
    """
    floor = pl.col("floor_packs")
    kept_up = (floor > 0) & (floor >= pl.col("minimum_packs"))
    none = sized.filter(~kept_up).select("pair", packs=pl.lit(0, pl.Int64))
    least = pl.max_horizontal("wanted_packs", "minimum_packs")
    wanted = sized.filter(pl.col("wanted_packs") > 0)
    short = sized.filter(pl.col("inventory_position") < pl.col("order_up_to"))
    beyond = pl.when(pl.col("wanted_packs") > 0).then(least).otherwise(0)
    earning = _list_earning(short, breaks, beyond)
    return (
        pl.concat([none, wanted.select("pair", packs=least), earning])
        .unique()
        .sort("pair", "packs")
    )


def list_free_quantities(sized: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    """List what could be best if no floor, shelf or minimum had a say: pair, packs, sorted.

    What does not sell in its life is no order that could be placed.
    """
    free = sized.select("pair", packs="free_packs")
    boundless = sized.with_columns(most_packs="life_packs")
    earning = _list_earning(boundless, breaks, pl.col("free_packs"))
    return pl.concat([free, earning]).unique().sort("pair", "packs")


def list_larger_quantities(
    sized: pl.DataFrame, breaks: pl.DataFrame, missing: pl.Expr
) -> pl.DataFrame:
    """List what items may be raised to, so that their document reaches its least value.

    Args:
        sized: as `size_items` gives it, with pair, own_packs and own_money, what each takes by
            itself.
        breaks: frame `break_prices`.
        missing: money that the document of the item lacks, currency.

    Returns:
        pair, packs; each once, sorted.
    """
    first = pl.max_horizontal(pl.col("own_packs") + 1, "minimum_packs")
    best = pl.max_horizontal(first, pl.min_horizontal("free_packs", "most_packs"))
    # What earns a break costs less, all of it: more of it is needed.
    lowest = breaks.group_by("sku", "supplier", maintain_order=True).agg(
        lowest_price=pl.col("unit_price").min()
    )
    priced = sized.join(lowest, on=["sku", "supplier"], how="left", maintain_order="left")
    price = pl.min_horizontal("lowest_price", "unit_price")
    more, alone = (
        (money / (price * pl.col("order_multiple"))).ceil().cast(pl.Int64)
        for money in (missing, missing + pl.col("own_money"))
    )
    last = pl.min_horizontal(pl.max_horizontal(best + more, alone), "most_packs")
    ends = priced.select("pair", first=first, last=last)
    fitting = best <= last
    further = priced.select("pair", packs=pl.when(fitting).then(best)).drop_nulls()
    earning = _list_earning(sized, breaks, first).join(ends, on="pair")
    near = earning.filter(pl.col("packs") <= pl.col("last")).select("pair", "packs")
    return pl.concat([_list_between(ends), further, near]).unique().sort("pair", "packs")


def list_smaller_quantities(sized: pl.DataFrame) -> pl.DataFrame:
    """List what items may be cut to where a budget has no room for all, nothing included.

    Args:
        sized: as `size_items` gives it, with pair and own_packs, what each takes by itself.

    Returns:
        pair, packs; each once, sorted.
    """
    none = sized.select("pair", packs=pl.lit(0, pl.Int64))
    ends = sized.select("pair", first="minimum_packs", last=pl.col("own_packs") - 1)
    valued = sized.select("pair", packs=pl.max_horizontal("value_packs", "minimum_packs"))
    most = sized.select("pair", most=pl.col("own_packs"))
    fewer = valued.join(most, on="pair").filter(pl.col("packs") < pl.col("most"))
    return (
        pl.concat([none, _list_between(ends), fewer.select("pair", "packs")])
        .unique()
        .sort("pair", "packs")
    )


def list_finer_quantities(
    sized: pl.DataFrame, options: pl.DataFrame, chosen: pl.DataFrame
) -> pl.DataFrame:
    """List what was passed over on both sides of what was chosen to fill a document.

    Args:
        sized: as `size_items` gives it, with pair and fewest_packs, below which nothing further is
            looked at, of documents that lack something.
        options: pair, packs: what was looked at.
        chosen: pair, packs: what was chosen of it.

    Returns:
        pair, packs; none where everything beside the chosen was looked at, sorted.
    """
    before, after = (pl.col("packs").shift(by).over("pair", order_by="packs") for by in (1, -1))
    rows = (
        options.select("pair", "packs", before=before, after=after)
        .join(chosen, on=["pair", "packs"], how="semi")
        .join(sized.select("pair", "fewest_packs"), on="pair")
    )
    sides = [
        rows.select("pair", first=pl.max_horizontal(first + 1, "fewest_packs"), last=last - 1)
        for first, last in (
            (pl.col("before"), pl.col("packs")),
            (pl.col("packs"), pl.col("after")),
        )
    ]
    return _list_between(pl.concat(sides).drop_nulls()).unique().sort("pair", "packs")


def _list_earning(sized: pl.DataFrame, breaks: pl.DataFrame, beyond: pl.Expr) -> pl.DataFrame:
    """The least orders that earn breaks and are larger than some: pair, packs."""
    return (
        sized.with_columns(beyond=beyond)
        .join(breaks.select("sku", "supplier", "from_quantity"), on=["sku", "supplier"])
        .with_columns(packs=count_earning_packs())
        .filter(
            pl.col("packs") > pl.col("beyond"),
            (pl.col("packs") <= pl.col("most_packs")).fill_null(value=True),
        )
        .select("pair", "packs")
    )


def _list_between(ends: pl.DataFrame) -> pl.DataFrame:
    """Whole numbers from first to last of each pair, at most `_MOST_BETWEEN`, evenly."""
    some = ends.filter(pl.col("first") <= pl.col("last"))
    first, last = some["first"].to_numpy(), some["last"].to_numpy()
    counts: IntArray = np.minimum(last - first + 1, _MOST_BETWEEN)
    row, rung = build_ladders(counts)
    steps = np.maximum(counts - 1, 1)[row]
    packs = first[row] + (last - first)[row] * rung // steps
    return pl.DataFrame({"pair": some["pair"].to_numpy()[row], "packs": packs}).cast(
        {"pair": pl.Int64, "packs": pl.Int64}
    )
