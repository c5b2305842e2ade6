"""What offers do to demand, day by day: by how steeply each item answers to its price."""

from typing import Final

import polars as pl

from quality_checks.contracts import OfferEffects, Offers, find_frame

LEAST_PRICE: Final = 0.1
"""Share of the list price below which a price is taken for a mistake, and does nothing."""

_COLUMNS = find_frame(OfferEffects).schema.names()


def measure_offer_effects(offers: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """Measure how many times the usual demand each offer makes of its day.

    At a share p of the list price the demand of an item is p^slope times that at the list price
    (constant elasticity). What was told on its very day, and not before, comes and goes unseen:
    nothing of it is known of days ahead, so the level keeps what it did in the past. What was told
    only afterwards, as in a first delivery of all offers, counts.

    Args:
        offers: frame `offers`, of days past and ahead.
        responses: sku, slope (of log demand by log price): columns of the contract PriceResponses;
            offers of items that it lacks do nothing.

    Returns:
        Frame `offer_effects`, sorted by key.

    Raises:
        ValueError: `offers` breaks its contract.
    """
    known = find_frame(Offers).read(offers)
    effect = (pl.col("slope") * pl.col("price").log()).exp()
    return (
        known.filter(pl.col("announced_on") != pl.col("date"), pl.col("price") >= LEAST_PRICE)
        .join(responses.select("sku", "slope"), on="sku", maintain_order="left")
        .with_columns(effect=effect)
        .filter(pl.col("effect") != 1.0)
        .select(_COLUMNS)
        .sort("sku", "location", "date")
    )
