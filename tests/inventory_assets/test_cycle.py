"""A cycle by day runs what has something new to read, and gives what the whole night gives."""

import shutil
import sys
from datetime import datetime, time, timedelta

import dagster as dg
import numpy as np
import polars as pl
import pytest
from killed import audit_events, batch_appears, hidden, killed, steps_done, with_tests
from landing_folder import day
from simulated import (
    LAST,
    PROJECT,
    environment,
    exported,
    plan,
    plenish_here,
    results,
    send_rows,
    warehouse_of,
)

from governance import open_store
from governance.exchange import find_batch_faults
from inventory_assets.cycle import choose_assets
from inventory_assets.definitions import defs
from inventory_assets.framework import CYCLE_JOB, Inputs, Retailer, make_asset_key
from inventory_assets.framework.inputs import Declared
from inventory_assets.framework.reuse import (
    forget_inputs,
    hash_inputs,
    is_standing,
    keep_inputs,
)
from inventory_assets.jobs import intraday
from inventory_assets.runs import close_dead_runs
from quality_checks.contracts import CONTRACTS

TODAY = LAST + timedelta(days=1)
FULLER = f"item_locations/{LAST}.parquet"


def run_cycle(root, business_date=LAST):
    """Choose and run the cycle of a date; what it shows of each asset, and what stood."""
    home = environment(root)["DAGSTER_HOME"]
    retailer = Retailer(data_folder=str(root), policies_folder=str(PROJECT / "data" / "policies"))
    here = dg.Definitions(defs.assets, jobs=[intraday], resources={"retailer": retailer})
    with dg.DagsterInstance.from_config(home) as instance:
        # As the sensor does.
        close_dead_runs(instance)
        chosen = choose_assets(retailer, instance, business_date)
        retailer.warehouse.close()
        done = here.resolve_job_def(CYCLE_JOB).execute_in_process(
            instance=instance,
            partition_key=business_date.isoformat(),
            asset_selection=chosen,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    events = done.get_asset_materialization_events()
    made = {event.asset_key: event.materialization.metadata for event in events}
    return chosen, made, {key for key, metadata in made.items() if "stands" in metadata}


def test_a_cycle_gives_what_the_whole_night_gives(moving, replanned, tmp_path):
    root = shutil.copytree(moving, tmp_path / "retailer")
    shutil.copy2(replanned / "landing" / FULLER, root / "landing" / FULLER)
    chosen, made, stood = run_cycle(root)
    assert set(chosen) == made.keys()
    landed = {key.path[-1] for key in made if key.path[0] == "landing"}
    assert "item_locations" in landed
    assert "products" not in landed, "nothing of it has come, and it reads nothing that has"
    assert make_asset_key("backtest_accuracy") not in made, "no part of a night"
    assert make_asset_key("forecast_levels") in stood, "the forecast has the same rows"
    assert make_asset_key("targets") not in stood, "shelves must look fuller"
    shown = [str(value.value) for metadata in made.values() for value in metadata.values()]
    assert not any("data:image" in text for text in shown), "pictures are for the night"
    assert results(root) == results(replanned)
    assert exported(root) == exported(replanned)


CYCLE = """
import sys
from pathlib import Path
from test_cycle import run_cycle

run_cycle(Path(sys.argv[1]))
"""


def read_chain(root):
    """What is wrong with the chain of audit events, and its batches that were handed out."""
    store = open_store(f"sqlite:///{root / 'governance' / 'decisions.sqlite'}")
    faults = store.verify_chain() + find_batch_faults(root / "exports", store)
    store.close()
    return faults, audit_events(root, "batch_exported")


@pytest.mark.proof
def test_a_cycle_that_is_killed_again_and_again_ends_like_the_whole_night(
    moving, replanned, tmp_path
):
    root = shutil.copytree(moving, tmp_path / "retailer")
    shutil.copy2(replanned / "landing" / FULLER, root / "landing" / FULLER)
    cycle = [sys.executable, "-c", CYCLE, str(root)]
    for steps in np.random.default_rng(7).integers(1, 55, 3).tolist():
        killed(root, steps_done(root, steps), cycle, with_tests())
    killed(root, batch_appears(root, 2), cycle, with_tests())
    run_cycle(root)
    assert results(root) == results(replanned)
    assert exported(root) == exported(replanned)
    assert hidden(root) == []
    assert read_chain(root) == ([], read_chain(replanned)[1])


def sell(root):
    """One more unit of one item is sold, in a part of the day."""
    sold = warehouse_of(root).known("pos_sales", LAST).sort("timestamp", "receipt", "line").tail(1)
    send_rows(root, "pos_sales", sold.with_columns(receipt=pl.lit("R-7")), f"{LAST}_7.parquet")


def reprice(root):
    """The list price of one item falls."""
    items = warehouse_of(root).known("products", LAST).head(1)
    cheaper = items.with_columns(list_price=pl.col("list_price") * 0.9)
    send_rows(root, "products", cheaper, f"{LAST}_7.parquet")


def count(root):
    """One record is counted, and was wrong."""
    stock = warehouse_of(root).read(CONTRACTS["position"], LAST)
    found = stock.filter(pl.col("on_hand") > 1).head(1)
    counted = found.select(
        "sku",
        "location",
        count_id=pl.lit("C-7"),
        timestamp=pl.lit(datetime.combine(LAST, time(20))),
        counted=pl.col("on_hand") - 1,
        reason=pl.lit("cycle"),
    )
    send_rows(root, "stock_counts", counted, f"{LAST}_7.parquet")


@pytest.mark.proof
@pytest.mark.parametrize("change", [sell, reprice, count])
def test_a_small_change_gives_what_the_whole_night_gives(moving, tmp_path, change):
    root = shutil.copytree(moving, tmp_path / "retailer")
    change(root)
    whole = shutil.copytree(root, tmp_path / "whole")
    _, made, stood = run_cycle(root)
    assert made.keys() > stood
    plan(whole)
    assert results(root) == results(whole)
    assert exported(root) == exported(whole)


LEARNT = ("unconstrained", "learnt_forecast", "price_responses", "returns_forecast", "return_rates")
"""Tables of what closed days teach."""


def plan_open_day(root):
    """Plan the day after the last, of which sales until one have come."""
    assert plenish_here(root, "plan", "--date", str(TODAY), "--again").returncode == 0


@pytest.mark.proof
def test_a_part_of_an_open_day_gives_what_the_whole_night_gives(moving, tmp_path):
    root = shutil.copytree(moving, tmp_path / "retailer")
    sold = pl.read_parquet(root / "landing" / "pos_sales" / f"{TODAY - timedelta(days=7)}.parquet")
    sold = sold.with_columns(
        pl.col("timestamp").dt.offset_by("7d"), receipt="X" + pl.col("receipt")
    )
    hour = pl.col("timestamp").dt.hour()
    send_rows(root, "pos_sales", sold.filter(hour < 13), f"{TODAY}_1.parquet")
    plan_open_day(root)
    # One item sells far beyond its forecast.
    part = sold.filter(hour == 13)
    crowd = pl.concat(
        [
            part,
            part.head(1).with_columns(
                receipt=pl.lit("X-0"), quantity=pl.lit(60, part.schema["quantity"])
            ),
        ]
    )
    send_rows(root, "pos_sales", crowd, f"{TODAY}_2.parquet")
    whole = shutil.copytree(root, tmp_path / "whole")
    _, made, stood = run_cycle(root, TODAY)
    assert {make_asset_key(name) for name in LEARNT} & made.keys() <= stood
    plan_open_day(whole)
    assert results(root) == results(whole)
    assert exported(root) == exported(whole)


@pytest.fixture
def kept(shop):
    """An asset that reads items and levels of a date, and has been made."""
    declared = Declared("trade_off", frozenset({"products", "targets"}), frozenset())
    policies = str(PROJECT / "data" / "policies")
    retailer = Retailer(data_folder=str(shop.root), policies_folder=policies)
    made_from = hash_inputs(retailer, declared, day(0), "")
    keep_inputs(
        retailer, declared, Inputs(day(0), declared, retailer), made_from, marks=None, premises=""
    )
    return retailer, declared


def stands(kept):
    retailer, declared = kept
    return is_standing(retailer, declared, day(0), hash_inputs(retailer, declared, day(0), ""))


def test_slices_stand_until_what_they_are_made_from_changes(kept, shop):
    assert stands(kept)
    shop.send("suppliers", 0, [{"name": "Another"}])
    shop.load("suppliers", 0)
    assert stands(kept), "it reads nothing of suppliers"
    shop.send("products", 0, [{"sku": "A", "list_price": 12.0}, {"sku": "B"}])
    shop.load("products", 0)
    assert not stands(kept)


def write(kept, name, rows):
    """Write a slice with as many rows as are given: the key of each, and nothing else known."""
    contract = CONTRACTS[name]
    frame = pl.DataFrame(rows, schema=contract.schema)
    kept[0].warehouse.write(contract, day(0), frame.drop("business_date"))


def limit(price):
    row = {"limit": "storage", "scope": "S1", "measure": "units", "capacity": 9.0, "used": 9.0}
    return {**row, "price": price, "scarce_for": None}


def test_a_slice_is_known_by_its_rows(shop):
    policies = str(PROJECT / "data" / "policies")
    retailer = Retailer(data_folder=str(shop.root), policies_folder=policies)
    declared = Declared("trade_off", frozenset({"limit_prices"}), frozenset())
    kept = retailer, declared

    def look(*prices):
        write(kept, "limit_prices", [limit(price) for price in prices])
        return hash_inputs(retailer, declared, day(0), "")

    first = look(1.0)
    assert look(2.0) != first
    assert look() != first
    assert look(1.0) == first, "the same rows are the same slice"


def test_a_slice_that_another_hand_has_written_does_not_stand(kept):
    retailer, _ = kept
    declared = Declared("limit_prices", frozenset({"products"}), frozenset())
    made_from = hash_inputs(retailer, declared, day(0), "")
    write(kept, "limit_prices", [limit(1.0)])
    keep_inputs(
        retailer, declared, Inputs(day(0), declared, retailer), made_from, marks=None, premises=""
    )
    assert is_standing(retailer, declared, day(0), made_from)
    write(kept, "limit_prices", [limit(2.0)])
    assert not is_standing(retailer, declared, day(0), made_from)


@pytest.mark.parametrize(
    "reach",
    [
        lambda inputs: inputs.store,
        lambda inputs: inputs.exports,
        lambda inputs: inputs.reports,
        lambda inputs: inputs.newest_files(),
        lambda inputs: inputs.of_only(["A"]).ledger(),
    ],
)
def test_what_reaches_beyond_its_tables_never_stands(kept, reach):
    retailer, declared = kept
    inputs = Inputs(day(0), declared, retailer)
    assert not inputs.reached_beyond
    reach(inputs)
    forget_inputs(retailer, declared, day(0))
    keep_inputs(
        retailer,
        declared,
        inputs,
        hash_inputs(retailer, declared, day(0), ""),
        marks=None,
        premises="",
    )
    assert not stands(kept)


def test_without_a_plan_to_stand_on_all_of_it_runs(shop):
    policies = str(PROJECT / "data" / "policies")
    retailer = Retailer(data_folder=str(shop.root), policies_folder=policies)
    with dg.DagsterInstance.ephemeral() as instance:
        assert choose_assets(retailer, instance, day(0)) is None


def test_a_run_that_did_not_end_well_leaves_nothing_to_stand_on(moving, tmp_path):
    root = shutil.copytree(moving, tmp_path / "retailer")
    policies = str(PROJECT / "data" / "policies")
    retailer = Retailer(data_folder=str(root), policies_folder=policies)
    job = defs.resolve_job_def(CYCLE_JOB)
    tags = {"dagster/partition": LAST.isoformat()}
    with dg.DagsterInstance.from_config(environment(root)["DAGSTER_HOME"]) as instance:
        for ended in ("SUCCESS", "FAILURE", "SUCCESS", "STARTED", "SUCCESS", "CANCELED"):
            instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus(ended))
            chosen = choose_assets(retailer, instance, LAST)
            assert chosen == ([] if ended == "SUCCESS" else None), ended


