"""How online orders get to customers: carriers, what nodes can ship, which stores refuse lines."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulation.retailer.arrays import (
    Bools,
    Floats,
    Ints,
    dates,
    find_date,
    make_generator,
    moments,
    pick,
)
from simulation.retailer.geography import REGIONS
from simulation.retailer.locations import DC, ECOM, STORE, Locations
from simulation.retailer.network import Network
from simulation.retailer.online_orders import OrderLine, name_orders
from simulation.retailer.settings import CURRENCY, RetailerSettings

AHEAD = 2
"""Days for which nodes say what they can ship."""

HANDS = {DC: 0.2, ECOM: 0.3}
"""Lines that a node ships a day, as a share of all lines sold; other nodes but stores ship the
least of them."""

REASONS = pl.Series(["not_found", "damaged", "refused"])
UP_TO = {False: (0.4, 0.6), True: (0.9, 0.95)}
"""Up to which share of the refusals the first and second of them are why, by whether units are
missing that the record of the node has."""


@dataclass(frozen=True)
class Fulfilment:
    """What is fixed about how orders are shipped.

    Attributes:
        rates: the `shipping_rates` master.
        hands: most lines that each node ships a day; 0 where it ships none.
        refuses: chance that a node does not ship a line it is asked for.
    """

    rates: pl.DataFrame
    hands: Floats
    refuses: Floats

    def capacities(self, locations: Locations, day: int, *, first: int) -> pl.DataFrame:
        """Rows of `node_capacities` that a day adds: the last of the days ahead, at first all."""
        ships = np.flatnonzero(self.hands > 0)
        ahead = range(1 if day == first else AHEAD, AHEAD + 1)
        return pl.concat(
            pl.DataFrame(
                {
                    "location": pick(locations.names, ships),
                    "date": dates(np.full(ships.size, day + days)),
                    # Who is closed on a day ships nothing.
                    "most_lines": (
                        self.hands * locations.opens[:, find_date(day + days).weekday()]
                    )[ships].astype(np.int64),
                    "most_units": pl.Series([None] * ships.size, dtype=pl.Int64),
                }
            )
            for days in ahead
        )


def build_fulfilment(settings: RetailerSettings, seed: int, locations: Locations) -> Fulfilment:
    """Draw what carriers ask, what nodes can ship, and how often stores refuse."""
    rng = make_generator(seed, "fulfilment")
    kind = locations.kind
    ships = locations.frame["ships_online"].to_numpy()
    shares = np.array([HANDS.get(k, min(HANDS.values())) for k in kind.tolist()])
    hands = np.where(
        kind == STORE,
        rng.integers(4, 13, kind.size),
        np.ceil(shares * settings.pos_lines_per_day),
    )
    refuses = np.where(kind == STORE, rng.beta(2.0, 14.0, kind.size), 0.0)
    return Fulfilment(_list_rates(settings), np.where(ships, hands, 0), refuses)


def _list_rates(settings: RetailerSettings) -> pl.DataFrame:
    """Rates by distance between regions, of a standard service and of one that comes overnight."""
    regions = REGIONS[: settings.regions]
    places = [[(city.latitude, city.longitude) for city in region.cities] for region in regions]
    centres = [np.mean(cities, axis=0) for cities in places]
    rows = []
    for start, origin in enumerate(regions):
        for end, region in enumerate(regions):
            north, east = (centres[end] - centres[start]) * 111.2
            km = float(np.hypot(north, east * np.cos(np.radians(centres[start][0]))))
            for carrier, parcel, kg, days in (
                ("standard", 3.4, 0.25, 1 + (start != end)),
                ("overnight", 7.9, 0.6, 1),
            ):
                rows.append(
                    {
                        "carrier": carrier,
                        "origin_region": origin.name,
                        "region": region.name,
                        "parcel_cost": round(parcel + 0.002 * km, 2),
                        "kg_cost": round(kg + 0.0006 * km, 2),
                        "transit_days": int(days),
                        "currency": CURRENCY,
                    }
                )
    return pl.DataFrame(rows).sort("carrier", "origin_region", "region")


def refusal_rows(  # noqa: PLR0913, PLR0917  # what a refusal hangs on
    network: Network,
    fulfilment: Fulfilment,
    taken: OrderLine,
    short: Bools,
    day: int,
    seed: int,
) -> pl.DataFrame:
    """Rows of `node_refusals`: stores that were asked before the store that took a line.

    Each other store that ships the item may have been asked first, as often as makes the share of
    lines that it refuses its own chance. Why it refuses hangs on `short`: pairs of which units are
    missing that the record has.
    """
    rng = make_generator(seed, "refusals", day)
    locations = network.locations
    stores = np.flatnonzero((fulfilment.hands > 0) & (locations.kind == STORE))
    at_store = taken.take(network.kind[taken.node] == STORE)
    chance = fulfilment.refuses[stores]
    keeps = network.pair_at[stores[None, :], network.sku[at_store.pair][:, None]] >= 0
    asked_first = keeps & (stores[None, :] != network.location[at_store.node][:, None])
    others = np.maximum(asked_first.sum(axis=1, keepdims=True), 1)
    odds = chance / (1 - chance) / others
    line, place = np.nonzero((rng.random(keeps.shape) < odds) & asked_first)
    asked = at_store.take(line)
    missing = short[network.pair_at[stores[place], network.sku[asked.pair]]]
    return pl.DataFrame(
        {
            "order_id": name_orders(asked),
            "line": asked.line,
            "sku": pick(network.products.names, network.sku[asked.pair]),
            "location": pick(locations.names, stores[place]),
            "refused_at": moments(day, rng.integers(6 * 3600, 9 * 3600, line.size)),
            "reason": pick(REASONS, _draw_reasons(missing, rng)),
        }
    )


def _draw_reasons(missing: Bools, rng: np.random.Generator) -> Ints:
    """Places in `REASONS`, by whether units are missing."""
    up_to = np.where(missing[:, None], UP_TO[True], UP_TO[False])
    return np.asarray((rng.random(missing.size)[:, None] >= up_to).sum(axis=1))
