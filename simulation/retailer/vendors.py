"""The suppliers: who they are, on what terms they sell, and how well they keep their word."""

from dataclasses import dataclass

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
    masked,
    pick,
)
from simulation.retailer.geography import ORIGINS
from simulation.retailer.products import Products
from simulation.retailer.settings import CURRENCY, RetailerSettings

PUNCTUAL, TYPICAL, ERRATIC, BIMODAL = range(4)

LINES_OF_LEAST_VALUES = 600
"""Sales lines a day and supplier of retailers that least values of 500 to 3,000 EUR suit."""

ORDER_DAYS = 5
"""Each supplier is ordered from on one of so many weekdays."""

FIRST_NAMES = (
    "Almeida", "Padma", "Yildiz", "Hengtai", "Bertoni", "Song Hong", "Atlas", "Kaveri", "Douro",
    "Meghna", "Ege", "Jinlan", "Conti", "Mekong", "Rif", "Deccan", "Minho", "Surma", "Anadolu",
    "Lotus Gate",
)  # fmt: skip
LAST_NAMES = ("Textil", "Garments", "Apparel")


@dataclass(frozen=True)
class Vendors:
    """Suppliers as a frame and as arrays over them.

    Attributes:
        frame: the `suppliers` master.
        names: business keys.
        profile: PUNCTUAL, TYPICAL, ERRATIC or BIMODAL lead times.
        origin: index in ORIGINS.
        lead_time, transport: contract lead time and the transport in it, days.
        short_chance: chance that an order line comes short.
    """

    frame: pl.DataFrame
    names: pl.Series
    profile: Ints
    origin: Ints
    lead_time: Ints
    transport: Ints
    short_chance: Floats


@dataclass(frozen=True)
class VendorTerms:
    """The `item_suppliers` master, and as arrays over the items.

    Attributes:
        frame: the master.
        second: index of the second supplier of an item, -1 without one.
        minimum, multiple: units of an order line, the same with both suppliers.
        second_price: EUR a unit of the second supplier.
    """

    frame: pl.DataFrame
    second: Ints
    minimum: Ints
    multiple: Ints
    second_price: Floats


def build_vendors(settings: RetailerSettings, seed: int) -> Vendors:
    """Draw the suppliers."""
    rng = make_generator(seed, "vendors")
    index = np.arange(settings.suppliers)
    origin = index % len(ORIGINS)
    names = pl.Series([f"SUP{i + 1:02d}" for i in index])
    lead_time = np.array([o.lead_time for o in ORIGINS])[origin] + rng.integers(-2, 4, index.size)
    # Half the suppliers of one origin close for its holidays just after the last business date.
    closed = (origin == 3) & (index % 2 == 1)  # noqa: PLR2004  # China, Golden Week
    closes = np.full(index.size, day_number(settings.last_date) + 1)
    frame = pl.DataFrame(
        {
            "supplier": names,
            "name": [
                f"{FIRST_NAMES[i % len(FIRST_NAMES)]} {LAST_NAMES[i // len(FIRST_NAMES)]}"
                for i in index
            ],
            "origin": [ORIGINS[o].name for o in origin],
            "minimum_order_value": _least_values(settings, rng.uniform(500, 3_000, index.size)),
            "expedite_fee": np.round(rng.uniform(60, 400, index.size), -1),
            "expedite_days_saved": np.maximum(lead_time // 4, 2),
            "closed_from": dates(closes, closed),
            "closed_to": dates(closes + 7, closed),
            "order_weekdays": _list_order_days(settings),
            "payment_days": _draw_payment_days(settings, seed),
        }
    )
    return Vendors(
        frame=frame,
        names=names,
        profile=np.array([TYPICAL, PUNCTUAL, ERRATIC, TYPICAL, BIMODAL])[index % 5],
        origin=origin,
        lead_time=lead_time,
        transport=np.array([o.transport for o in ORIGINS])[origin],
        short_chance=rng.uniform(0.01, 0.15, index.size),
    )


def _least_values(settings: RetailerSettings, drawn: Floats) -> Floats:
    """Least values of an order, EUR: a small retailer deals with suppliers who take its orders."""
    lines = settings.pos_lines_per_day / settings.suppliers
    share = min(lines / LINES_OF_LEAST_VALUES, 1.0)
    return np.round(drawn * share, -2 if share == 1 else -1)


def _list_order_days(settings: RetailerSettings) -> pl.Series:
    """Days of the week on which suppliers take orders: every fourth on that of its buyer alone."""
    days = [
        "".join("1" if day == index % ORDER_DAYS else "0" for day in range(7))
        if index % 4 == 3  # noqa: PLR2004  # the last of every four
        else None
        for index in range(settings.suppliers)
    ]
    return pl.Series(days, dtype=pl.String)


def _draw_payment_days(settings: RetailerSettings, seed: int) -> pl.Series:
    """Days from delivery to payment; one supplier in seven has never stated any."""
    days = make_generator(seed, "payment terms").choice([14, 30, 45, 60, 90], settings.suppliers)
    return masked(days, np.arange(settings.suppliers) % 7 != 6)  # noqa: PLR2004  # one in seven


def build_terms(
    settings: RetailerSettings, seed: int, products: Products, vendors: Vendors
) -> VendorTerms:
    """Draw the terms of the main supplier of every item, and of a second one for some."""
    rng = make_generator(seed, "terms")
    count = products.supplier.size
    second = (products.supplier + rng.integers(1, settings.suppliers, count)) % settings.suppliers
    second = np.where(draw_cases(rng, count, 0.25), second, -1)
    multiple = products.pack * rng.choice([1, 2, 5], count)
    minimum = multiple * rng.integers(2, 6, count)
    second_price = np.round(products.cost * 1.12, 2)
    every = np.arange(count)
    others = np.flatnonzero(second >= 0)

    def rows(items: Ints, supplier: Ints, price: Floats, *, preferred: bool) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "sku": pick(products.names, items),
                "supplier": pick(vendors.names, supplier),
                "contract_lead_time_days": vendors.lead_time[supplier],
                "minimum_order_quantity": minimum[items],
                "order_multiple": multiple[items],
                "unit_price": price,
                "currency": [CURRENCY] * items.size,
                "preferred": [preferred] * items.size,
                "valid_from": dates(products.launch[items] - 400),
                "valid_to": pl.Series([None] * items.size, dtype=pl.Date),
            }
        )

    frame = pl.concat(
        [
            rows(every, products.supplier, products.cost, preferred=True),
            rows(others, second[others], second_price[others], preferred=False),
        ]
    )
    return VendorTerms(frame, second, minimum, multiple, second_price)


def draw_lateness(vendors: Vendors, supplier: Ints, rng: np.random.Generator) -> Floats:
    """Draw the actual lead time of order lines relative to the contract, by supplier profile."""
    count = supplier.size
    late_batch = draw_cases(rng, count, 0.2)  # the second mode of BIMODAL
    ratios = np.stack(
        [
            rng.normal(0.97, 0.03, count),
            rng.gamma(70.0, 1.03 / 70.0, count),
            rng.lognormal(0.02, 0.28, count),
            np.where(late_batch, rng.normal(1.55, 0.15, count), rng.normal(0.98, 0.04, count)),
        ]
    )
    return np.asarray(ratios[vendors.profile[supplier], np.arange(count)])


def review_day(vendors: Vendors, weekday: int) -> Bools:
    """Suppliers whose orders are placed on a weekday."""
    return np.asarray(np.arange(vendors.profile.size) % ORDER_DAYS == weekday)
