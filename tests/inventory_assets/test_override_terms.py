"""Whom an order may be asked of instead, and at which prices a markdown may be."""

from datetime import timedelta

import duckdb
import pytest
from simulated import LAST, warehouse_of

from governance import Terms
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse

ITEM = "TSH0000-SAN-M"
ORDER_DAY = LAST + timedelta(days=1)


@pytest.fixture
def ask(planned, tmp_path):
    """Changes rows of a copy of the planned retailer's warehouse, then reads the terms."""
    path = tmp_path / "plenish.duckdb"
    path.write_bytes(warehouse_of(planned).path.read_bytes())

    def read(*statements):
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
        warehouse = Warehouse(path)
        terms = Terms.read(lambda name: warehouse.query(name, LAST))
        warehouse.close()
        return terms

    return read


def list_sellers(terms):
    return terms.offers.filter(sku=ITEM, destination="D01").rows_by_key(
        "supplier", unique=True, named=True
    )


def test_each_order_of_the_night_is_on_the_terms_of_its_supplier(ask, planned):
    orders = warehouse_of(planned).read(CONTRACTS["purchase_plan"], LAST)
    offers = ask().offers
    both = orders.join(offers, on=["sku", "destination", "supplier"], suffix="_offered")
    assert both.height == orders.height > 0
    assert both["soonest_on"].equals(both["requested_on"], check_names=False)
    assert both["unit_price_offered"].equals(both["list_price"], check_names=False)
    assert both["takes_orders"].all()
    assert (both["quantity"] % both["order_multiple"] == 0).all()


def test_a_supplier_that_does_not_sell_it_so_is_told_apart(ask):
    assert {*list_sellers(ask())} == {"SUP01", "SUP02"}
    of_item = f"WHERE sku = '{ITEM}' AND supplier = 'SUP01'"
    weekdays = "".join("0" if day == ORDER_DAY.weekday() else "1" for day in range(7))
    sellers = list_sellers(
        ask(
            f"UPDATE landing.item_suppliers SET currency = 'USD' {of_item}",
            f"UPDATE landing.suppliers SET order_weekdays = '{weekdays}' WHERE supplier = 'SUP01'",
        )
    )
    assert (sellers["SUP01"]["currency"], sellers["SUP01"]["takes_orders"]) == ("USD", False)
    assert sellers["SUP02"]["takes_orders"]
    ended = ask(f"UPDATE landing.item_suppliers SET valid_to = DATE '{LAST}' {of_item}")
    assert {*list_sellers(ended)} == {"SUP02"}


def test_the_prices_are_those_that_were_weighed_for_what_is_marked_down(ask):
    options = "plans.markdown_options BY NAME SELECT"
    steps = [
        f"INSERT INTO {options} DATE '{LAST}' business_date, '{ITEM}' sku, '*' \"zone\", "
        f"'{option}' \"option\", {price} new_price"
        for option, price in (("hold", 20.0), ("markdown", 16.0), ("markdown", 10.0))
    ]
    other = steps[1].replace(ITEM, "OTHER")
    plan = (
        f"INSERT INTO plans.markdown_plan BY NAME SELECT DATE '{LAST}' business_date, "
        f"'{ITEM}' sku, '*' \"zone\", 9.5 floor_price"
    )
    assert ask().prices.is_empty()
    assert ask(*steps, other, plan).prices.rows() == [
        (ITEM, "*", 10.0, 9.5),
        (ITEM, "*", 16.0, 9.5),
    ]