def test_what_a_dead_cycle_was_chosen_for_is_not_all_that_another_has_begun(moving, tmp_path):
    """A person starts a narrow cycle again that died, after one that died with more."""
    root = shutil.copytree(moving, tmp_path / "retailer")
    policies = str(PROJECT / "data" / "policies")
    retailer = Retailer(data_folder=str(root), policies_folder=policies)
    job = defs.resolve_job_def(CYCLE_JOB)
    tags = {"dagster/partition": LAST.isoformat()}
    few = frozenset([make_asset_key("worklist")])
    more = few | {make_asset_key("proposals")}
    with dg.DagsterInstance.from_config(environment(root)["DAGSTER_HOME"]) as instance:
        for chosen, ended, stands in (
            (few, "CANCELED", False),
            (few, "SUCCESS", True),
            (more, "FAILURE", False),
            (few, "SUCCESS", False),
            (more, "SUCCESS", True),
            (None, "CANCELED", False),
            (more, "SUCCESS", False),
            (None, "SUCCESS", True),
        ):
            status = dg.DagsterRunStatus(ended)
            instance.create_run_for_job(job, tags=tags, status=status, asset_selection=chosen)
            found = choose_assets(retailer, instance, LAST)
            assert found == ([] if stands else None), (chosen, ended)


