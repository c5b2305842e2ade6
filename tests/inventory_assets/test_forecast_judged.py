"""What the model is given besides demand, accuracy by level, and what overrides were worth."""

import shutil
from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
import pytest
from landing_folder import day
from simulated import LAST, PROJECT, materialize, warehouse_of

from forecasting.global_model.features import COLUMN, measure_groups
from forecasting.global_model.mean_model import build_horizon_rows
from forecasting.global_model.signals import NAMES
from governance.decisions import Decision
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.framework import Inputs, Retailer
from inventory_assets.framework.inputs import Declared
from quality_checks.contracts import CONTRACTS

PAIR = ["sku", "location"]


def retailer_at(root):
    return Retailer(data_folder=str(root), policies_folder=str(PROJECT / "data" / "policies"))


@pytest.fixture
def copied(planned, tmp_path):
    root = tmp_path / "retailer"
    shutil.copytree(planned, root)
    return root


def shown(done, name):
    events = done.get_asset_materialization_events()
    return next(e.materialization.metadata for e in events if e.asset_key.path[-1] == name)


def test_an_override_is_due_once_its_last_day_has_closed(shop):
    empty = CONTRACTS["override_forecasts"].empty().drop("business_date")
    other = {pl.String: "x", pl.Int64: 1, pl.Float64: 0.5, pl.Date: day(1)}
    told = {name: other[kind] for name, kind in empty.schema.items()} | {"last_day": day(3)}
    written = pl.DataFrame([told], schema=empty.schema)
    shop.warehouse.write(CONTRACTS["override_forecasts"], day(1), written)
    due = {
        last: shop.warehouse.query(
            "overrides_due", day(3), first_day=day(0), last_closed_day=day(last)
        ).height
        for last in (2, 3)
    }
    assert due == {2: 0, 3: 1}


def test_the_model_sees_browsing_returns_channels_and_attributes(planned):
    retailer = retailer_at(planned)
    history = retailer.warehouse.read(CONTRACTS["unconstrained"], LAST)
    declared = Declared("test", frozenset(ANNOUNCED), frozenset())
    panel = demand_panel(Inputs(LAST, declared, retailer), history, as_of=LAST, horizon=7)
    rows = build_horizon_rows(panel, measure_groups(panel), np.arange(panel.pairs.height), 7)
    seen = panel.pairs.with_columns(
        pl.Series(name, rows.values[::7, COLUMN[name]]).fill_nan(None)
        for name in (*NAMES, "days_on_sale")
    )
    kinds = retailer.warehouse.known("locations", LAST).select("location", "kind")
    share = dict(
        seen.join(kinds, on="location").group_by("kind").agg("online_location_28").iter_rows()
    )
    assert set(share["ecom"]) == {1.0}
    assert all(0 <= value < 0.5 for value in share["store"])
    sent = warehouse_of(planned).known("browsing", LAST)
    recent = sent.filter(pl.col("date") > LAST - timedelta(days=28))
    rate = recent.group_by("region", "sku").agg(
        pl.col("views").sum(), rate=pl.col("add_to_cart").sum() / pl.col("views").sum()
    )
    compared = seen.join(rate.filter(pl.col("views") >= 5), on=["region", "sku"])
    assert len(compared) > 10
    assert compared["cart_rate_28"].to_list() == pytest.approx(compared["rate"].to_list())
    assert seen["days_on_sale"].null_count() == 0


