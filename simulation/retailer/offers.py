"""Promotions, end-of-season markdowns and local prices, and the price they leave."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Bools,
    Floats,
    Ints,
    dates,
    day_number,
    draw_cases,
    make_generator,
    pick,
)
from simulation.retailer.context import HORIZON
from simulation.retailer.geography import REGIONS
from simulation.retailer.locations import ECOM, MARKETPLACE, Locations
from simulation.retailer.products import CATEGORIES, FOREVER, Products
from simulation.retailer.settings import CURRENCY, RetailerSettings, Surge
from simulation.retailer.surge import (
    ANNOUNCED_DAYS,
    DISCOUNT,
    find_category,
    find_first_day,
    list_markdown,
)

PROMOTION_AHEAD = 28
"""Days before its start on which a promotion is announced."""

MARKDOWN_AHEAD = 3
MARKDOWNS = ((35, 14, 0.20), (13, 0, 0.40))
"""Days before the exit of an item from which and to which a share is taken off."""

ECOM_BASIC_DISCOUNT = 0.05


class Promotion(NamedTuple):
    """A promotion with indices: `scope_index` of the item, style or category; -1 for all."""

    promo_id: str
    scope: str
    scope_index: int
    region: int
    channel: str
    start: int
    end: int
    discount: float
    ahead: int = PROMOTION_AHEAD


@dataclass(frozen=True)
class Offers:
    """Prices of all items in all zones on any day.

    Attributes:
        promotions: in order of promo_id.
        promotion_frame: `promotions` with `announced`, the day number it becomes known.
        price_frame: `prices` with `announced`.
    """

    products: Products
    locations: Locations
    promotions: tuple[Promotion, ...]
    promotion_frame: pl.DataFrame
    price_frame: pl.DataFrame

    def selling_prices(self, day: int) -> tuple[Floats, Ints]:
        """[sku, zone] price of a unit on a day, and the index of the promotion in it, or -1."""
        products, zones = self.products, _zones(self.locations)
        price = products.price[:, None] * np.ones((1, zones.region.size))
        for since, until, share in MARKDOWNS:
            left = products.exit - day
            price[(left <= since) & (left >= until)] *= 1 - share
        price[np.ix_(ecom_bargains(products), zones.kind == ECOM)] *= 1 - ECOM_BASIC_DISCOUNT
        price = np.round(price, 2)
        discount = np.zeros(price.shape)
        applied = np.full(price.shape, -1)
        for index, promotion in enumerate(self.promotions):
            if promotion.start <= day <= promotion.end:
                cells = np.outer(_items(promotion, products), _reach(promotion, zones))
                cells &= promotion.discount > discount
                discount[cells] = promotion.discount
                applied[cells] = index
        return np.round(price * (1 - discount), 2), applied


class _Zones(NamedTuple):
    kind: Ints
    region: Ints


def _zones(locations: Locations) -> _Zones:
    """Kind and region of each demand zone."""
    first = [int(np.flatnonzero(locations.zone == z)[-1]) for z in range(locations.zones)]
    return _Zones(locations.kind[first], locations.region[first])


def _items(promotion: Promotion, products: Products) -> Bools:
    index = {
        "sku": np.arange(products.style.size),
        "style": products.style,
        "category": products.category,
        "all": np.full(products.style.size, -1),
    }[promotion.scope]
    matches: Bools = index == promotion.scope_index
    return matches


def _reach(promotion: Promotion, zones: _Zones) -> Bools:
    kinds = {"ecom": zones.kind == ECOM, "marketplace": zones.kind == MARKETPLACE}
    channel = kinds.get(promotion.channel, np.ones(zones.kind.size, dtype=np.bool_))
    return np.asarray(channel & ((promotion.region < 0) | (zones.region == promotion.region)))


def ecom_bargains(products: Products) -> Bools:
    """Basics that cost less in the web shop, all year; every eighth of them."""
    return np.asarray(~products.fashion & (np.arange(products.fashion.size) % 8 == 0))


def build_offers(
    settings: RetailerSettings, seed: int, products: Products, locations: Locations
) -> Offers:
    """Draw the promotions up to some weeks after the last business date."""
    promotions = _draw_promotions(settings, make_generator(seed, "promotions"), products)
    if (surge := settings.surge) is not None:
        promotions += (_promote(settings, surge, len(promotions)),)
    return Offers(
        products=products,
        locations=locations,
        promotions=promotions,
        promotion_frame=_promotion_frame(promotions, products),
        price_frame=_price_frame(settings, products, locations),
    )


def _promote(settings: RetailerSettings, surge: Surge, before: int) -> Promotion:
    """The promotion of a surge, announced later than others; it goes on for a week."""
    start = find_first_day(settings, surge)
    return Promotion(
        promo_id=f"PR{before + 1:04d}",
        scope="category",
        scope_index=find_category(surge),
        region=surge.region,
        channel="*",
        start=start,
        end=day_number(settings.last_date) + 7,
        discount=DISCOUNT,
        ahead=ANNOUNCED_DAYS,
    )


def _draw_promotions(
    settings: RetailerSettings, rng: np.random.Generator, products: Products
) -> tuple[Promotion, ...]:
    """About three start each week."""
    first = day_number(settings.first_date) - 7
    last = day_number(settings.last_date) + HORIZON
    limits = {
        "sku": products.style.size,
        "style": int(products.style.max()) + 1,
        "category": len(CATEGORIES),
    }
    drawn: list[Promotion] = []
    for start in np.sort(rng.integers(first, last, (last - first) * 3 // 7)).tolist():
        scope = str(rng.choice(["sku", "style", "category", "all"], p=(0.2, 0.45, 0.32, 0.03)))
        channel = str(rng.choice(["*", "ecom", "marketplace"], p=(0.75, 0.17, 0.08)))
        everywhere = channel != "*" or draw_cases(rng, 1, 0.6)[0]
        drawn.append(
            Promotion(
                promo_id=f"PR{len(drawn) + 1:04d}",
                scope=scope,
                scope_index=int(rng.integers(limits[scope])) if scope in limits else -1,
                region=-1 if everywhere else int(rng.integers(settings.regions)),
                channel=channel,
                start=start,
                end=start + int(rng.integers(3, 15)),
                discount=float(rng.choice([0.1, 0.15, 0.2, 0.25, 0.3, 0.4])),
            )
        )
    return tuple(drawn)


def _promotion_frame(promotions: tuple[Promotion, ...], products: Products) -> pl.DataFrame:
    frame = products.frame
    style_names = dict(zip(products.style.tolist(), frame["style"], strict=True))

    def named(promotion: Promotion) -> str:
        match promotion.scope:
            case "sku":
                return str(products.names[promotion.scope_index])
            case "style":
                return str(style_names[promotion.scope_index])
            case "category":
                return CATEGORIES[promotion.scope_index].name
            case _:
                return "*"

    # A small retailer has no item of some categories: of those he announces nothing.
    sold = set(products.category.tolist())
    promotions = tuple(p for p in promotions if p.scope != "category" or p.scope_index in sold)
    start = np.array([p.start for p in promotions])
    return pl.DataFrame(
        {
            "promo_id": [p.promo_id for p in promotions],
            "scope": [p.scope for p in promotions],
            "scope_value": [named(p) for p in promotions],
            "region": [REGIONS[p.region].name if p.region >= 0 else "*" for p in promotions],
            "channel": [p.channel for p in promotions],
            "starts_on": dates(start),
            "ends_on": dates(np.array([p.end for p in promotions])),
            "discount": [p.discount for p in promotions],
            "announced": start - np.array([p.ahead for p in promotions]),
        }
    )


def _price_frame(
    settings: RetailerSettings, products: Products, locations: Locations
) -> pl.DataFrame:
    """Markdowns at every node, and the web shop's own prices; no item has both."""
    fashion = np.flatnonzero(products.exit < FOREVER)
    frames = []
    for since, until, share in MARKDOWNS:
        start = products.exit[fashion] - since
        frames.append(
            pl.DataFrame(
                {
                    "sku": pick(products.names, fashion),
                    "location": ["*"] * fashion.size,
                    "valid_from": dates(start),
                    "valid_to": dates(products.exit[fashion] - until),
                    "price": np.round(products.price[fashion] * (1 - share), 2),
                    "announced": start - MARKDOWN_AHEAD,
                }
            )
        )
    cheap = np.flatnonzero(ecom_bargains(products))
    ecom = str(locations.names[int(np.flatnonzero(locations.kind == ECOM)[0])])
    frames.append(
        pl.DataFrame(
            {
                "sku": pick(products.names, cheap),
                "location": [ecom] * cheap.size,
                "valid_from": dates(products.launch[cheap]),
                "valid_to": pl.Series([None] * cheap.size, dtype=pl.Date),
                "price": np.round(products.price[cheap] * (1 - ECOM_BASIC_DISCOUNT), 2),
                "announced": products.announced[cheap],
            }
        )
    )
    if settings.surge is not None:
        frames.append(list_markdown(settings, settings.surge, products))
    prices = pl.concat(frames).with_columns(currency=pl.lit(CURRENCY))
    return prices.sort("sku", "location", "valid_from")


def newly_announced(frame: pl.DataFrame, day: int, first: int) -> pl.DataFrame:
    """Rows of `frame` whose `announced` is `day`; on the first day all until then."""
    known = pl.col("announced") <= day if day == first else pl.col("announced") == day
    return frame.filter(known).drop("announced")
