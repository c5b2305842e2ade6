"""An item that breaks a calculation is set aside by its name, and the rest is planned."""

import shutil
from datetime import datetime, time, timedelta

import polars as pl
import pytest
from simulated import LAST, failures, materialize, plenish_here, send_rows, warehouse_of

from inventory_assets.definitions import defs
from inventory_assets.demand import forecast
from inventory_assets.framework.items import set_items_aside
from inventory_assets.inventory import position, records
from inventory_assets.plans import buffers, movements, purchasing, targets
from inventory_assets.routing import cases
from inventory_assets.signals import exceptions
from quality_checks.checks import ITEMS_CALCULATED
from quality_checks.contracts import CONTRACTS

ROOMS = {
    "receipts_ahead": (position, "predict_receipts"),
    "record_errors": (records, "estimate_record_errors"),
    "learnt_forecast": (forecast, "forecast_demand"),
    "targets": (targets, "set_levels"),
    "channel_buffers": (buffers, "set_channel_buffers"),
    "allocation": (movements, "gather_allocation_inputs"),
    "transfers_plan": (movements, "gather_transfer_inputs"),
    "purchase_plan": (purchasing, "gather_purchase_inputs"),
}
"""Tables, in the order of the night, and the function of each that is given its items."""

PLANS = ("targets", "allocation", "transfers_plan", "purchase_plan")
NIGHT = [*ROOMS, "forecast", "position", "planning_pairs", "sale_values", "proposals"]

NOT_BY_ITEM = {
    "backtest_accuracy": "a job of its own that no night waits for",
    "model_versions": "a job of its own that no night waits for",
    "plan_versions": "of the whole plan",
    "delay_trials": "of records of lateness, over all lines",
    "line_delays": "by one model of all lines",
    "trading_days": "of locations, kept day by day",
    "demand_history": "kept day by day, by one query that has no figures but sums",
    "feeds": "of locations",
    "unbalanced_pairs": "of what stands out at a location, from books that are made by item",
    "dates_in_force": "of masters, by one query that has no figures",
    "day_profile": "of the hours of regions",
    "risk_accuracy": "of chances, over all lines",
    "scorecard_figures": "of suppliers, from lines that are made by item",
    "stock_health": "of departments, by one query that has no figures but sums",
    "budget_use": "of departments, by one query that has no figures but sums",
    "capacity_use": "of suppliers, by one query that has no figures but sums",
    "changed_levels": "records what people decided, by one query",
    "routed": "records what people decided, and drops nothing in silence",
    "decision_steps": "of what people decided",
    "worklist": "writes files for people",
    "cases": "writes files for people, of exceptions that are settled by item",
    "case_alerts": "made with cases",
    "export_lines": "writes what leaves",
    "cancel_lines": "made with export_lines",
    "supplier_files": "writes what leaves",
    "erp_files": "writes what leaves",
    "channel_files": "writes what leaves",
}
"""Tables of which an item is not set aside -> why not."""

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


def test_every_table_is_made_by_item_or_it_is_said_why_not():
    named_here = {
        key.path[-1]
        for made in defs.get_repository_def().assets_defs_by_key.values()
        if ITEMS_CALCULATED.name not in {check.name for check in made.check_specs}
        for key in made.keys
    }
    results = {name for name, contract in CONTRACTS.items() if contract.mode == "result"}
    assert named_here & results == set(NOT_BY_ITEM)


def test_every_room_goes_on_without_the_item_that_breaks_it(root, monkeypatch):
    levels, offered = rows(root, "targets"), items_of(root, "channel_buffers")
    known_in = {
        "receipts_ahead": items_of(root, "receipts_ahead"),
        "record_errors": offered,
        "channel_buffers": offered,
    }
    broken: dict[str, str] = {}
    for table in ROOMS:
        broken[table] = min(known_in.get(table, set(levels["sku"])) - set(broken.values()))
    for table, sku in broken.items():
        break_on(monkeypatch, table, [sku])
    materialize(root, LAST, *NIGHT)
    assert set(named(root)) == {
        (CONTRACTS[table].table, f"1 items broke the calculation: {sku}")
        for table, sku in broken.items()
    }
    for table, sku in broken.items():
        said = root / "checks" / str(LAST) / f"{CONTRACTS[table].table}.items_calculated.csv"
        assert "no room for 8 EiB" in said.read_text(), sku
    # Of whose receipts nothing is known nobody orders, and nothing is planned without a level.
    unplanned = {broken[table] for table in ("receipts_ahead", "learnt_forecast", "targets")}
    for table in (*PLANS, "channel_buffers"):
        assert not items_of(root, table) & {*unplanned, broken[table]}, table
    assert items_of(root, "purchase_plan")
    assert items_of(root, "channel_buffers")
    kept = ~pl.col("sku").is_in(unplanned)
    pairs = ["sku", "location"]
    assert rows(root, "targets").select(pairs).equals(levels.filter(kept).select(pairs))


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


