"""What a run has read is read again once it may be another, and is not kept without end."""

import polars as pl
import pytest
from landing_folder import day
from simulated import PROJECT

from inventory_assets.framework import Inputs, Retailer
from inventory_assets.framework.inputs import Declared
from inventory_assets.framework.kept_frames import KeptFrames
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse

LIMITS = CONTRACTS["limit_prices"]


@pytest.fixture
def retailer(shop):
    policies = str(PROJECT / "data" / "policies")
    return Retailer(data_folder=str(shop.root), policies_folder=policies)


@pytest.fixture
def asked(monkeypatch):
    """What the warehouse itself was asked for, by name of the table or query."""
    names = []

    def watched(method, name_of):
        def ask(self, what, *arguments, **options):
            names.append(name_of(what))
            return method(self, what, *arguments, **options)

        return ask

    monkeypatch.setattr(Warehouse, "read", watched(Warehouse.read, lambda contract: contract.name))
    monkeypatch.setattr(Warehouse, "query", watched(Warehouse.query, str))
    return names


def look(retailer, *tables):
    """What another asset is given, which reads some tables."""
    return Inputs(day(0), Declared("trade_off", frozenset(tables), frozenset()), retailer)


def write_limit(retailer, price):
    row = {"limit": "storage", "scope": "S1", "measure": "units", "capacity": 9.0, "used": 9.0}
    frame = pl.DataFrame([{**row, "price": price, "scarce_for": None}], schema=LIMITS.schema)
    retailer.warehouse.write(LIMITS, day(0), frame.drop("business_date"))


def test_a_table_is_read_once_until_its_rows_change(retailer, asked):
    write_limit(retailer, 1.0)
    for _ in range(2):
        assert look(retailer, "limit_prices").read("limit_prices")["price"].to_list() == [1.0]
    assert asked == ["limit_prices"]
    write_limit(retailer, 2.0)
    assert look(retailer, "limit_prices").read("limit_prices")["price"].to_list() == [2.0]


def test_a_query_is_asked_once_until_files_land_that_it_reads(retailer, asked, shop):
    def count_closures():
        return len(look(retailer, "suppliers").query("supplier_closures"))

    before = count_closures()
    assert count_closures() == before
    assert asked == ["supplier_closures"]
    shop.send("products", 0, [{"sku": "Z", "list_price": 1.0}], part="2")
    shop.load("products", 0)
    count_closures()
    assert asked == ["supplier_closures"], "it reads nothing of products"
    closing = {"closed_from": day(3), "closed_to": day(5)}
    shop.send("suppliers", 0, [closing], part="2")
    shop.load("suppliers", 0)
    assert count_closures() == before + 1


def test_what_changes_in_parts_is_read_each_time(retailer, asked):
    for _ in range(2):
        look(retailer, "check_outcomes").read("check_outcomes")
    assert asked == ["check_outcomes"] * 2


def test_a_table_whose_slices_are_marked_is_not_replaced_in_parts(retailer):
    with pytest.raises(ValueError, match="limit_prices is not replaced in parts"):
        retailer.warehouse.replace_part(LIMITS, [day(0)], {"scope": "S1"}, LIMITS.empty())


def frame_of(number):
    return pl.DataFrame({"number": [number] * 100})


def test_what_was_asked_for_longest_ago_goes_first():
    size = int(frame_of(1).estimated_size())
    frames, read = KeptFrames(most_bytes=2 * size), []

    def give(number):
        def find():
            read.append(number)
            return frame_of(number)

        return frames.give(number, find)

    for number in (1, 2, 1, 3, 1, 2):
        assert give(number).equals(frame_of(number))
    assert read == [1, 2, 3, 2]
    frames.forget()
    give(1)
    assert read == [1, 2, 3, 2, 1]


def test_what_is_larger_than_all_that_may_be_kept_throws_nothing_out():
    frames = KeptFrames(most_bytes=int(frame_of(1).estimated_size()))
    kept = frames.give("small", lambda: frame_of(1))
    frames.give("large", lambda: pl.concat([frame_of(2), frame_of(3)]))
    assert frames.give("small", lambda: frame_of(4)) is kept
