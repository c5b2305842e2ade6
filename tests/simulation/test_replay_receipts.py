"""What the replay's plan counts on to come: as the night predicts it, and no unit twice."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from quality_checks.contracts import (
    CONTRACTS,
    NodeReceipts,
    SupplierYields,
    find_contract,
    find_frame,
)
from simulation.replay.demo import build_demo_scenario
from simulation.replay.night_sourcing import _receipts as node_receipts
from simulation.replay.night_supply import ordered_receipts, receipts_due
from simulation.replay.play import warmed_up
from simulation.replay.rules import weeks_of_cover
from simulation.replay.scenario import NEVER
from simulation.retailer.settings import size_retailer
from warehouse import Warehouse

WARM_UP = 58
IN_FULL = pl.DataFrame(schema=find_contract(SupplierYields).made_schema)
"""No supplier is known to leave anything short."""


def due_by(seen, policy, yields=IN_FULL):
    return receipts_due(seen, ordered_receipts(seen, policy, yields))


@pytest.fixture(scope="module")
def seen():
    settings = size_retailer("tiny").model_copy(update={"days": WARM_UP + 2})
    return warmed_up(build_demo_scenario(settings, 5), weeks_of_cover(), WARM_UP).seen()


def test_all_that_moves_between_nodes_comes_on_its_day(seen, policy):
    ordered = replace(seen.orders, quantity=np.zeros_like(seen.orders.quantity))
    arriving = np.zeros_like(seen.arriving)
    arriving[0, 3], arriving[4, 3], arriving[4, 7] = 2, 5, 11
    due = due_by(replace(seen, orders=ordered, arriving=arriving), policy)
    pairs, day = seen.masters.pairs.select("sku", "location").rows(), seen.day
    assert due.rows() == sorted(
        (*pairs[pair], seen.masters.date(day + wait), units)
        for pair, wait, units in [(3, 1, 2), (3, 5, 5), (7, 5, 11)]
    )


def test_order_lines_are_counted_once_and_never_before_tomorrow(seen, policy):
    still = replace(seen, arriving=np.zeros_like(seen.arriving))
    due = due_by(still, policy)
    waits = seen.orders.due == NEVER
    assert 0 < due["units"].sum() <= seen.orders.quantity[waits].sum()
    assert due["due_on"].min() > seen.masters.date(seen.day)


def test_a_line_forgotten_for_months_is_not_counted_on(seen, policy):
    masters, orders = seen.masters, seen.orders
    still = replace(seen, arriving=np.zeros_like(seen.arriving))
    (waiting,) = np.flatnonzero(orders.due == NEVER)[:1]

    def units(asked_for):
        ordered, requested = orders.ordered.copy(), orders.requested.copy()
        ordered[waiting], requested[waiting] = asked_for - 30, asked_for
        told = replace(still, orders=replace(orders, ordered=ordered, requested=requested))
        pair = masters.pairs.select("sku", "location")[int(orders.pair[waiting])]
        return due_by(told, policy).join(pair, on=["sku", "location"])["units"].sum()

    assert units(seen.day + 20) - units(seen.day - 300) >= orders.quantity[waiting] // 2


def test_of_what_a_supplier_leaves_short_less_is_counted_on(seen, policy):
    still = replace(seen, arriving=np.zeros_like(seen.arriving))
    whole = due_by(still, policy)
    suppliers = ordered_receipts(still, policy, IN_FULL).select("supplier").unique()
    short = suppliers.with_columns(
        closed_lines=pl.lit(9, pl.Int64),
        yield_mean=0.5,
        yield_sd=0.1,
        confirmed_lines=pl.lit(0, pl.Int64),
        confirmed_yield_mean=0.9,
    )
    # Suppliers of the replay confirm nothing.
    half = due_by(still, policy, short)
    assert half["due_on"].equals(whole["due_on"])
    assert half["units"].sum() == pytest.approx(whole["units"].sum() / 2, rel=0.03)


def test_customers_wait_for_what_is_likely_in_the_replay_as_by_night(seen, policy, tmp_path):
    """A line of which no whole unit is likely brings none, and halves are rounded up by both."""
    still = replace(seen, arriving=np.zeros_like(seen.arriving))
    ordered = ordered_receipts(still, policy, IN_FULL).sort("sku", "document", "line")
    lines = (
        ordered.unique("sku", keep="first", maintain_order=True)
        .head(5)
        .with_columns(
            # The last is a tie that a product of floats misses by a hair.
            units=pl.Series([1, 1, 5, 3, 50]),
            share=pl.Series([0.4, 0.6, 0.5, 0.5, 0.29]),
            chance=pl.Series([0.2, 1.0, 1.0, 1.0, 1.0]),
        )
    )
    # On the day of the fifth, a second line of which none is likely: its chance does not count.
    one = pl.lit(1, pl.Int64)
    second = lines.tail(1).with_columns(document=pl.lit("x"), units=one, share=0.4, chance=0.1)
    lines = pl.concat([lines, second])
    played = find_frame(NodeReceipts).read(node_receipts(still, lines))
    assert played["units"].to_list() == [1, 3, 2, 15]
    assert played["chance"].to_list() == [1.0] * 4
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    today = seen.masters.date(seen.day)
    warehouse.write(CONTRACTS["receipts_ahead"], today, lines)
    assert warehouse.query("node_receipts", today).equals(played)