def test_answers_on_lines_of_an_item_that_is_set_aside_are_of_ours(root, monkeypatch):
    bad = min(items_of(root, "receipts_ahead"))
    left = rows(root, "export_lines").head(2)
    # The line has left, and its item cannot be calculated.
    exported = left.with_columns(sku=pl.lit(bad))
    warehouse_of(root).write(CONTRACTS["export_lines"], LAST, exported)
    answers = exported.select(
        "idempotency_key",
        batch=pl.lit("1"),
        status=pl.lit("accepted"),
        acknowledged_on=pl.lit(LAST),
    )
    send_rows(root, "acknowledgements", answers, f"{LAST}.parquet")
    break_on(monkeypatch, "receipts_ahead", [bad])
    materialize(root, LAST, "plan_versions", "acknowledgements", "receipts_ahead")
    assert named(root) == [
        (CONTRACTS["receipts_ahead"].table, f"1 items broke the calculation: {bad}")
    ]
    said = rows(root, "check_outcomes").filter(check="answers_known")
    assert said["passed"].to_list() == [True], said["message"].to_list()


def test_every_room_says_that_an_item_is_set_aside(root, monkeypatch):
    waiting = rows(root, "routed").filter(status="waiting")
    proposed = rows(root, "proposals").filter(kind="purchase_order")
    action = proposed.join(waiting, on="action_id", how="semi").row(0, named=True)
    sku, asset = action["sku"], "plans.targets"
    note = {"asset": asset, "sku": sku, "error": "as today", "since": LAST - timedelta(days=3)}
    yesterday = LAST - timedelta(days=1)
    warehouse_of(root).write(CONTRACTS["items_set_aside"], yesterday, pl.DataFrame([note]))
    found = rows(root, "check_outcomes").filter(asset=asset).drop("business_date")
    warehouse_of(root).write(CONTRACTS["check_outcomes"], yesterday, found)
    break_on(monkeypatch, "targets", [sku])
    decided = pl.DataFrame(
        {
            "decision_id": ["u1", "u2"],
            "action_id": [action["action_id"], "f" * 24],
            "decision": "approve",
            "author": "ann",
            "role": "planner",
            "reason": "agreed",
            "decided_at": datetime.combine(LAST, time(20)),
        }
    )
    for old in (root / "landing" / "decisions").glob(f"{LAST}*"):
        old.unlink()
    send_rows(root, "decisions", decided, f"{LAST}.parquet")
    later = ["targets", *PLANS[1:], "proposals", "case_actions", "decisions", "routed"]
    materialize(root, LAST, *later)
    assert rows(root, "items_set_aside").select("asset", "sku", "since").rows() == [
        (asset, sku, LAST - timedelta(days=3))
    ]
    refused = pl.read_csv(root / "checks" / str(LAST) / "actions.routed.decisions_count.csv")
    said = dict(refused.select("decision_id", "problem").iter_rows())
    story = f"{sku} is set aside since {LAST - timedelta(days=3)}: {asset} could not be calculated"
    assert said["u1"] == f"No plan proposes this action. {story} of it."
    assert said["u2"] == "No plan proposes this action."
    at = action["destination"]
    for command in (
        ("status",),
        ("worklist",),
        ("explain", sku, at),
        ("explain", action["action_id"]),
        ("approve", action["action_id"][:8], "--role", "buyer", "--author", "b", "--reason", "r"),
    ):
        done = plenish_here(root, *command)
        told = " ".join((done.stdout + done.stderr).split())
        assert story in told, command
        assert "MemoryError: no room for 8 EiB" in told, command
        assert "what is out of the ordinary in the item's rows" in told, command
        assert "Traceback" not in told
        if command == ("explain", sku, at):
            assert f"It is set aside: {asset} could not be calculated of the item." in told
    monkeypatch.undo()
    materialize(root, LAST, "targets")
    assert rows(root, "items_set_aside").is_empty()


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
