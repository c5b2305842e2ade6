"""Who delivers an item and who else could, by stored tables: what is not known stays missing."""

import polars as pl
import pytest
from landing_folder import day

from forecasting.supply import measure_concentration, measure_exposure
from quality_checks.contracts import CONTRACTS, EVERYWHERE

TODAY = 10
TERMS = {
    "minimum_order_quantity": 1, "order_multiple": 1, "unit_price": 4.0, "currency": "EUR",
    "preferred": False, "valid_from": day(0), "contract_lead_time_days": 30,
}  # fmt: skip
OF_PAIR = {"region": "north", "sku": "A", "location": "S1"}


def write(shop, table, rows, number=TODAY):
    """Rows of a result table; what a row leaves out is missing, or nothing where it may not be."""
    contract = CONTRACTS[table]
    nothing = {
        name: None if name in contract.nullable else (0.0 if dtype == pl.Float64 else None)
        for name, dtype in contract.schema.items()
    }
    frame = pl.DataFrame([{**nothing, **row} for row in rows], schema=contract.schema)
    shop.warehouse.write(contract, day(number), frame.drop("business_date"))


@pytest.fixture
def stocked(shop):
    """Items A, of V1 and V2, and B, of V1 alone; 4 and 2 a day; 60 and 10 units there."""
    shop.send("suppliers", 1, [{"supplier": supplier} for supplier in ("V1", "V2", "V3")])
    shop.send(
        "item_suppliers",
        1,
        [
            {**TERMS, "sku": "A", "supplier": "V1"},
            {**TERMS, "sku": "A", "supplier": "V2", "contract_lead_time_days": 45},
            {**TERMS, "sku": "A", "supplier": "V3", "contract_lead_time_days": 1,
             "valid_to": day(TODAY)},
            {**TERMS, "sku": "B", "supplier": "V1"},
        ],
    )  # fmt: skip
    shipped = {"po": "P1", "sku": "B", "ordered_quantity": 6, "status": "shipped"}
    shop.send("purchase_orders", 1, [shipped, {**shipped, "po": "P2", "status": "confirmed"}])
    shop.load_all(TODAY)
    forecast = {**OF_PAIR, "model": "test"}
    write(
        shop,
        "forecast",
        [
            {**forecast, "sku": sku, "date": day(TODAY + ahead), "mean": mean}
            for sku, mean in (("A", 4.0), ("B", 2.0))
            for ahead in (1, 2)
        ],
    )
    pair = {"in_transit": 0, "on_order": 0, "proposed_inbound": 0, "proposed_outbound": 0}
    there = {**OF_PAIR, **pair, "reserved": 1, "damaged": 1, "phantom_probability": 0.0}
    write(
        shop,
        "position",
        [
            {**there, "on_hand": 52},
            {**there, "location": "DC1", "on_hand": 12},
            {**there, "sku": "B", "on_hand": 12},
            {**there, "sku": "B", "location": "DC1", "reserved": None, "damaged": None},
        ],
    )
    ahead = {
        **OF_PAIR, "sku": "B", "line": 1, "document_kind": "purchase_order", "stated_on": day(12),
        "due_on": day(12), "units": 6, "closure_days": 0, "overdue_days": 0, "chance": 1.0,
        "share": 1.0,
        "expected_units": 6,
    }  # fmt: skip
    write(shop, "receipts_ahead", [{**ahead, "document": po} for po in ("P1", "P2")])
    dc = {
        "location": "DC1", "supplier": "V1", "lead_time_mean": 20.0, "review_days": 7.0,
        "closure_days": 0.0,
    }  # fmt: skip
    write(shop, "lead_times", [{"sku": sku, **dc} for sku in "AB"])
    value = {
        **OF_PAIR, "unit_cost": 4.0, "sells_from": day(11), "sells_to": day(12), "cautions": "",
        "sale_margin": 5.0,
    }  # fmt: skip
    write(shop, "sale_values", [value, {**value, "sku": "B", "sale_margin": 3.0}])
    return shop


def find_items(shop):
    terms = shop.warehouse.query("supplier_terms", day(TODAY))
    found = shop.warehouse.query("sourced_items", day(TODAY), frames={"terms": terms})
    conformed = CONTRACTS["sourced_items"].conform(
        found.with_columns(business_date=pl.lit(day(TODAY)))
    )
    return conformed, {row["sku"]: row for row in conformed.to_dicts()}


def test_an_item_lasts_by_what_is_there_and_shipped_and_comes_back_by_the_next_supplier(stocked):
    _, items = find_items(stocked)
    a, b = items["A"], items["B"]
    assert (a["supplier"], a["valid_suppliers"], a["next_supplier"]) == ("V1", 2, "V2")
    assert (b["supplier"], b["valid_suppliers"], b["next_supplier"]) == ("V1", 1, None)
    # Neither reserved nor damaged; of B a location that nobody counted adds nothing.
    assert (a["units_there"], a["units_shipped"]) == (60, 0)
    # What is only ordered does not come from a supplier that stopped.
    assert (b["units_there"], b["units_shipped"]) == (10, 6)
    assert (a["survive_days"], b["survive_days"]) == (15, 8)
    # V2's contract for A; nobody else sells B, so that V1's own lead time counts.
    assert (a["recover_days"], b["recover_days"]) == (45, 20)
    assert (a["exposed_margin"], b["exposed_margin"]) == ((45 - 15) * 20, (20 - 8) * 6)


def test_missing_is_not_zero(stocked):
    write(stocked, "sale_values", [])
    write(stocked, "position", [])
    found, items = find_items(stocked)
    missing = ("daily_margin", "units_there", "survive_days", "exposed_margin")
    assert {items[sku][name] for sku in "AB" for name in missing} == {None}
    (row,) = measure_exposure(found).to_dicts()
    assert (row["items"], row["judged_items"], row["margin_exposed"]) == (2, 0, None)
    write(stocked, "forecast", [])
    found, _ = find_items(stocked)
    whole = measure_concentration(found).filter(category=EVERYWHERE).row(0, named=True)
    assert (whole["unknown_items"], whole["daily_cost"], whole["cost_share"]) == (2, None, None)


def test_an_item_off_the_range_is_no_exposure(stocked):
    stocked.send("products", 2, [{"sku": "A", "exit_date": day(TODAY)}, {"sku": "B"}])
    stocked.load_all(TODAY)
    _, items = find_items(stocked)
    assert set(items) == {"B"}
