"""The price that a reduction is counted from: the lowest of the days before it.

Directive 98/6/EC, Art. 6a, has an announced reduction state the lowest price of a time before
it, of 30 days or more; the Court of Justice has the reduction itself be counted from that price
(C-330/23, Aldi Süd). States may let a campaign's later steps be counted from the price before its
first, and let the time be shorter for what is not on sale for so long.
"""

import datetime as dt

import polars as pl

from optimization.markdown.zones import PAIR, ZONED
from quality_checks.contracts import EVERYWHERE, MarkdownRules, PriorPriceRules

YEAR = dt.timedelta(days=365)
"""How far back steps of a campaign are looked for."""

_RULE = {
    "days": pl.Int64,
    "most_off": pl.Float64,
    "steps_within_days": pl.Int64,
    "unknown": pl.String,
}

_FOUND = {
    "sku": pl.String,
    "zone": pl.String,
    "lowest": pl.Float64,
    "in_force": pl.Boolean,
    "prior_held": pl.Boolean,
    "most_off": pl.Float64,
}


def find_prior_prices(
    sellers: pl.DataFrame, offers: pl.DataFrame, rules: MarkdownRules, *, business_date: dt.date
) -> pl.DataFrame:
    """Find the price that tonight's reductions are counted from, zone by zone.

    A day without an entry of the price list has the list price; promotions come off either. The
    strictest of a zone's places holds for all of it.

    Args:
        sellers: sku, location, zone, region, unit_price (list price, missing where unknown) and
            launch_date (missing where unknown).
        offers: frame `announced_offers`, of the year before.
        rules: by region, from which price reductions are counted.
        business_date: the day that closed; prices change on the next.

    Returns:
        sku, zone, lowest (of what is known, currency; missing where nothing is), in_force (it is
        not all known, and the price in force counts, too), prior_held (no price may fall, as it is
        not all known) and most_off (share), of zones in which a rule holds, sorted by key.
    """
    if not rules.prior_prices:
        return pl.DataFrame(schema=_FOUND)
    ruled = _add_rules(sellers, rules.prior_prices)
    lowest = _find_lowest(ruled, _list_parts(ruled, offers, business_date), business_date)
    found = ruled.join(lowest, on=PAIR, how="left", maintain_order="left")
    unknown = ~pl.col("known").fill_null(value=False)
    return (
        found.group_by(ZONED, maintain_order=True)
        .agg(
            pl.col("lowest").min(),
            in_force=(unknown & (pl.col("unknown") == "price_in_force")).any(),
            prior_held=(unknown & (pl.col("unknown") == "hold")).any(),
            most_off=pl.col("most_off").min(),
        )
        .sort(ZONED)
    )


def _add_rules(sellers: pl.DataFrame, rules: dict[str, PriorPriceRules]) -> pl.DataFrame:
    """Sellers of regions that have a rule, with it."""
    stated = pl.DataFrame(
        [{"region": region} | rule.model_dump() for region, rule in sorted(rules.items())],
        schema={"region": pl.String, **_RULE},
    )
    other = pl.col("region").is_in(list(rules)).not_() & pl.lit(EVERYWHERE in rules)
    return (
        sellers.with_columns(ruled_by=pl.when(other).then(pl.lit(EVERYWHERE)).otherwise("region"))
        .join(stated.rename({"region": "ruled_by"}), on="ruled_by", maintain_order="left")
        .select(*PAIR, "zone", "unit_price", "launch_date", *_RULE)
    )


def _list_parts(ruled: pl.DataFrame, offers: pl.DataFrame, business_date: dt.date) -> pl.DataFrame:
    """Parts of the year before in which the price of a pair was one: first, last and price."""
    day = pl.duration(days=1)
    since = pl.max_horizontal("launch_date", pl.lit(business_date - YEAR))
    pairs = ruled.select(*PAIR, "unit_price", since=since)
    held = pairs.join(offers, on=PAIR, maintain_order="left_right")
    marks = pl.concat(
        [
            pairs.select(*PAIR, first="since"),
            held.select(*PAIR, first=pl.max_horizontal("starts_on", "since")),
            held.select(*PAIR, first=pl.max_horizontal(pl.col("ends_on") + day, "since")),
        ]
    )
    parts = (
        marks.filter(pl.col("first") <= business_date)
        .unique(maintain_order=True)
        .sort(*PAIR, "first")
        .with_row_index("part")
    )
    running = parts.join(offers, on=PAIR, maintain_order="left_right").filter(
        pl.col("starts_on") <= pl.col("first"),
        (pl.col("ends_on") >= pl.col("first")).fill_null(value=True),
    )
    best = running.group_by("part", maintain_order=True).agg(
        # A price of nothing is no price.
        entry=pl.col("price").filter(pl.col("price") > 0).min(),
        off=pl.col("discount").max(),
    )
    listed = pl.when(pl.col("unit_price") > 0).then("unit_price")
    return (
        parts.join(pairs, on=PAIR, maintain_order="left")
        .join(best, on="part", how="left", maintain_order="left")
        .select(
            *PAIR,
            "first",
            last=(pl.col("first").shift(-1) - day).over(PAIR).fill_null(business_date),
            price=pl.coalesce("entry", listed) * (1 - pl.col("off").fill_null(0.0)),
        )
    )


def _find_lowest(ruled: pl.DataFrame, parts: pl.DataFrame, business_date: dt.date) -> pl.DataFrame:
    """Lowest price of each pair's days that count, and whether all of them are known."""
    started = _find_campaigns(ruled, parts, business_date)
    day = pl.duration(days=1)
    ends = (pl.col("started") - day).fill_null(business_date)
    return (
        parts.join(ruled.select(*PAIR, "days"), on=PAIR, maintain_order="left")
        .join(started, on=PAIR, how="left", maintain_order="left")
        .filter(pl.col("first") <= ends, pl.col("last") > ends - pl.duration(days=pl.col("days")))
        .group_by(PAIR, maintain_order=True)
        .agg(lowest=pl.col("price").min(), known=pl.col("price").is_not_null().all())
    )


def _find_campaigns(
    ruled: pl.DataFrame, parts: pl.DataFrame, business_date: dt.date
) -> pl.DataFrame:
    """First day of the campaign of which a fall tonight would be a step, of pairs that have one."""
    gap = pl.duration(days=pl.col("steps_within_days"))
    changes = (
        parts.with_columns(before=pl.col("price").shift().over(PAIR))
        .filter(pl.col("price").ne_missing(pl.col("before")))
        .with_columns(falls=(pl.col("price") < pl.col("before")).fill_null(value=False))
        .join(ruled.select(*PAIR, "steps_within_days"), on=PAIR, maintain_order="left")
    )
    earlier = pl.col("first").shift().over(PAIR)
    follows = pl.col("falls").shift().over(PAIR) & (pl.col("first") - earlier <= gap)
    begins = pl.col("falls") & ~follows.fill_null(value=False)
    tomorrow = pl.lit(business_date + dt.timedelta(days=1))
    return (
        changes.with_columns(started=pl.when(begins).then("first").forward_fill().over(PAIR))
        .group_by(PAIR, maintain_order=True)
        .last()
        .filter(pl.col("falls"), tomorrow - pl.col("first") <= gap)
        .select(*PAIR, "started")
    )