def test_accuracy_of_every_level_is_that_of_the_forecasts_made_before(copied):
    # The last date's forecast, as if it had been made two days before the day it is compared with.
    warehouse = warehouse_of(copied)
    forecast = warehouse.read(CONTRACTS["forecast"], LAST)
    back = forecast.with_columns(pl.col("date") - pl.duration(days=3)).drop("business_date")
    warehouse.write(CONTRACTS["forecast"], LAST - timedelta(days=3), back)
    done = materialize(copied, LAST, "forecast_accuracy", "level_accuracy")
    regions = warehouse.read(CONTRACTS["forecast_accuracy"], LAST)
    levels = warehouse.read(CONTRACTS["level_accuracy"], LAST)
    assert set(levels["lead_days"]) == {3}
    of_all = levels.filter(segment="*")
    assert set(of_all["level"]) == {"sku_location", "sku_region", "category_region", "total"}
    assert of_all["actual"].to_list() == pytest.approx([regions["actual"].sum()] * 4)
    pairs = of_all.filter(level="sku_location").row(0, named=True)
    assert pairs["absolute_error"] == pytest.approx(regions["absolute_error"].sum())
    assert pairs["series"] == regions["pairs"].sum()
    said = shown(done, "level_accuracy")
    assert "| category\\_region |" in said["accuracy by level"].value
    assert "| class A |" in said["accuracy by model and class"].value
    assert "data:image/svg+xml" in said["accuracy by level over time"].value


def test_an_override_is_kept_with_the_forecast_it_contradicts_and_judged_later(copied):
    retailer, warehouse = retailer_at(copied), warehouse_of(copied)
    proposals = warehouse.read(CONTRACTS["proposals"], LAST)
    forecast = warehouse.read(CONTRACTS["forecast"], LAST)
    near = proposals.filter(pl.col("due_on") < LAST + timedelta(days=14))
    action = near.filter(pl.col("kind") == "allocation").row(0, named=True)
    more = 3 * (action["quantity"] // action["packs"])
    decision = Decision(
        decision_id="d1",
        action_id=action["action_id"],
        decision="override",
        author="ann",
        role="allocator",
        reason="heat",
        quantity=action["quantity"] + more,
        expires_on=LAST + timedelta(days=30),
        decided_at=datetime.combine(LAST, time(9)),
    )
    retailer.store.record_decisions([decision], at=decision.decided_at)
    materialize(copied, LAST, "override_forecasts")
    kept = warehouse.read(CONTRACTS["override_forecasts"], LAST)
    row = kept.row(0, named=True)
    assert (row["proposed"], row["overridden"]) == (action["quantity"], action["quantity"] + more)
    week = forecast.filter(
        pl.col("sku") == action["sku"],
        pl.col("location") == action["destination"],
        pl.col("date").is_between(row["first_day"], row["last_day"]),
    )
    assert len(week) == 7
    assert row["forecast"] == pytest.approx(week["mean"].sum())
    # As if it had been made three weeks ago: its days have passed.
    ago = timedelta(days=21)
    then = kept.with_columns(pl.col("first_day", "last_day") - ago).drop("business_date")
    warehouse.write(CONTRACTS["override_forecasts"], LAST - ago, then)
    done = materialize(copied, LAST, "override_value")
    (judged,) = warehouse.read(CONTRACTS["override_value"], LAST).to_dicts()
    demand = warehouse.read(CONTRACTS["unconstrained"], LAST).filter(
        pl.col("sku") == action["sku"],
        pl.col("location") == action["destination"],
        pl.col("date").is_between(judged["first_day"], judged["last_day"]),
        ~pl.col("closed"),
    )["demand"]
    assert judged["demand"] == pytest.approx(demand.mean() * len(demand))
    off, off_by_override = (
        abs(judged[name] - judged["demand"]) for name in ("forecast", "overridden_forecast")
    )
    assert judged["overridden_forecast"] == pytest.approx(row["forecast"] + more)
    assert judged["value_added"] == pytest.approx(off - off_by_override)
    assert (
        f"| ann | raised | heat | 1 | {more} |"
        in shown(done, "override_value")["value added by person and reason"].value
    )


def test_every_pair_on_sale_has_a_forecast(planned):
    warehouse = warehouse_of(planned)
    listed = warehouse.query("new_items", LAST).select(PAIR)
    forecast = warehouse.read(CONTRACTS["forecast"], LAST).select(PAIR).unique()
    assert listed.join(forecast, on=PAIR, how="anti").is_empty()