def test_what_the_run_of_another_date_has_loaded_is_not_missed(moving, replanned, tmp_path):
    root = shutil.copytree(moving, tmp_path / "retailer")
    policies = str(PROJECT / "data" / "policies")
    retailer = Retailer(data_folder=str(root), policies_folder=policies)
    with dg.DagsterInstance.from_config(environment(root)["DAGSTER_HOME"]) as instance:
        assert choose_assets(retailer, instance, LAST) == []
        shutil.copy2(replanned / "landing" / FULLER, root / "landing" / FULLER)
        retailer.warehouse.load(root / "landing", "item_locations", LAST)
        assert choose_assets(retailer, instance, LAST) is None


def test_what_is_no_longer_kept_has_no_mark(shop):
    warehouse = shop.warehouse
    scope = CONTRACTS["exception_scope"]
    assert scope.retain is not None
    for number in range(scope.retain + 2):
        row = {"exception_id": "e", "sku": "A", "location": "S1", "side": "short"}
        frame = pl.DataFrame([row], schema=scope.schema).drop("business_date")
        warehouse.write(scope, day(number), frame)
    marks = warehouse.read_marks([scope.name], day(99))
    assert marks["business_date"].to_list() == [day(n) for n in range(2, scope.retain + 2)]
    inputs = CONTRACTS["asset_inputs"]
    for number in range(4):
        row = {"business_date": day(number), "asset": "a", "inputs": "i", "slices": "s"}
        frame = pl.DataFrame([row], schema=inputs.schema)
        warehouse.replace_part(inputs, [day(number)], {"asset": "a"}, frame)
    assert warehouse.read_until(inputs, day(99))["business_date"].to_list() == [day(2), day(3)]
