"""Nights of lines that no node has, drawn with a seed for the built-in retailer's customers.

NODES stores in four regions hold the retailer's items, of each SUPPLY units for every line on
average, and have hands for ROOM of the lines. Customers order items that are nowhere. How surely
they take another is the retailer's truth; what is known of it are answers of ASKED customers of
each item.
"""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from governance import load_planning_policy
from optimization.order_costs import NodeFacts
from optimization.substitution import SubstituteCosts, SubstituteRecords
from quality_checks.contracts import (
    CollectionLanes,
    CustomerLines,
    SourcingStock,
    SubstitutionAnswers,
    find_frame,
)
from simulation.retailer import build_world, draw_answers, list_acceptance, size_retailer

NODES, REGIONS = 12, 4
TODAY = dt.date(2026, 3, 2)
DAYS = 2
ITEMS = 240
ASKED = 30
SUPPLY = 0.7
"""Units of a line's substitutes, for every line."""
PAID = (1.0, 0.8)
"""What customers paid of the list price, each as often."""
ROOM = 0.8
"""Lines that stores ship on a day, as a share of all."""
OTHERWISE = 25.0
"""What a line costs that gets nothing, beyond its margin."""

POLICY = Path(__file__).parents[1] / "data" / "policies" / "planning.yaml"
KEY = ["sku", "substitute"]


class Customers(NamedTuple):
    """Whom the retailer serves, and what they have answered.

    Attributes:
        items: frame `substitute_items`.
        goods: frame `substitute_goods`.
        answers: what customers answered, with the true chances, as `draw_answers` gives it.
        truth: sku, substitute, equal_chance, price_slope of all pairs of a category.
    """

    items: pl.DataFrame
    goods: pl.DataFrame
    answers: pl.DataFrame
    truth: pl.DataFrame

    @property
    def told(self) -> pl.DataFrame:
        """Frame `substitution_answers`."""
        return self.answers.select(find_frame(SubstitutionAnswers).columns)


class Night(NamedTuple):
    """Lines without a node, and what nodes have of other items.

    Attributes:
        lines: as `SubstituteRecords` has them.
        facts: of the nodes.
        capacities: frame `sourcing_capacities`.
    """

    lines: pl.DataFrame
    facts: NodeFacts
    capacities: pl.DataFrame


def build_customers(seed: int) -> Customers:
    """Build the retailer and ask his customers."""
    world = build_world(size_retailer("tiny").model_copy(update={"skus": ITEMS}), seed=seed)
    frame = world.network.products.frame
    priced = frame.with_columns(on_sale=pl.lit(value=True), unit_price="list_price")
    close = ("style", "colour", "size", "category")
    pairs = frame.select("category", sku="sku").join(
        frame.select("category", substitute="sku"), on="category"
    )
    return Customers(
        priced.select("sku", *close, "on_sale", "unit_price"),
        priced.select("sku", "unit_price", "unit_cost", "volume", "weight"),
        draw_answers(world, ASKED, seed),
        list_acceptance(world, pairs.filter(pl.col("sku") != pl.col("substitute"))),
    )


def set_costs() -> SubstituteCosts:
    """The policy that ships, but that the customer pays the price of the substitute."""
    policy = load_planning_policy(POLICY)
    rules = policy.substitution.model_copy(update={"customer_pays": "substitute"})
    return SubstituteCosts(
        rules, policy.sourcing, policy.lines, policy.economics.return_handling_cost
    )


