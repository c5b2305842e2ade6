"""What rests on a supplier, by hand."""

import datetime as dt

import polars as pl
import pytest

from forecasting.supply import measure_concentration, measure_exposure
from quality_checks.contracts import CONTRACTS, EVERYWHERE

TODAY = dt.date(2025, 6, 1)


def items(rows):
    base = {
        "business_date": TODAY, "category": "shirts", "supplier": "V1", "valid_suppliers": 1,
        "next_supplier": None, "daily_demand": 1.0, "daily_cost": 10.0, "daily_margin": 10.0,
        "units_there": 5, "units_shipped": 0, "survive_days": 5.0, "recover_days": 20.0,
        "exposed_margin": 150.0,
    }  # fmt: skip
    full = [{**base, "sku": f"i{number:03d}", **row} for number, row in enumerate(rows)]
    return CONTRACTS["sourced_items"].conform(pl.DataFrame(full, infer_schema_length=None))


def conform(table, frame):
    return CONTRACTS[table].conform(frame.with_columns(business_date=pl.lit(TODAY)))


def test_shares_of_a_category_and_of_all_are_by_cost_and_by_margin():
    rows = [
        {"daily_cost": 30.0},
        {"supplier": "V2", "daily_cost": 10.0, "daily_margin": 30.0, "valid_suppliers": 2},
        {"supplier": "V2", "category": "socks", "daily_cost": 60.0, "valid_suppliers": 0},
        {"supplier": "V2", "category": "socks", "daily_cost": None, "daily_margin": None},
    ]
    found = conform("concentration", measure_concentration(items(rows)))
    shares = {
        (row["supplier"], row["category"]): (row["cost_share"], row["margin_share"])
        for row in found.to_dicts()
    }
    assert shares == {
        ("V1", "shirts"): (0.75, 0.25),
        ("V2", "shirts"): (0.25, 0.75),
        ("V2", "socks"): (1.0, 1.0),
        ("V1", EVERYWHERE): (pytest.approx(0.3), pytest.approx(0.2)),
        ("V2", EVERYWHERE): (pytest.approx(0.7), pytest.approx(0.8)),
    }
    socks = found.filter(supplier="V2", category="socks").row(0, named=True)
    counts = ("items", "single_sourced_items", "items_without_terms", "unknown_items")
    assert [socks[name] for name in counts] == [2, 1, 1, 1]
    # The single-sourced one has no forecast: its cost is not known, and not nothing.
    assert socks["single_sourced_cost"] is None


def test_survival_and_recovery_are_of_half_the_margin_and_exposure_item_by_item():
    rows = [
        {"daily_margin": 10.0, "survive_days": 2.0, "recover_days": 30.0, "exposed_margin": 280.0},
        {"daily_margin": 50.0, "survive_days": 9.0, "recover_days": 5.0, "exposed_margin": 0.0},
        {"daily_margin": 40.0, "survive_days": 40.0, "recover_days": 60.0, "exposed_margin": 800.0},
        {"daily_margin": None, "exposed_margin": None, "valid_suppliers": 2},
        {"supplier": "V2", "daily_demand": 0.0, "daily_margin": 0.0, "survive_days": None,
         "exposed_margin": 0.0},
    ]  # fmt: skip
    found = conform("supplier_exposure", measure_exposure(items(rows)))
    one, two = found.to_dicts()
    assert [one[name] for name in ("items", "judged_items", "single_sourced_items")] == [4, 3, 3]
    assert (one["first_out_days"], one["survive_days"], one["recover_days"]) == (2, 9, 5)
    # Half the margin is back before it is gone, and two items are lost all the same.
    assert (one["exposed_items"], one["margin_exposed"]) == (2, 1080)
    # What does not sell neither runs out nor is missed.
    assert (two["judged_items"], two["margin_exposed"]) == (0, None)
