"""The life of a forecast model: trained, judged, put in charge, rolled back, damaged."""

import json
import shutil
from datetime import timedelta

import polars as pl
import pytest
from simulated import (
    SMALL,
    list_upstream,
    materialize,
    plenish_here,
    warehouse_of,
)

from forecasting.global_model.forecaster import MODEL
from forecasting.lifecycle.champion_log import (
    ChampionEvent,
    find_champion,
    read_events,
    record_event,
)
from forecasting.lifecycle.registry import list_version_names
from quality_checks.contracts import CONTRACTS, list_landing_sources
from simulation.retailer import write_retailer

GROWN = SMALL.model_copy(update={"days": 120, "pos_lines_per_day": 400, "stores": 5, "skus": 20})
LAST = GROWN.last_date
BEFORE = ("trading_days", "demand_history", "day_profile", "unconstrained")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A retailer with history enough to train on, trained; no plan yet."""
    root = tmp_path_factory.mktemp("grown") / "retailer"
    write_retailer(GROWN, root, seed=7)
    names = [
        *list_landing_sources(),
        *BEFORE,
        "plan_versions",
        "receipts_ahead",
        "position",
        "model_versions",
    ]
    materialize(root, LAST, *names)
    return root


@pytest.fixture
def retailer(trained, tmp_path):
    root = tmp_path / "retailer"
    shutil.copytree(trained, root)
    return root


def put_in_charge(root):
    """Promote the trained version, whatever its backtest said of so small a retailer."""
    (version,) = list_version_names(root / "models")
    record_event(
        root / "models",
        ChampionEvent(
            business_date=LAST,
            kind="promoted",
            version=version,
            other=None,
            reason="put in charge by the test",
            author="test",
        ),
    )
    return version


def planned_by(root):
    """Models in the forecast of the last date, and what the check says of the champion."""
    materialize(root, LAST, "learnt_forecast", "forecast")
    forecast = warehouse_of(root).read(CONTRACTS["forecast"], LAST)
    outcomes = warehouse_of(root).read(CONTRACTS["check_outcomes"], LAST)
    said = outcomes.filter(pl.col("check") == "champion_plans").row(0, named=True)
    return set(forecast["model"]), said


def test_training_registers_a_version_with_its_backtest_and_a_verdict(trained):
    (row,) = warehouse_of(trained).read(CONTRACTS["model_versions"], LAST).to_dicts()
    assert row["trained_on"] == LAST
    assert 0 < row["pinball"] < 5
    assert row["reason"]
    (event,) = read_events(trained / "models")
    assert event.kind in {"promoted", "kept"}
    scores = json.loads(
        (trained / "models" / "models" / row["version"] / "scores.json").read_text()
    )
    ours = [s for s in scores if s["model"] == "global"]
    # Five origins, a week apart, the last a fortnight before the data ends.
    assert [s["origin"] for s in ours][-1] == str(LAST.fromordinal(LAST.toordinal() - 14))
    assert len(ours) == 5
    mean = sum(s["pinball"] for s in ours) / 5
    assert row["pinball"] == pytest.approx(mean)


def test_training_again_on_the_same_data_makes_the_same_version(retailer):
    before = list_version_names(retailer / "models")
    materialize(retailer, LAST, "model_versions")
    assert list_version_names(retailer / "models") == before
    assert len(read_events(retailer / "models")) == 1


def test_without_a_champion_the_fallback_plans_and_says_so(retailer):
    shutil.rmtree(retailer / "models")
    models, said = planned_by(retailer)
    assert MODEL not in models
    assert not said["passed"]
    assert "no champion" in said["message"]


def test_a_champion_plans_until_it_is_rolled_back(retailer):
    put_in_charge(retailer)
    models, said = planned_by(retailer)
    assert MODEL in models, said["message"]
    done = plenish_here(retailer, "roll-back", "--author", "ann", "--reason", "too low")
    assert done.returncode == 0, done.stderr
    assert find_champion(retailer / "models", LAST) is None
    models, said = planned_by(retailer)
    assert MODEL not in models
    assert "no champion" in said["message"]


def assert_drivers_sum_to_the_forecast(retailer, day, by_model):
    """Units of the drivers of each pair that actions rest on are the week's demand in stock."""
    drivers = warehouse_of(retailer).read(CONTRACTS["forecast_drivers"], day)
    forecast = warehouse_of(retailer).read(CONTRACTS["forecast"], day)
    week = forecast.filter(by_model, pl.col("date") <= day + timedelta(days=7))
    weeks = week.group_by("sku", "location").agg(
        pl.col("mean_in_stock").sum(), rests=(pl.col("mean_in_stock") == 0).any()
    )
    units = drivers.group_by("sku", "location").agg(pl.col("units").sum())
    both = units.join(weeks, on=["sku", "location"], validate="1:1")
    proposals = warehouse_of(retailer).read(CONTRACTS["proposals"], day)
    # What is asked of suppliers is for DCs, of which there is no forecast.
    moved = proposals.filter(pl.col("kind").is_in(["allocation", "transfer", "stock_count"]))
    asked = moved.select("sku", location="destination").unique().join(weeks, on=["sku", "location"])
    assert both.height == asked.height > 5
    assert both["rests"].any()
    assert not both["rests"].all()
    assert both["units"].to_list() == pytest.approx(both["mean_in_stock"].to_list(), rel=1e-5)
    return drivers


