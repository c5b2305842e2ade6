"""What the replay's plan counts on to come: as the night predicts it, and no unit twice."""

from dataclasses import replace

import numpy as np
import pytest

from simulation.replay.demo import build_demo_scenario
from simulation.replay.night_supply import receipts_due
from simulation.replay.play import warmed_up
from simulation.replay.rules import weeks_of_cover
from simulation.replay.scenario import NEVER
from simulation.retailer.settings import size_retailer

WARM_UP = 58


@pytest.fixture(scope="module")
def seen():
    settings = size_retailer("tiny").model_copy(update={"days": WARM_UP + 2})
    return warmed_up(build_demo_scenario(settings, 5), weeks_of_cover(), WARM_UP).seen()


def test_all_that_moves_between_nodes_comes_on_its_day(seen, policy):
    ordered = replace(seen.orders, quantity=np.zeros_like(seen.orders.quantity))
    arriving = np.zeros_like(seen.arriving)
    arriving[0, 3], arriving[4, 3], arriving[4, 7] = 2, 5, 11
    due = receipts_due(replace(seen, orders=ordered, arriving=arriving), policy)
    pairs, day = seen.masters.pairs.select("sku", "location").rows(), seen.day
    assert due.rows() == sorted(
        (*pairs[pair], seen.masters.date(day + wait), units)
        for pair, wait, units in [(3, 1, 2), (3, 5, 5), (7, 5, 11)]
    )


def test_order_lines_are_counted_once_and_never_before_tomorrow(seen, policy):
    still = replace(seen, arriving=np.zeros_like(seen.arriving))
    due = receipts_due(still, policy)
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
        return receipts_due(told, policy).join(pair, on=["sku", "location"])["units"].sum()

    assert units(seen.day + 20) - units(seen.day - 300) >= orders.quantity[waiting] // 2
