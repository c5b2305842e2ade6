"""What the replay's plan counts on to come: as the night predicts it, and no unit twice."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from quality_checks.contracts import SupplierYields, find_contract
from simulation.replay.demo import build_demo_scenario
from simulation.replay.night_supply import ordered_receipts, receipts_due
from simulation.replay.play import warmed_up
from simulation.replay.rules import weeks_of_cover
from simulation.replay.scenario import NEVER
from simulation.retailer.settings import size_retailer

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
