"""Which item is kept where: the pairs of item and node, in the order of node, then item."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from simulation.retailer.arrays import Bools, Floats, Ints, draw_cases, make_generator, masked, pick
from simulation.retailer.locations import DC, STORE, Locations
from simulation.retailer.products import CATEGORIES, Products
from simulation.retailer.settings import RetailerSettings


@dataclass(frozen=True)
class Network:
    """Items, nodes and the pairs that are stocked, as arrays over the pairs.

    Attributes:
        sku, location: indices of the pair.
        pair_at: [location, sku] index of the pair, -1 where the item is not kept.
        supply: pair at the DC that supplies this one, -1 at a DC.
        base: mean units a day that customers want there in an average week of its life.
        presentation, shelf_max: units; shelf_max is -1 where there is no shelf.
        service_class: 0, 1, 2 for A, B, C.
        blocked: whether its replenishment is blocked.
    """

    products: Products
    locations: Locations
    sku: Ints
    location: Ints
    pair_at: Ints
    supply: Ints
    base: Floats
    presentation: Ints
    shelf_max: Ints
    service_class: Ints
    blocked: Bools

    @property
    def size(self) -> int:
        """Number of pairs."""
        return self.sku.size

    @cached_property
    def kind(self) -> Ints:
        """Kind of the node of each pair."""
        return self.locations.kind[self.location]

    @cached_property
    def zone_cell(self) -> Ints:
        """Flat index of each pair in a [sku, zone] matrix."""
        return self.sku * self.locations.zones + self.locations.zone[self.location]

    @cached_property
    def pack(self) -> Ints:
        """Units a case of each pair."""
        return self.products.pack[self.sku]

    @cached_property
    def dependants(self) -> Ints:
        """The DC's pair that each pair's need goes to; a DC's pair goes to itself."""
        return np.where(self.supply < 0, np.arange(self.size), self.supply)

    def names(self, pairs: Ints) -> dict[str, pl.Series]:
        """The columns `sku` and `location` of pairs."""
        return {
            "sku": pick(self.products.names, self.sku[pairs]),
            "location": pick(self.locations.names, self.location[pairs]),
        }

    def assortment(self, pairs: Ints, *, delisted: bool) -> pl.DataFrame:
        """Rows of `item_locations` of pairs."""
        supply = self.locations.supply[self.location[pairs]]
        limit = self.shelf_max[pairs]
        status = np.where(self.blocked[pairs], "blocked", "active")
        return pl.DataFrame(
            {
                **self.names(pairs),
                "status": pl.Series(np.full(pairs.size, "delisted") if delisted else status),
                "presentation_min": self.presentation[pairs],
                "shelf_max": masked(limit, limit >= 0),
                "service_class": pick(pl.Series(["A", "B", "C"]), self.service_class[pairs]),
                "supply_location": masked(
                    pick(self.locations.names, np.maximum(supply, 0)), supply >= 0
                ),
            }
        )


def build_network(
    settings: RetailerSettings, seed: int, products: Products, locations: Locations
) -> Network:
    """Draw the assortment of every node; a DC keeps all that its nodes do."""
    rng = make_generator(seed, "network")
    kept = _assortment(settings, rng, products, locations)
    location, sku = np.nonzero(kept)
    pair_at = np.full(kept.shape, -1)
    pair_at[location, sku] = np.arange(sku.size)
    supplier_node = locations.supply[location]
    base = products.popularity[sku] * locations.attraction[location]
    base *= rng.lognormal(0, 0.3, sku.size)
    lives = _share_of_life(settings, products)
    units = settings.pos_lines_per_day * 1.12
    base *= units / np.sum(base * lives[sku])
    stores = locations.kind[location] == STORE
    pack = products.pack[sku]
    presentation = np.where(stores, 1 + (base * lives[sku] > np.median(base)), 0)
    shelf = np.ceil(base * 28).astype(np.int64) + presentation + 2 * pack
    return Network(
        products=products,
        locations=locations,
        sku=sku,
        location=location,
        pair_at=pair_at,
        supply=np.where(supplier_node < 0, -1, pair_at[supplier_node, sku]),
        base=base,
        presentation=presentation,
        shelf_max=np.where(stores, shelf, -1),
        service_class=_service_class(products)[sku],
        blocked=stores & (draw_cases(rng, sku.size, 0.004)),
    )


def _assortment(
    settings: RetailerSettings,
    rng: np.random.Generator,
    products: Products,
    locations: Locations,
) -> Bools:
    """Whether a node keeps an item, [location, sku]; big stores keep more, by whole styles."""
    stores = np.flatnonzero(locations.kind == STORE)
    chance = settings.assortment_share * (0.94 + 0.06 * np.tanh(locations.attraction[stores]))
    styles = rng.random((stores.size, int(products.style.max()) + 1)) < chance[:, None]
    kept = np.ones((locations.kind.size, products.style.size), dtype=np.bool_)
    kept[stores] = styles[:, products.style]
    for dc in np.flatnonzero(locations.kind == DC):
        kept[dc] = kept[locations.supply == dc].any(axis=0)
    return kept


def _share_of_life(settings: RetailerSettings, products: Products) -> Floats:
    """Share of the simulated days on which each item is on sale."""
    days = np.arange(settings.days)[None, :] + products.announced.min()
    alive = (products.launch[:, None] <= days) & (days <= products.exit[:, None])
    return np.asarray(alive.mean(axis=1), dtype=np.float64)


def _service_class(products: Products) -> Ints:
    """Service classes: A for the fifth of items with the highest revenue, B for the next 30 %."""
    revenue = products.popularity * products.price
    rank = np.argsort(np.argsort(-revenue, kind="stable"), kind="stable") / revenue.size
    return np.digitize(rank, (0.2, 0.5))


def list_return_rates(products: Products) -> Floats:
    """List how much more often each item comes back than an average one."""
    return np.array([c.return_rate for c in CATEGORIES])[products.category]
