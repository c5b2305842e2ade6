"""Stores refuse as often as the built-in retailer's truth says, and nodes state what they ship."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from simulation.retailer import build_world, size_retailer
from simulation.retailer.fulfilment import refusal_rows
from simulation.retailer.locations import STORE
from simulation.retailer.online_orders import no_lines


@pytest.fixture(scope="module")
def world():
    return build_world(size_retailer("tiny"), seed=7)


def test_stores_refuse_as_often_as_the_truth_says(world):
    """Lines that are spread evenly over the stores that ship, each asked until one takes it."""
    network, fulfilment = world.network, world.fulfilment
    shipping = np.flatnonzero((fulfilment.hands > 0) & (network.locations.kind == STORE))
    everywhere = np.flatnonzero((network.pair_at[shipping] >= 0).all(axis=0))
    taken, lines = 4_000, no_lines()
    node = np.array([network.pair_at[s, everywhere[0]] for s in shipping]).repeat(taken)
    zeros = np.zeros(node.size, dtype=np.int64)
    lines = dataclasses.replace(
        lines, **{f.name: zeros for f in dataclasses.fields(lines)} | {"pair": node, "node": node}
    )
    short = np.zeros(network.location.size, dtype=np.bool_)
    short[network.pair_at[shipping[0], everywhere[0]]] = True
    rows = refusal_rows(network, fulfilment, lines, short, world.first, seed=3)
    counts = dict(rows["location"].value_counts().iter_rows())
    for store in shipping:
        refused = counts.get(network.locations.names[int(store)], 0)
        truth = fulfilment.refuses[store]
        assert refused / (refused + taken) == pytest.approx(truth, abs=0.02), store
    # What is not there is not found; what is there seldom is not.
    first = pl.col("location") == network.locations.names[int(shipping[0])]
    lost = rows.group_by(first=first).agg(share=(pl.col("reason") == "not_found").mean())
    shares = dict(lost.iter_rows())
    assert shares[True] == pytest.approx(0.9, abs=0.05)
    assert shares[False] == pytest.approx(0.4, abs=0.03)


def test_capacities_come_for_two_days_ahead_and_closed_stores_ship_nothing(world):
    stated = pl.concat(
        world.fulfilment.capacities(world.network.locations, day, first=world.first)
        for day in range(world.first, world.first + 14)
    )
    assert stated.select("location", "date").is_unique().all()
    assert stated["date"].n_unique() == 15
    of_stores = stated.filter(pl.col("location").str.starts_with("S"))
    sunday = of_stores.filter(pl.col("date").dt.weekday() == 7)
    assert sunday.height > 0
    assert sunday["most_lines"].sum() == 0
    assert stated.filter(location="E01")["most_lines"].min() > 0
