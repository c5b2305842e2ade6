"""Working capital and payments of a planned retailer: they follow from its tables."""

import duckdb
import polars as pl
import pytest
from simulated import LAST, warehouse_of

from quality_checks.contracts import CONTRACTS


@pytest.fixture(scope="module")
def read(planned):
    return lambda table: warehouse_of(planned).read(CONTRACTS[table], LAST)


def test_both_checks_pass_and_the_summary_tells_of_money(read, planned):
    found = read("check_outcomes").filter(
        asset="reporting.working_capital", check="capital_adds_up"
    )
    paid = read("check_outcomes").filter(asset="reporting.cash_ahead", check="payments_complete")
    assert found["passed"].to_list() == paid["passed"].to_list() == [True]
    told = " ".join((planned / "summary.txt").read_text().split())
    assert "of stock and" in told
    assert "Suppliers are due" in told


def test_tonights_stock_is_what_stock_health_values(read):
    health = read("stock_health")["stock_value"].sum()
    capital = read("working_capital").filter(week=0, plan="as_is")
    # stock_health has replenished pairs alone.
    assert capital["stock_value"].sum() >= health > 0


def test_tonights_orders_are_the_difference_that_is_told(read):
    leaving = read("routed").filter(pl.col("status").is_in(["approved", "waiting"]))
    bought = read("proposals").filter(kind="purchase_order").join(leaving, on="action_id")
    assert bought.height > 0
    capital = read("working_capital").filter(week=0, plan="with_proposals")
    assert capital["proposed_units"].sum() == bought["quantity"].sum()
    assert read("cash_ahead")["proposed"].sum() == pytest.approx(bought["value"].sum(), abs=0.1)


def test_terms_that_no_supplier_lacks_are_nowhere_assumed(read, planned):
    with duckdb.connect() as connection:
        (lacking,) = connection.sql(
            f"SELECT count(*) - count(payment_days) FROM '{planned}/landing/suppliers/*.csv'"
        ).fetchone()
    assert lacking == 0
    assert not read("cash_ahead")["terms_assumed"].any()