@pytest.mark.proof
def test_drivers_of_a_week_sum_to_its_forecast(retailer):
    put_in_charge(retailer)
    materialize(retailer, LAST, *list_upstream("forecast_drivers"))
    assert_drivers_sum_to_the_forecast(retailer, LAST, pl.col("model") == MODEL)


def test_drivers_of_the_fallback_sum_to_its_forecast_and_know_offers(planned):
    fallback = pl.col("model") != MODEL
    drivers = assert_drivers_sum_to_the_forecast(planned, SMALL.last_date, fallback)
    moved = drivers.filter(driver="promotion and price")
    assert (moved["units"] > 0).any()
    assert (moved["units"] == 0).any()


def test_an_older_business_date_keeps_the_model_it_had(retailer):
    version = put_in_charge(retailer)
    assert find_champion(retailer / "models", LAST).version == version
    assert find_champion(retailer / "models", LAST.fromordinal(LAST.toordinal() - 1)) is None


def test_a_damaged_champion_is_not_used(retailer):
    version = put_in_charge(retailer)
    file = retailer / "models" / "models" / version / "mean.txt"
    file.write_bytes(file.read_bytes()[:-100])
    models, said = planned_by(retailer)
    assert MODEL not in models
    assert "mean.txt" in said["message"]


def test_a_champion_of_other_features_is_not_used(retailer, monkeypatch):
    put_in_charge(retailer)
    monkeypatch.setattr("forecasting.lifecycle.planning_model.NAMES", ("price",))
    models, said = planned_by(retailer)
    assert MODEL not in models
    assert "other features" in said["message"]


def test_too_short_a_history_says_so_and_leaves_the_champion(planned, tmp_path):
    root = tmp_path / "short"
    shutil.copytree(planned, root)
    materialize(root, SMALL.last_date, "model_versions")
    outcomes = warehouse_of(root).read(CONTRACTS["check_outcomes"], SMALL.last_date)
    said = outcomes.filter(pl.col("check") == "trained").row(0, named=True)
    assert not said["passed"]
    assert "backtest needs" in said["message"]
    assert not list_version_names(root / "models")


def test_models_are_listed_by_the_command(retailer):
    version = put_in_charge(retailer)
    done = plenish_here(retailer, "models")
    assert done.returncode == 0, done.stderr
    assert version[:8] in done.stdout
