"""Days that teach how demand answers to prices: also those without a sale at the end."""

import polars as pl
import pytest
from landing_folder import NO_BULK, at, day, record, sale

LAST = 60


def priced_days(shop, **changes):
    """Days that the query `priced_days` gives of each item, by number, with units and usual."""
    span = {
        "first_day": day(1), "last_day": day(LAST), "last_exit": day(LAST + 90),
        "most_items": 40, "silent_days": 28,
    }  # fmt: skip
    found = shop.warehouse.query(
        "priced_days", day(LAST), frames={"bulk": NO_BULK}, **{**span, **changes}
    )
    return found.with_columns(number=(pl.col("date") - day(0)).dt.total_days())


@pytest.fixture
def quiet(shop):
    """A shop that sells one A a day until the 20th, two B a day until the end, and no C."""
    rows = [sale(f"A{number}", number, 1) for number in range(1, 21)]
    rows += [sale(f"B{number}", number, 2, sku="B") for number in range(1, LAST + 1)]
    first = [row for row in rows if row["timestamp"].date() == day(1)]
    shop.send("pos_sales", 1, first)
    shop.send("pos_sales", LAST, [row for row in rows if row not in first], part="1")
    return shop


def learn(shop):
    shop.load_all(LAST)
    for name in ("trading_days", "demand_history"):
        shop.rebuild(name, LAST)
    return shop


def test_days_after_the_last_sale_teach_for_four_weeks(quiet):
    found = priced_days(learn(quiet)).filter(sku="A").sort("number")
    assert found["number"].to_list() == [*range(1, 49)]
    assert found["units"].to_list() == [1.0] * 20 + [0.0] * 28
    # The mean over the days in stock, and not over those on which it sold.
    assert found["usual"].sum() == pytest.approx(20, abs=0.1)
    assert priced_days(quiet, silent_days=5).filter(sku="A")["number"].max() == 25
    assert priced_days(quiet).filter(sku="B")["number"].max() == LAST


@pytest.mark.parametrize("status", ["active", "blocked"])
def test_an_empty_shelf_teaches_no_days_without_a_sale(quiet, status):
    """The last A went on the 20th; of an item that is blocked no stock-out is marked."""
    quiet.send("item_locations", 1, [{"sku": "A", "location": "S1", "status": status}])
    quiet.send("stock", 1, [record(1, 40)])
    quiet.send("stock", 20, [record(20, 0)])
    found = priced_days(learn(quiet)).filter(sku="A").sort("number")
    assert found["number"].to_list() == [*range(1, 21)]
    assert found["usual"].sum() == pytest.approx(20, abs=0.1)


def test_days_without_a_sale_count_from_the_last_sale_and_not_from_a_return(quiet):
    back = {"return_id": "R1", "receipt": "A20", "timestamp": at(40), "quantity": 1}
    quiet.send("returns", 40, [back])
    assert priced_days(learn(quiet)).filter(sku="A")["number"].max() == 48
