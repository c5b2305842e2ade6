"""Slices are made anew as far as something else is read than before, and no further."""

import polars as pl
import pytest
from landing_folder import day
from simulated import PROJECT

from inventory_assets.framework import Computed, Retailer
from inventory_assets.framework.inputs import Declared, Inputs
from inventory_assets.framework.making import Plan, make_slices
from inventory_assets.framework.reads import Marks, Reads
from quality_checks.checks import FEASIBLE
from quality_checks.contracts import CONTRACTS

RATES = CONTRACTS["return_rates"]


class Bench:
    """A table that is made of items and suppliers, and which items are calculated."""

    def __init__(self, shop, *, separable=True):
        policies = str(PROJECT / "data" / "policies")
        self.retailer = Retailer(data_folder=str(shop.root), policies_folder=policies)
        self.calculated: list[list[str]] = []
        self.failing: list[str] = []
        self.reads_twice: list[str] = []
        self.bound = False
        declared = Declared("return_rates", frozenset({"products", "suppliers"}), frozenset())
        self.plan = Plan(declared, [RATES], self.compute, by_item=True, separable=separable)
        self.marks = None

    def compute(self, inputs):
        items, suppliers = inputs.known("products"), inputs.known("suppliers")
        if self.bound:
            inputs.bind_items()
        if set(items["sku"]) & set(self.reads_twice):
            inputs.known("products")
        self.calculated.append(items["sku"].to_list())
        frame = items.select(
            "sku",
            channel=pl.lit("store"),
            return_rate=items["list_price"] / 100,
            resalable_share=pl.lit(len(suppliers) / 10),
        )
        failing = frame.filter(frame["sku"].is_in(self.failing))
        return [Computed(frame, [FEASIBLE.found(failing, "not so")])]

    def make(self, *, before=None):
        """Make the table, as the factory does; its rows, or None where they stand."""
        self.calculated.clear()
        made = make_slices(self.plan, self.retailer, day(0), before)
        self.marks = made.marks
        if made.slices is None:
            return None
        stored = self.retailer.warehouse.write(RATES, day(0), made.slices[0].frame)
        return dict(stored.select("sku", "return_rate").iter_rows())

    def make_again(self):
        return self.make(before=self.marks)


@pytest.fixture
def bench(shop):
    made = Bench(shop)
    made.make()
    return made


def send_prices(shop, number, **prices):
    rows = [{"sku": sku, "list_price": price} for sku, price in prices.items()]
    shop.send("products", 0, rows, part=str(number))
    shop.load("products", 0)


def test_what_reads_the_same_stands(bench, shop):
    assert bench.make_again() is None
    assert bench.calculated == [], "it was stopped before it calculated"
    shop.send("locations", 0, [{"location": "S9"}], part="2")
    shop.load("locations", 0)
    assert bench.make_again() is None


def test_only_items_that_are_read_anew_are_calculated(bench, shop):
    send_prices(shop, 2, A=30.0)
    found = bench.make_again()
    assert bench.calculated == [["A"]]
    assert found["A"] == pytest.approx(0.3)
    assert found == bench.make(), "all of them anew gives the same"
    assert len(bench.calculated[0]) > 1
    send_prices(shop, 3, NEW=50.0)
    assert bench.make_again()["NEW"] == pytest.approx(0.5)
    assert bench.calculated == [["NEW"]]
    assert bench.make_again() is None


def test_all_items_are_calculated_where_they_bear_on_each_other(shop):
    bench = Bench(shop, separable=False)
    everything = bench.make()
    assert bench.make_again() is None
    send_prices(shop, 2, A=30.0)
    assert bench.make_again().keys() == everything.keys()
    assert bench.calculated == [sorted(everything)]


def test_all_items_are_calculated_where_rows_of_no_item_change(bench, shop):
    shop.send("suppliers", 0, [{"supplier": "V9", "name": "Another"}], part="2")
    shop.load("suppliers", 0)
    assert bench.make_again()
    assert len(bench.calculated[-1]) > 1


