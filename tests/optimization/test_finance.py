"""Working capital and payments ahead, by hand."""

import datetime as dt

import polars as pl
import pytest

from optimization.finance import list_payments, project_capital, sum_pool_demand
from quality_checks.contracts import CONTRACTS, find_frame
from quality_checks.contracts.frames import ExpectedLines, SupplierActions

TODAY = dt.date(2025, 9, 30)
DAYS = 10
ITEMS = pl.DataFrame(
    {"sku": ["A"], "department": ["knit"], "currency": ["EUR"], "unit_cost": [4.0]}
)
LINE = {
    "document_kind": "purchase_order", "document": "P1", "line": 1, "sku": "A", "location": "D",
    "supplier": "V", "due_on": TODAY + dt.timedelta(days=3), "units": 20, "open_units": 20,
    "unit_price": 3.0,
}  # fmt: skip
ACTION = {
    "action_id": "a", "sku": "A", "location": "D", "supplier": "V", "po": None, "po_line": None,
    "inbound": 1, "due_on": TODAY + dt.timedelta(days=9), "units": 50, "unit_price": 2.0,
    "fee": 0.0,
}  # fmt: skip
CALLED_OFF = {**ACTION, "action_id": "c", "po": "P1", "po_line": 1, "inbound": -1, "units": 5}


def lines(*rows):
    return pl.DataFrame([{**LINE, **row} for row in rows], schema=find_frame(ExpectedLines).schema)


def actions(*rows):
    return pl.DataFrame(rows, schema=find_frame(SupplierActions).schema)


def pairs(*, waits=False, store_stock=60):
    place = {"sku": "A", "node": "D", "region": "north", "waits": waits}
    return pl.DataFrame(
        [
            {**place, "location": "D", "on_hand": 100, "sellable": 90},
            {**place, "location": "S", "on_hand": store_stock, "sellable": store_stock},
        ]
    )


def demand(mean=2.0, places=("S",)):
    each = [
        {"sku": "A", "location": place, "date": TODAY + dt.timedelta(days=ahead)}
        for place in places
        for ahead in range(1, DAYS + 5)
    ]
    figures = {"mean": mean, "variance": mean, "correlation": 0.3}
    return pl.DataFrame(each).with_columns(**{k: pl.lit(v) for k, v in figures.items()})


def project(*, held=None, mean=2.0, coming=({},), asked=()):
    held = pairs() if held is None else held
    wanted = sum_pool_demand(demand(mean), held, first_day=TODAY + dt.timedelta(days=1), days=DAYS)
    found = project_capital(
        held, ITEMS, wanted, lines(*coming), actions(*asked), business_date=TODAY, days=DAYS
    )
    stated = CONTRACTS["working_capital"]
    stated.conform(found.with_columns(business_date=pl.lit(TODAY)))
    return {
        plan: found.filter(plan=plan).sort("week").to_dicts()
        for plan in ("as_is", "with_proposals")
    }


def test_stock_orders_and_proposals_by_week():
    found = project(asked=(ACTION, CALLED_OFF))
    tonight, week, rest = found["as_is"]
    # Of 160 units 10 are not for sale; 14 sell in a week of 7 days, 6 in the 3 days that are left.
    assert (tonight["stock_units"], tonight["stock_value"]) == (160, 640)
    assert (tonight["on_order_units"], tonight["proposed_units"]) == (20, 0)
    assert tonight["exposure_value"] == 720
    assert (week["received_units"], week["on_order_units"]) == (20, 0)
    assert (week["sold_units"], week["stock_units"]) == pytest.approx((14, 166), abs=0.01)
    assert week["exposure_value"] == pytest.approx(664, abs=0.05)
    assert (rest["ends_on"], rest["sold_units"]) == (TODAY + dt.timedelta(days=DAYS), 6)
    tonight, week, rest = found["with_proposals"]
    assert (tonight["on_order_units"], tonight["proposed_units"]) == (15, 50)
    assert (week["received_units"], week["proposed_value"]) == (15, 200)
    assert (rest["received_units"], rest["proposed_units"]) == (50, 0)
    assert rest["stock_units"] == pytest.approx(160 + 15 + 50 - 20, abs=0.01)


def test_an_echelon_sells_what_any_place_of_it_holds():
    # The store has nothing: by itself it would sell nothing.
    found = project(held=pairs(store_stock=0), coming=())["as_is"]
    assert [row["sold_units"] for row in found] == pytest.approx([0, 14, 6], abs=0.01)


def test_nobody_holds_less_than_nothing():
    # 170 units can be sold and 300 are asked for: what customers wait for is no stock.
    for waits in (False, True):
        found = project(held=pairs(waits=waits), mean=30.0)["as_is"]
        assert found[-1]["stock_units"] == pytest.approx(10, abs=2)
        assert sum(row["sold_units"] for row in found) == pytest.approx(170, abs=2)


