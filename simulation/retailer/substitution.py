"""What the retailer sends in place of items, and how surely customers take it.

Answers leave no trace in sales and stock: a substitute that was taken is not sold here.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulation.retailer.arrays import Floats, Ints, make_generator, moments, pick
from simulation.retailer.network import Network
from simulation.retailer.online_orders import CANCELLED, OrderLine, name_orders
from simulation.retailer.products import Products

ACCEPTED = {
    "other_colour": 0.55,
    "other_size": 0.25,
    "same_style": 0.15,
    "alike": 0.35,
    "same_category": 0.12,
}
"""Closeness of two items -> how often an average customer takes the one for the other."""

FALLS_WITH_PRICE = 4.0
"""Fall of the log-odds by the log of what is paid over the price of the item ordered."""

OFFERS = 3
"""Most substitutes that a customer is asked about, one after the other."""

STATED, FORBIDDEN = 0.15, 0.03
"""Shares of the items of which the master names substitutes, or says what is none."""


@dataclass(frozen=True)
class Substitution:
    """What is fixed about substitutes.

    Attributes:
        frame: the `substitutes` master, with the day on which each row is announced.
        eager: by how much the log-odds are higher that who ordered the item takes another.
        appeal: by how much they are higher that the item is taken for another.
    """

    products: Products
    frame: pl.DataFrame
    eager: Floats
    appeal: Floats

    def chance(self, item: int, others: Ints, ratio: Floats) -> Floats:
        """How surely a customer who ordered an item takes each of the others.

        Args:
            item: number of the item.
            others: numbers of the others.
            ratio: what he pays for each over what the item costs him.
        """
        base = np.array([ACCEPTED[name] for name in find_closeness(self.products, item, others)])
        odds = np.log(base / (1 - base)) + self.eager[item] + self.appeal[others]
        odds -= FALLS_WITH_PRICE * np.log(np.maximum(ratio, 1.0))
        return np.asarray(1 / (1 + np.exp(-odds)))

    def truth(self) -> pl.DataFrame:
        """sku, eager, appeal."""
        return pl.DataFrame(
            {"sku": self.products.names, "eager": self.eager, "appeal": self.appeal}
        )


def find_closeness(products: Products, item: int, others: Ints) -> list[str]:
    """How close others of its category are to an item."""
    size, colour = products.frame["size"].to_numpy(), products.frame["colour"].to_numpy()
    style = products.style[others] == products.style[item]
    sized, coloured = size[others] == size[item], colour[others] == colour[item]
    close = np.select([style & sized, style & coloured, style, sized], range(4), 4)
    return [tuple(ACCEPTED)[place] for place in close]


def build_substitution(seed: int, products: Products) -> Substitution:
    """Draw which substitutes the master names, and whom customers take them of."""
    rng = make_generator(seed, "substitution")
    items = products.names.len()
    rows = [(item, other, allowed) for item in range(items)
            for other, allowed in _state(products, item, rng)]  # fmt: skip
    both = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    frame = pl.DataFrame(
        {
            "sku": pick(products.names, both[:, 0]),
            "substitute": pick(products.names, both[:, 1]),
            "allowed": pl.Series([row[2] for row in rows], dtype=pl.Boolean),
            "announced": products.announced[both].max(axis=1, initial=0),
        }
    )
    return Substitution(products, frame, rng.normal(0.0, 0.5, items), rng.normal(0.0, 0.4, items))


def _state(products: Products, item: int, rng: np.random.Generator) -> list[tuple[int, bool]]:
    """What the master says of an item: two others of its style, or one that is none."""
    draw = rng.random()
    same = np.flatnonzero(products.style == products.style[item])
    others = rng.permutation(same[same != item])
    if draw < STATED:
        return [(int(other), True) for other in np.sort(others[:2])]
    return [(int(other), False) for other in others[:1]] if draw < STATED + FORBIDDEN else []


def outcome_rows(
    network: Network, substitution: Substitution, lines: OrderLine, day: int, seed: int
) -> pl.DataFrame:
    """Rows of `substitution_outcomes`: what customers answer whose lines are cancelled on a day.

    Each is asked about items of the category on sale, one after the other until he takes one, the
    closer ones first as a rule. Every other customer is to pay the list price, the rest the lower
    of it and the price of what he ordered.
    """
    rng = make_generator(seed, "substitutes offered", day)
    products = network.products
    over = lines.take(lines.status == CANCELLED)
    live = (products.launch <= day) & (day <= products.exit)
    asked: list[tuple[int, int, bool, float]] = []
    for row, item in enumerate(network.sku[over.pair].tolist()):
        others = np.flatnonzero(live & (products.category == products.category[item]))
        others = others[others != item]
        pays = products.price[others]
        if row % 2:
            pays = np.minimum(pays, over.price[row])
        chance = substitution.chance(item, others, pays / over.price[row])
        for place in draw_offers(chance, rng):
            accepted = bool(rng.random() < chance[place])
            asked.append((row, int(others[place]), accepted, float(pays[place])))
            if accepted:
                break
    line, other = (np.array([row[i] for row in asked], dtype=np.int64) for i in (0, 1))
    told = over.take(line)
    return pl.DataFrame(
        {
            "order_id": name_orders(told),
            "line": told.line,
            "sku": pick(products.names, network.sku[told.pair]),
            "substitute": pick(products.names, other),
            "quantity": told.units,
            "offered_at": moments(day, rng.integers(9 * 3600, 18 * 3600, line.size)),
            "outcome": pl.Series(
                ["accepted" if row[2] else "declined" for row in asked], dtype=pl.String
            ),
            "receipt": pl.Series([None] * line.size, dtype=pl.String),
            "unit_price": np.round(np.array([row[3] for row in asked], dtype=np.float64), 2),
        }
    )


def draw_offers(chance: Floats, rng: np.random.Generator) -> list[int]:
    """Draw the places of the items that a customer is asked about, likelier ones sooner.

    Args:
        chance: that he takes each item.
        rng: of the draw.
    """
    count = min(OFFERS, chance.size)
    if not count:
        return []
    drawn = rng.choice(chance.size, count, replace=False, p=chance / chance.sum())
    return [int(place) for place in drawn]