def test_all_items_are_calculated_where_a_check_finds_something(bench, shop):
    send_prices(shop, 2, A=30.0)
    bench.failing.append("A")
    assert len(bench.make_again()) > 1
    assert [len(skus) > 1 for skus in bench.calculated] == [False, True]


def test_all_items_are_calculated_where_more_is_read_than_before(bench, shop):
    send_prices(shop, 2, A=30.0)
    bench.reads_twice.append("A")
    assert len(bench.make_again()) > 1
    assert len(bench.calculated[-1]) > 1
    assert bench.make_again() is None, "what it reads now is what it reads then"


def test_all_items_are_calculated_where_they_share_a_limit(bench, shop):
    send_prices(shop, 2, A=30.0)
    bench.bound = True
    assert len(bench.make_again()) > 1
    assert [len(skus) > 1 for skus in bench.calculated] == [True]
    assert bench.make(), "a night makes all of them in any case"


def test_an_item_that_is_set_aside_leaves_nothing_to_stand_on(shop):
    bench = Bench(shop)
    send_prices(shop, 2, A=900.0)  # a rate above one breaks the contract
    assert "A" not in bench.make()
    assert bench.marks is None


def look(reads, call, rows):
    """Note what a read gives, and take up what is at hand for the next one."""
    frame = pl.DataFrame({"sku": rows})
    reads.note(frame, call, whole=False)
    return frame


def test_what_has_been_read_of_every_item_is_at_hand_for_some():
    every = Reads(by_item=True, before=Marks([1], {}))
    items = look(every, ("known", "products"), ["A", "B"])
    shops = look(every, ("known", "locations"), ["S1"])
    some = Reads(by_item=True, at_hand=every.kept)
    assert some.find_at_hand(("known", "suppliers")) is None, "another thing is asked for"
    assert some.find_at_hand(("known", "products")).equals(items)
    look(some, ("known", "products"), ["A"])
    assert some.find_at_hand(("known", "locations")).equals(shops)
    look(some, ("known", "locations"), ["S1"])
    assert some.find_at_hand(("known", "locations")) is None, "more is read than before"


def test_a_night_keeps_nothing_of_what_it_has_read():
    night = Reads(by_item=True)
    look(night, ("known", "products"), ["A", "B"])
    some = Reads(by_item=True, at_hand=night.kept)
    assert some.find_at_hand(("known", "products")) is None


def test_what_is_more_than_memory_may_hold_is_read_again(monkeypatch):
    monkeypatch.setattr("inventory_assets.framework.reads._MOST_KEPT", 40)
    every = Reads(by_item=True, before=Marks([1], {}))
    look(every, ("known", "locations"), ["S1"])
    look(every, ("known", "products"), [f"A{number}" for number in range(99)])
    some = Reads(by_item=True, at_hand=every.kept)
    assert some.find_at_hand(("known", "locations")) is not None
    look(some, ("known", "locations"), ["S1"])
    assert some.find_at_hand(("known", "products")) is None


def test_a_query_of_frames_takes_nothing_from_hand(shop):
    asked = ("query", "served_locations", ("day", 1))
    at_hand = [(asked, pl.DataFrame({"destination": ["other"], "location": ["rows"]}))]
    found = {}
    for name, frames in (("none", None), ("given", {"chosen": pl.DataFrame({"sku": ["A"]})})):
        reads = Reads(by_item=True, at_hand=at_hand)
        declared = Declared("test", frozenset({"locations", "item_locations"}), frozenset())
        inputs = Inputs(day(1), declared, Bench(shop).retailer, reads=reads)
        rows = inputs.query("served_locations", frames=frames, day=1)
        found[name] = rows["destination"].to_list()
    assert found["none"] == ["other"]
    assert "other" not in found["given"]
