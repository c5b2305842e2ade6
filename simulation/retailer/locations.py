"""Where the retailer sells and keeps goods, and the lanes between."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simulation.retailer.arrays import (
    Bools,
    Floats,
    Ints,
    dates,
    day_number,
    draw_cases,
    make_generator,
)
from simulation.retailer.geography import REGIONS
from simulation.retailer.settings import RetailerSettings

SHIPPING_PATTERNS = ("1010100", "0101010", "1001000", "0100100", "1111100")
"""Weekdays on which a DC ships to a store, from Monday."""

DAY_TRIP = 60.0
"""Kilometres that a van between stores does in a day."""

VAN_LITRES = 8_000.0
"""What a van holds."""

LITRES = 5.0
"""Litres that a dock is built for a unit."""

DC, ECOM, MARKETPLACE, STORE = range(4)
KINDS = ("dc", "ecom", "marketplace", "store")


@dataclass(frozen=True)
class Locations:
    """Nodes in order of their names, as a frame and as arrays over the nodes.

    Attributes:
        frame: the `locations` master.
        lanes: the `lanes` master.
        names: business keys.
        kind: DC, ECOM, MARKETPLACE or STORE.
        region: index of the region in REGIONS.
        zone: column of the demand factors: the region of a store, then e-commerce, then each
            marketplace.
        supply: index of the DC that supplies the node, -1 for a DC.
        ships: [node, weekday] whether its DC ships to it.
        transit: days from its DC.
        opens: [node, weekday] whether it trades.
        opened: day number it opened on.
        attraction: demand against an average store.
        planner_bias: what its planner orders against what it needs.
        senses_shelves: whether its empty shelves are known by the hour.
    """

    frame: pl.DataFrame
    lanes: pl.DataFrame
    names: pl.Series
    kind: Ints
    region: Ints
    zone: Ints
    supply: Ints
    ships: Bools
    transit: Ints
    opens: Bools
    opened: Ints
    attraction: Floats
    planner_bias: Floats
    senses_shelves: Bools

    @property
    def zones(self) -> int:
        """Number of demand zones."""
        return int(self.zone.max()) + 1


class _Drawn(NamedTuple):
    """Nodes: kind, number among its kind, region, weekdays of trade."""

    kind: Ints
    place: Ints
    region: Ints
    opens: NDArray[np.str_]


def _weekdays(patterns: list[str]) -> Bools:
    return np.array([[digit == "1" for digit in pattern] for pattern in patterns])


def build_locations(settings: RetailerSettings, seed: int) -> Locations:
    """Draw the nodes and lanes of the retailer."""
    rng = make_generator(seed, "locations")
    counts = (settings.dcs, 1, settings.marketplaces, settings.stores)
    kind = np.repeat(np.arange(4), counts)
    place = np.concatenate([np.arange(count) for count in counts])
    stores = kind == STORE
    region = np.where(
        stores,
        place * settings.regions // settings.stores,
        place * settings.regions // settings.dcs % settings.regions,
    )
    supply = np.where(stores, region * settings.dcs // settings.regions, place % settings.dcs)
    supply[kind == DC] = -1
    zone = np.where(stores, region, settings.regions + np.where(kind == MARKETPLACE, place + 1, 0))
    zone[kind == DC] = 0
    patterns = rng.choice(SHIPPING_PATTERNS, kind.size, p=(0.3, 0.25, 0.2, 0.15, 0.1))
    patterns[~stores] = SHIPPING_PATTERNS[-1]
    opens = np.where(
        stores & ~np.array([REGIONS[i].sunday_trade for i in region]), "1111110", "1111111"
    )
    frame = _frame(settings, rng, _Drawn(kind, place, region, opens)).with_columns(
        price_zone=_name_zones(zone, kind)
    )
    attraction = rng.lognormal(0.0, 0.35, kind.size)
    attraction[kind == DC] = 0.0
    attraction[kind == ECOM] = 0.18 * settings.stores
    attraction[kind == MARKETPLACE] = 0.04 * settings.stores
    transit = np.where(stores, rng.integers(1, 3, kind.size), 1)
    return Locations(
        frame=frame.drop("opened"),
        lanes=_lanes(frame, supply, transit, patterns.tolist()),
        names=frame["location"],
        kind=kind,
        region=region,
        zone=zone,
        supply=supply,
        ships=_weekdays(patterns.tolist()),
        transit=transit,
        opens=_weekdays(opens.tolist()),
        opened=frame["opened"].to_numpy(),
        attraction=attraction,
        planner_bias=np.clip(rng.lognormal(0.0, 0.22, kind.size), 0.55, 1.7),
        senses_shelves=stores & (draw_cases(rng, kind.size, 0.5)),
    )


def _name_zones(zone: Ints, kind: Ints) -> pl.Series:
    """Price zones by name; a DC sells nothing and is in none."""
    names = [f"P{z + 1:02d}" if k != DC else None for z, k in zip(zone, kind, strict=True)]
    return pl.Series(names, dtype=pl.String)


def _frame(settings: RetailerSettings, rng: np.random.Generator, drawn: _Drawn) -> pl.DataFrame:
    """The `locations` master, and `opened` as a day number."""
    kind, place, region, opens = drawn
    size = kind.size
    cities = [
        REGIONS[r].cities[p % len(REGIONS[r].cities)] for r, p in zip(region, place, strict=True)
    ]
    opened = day_number(settings.first_date) - rng.integers(200, 6_000, size)
    # The last store of the chain is a new one, so that planners meet one without history.
    opened[-1] = day_number(settings.last_date) - settings.days // 3
    stores = kind == STORE
    codes = np.array(["D", "E", "M", "S"])[kind]
    digits = np.where(stores, 3, 2)
    small = rng.random(size)
    return pl.DataFrame(
        {
            "location": [
                f"{code}{number + 1:0{width}d}"
                for code, number, width in zip(codes, place, digits, strict=True)
            ],
            "kind": [KINDS[k] for k in kind],
            "region": [REGIONS[r].name for r in region],
            "city": [city.name for city in cities],
            "latitude": np.round([c.latitude for c in cities] + rng.normal(0, 0.03, size), 4),
            "longitude": np.round([c.longitude for c in cities] + rng.normal(0, 0.03, size), 4),
            "priority": np.where(stores, 1 + (small * 3).astype(np.int64), 1),
            "unit_capacity": np.where(stores, 40 * settings.skus, 4_000 * settings.skus),
            "receiving_capacity": np.where(stores, 4 * settings.skus, 400 * settings.skus),
            "receiving_volume": np.where(stores, 4.0 * settings.skus * LITRES, np.nan),
            "outbound_capacity": pl.Series(
                np.full(size, 4 * settings.skus * settings.stores // settings.dcs)
            ).zip_with(pl.Series(kind == DC), pl.Series([None] * size, dtype=pl.Int64)),
            "ships_online": ~stores | (draw_cases(rng, size, 0.4)),
            "open_weekdays": opens,
            "opened_on": dates(opened),
            "closed_on": pl.Series([None] * size, dtype=pl.Date),
            "opened": opened,
        }
    ).with_columns(pl.col("receiving_volume").fill_nan(None))


def _lanes(frame: pl.DataFrame, supply: Ints, transit: Ints, patterns: list[str]) -> pl.DataFrame:
    """DC to node, node back to DC, and store to store within a region."""
    nodes = frame.select("location", "kind", "region", "latitude", "longitude")
    served = nodes.with_columns(
        origin=nodes["location"].gather(np.where(supply < 0, 0, supply)),
        transit_days=pl.Series(transit),
        order_weekdays=pl.Series(patterns),
    ).filter(pl.Series(supply >= 0))
    trucks = pl.when(pl.col("kind") == "store").then(25_000.0).otherwise(80_000.0)
    ends = ("origin", "destination", "transit_days", "order_weekdays", "fixed_cost", "unit_cost")
    roomy = pl.when(pl.col("kind") == "store").then(20_000).otherwise(1_000_000).cast(pl.Int64)
    out = served.with_columns(
        pl.col("location").alias("destination"), fixed_cost=pl.lit(28.0), unit_cost=pl.lit(0.12)
    ).select(*ends, roomy.alias("capacity"), trucks.alias("volume_capacity"))
    back = served.filter(pl.col("kind") == "store").select(
        pl.col("location").alias("origin"),
        pl.col("origin").alias("destination"),
        pl.col("transit_days") + 1,
        pl.lit("0000100").alias("order_weekdays"),
        pl.lit(22.0).alias("fixed_cost"),
        pl.lit(0.25).alias("unit_cost"),
        pl.lit(500).cast(pl.Int64).alias("capacity"),
        pl.lit(VAN_LITRES).alias("volume_capacity"),
    )
    stores = nodes.filter(pl.col("kind") == "store")
    across = (
        stores.join(stores, on="region", suffix="_to")
        .filter(pl.col("location") != pl.col("location_to"))
        .with_columns(km=_kilometres())
        .select(
            pl.col("location").alias("origin"),
            pl.col("location_to").alias("destination"),
            (1 + (pl.col("km") > DAY_TRIP).cast(pl.Int64)).alias("transit_days"),
            pl.lit("1010100").alias("order_weekdays"),
            (9.0 + 0.06 * pl.col("km")).round(2).alias("fixed_cost"),
            pl.lit(0.35).alias("unit_cost"),
            pl.lit(500).cast(pl.Int64).alias("capacity"),
            pl.lit(VAN_LITRES).alias("volume_capacity"),
        )
    )
    return (
        pl.concat([out, back, across])
        .with_columns(pl.lit(value=True).alias("allowed"))
        .sort("origin", "destination")
    )


def _kilometres() -> pl.Expr:
    """Flat-earth distance, good to a few percent within a region."""
    north = (pl.col("latitude") - pl.col("latitude_to")) * 111.2
    middle = (pl.col("latitude") + pl.col("latitude_to")).radians() / 2
    east = (pl.col("longitude") - pl.col("longitude_to")) * 111.2 * middle.cos()
    return (north**2 + east**2).sqrt()