def draw_night(customers: Customers, lines: int, seed: int) -> Night:
    """Draw the lines of a night, every tenth item being asked for and nowhere."""
    rng = np.random.default_rng(seed)
    wanted = customers.goods.filter(pl.int_range(pl.len()) % 10 == 0)
    held = customers.goods.filter(pl.int_range(pl.len()) % 10 != 0)
    nodes = pl.DataFrame(
        {
            "location": [f"N{node:02d}" for node in range(NODES)],
            "kind": "store",
            "origin_region": [f"R{node % REGIONS}" for node in range(NODES)],
        }
    )
    days = nodes.join(
        pl.DataFrame({"ship_on": [TODAY + dt.timedelta(days=day) for day in range(DAYS)]}),
        how="cross",
    ).with_columns(is_stated=pl.lit(value=True))
    stores = rng.uniform(0.5, 1.5, days.height)
    most = np.maximum(np.floor(ROOM * lines * stores / stores.sum()), 1)
    stock = _draw_stock(rng, held, nodes, lines)
    facts = NodeFacts(
        days,
        _list_rates(),
        pl.DataFrame(schema=find_frame(CollectionLanes).schema),
        stock.select("sku", "location"),
        stock,
        pl.DataFrame({"location": nodes["location"], "chance": rng.beta(2, 18, NODES)}),
        pl.DataFrame(schema={"order_id": pl.String, "line": pl.Int64, "location": pl.String}),
        pl.DataFrame({"location": nodes["location"], "days_late": 1, "chance": 0.05}).cast(
            {"days_late": pl.Int64}
        ),
        0.5,
    )
    capacities = days.select(
        "location", "ship_on", most_lines=pl.Series(most).cast(pl.Int64),
        most_units=pl.lit(None, pl.Int64),
    )  # fmt: skip
    return Night(_draw_lines(rng, wanted, lines), facts, capacities)


def list_records(customers: Customers, night: Night, chances: pl.DataFrame) -> SubstituteRecords:
    """What substitutes are priced by, if customers take them as surely as `chances` has it."""
    answered = pl.DataFrame(
        schema={
            "order_id": pl.String,
            "line": pl.Int64,
            "substitute": pl.String,
            "accepted": pl.Boolean,
        }
    )
    return SubstituteRecords(night.lines, chances, customers.goods, answered)


def _list_rates() -> pl.DataFrame:
    """A carrier who takes a day, dearer between regions."""
    rows = [
        ("C", f"R{origin}", f"R{region}", 3.0 + (origin != region), 0.5, 1)
        for origin in range(REGIONS)
        for region in range(REGIONS)
    ]
    columns = ("carrier", "origin_region", "region", "parcel_cost", "kg_cost", "transit_days")
    return pl.DataFrame(rows, schema=columns, orient="row")


def _draw_stock(
    rng: np.random.Generator, held: pl.DataFrame, nodes: pl.DataFrame, lines: int
) -> pl.DataFrame:
    """Units of items at stores, which sell some of them themselves."""
    pairs = held.join(nodes.select("location"), how="cross").sort("sku", "location")
    units = rng.poisson(SUPPLY * lines / pairs.height, pairs.height)
    own = rng.uniform(0.0, 1.2, pairs.height) * units
    return pairs.with_columns(
        available=pl.Series(units),
        inventory_position=pl.Series(units),
        sold_before=pl.lit(0),
        open_demand_mean=pl.Series(own),
        open_demand_variance=pl.Series(1.5 * own),
        underage_cost=(pl.col("unit_price") - pl.col("unit_cost")).clip(lower_bound=0.0),
        overage_cost=0.1 * pl.col("unit_cost"),
        surplus_step=pl.lit(0.0),
        surplus_most=pl.lit(0.0),
        value_level=pl.lit(0),
        open_life_mean=pl.lit(None, pl.Float64),
        open_life_variance=pl.lit(None, pl.Float64),
    ).select(*find_frame(SourcingStock).columns, "open_life_mean", "open_life_variance")


def _draw_lines(rng: np.random.Generator, wanted: pl.DataFrame, lines: int) -> pl.DataFrame:
    asked: pl.DataFrame = wanted[rng.integers(0, wanted.height, lines).tolist()]
    paid = rng.choice(PAID, lines)
    margin = (pl.col("unit_price") - pl.col("unit_cost")).clip(lower_bound=0.0)
    told = asked.with_columns(
        unit_price=pl.col("unit_price") * pl.Series(paid),
        order_id=pl.format("O{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(6)),
        line=pl.lit(1, pl.Int64),
        quantity=pl.lit(1, pl.Int64),
        region=pl.format("R{}", pl.Series(rng.integers(0, REGIONS, lines))),
        promised_on=pl.lit(TODAY + dt.timedelta(days=DAYS)),
        allocated_to=pl.lit(None, pl.String),
        allocated_on=pl.lit(None, pl.Date),
        has_left=pl.lit(value=False),
        choosable=pl.lit(value=True),
        movable=pl.lit(value=True),
    )
    return (
        find_frame(CustomerLines)
        .read(told)
        .with_columns(
            otherwise=OTHERWISE + margin,
            is_open=pl.lit(value=True),
            has_others=pl.lit(value=False),
        )
    )
