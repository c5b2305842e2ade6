"""What a node looked for in vain: from the refusal to the doubt about its stock record."""

import polars as pl
import pytest
from landing_folder import at, day, put

IN_SHOP = {"sku": "A", "location": "S1"}
LOST = {"order_id": "O", "line": 1, **IN_SHOP, "reason": "not_found"}
COUNT = {**IN_SHOP, "reason": "cycle"}
RECEIPT = {**IN_SHOP, "line": 1, "po": "P", "po_line": 1, "rejected": 0}
REASONS = pl.DataFrame({"pattern": ["count*"]})


@pytest.fixture
def shop_with_history(shop):
    """A shop that says why stock is corrected, with ten days of history."""
    correction = {"adjustment_id": "X", **IN_SHOP, "sku": "B", "quantity": -1, "reason": "count"}
    shop.send("adjustments", 1, [{**correction, "timestamp": at(1)}])
    put(shop, "demand_history", 0, **IN_SHOP)
    return shop


def counted(shop):
    """Counts of A: the day -> whether it was looked for in vain since it was last seen."""
    shop.load_all(1)
    shop.load_all(9)
    found = shop.warehouse.query(
        "counted_records", day(9), frames={"reasons": REASONS}, first_day=day(0)
    )
    return dict(found.select("count_id", "not_found").rows())


def test_a_count_follows_what_was_looked_for_in_vain_since_the_one_before(shop_with_history):
    shop = shop_with_history
    counts = [("C2", 2), ("C4", 4), ("C6", 6), ("C8", 8)]
    rows = [{**COUNT, "count_id": name, "counted": 3, "timestamp": at(on)} for name, on in counts]
    elsewhere = {**COUNT, "count_id": "S2", "location": "S2", "counted": 3, "timestamp": at(9)}
    shop.send("stock_counts", 9, [*rows, elsewhere])
    # Before C4; and before C8, but units came since.
    refused = [{**LOST, "refused_at": at(3)}, {**LOST, "order_id": "P", "refused_at": at(7, 8)}]
    damaged = {**LOST, "order_id": "D", "refused_at": at(5), "reason": "damaged"}
    shop.send("node_refusals", 9, [*refused, damaged])
    came = {**RECEIPT, "receipt_id": "R", "timestamp": at(7, 15), "received": 2}
    shop.send("receipts", 9, [came])
    assert counted(shop) == {"C2": False, "C4": True, "C6": False, "C8": False, "S2": False}


POSITION = {**IN_SHOP, "region": "north", "on_hand": 5, "available": 5, "record_age_days": 0}


@pytest.mark.parametrize(
    ("source", "row", "doubted"),
    [
        (None, {}, True),
        ("stock_counts", {**COUNT, "count_id": "C", "counted": 3, "timestamp": at(6)}, False),
        ("stock_counts", {**COUNT, "count_id": "C", "counted": 3, "timestamp": at(4)}, True),
        ("receipts", {**RECEIPT, "receipt_id": "R", "timestamp": at(6), "received": 2}, False),
        ("receipts", {**RECEIPT, "receipt_id": "R", "timestamp": at(6), "received": 0}, True),
    ],
)
def test_a_record_is_doubted_by_the_odds_learned_until_the_item_is_seen(
    shop_with_history, source, row, doubted
):
    shop = shop_with_history
    shop.send("node_refusals", 9, [{**LOST, "refused_at": at(5)}])
    if source:
        shop.send(source, 9, [row])
    shop.load_all(9)
    put(shop, "position", 9, **POSITION)
    put(shop, "position", 9, **{**POSITION, "sku": "B"})
    put(shop, "record_errors", 9, location="S1", record_from=1, units=0, unfound_odds=4.0)
    for number in range(1, 10):
        put(shop, "book_balance", number, **IN_SHOP, discrepancy=int(number == 2))
    unsure = pl.DataFrame(schema={"sku": pl.String, "location": pl.String})
    found = shop.warehouse.query("record_doubts", day(9), frames={"unsure": unsure})
    doubt = dict(found.select("sku", "doubt").rows())
    # One of nine days was off, drawn by ten days to the usual share.
    share = 1.5 / 10
    usual = (1 + 10 * share) / 19
    odds = usual / (1 - usual) * (4 if doubted else 1)
    assert doubt["A"] == pytest.approx(odds / (1 + odds))
    assert doubt["B"] == pytest.approx(share)