def test_unknown_stock_is_named_and_goods_for_it_are_held_once_they_come():
    unknown = pairs().with_columns(
        pl.when(pl.col("location") == "S").then(None).otherwise(pl.col(name)).alias(name)
        for name in ("on_hand", "sellable")
    )
    found = project(held=unknown, coming=({"location": "S"},))["as_is"]
    assert [row["unknown_pairs"] for row in found] == [1, 1, 1]
    assert [row["stock_units"] for row in found] == [100, 120, 120]


def test_a_line_of_which_a_part_is_moved_comes_on_two_days():
    moved = {**ACTION, "po": "P1", "po_line": 1, "inbound": 0, "units": 8}
    found = project(asked=(moved,))["with_proposals"]
    assert [row["received_units"] for row in found] == [0, 12, 8]
    # An action of a line that is no longer expected moves nothing.
    gone = project(asked=({**moved, "po": "P2"},))
    assert gone["with_proposals"][1]["received_units"] == 20


def test_a_pool_has_the_variance_of_its_pairs_over_all_days():
    days = {"first_day": TODAY + dt.timedelta(days=1), "days": DAYS}
    held = pl.DataFrame({"sku": ["A"] * 3, "location": ["S", "T", "U"], "node": ["D", "D", "U"]})
    held = held.with_columns(on_hand=pl.lit(1))
    made = sum_pool_demand(demand(places=("S", "T", "U")), held, **days)
    assert made["location"].unique().sort().to_list() == ["D", "U"]
    pool = made.filter(location="D")
    assert pool["mean"].to_list() == [4.0] * DAYS
    rho, total = pool["correlation"][0], pool["variance"].sum()
    spread = (1 - rho) * total + rho * pool["variance"].sqrt().sum() ** 2
    one_pair = (1 - 0.3) * 2.0 * DAYS + 0.3 * 2.0 * DAYS**2
    assert spread == pytest.approx(2 * one_pair)
    assert made.filter(location="U")["correlation"][0] == pytest.approx(0.3)


RECEIPT = {
    "receipt_id": "R1", "line": 1, "sku": "A", "supplier": "V", "units": 10, "unit_price": 3.0,
    "received_on": TODAY - dt.timedelta(days=20),
}  # fmt: skip


def pay(*, coming=({},), asked=(), payment_days=30, received=(RECEIPT,)):
    found = list_payments(
        pl.DataFrame(received),
        lines(*coming),
        actions(*asked),
        ITEMS,
        pl.DataFrame(
            [("V", payment_days)], {"supplier": pl.String, "payment_days": pl.Int64}, orient="row"
        ),
        as_of=TODAY,
        payment_days=14,
    )
    CONTRACTS["cash_ahead"].conform(found.with_columns(business_date=pl.lit(TODAY)))
    return {row["week"]: row for row in found.to_dicts()}


def test_payments_by_the_terms_of_the_supplier():
    found = pay(asked=(ACTION, CALLED_OFF))
    # Received 20 days ago and due after 30; the order comes in 3 days, tonight's in 9.
    assert found.keys() == {2, 5, 6}
    assert (found[2]["received"], found[2]["due_with_proposals"]) == (30, 30)
    assert (found[5]["on_order"], found[5]["changed"]) == (60, -15)
    assert (found[5]["due_as_is"], found[5]["due_with_proposals"]) == (60, 45)
    assert (found[6]["due_as_is"], found[6]["proposed"]) == (0, 100)


def test_terms_of_policy_stand_in_and_are_named():
    found = pay(payment_days=None)
    assert {(row["payment_days"], row["terms_assumed"]) for row in found.values()} == {(14, True)}
    # Due 14 days after it came: paid by now.
    assert sum(row["received"] for row in found.values()) == 0


def test_what_is_paid_ahead_is_paid_and_what_tonight_makes_due_is_due_tomorrow():
    found = pay(payment_days=-14, asked=(ACTION,))
    assert found.keys() == {1}
    assert (found[1]["due_as_is"], found[1]["proposed"]) == (0, 100)


def test_goods_of_our_own_nodes_are_paid_to_nobody_and_speed_is_paid_with_the_goods():
    own = {"document_kind": "transfer", "document": "T1", "supplier": None}
    sped = {**ACTION, "po": "P1", "po_line": 1, "inbound": 0, "units": 20, "fee": 70.0,
            "due_on": TODAY + dt.timedelta(days=1)}  # fmt: skip
    found = pay(coming=({}, own), asked=(sped,), received=(RECEIPT,))
    assert sum(row["due_as_is"] for row in found.values()) == 90
    assert sum(row["changed"] for row in found.values()) == 0
    assert sum(row["fees"] for row in found.values()) == 70
