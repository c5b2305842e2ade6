"""Which items and places have one price, what it is in a zone, and when it is planned to fall."""

import datetime as dt

import polars as pl

from quality_checks.contracts import EVERYWHERE, MarkdownRules

PAIR = ["sku", "location"]
ZONED = ["sku", "zone"]

_LEAST_FALL = 0.01
"""Share by which an entry of the price list is lower at least to be a fall of the price."""

_FEW = 1e-6
"""Weight of an item-location without stock beside those that have some."""


def name_zone(rules: MarkdownRules) -> pl.Expr:
    """The price zone of an item-location, by region, price_zone and location.

    By `zone` an item is priced by itself at a location of which nobody says that it has the price
    of others, or that has a price of its own.
    """
    return {
        "everywhere": pl.lit(EVERYWHERE),
        "region": pl.col("region"),
        "zone": pl.coalesce("price_zone", "location"),
        "location": pl.col("location"),
    }[rules.price_zones].alias("zone")


def name_family(rules: MarkdownRules) -> pl.Expr:
    """The items that have one price, by sku, style and colour; no colour is a colour, too."""
    in_colour = pl.format("{}/{}", "style", "colour")
    return {
        "colour": pl.coalesce(in_colour, "style"),
        "style": pl.col("style"),
        "item": pl.col("sku"),
    }[rules.priced_together].alias("family")


def find_zone_prices(
    sellers: pl.DataFrame, prices: pl.DataFrame, *, business_date: dt.date
) -> pl.DataFrame:
    """Find the price of each zone as most of its units have it, its last fall and the next one.

    Args:
        sellers: sku, location, zone, unit_price (list price, missing where unknown), selling_price
            (what it is expected to sell for, missing likewise) and owned (units).
        prices: the columns of the contract Prices.
        business_date: the day that closed.

    Returns:
        sku, zone, price (in force on the business date: the lowest entry of the price list, else
        the list price, else what it is expected to sell for; missing where nothing says),
        lowered_on (missing where no entry lowers it), planned_on and planned_price (of the next
        entry that is lower; missing without one), sorted by key.
    """
    entries = prices.filter(pl.col("price") > 0)
    of_pair = pl.concat(
        [
            sellers.join(
                entries.filter(pl.col("location") == EVERYWHERE).drop("location"), on="sku"
            ),
            sellers.join(entries.filter(pl.col("location") != EVERYWHERE), on=PAIR),
        ]
    )
    running = of_pair.filter(
        pl.col("valid_from") <= business_date,
        (pl.col("valid_to") >= business_date).fill_null(value=True),
    )
    lowest = (
        running.sort(*PAIR, "price", "valid_from")
        .group_by(PAIR, maintain_order=True)
        .agg(entry=pl.col("price").first(), lowered_on=pl.col("valid_from").first())
    )
    listed = pl.when(pl.col("unit_price") > 0).then("unit_price")
    known = sellers.join(lowest, on=PAIR, how="left", maintain_order="left").with_columns(
        price=pl.coalesce("entry", listed, "selling_price"),
        lowered_on=pl.when((pl.col("entry") < listed).fill_null(value=True)).then("lowered_on"),
    )
    ahead = of_pair.filter(pl.col("valid_from") > business_date).select(
        *PAIR, planned_on="valid_from", planned_price=pl.col("price")
    )
    falls = (
        known.join(ahead, on=PAIR)
        .filter(pl.col("planned_price") <= pl.col("price") * (1 - _LEAST_FALL))
        .sort(*PAIR, "planned_on", "planned_price")
        .group_by(PAIR, maintain_order=True)
        .agg(pl.col("planned_on", "planned_price").first())
    )
    found = known.join(falls, on=PAIR, how="left", maintain_order="left")
    told = ["price", "lowered_on", "planned_on", "planned_price"]
    return (
        found.group_by(*ZONED, *told, maintain_order=True)
        .agg(units=pl.col("owned").clip(lower_bound=0).sum() + _FEW * pl.len())
        .sort(*ZONED, "units", *told, descending=[False, False, True, True, True, True, True])
        .group_by(ZONED, maintain_order=True)
        .agg(pl.col(told).first())
    )
