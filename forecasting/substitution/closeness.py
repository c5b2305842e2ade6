"""Which items can stand in for another: those that the master names, else those that are alike."""

import polars as pl

PAIR = ["sku", "substitute"]
_TOLD = ("style", "colour", "size", "category")


def classify_pairs(pairs: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Say how close two items are, and of which category the one is that was ordered.

    Args:
        pairs: sku, substitute.
        items: frame `substitute_items`.

    Returns:
        The pairs of known items, with closeness and category, in their order.
    """
    theirs = items.select(pl.col("sku").alias("substitute"), *(_name_other(n) for n in _TOLD))
    both = pairs.join(items.select("sku", *_TOLD), on="sku", maintain_order="left").join(
        theirs, on="substitute", maintain_order="left"
    )
    same = {name: pl.col(name) == pl.col(f"{name}_other") for name in _TOLD}
    closeness = (
        pl.when(same["style"] & same["size"])
        .then(pl.lit("other_colour"))
        .when(same["style"] & same["colour"])
        .then(pl.lit("other_size"))
        .when(same["style"])
        .then(pl.lit("same_style"))
        .when(same["category"] & same["size"])
        .then(pl.lit("alike"))
        .when(same["category"])
        .then(pl.lit("same_category"))
        .otherwise(pl.lit("other"))
    )
    return both.select(pairs.columns, closeness=closeness, category="category")


def list_substitutes(
    wanted: pl.Series, items: pl.DataFrame, stated: pl.DataFrame, *, price_band: float
) -> pl.DataFrame:
    """List the items on sale that may be sent in place of others.

    Those that the master allows; where it allows none of an item, those of its category whose price
    differs by no more than a share. What the master forbids is never among them.

    Args:
        wanted: skus that are asked about.
        items: frame `substitute_items`.
        stated: frame `stated_substitutes`.
        price_band: that share.

    Returns:
        sku, substitute, sorted.
    """
    asked = items.filter(pl.col("sku").is_in(wanted.implode()))
    allowed = stated.filter("allowed")
    named = allowed.join(asked, on="sku", how="semi").select(PAIR)
    silent = asked.join(allowed, on="sku", how="anti")
    theirs = items.select("category", substitute="sku", other_price="unit_price")
    apart = (pl.col("other_price") - pl.col("unit_price")).abs()
    alike = (
        silent.join(theirs, on="category")
        .filter((apart <= price_band * pl.col("unit_price")).fill_null(value=False))
        .select(PAIR)
    )
    on_sale = items.filter("on_sale").select(substitute="sku")
    return (
        pl.concat([named, alike])
        .filter(pl.col("sku") != pl.col("substitute"))
        .join(on_sale, on="substitute", how="semi")
        .join(stated.filter(~pl.col("allowed")), on=PAIR, how="anti")
        .sort(PAIR)
    )


def _name_other(name: str) -> pl.Expr:
    return pl.col(name).alias(f"{name}_other")
