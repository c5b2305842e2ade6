"""A promotion that sells far more than such promotions do, and what else comes with it."""

from typing import NamedTuple

import numpy as np
import polars as pl

from simulation.retailer.arrays import Floats, Ints, dates, day_number, pick
from simulation.retailer.locations import MARKETPLACE
from simulation.retailer.network import Network
from simulation.retailer.products import CATEGORIES, Products
from simulation.retailer.settings import RetailerSettings, Surge

ANNOUNCED_DAYS = 2
"""Days before its start on which the promotion of a surge is announced."""
DISCOUNT = 0.2
"""Share of the price that it takes off."""

_MARKDOWN_DAYS = 3
"""Days after the last business date from which the markdown that follows is listed."""
_MARKDOWN = 0.2
"""Share of the price that it takes off."""


class SurgeFactors(NamedTuple):
    """Factors of mean demand from a day on, [sku, zone]."""

    since: int
    factors: Floats


def find_surge_factors(settings: RetailerSettings, network: Network) -> SurgeFactors | None:
    """What the surge of a retailer does to demand; None where he has none."""
    surge, locations = settings.surge, network.locations
    if surge is None:
        return None
    factors = np.ones((network.products.style.size, locations.zones))
    market = np.unique(locations.zone[locations.kind == MARKETPLACE])
    promoted = list_promoted(surge, network.products)[:, None]
    factors[promoted, np.append(market, surge.region)] = surge.more
    factors[promoted, surge.slack_region] = surge.less
    return SurgeFactors(find_first_day(settings, surge), factors)


def find_first_day(settings: RetailerSettings, surge: Surge) -> int:
    """Day number on which a surge begins."""
    return day_number(settings.last_date) - surge.days + 1


def find_category(surge: Surge) -> int:
    """Number of the category of a surge."""
    return [category.name for category in CATEGORIES].index(surge.category)


def list_promoted(surge: Surge, products: Products) -> Ints:
    """Items of a surge.

    Raises:
        ValueError: the retailer sells none of its category.
    """
    items = np.flatnonzero(products.category == find_category(surge))
    if not items.size:
        raise ValueError(f"this retailer sells no {surge.category}")
    return items


def list_markdown(settings: RetailerSettings, surge: Surge, products: Products) -> pl.DataFrame:
    """Rows of `prices` with `announced`: the markdown that follows a surge, at every node."""
    items = list_promoted(surge, products)
    since = np.full(items.size, day_number(settings.last_date) + _MARKDOWN_DAYS)
    return pl.DataFrame(
        {
            "sku": pick(products.names, items),
            "location": ["*"] * items.size,
            "valid_from": dates(since),
            "valid_to": pl.Series([None] * items.size, dtype=pl.Date),
            "price": np.round(products.price[items] * (1 - _MARKDOWN), 2),
            "announced": np.full(items.size, day_number(settings.last_date)),
        }
    )
