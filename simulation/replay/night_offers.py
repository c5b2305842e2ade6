"""Offers that are known, and how demand answers to prices, from what a policy sees."""

import polars as pl

from forecasting.night import PricedOffers
from quality_checks.contracts import Offers, PlanningPolicy, find_frame
from simulation.replay.decision import EveningView
from simulation.replay.night_prices import list_known_offers
from simulation.replay.night_responses import learn_responses


def priced_offers(seen: EveningView, policy: PlanningPolicy, horizon: int) -> PricedOffers | None:
    """Offers as the forecast reads them, but to the whole range; none where none are announced.

    Args:
        seen: what is known.
        policy: days of history that levels are learnt from, and of a season.
        horizon: days ahead that are forecast.
    """
    masters = seen.masters
    if masters.offers is None:
        return None
    known = list_known_offers(seen, seen.day - policy.history_days + 1, seen.day + horizon)
    inside = known.filter(~pl.col("whole_range"))
    told = inside.filter(pl.col("announced_on") != pl.col("date"))
    if told.is_empty():
        return None
    return PricedOffers(offers_by_day(inside), learn_responses(seen, policy))


def offers_by_day(offers: pl.DataFrame) -> pl.DataFrame:
    """The lowest price of a pair on a day, and whether a promotion runs: frame `offers`."""
    return (
        offers.sort("sku", "location", "date", "announced_on")
        .group_by("sku", "location", "date", maintain_order=True)
        .agg(pl.col("price").min(), pl.col("promoted").any(), pl.col("announced_on").first())
        .select(find_frame(Offers).schema.names())
    )
