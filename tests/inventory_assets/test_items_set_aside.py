"""An item that breaks a calculation is set aside by its name, and the rest is planned."""

import shutil

import polars as pl
import pytest
from simulated import LAST, failures, materialize, warehouse_of

from inventory_assets.demand import forecast
from inventory_assets.framework.items import set_items_aside
from inventory_assets.plans import movements, purchasing, targets
from inventory_assets.routing import cases
from inventory_assets.signals import exceptions
from quality_checks.contracts import CONTRACTS

ROOMS = {
    "forecast": (forecast, "forecast_demand"),
    "targets": (targets, "set_levels"),
    "allocation": (movements, "gather_allocation_inputs"),
    "transfers_plan": (movements, "gather_transfer_inputs"),
    "purchase_plan": (purchasing, "gather_purchase_inputs"),
}
PLANS = ["targets", "allocation", "transfers_plan", "purchase_plan", "proposals"]

NO_ROOM = MemoryError("no room for 8 EiB")


@pytest.fixture
def root(planned, tmp_path):
    return shutil.copytree(planned, tmp_path / "retailer")


def rows(root, table):
    return warehouse_of(root).read(CONTRACTS[table], LAST)


def items_of(root, table):
    return set(rows(root, table)["sku"])


def named(root):
    """What was set aside: (table, message)."""
    found = rows(root, "check_outcomes").filter(~pl.col("passed"), check="items_calculated")
    return found.select("asset", "message").rows()


def break_on(monkeypatch, table, skus, error=NO_ROOM):
    """Make the calculation of a table fail where one of some items is among what it is given."""
    module, name = ROOMS[table]
    whole = getattr(module, name)

    def broken(first, *rest, **options):
        if set(first["sku"]) & set(skus):
            raise error
        return whole(first, *rest, **options)

    monkeypatch.setattr(module, name, broken)


@pytest.mark.parametrize("table", ROOMS)
def test_every_room_goes_on_without_the_item(root, monkeypatch, table):
    bad = min(items_of(root, "targets"))
    before = rows(root, table).filter(pl.col("sku") != bad)
    break_on(monkeypatch, table, [bad])
    after = PLANS[PLANS.index(table) + 1 :] if table in PLANS else ["sale_values", *PLANS]
    materialize(root, LAST, table, *after)
    assert bad not in items_of(root, table)
    assert named(root)[0] == (
        f"{CONTRACTS[table].table}",
        f"1 items broke the calculation: {bad}",
    )
    assert items_of(root, table) == set(before["sku"])
    if table in {"forecast", "targets"}:
        pairs = ["sku", "location"]
        assert rows(root, table).select(pairs).equals(before.select(pairs))
    said = root / "checks" / str(LAST) / f"{CONTRACTS[table].table}.items_calculated.csv"
    assert "no room for 8 EiB" in said.read_text()


def break_at(monkeypatch, module, name, place, sku):
    """Make a function fail where an item is in the frame that it is given at a place."""
    whole = getattr(module, name)

    def broken(*frames):
        if sku in frames[place]["sku"]:
            raise NO_ROOM
        return whole(*frames)

    monkeypatch.setattr(module, name, broken)


def test_an_item_that_breaks_exceptions_or_cases_does_not_stop_what_leaves(root, monkeypatch):
    seen = min(items_of(root, "count_plan"))
    linked = max(items_of(root, "proposals"))
    before = rows(root, "routed")
    break_at(monkeypatch, exceptions, "settle_exceptions", 1, seen)
    break_at(monkeypatch, cases, "link_actions", 2, linked)
    signals = ["signal_readings", "exceptions", "exception_scope"]
    materialize(root, LAST, *signals, "case_actions", "routed")
    assert sorted(named(root)) == [
        ("actions.case_actions", f"1 items broke the calculation: {linked}"),
        ("signals.signal_readings", f"1 items broke the calculation: {seen}"),
    ]
    assert rows(root, "routed")["action_id"].to_list() == before["action_id"].to_list()


def test_a_result_that_breaks_its_contract_costs_one_item_only(root, monkeypatch):
    bad = max(items_of(root, "targets"))
    whole = targets.set_levels

    def broken(*given, **options):
        plan = whole(*given, **options)
        level = pl.when(pl.col("sku") == bad).then(float("nan")).otherwise("demand_mean")
        return type(plan)(plan.lines.with_columns(demand_mean=level), plan.left_out)

    monkeypatch.setattr(targets, "set_levels", broken)
    materialize(root, LAST, "targets")
    assert named(root) == [("plans.targets", f"1 items broke the calculation: {bad}")]
    assert bad not in items_of(root, "targets")


def test_what_is_no_items_fault_fails_as_before(root, monkeypatch):
    break_on(monkeypatch, "targets", items_of(root, "targets"), ValueError("all wrong"))
    done = materialize(root, LAST, "targets", check=False)
    assert "all wrong" in failures(done)["plans__targets"]


class Few:
    """Inputs of a few items without a warehouse."""

    def __init__(self, skus):
        self.read = list(skus)

    def skus(self):
        return self.read

    def of_only(self, skus):
        return Few(skus)

    def without(self, skus):
        return Few(sku for sku in self.read if sku not in skus)


def test_what_fails_only_alone_is_kept():
    def calculate(inputs):
        if {"B", "H"} & set(inputs.read) or ("D" in inputs.read and "E" not in inputs.read):
            raise ZeroDivisionError
        return inputs.read

    kept, outcome = set_items_aside(calculate, Few("ABCDEFGH"))
    assert kept == list("ACDEFG")
    assert outcome.failing["sku"].to_list() == ["B", "H"]
