"""The same inputs give the same bytes, whatever the number of threads and however often."""

import ast
import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.distribution import aggregate_groups
from forecasting.evaluation import forecast_levels
from forecasting.history import measure_day_profile, unconstrain_demand
from forecasting.night import forecast_demand, join_launches
from forecasting.returns import forecast_returns
from forecasting.supply import estimate_yields, predict_lane_risks, score_suppliers
from governance import load_planning_policy
from optimization.levels import Outlook, join_targets
from optimization.night import (
    allocate_stock,
    gather_allocation_inputs,
    gather_purchase_inputs,
    gather_transfer_inputs,
    purchase_stock,
    set_levels,
    transfer_stock,
)
from optimization.value import join_sale_values
from quality_checks.contracts import CONTRACTS, BreakPrices, find_frame
from simulation.replay.demo import build_demo_scenario
from simulation.replay.night_inputs import (
    assortment,
    long_past,
    planning_pairs,
    sales_history,
)
from simulation.replay.night_offers import priced_offers
from simulation.replay.night_orders import ordered_in_month
from simulation.replay.night_prices import find_sale_values
from simulation.replay.night_supply import known_supply, ordered_receipts, receipts_due
from simulation.replay.pipeline import forbid_waiting
from simulation.replay.play import warmed_up
from simulation.replay.rules import weeks_of_cover
from simulation.retailer.settings import size_retailer

PROJECT = Path(__file__).parents[1]
AS_OF = dt.date(2025, 6, 30)
SUPPLIERS, LINES = 12, 60_000
WARM_UP = 60
IN_ORDER = ("forecasting", "optimization", "governance", "simulation", "quality_checks")


def draw_days(rng, size, *, back):
    return pl.Series(np.datetime64(AS_OF) - rng.integers(0, back, size)).cast(pl.Date)


def draw_orders(rng):
    """Lines of a few suppliers, so many that polars would add them up in parts."""
    asked, took = rng.integers(1, 30, LINES), rng.integers(1, 45, LINES)
    ordered, quantity = draw_days(rng, LINES, back=400), rng.integers(1, 90, LINES)
    came = rng.binomial(quantity, 0.93)
    days = pl.DataFrame({"ordered_on": ordered, "asked": asked, "took": took})
    return days.select(
        "ordered_on",
        po=pl.Series(np.arange(LINES)).cast(pl.String),
        line=pl.lit(1, pl.Int64),
        destination=pl.Series(np.arange(LINES) % 3).cast(pl.String),
        supplier=pl.Series(rng.integers(0, SUPPLIERS, LINES)).cast(pl.String),
        requested_on=pl.col("ordered_on") + pl.duration(days="asked"),
        delivered_on=pl.col("ordered_on") + pl.duration(days="took"),
        ordered_quantity=pl.Series(quantity),
        confirmed_quantity=pl.Series(quantity),
        delivered_quantity=pl.Series(came),
        status=pl.when(pl.col("took") < 44).then(pl.lit("received")).otherwise(pl.lit("open")),
    )


def draw_returns(rng):
    """Sales by channel, what comes back of them, and the forecast of the two weeks ahead."""
    skus, days = 700, 50
    row = pl.DataFrame({"sku": np.arange(skus).astype(str)}).join(
        pl.DataFrame({"location": ["s", "web"], "channel": ["store", "ecom"]}), how="cross"
    )
    sold = row.join(
        pl.DataFrame({"date": [AS_OF - dt.timedelta(days=day) for day in range(days)]}), how="cross"
    ).with_columns(
        category=pl.col("sku").str.slice(0, 1),
        units=pl.Series(rng.poisson(3.0, 2 * skus * days).astype(float)),
    )
    back = pl.Series(rng.binomial(sold["units"].to_numpy().astype(int), 0.15).astype(float))
    returned = sold.select(
        "sku",
        "location",
        "channel",
        sold_date="date",
        date=pl.col("date") + pl.duration(days=pl.Series(rng.integers(1, 25, sold.height))),
        units=back,
        resalable=(back * 0.7).floor(),
    ).filter(pl.col("units") > 0, pl.col("date") <= AS_OF)
    ahead = pl.DataFrame({"date": [AS_OF + dt.timedelta(days=day) for day in range(1, 15)]})
    forecast = row.drop("channel").join(ahead, how="cross")
    mean = pl.Series(rng.gamma(2.0, 1.5, forecast.height))
    return (
        sold.filter(pl.col("units") > 0),
        returned,
        forecast.with_columns(mean=mean, variance=mean * 1.4, correlation=pl.lit(0.1)),
    )


def draw_hours(rng):
    size = 40_000
    return pl.DataFrame(
        {
            "region": rng.choice(["north", "south"], size),
            "sku": rng.integers(0, 60, size).astype(str),
            "location": rng.integers(0, 9, size).astype(str),
            "date": draw_days(rng, size, back=60),
            "hour": rng.integers(0, 24, size),
            "units": rng.poisson(1.5, size),
        }
    ).unique(["sku", "location", "date", "hour"], keep="first", maintain_order=True)


def draw_forecast(rng):
    size = 30_000
    cells = pl.DataFrame({"cell": np.arange(size)})
    return cells.select(
        sku=(pl.col("cell") // 100).cast(pl.String),
        location=(pl.col("cell") // 10 % 10).cast(pl.String),
        region=pl.lit("north"),
        category=(pl.col("cell") // 100 % 7).cast(pl.String),
        date=pl.lit(AS_OF) + pl.duration(days=pl.col("cell") % 10),
        mean=pl.Series(rng.gamma(1.0, 3.0, size)),
        variance=pl.Series(rng.gamma(2.0, 3.0, size)),
    )


def estimate_in_another_order(number):
    """What is estimated from rows that a database gives in no certain order."""
    rng, shuffled = np.random.default_rng(5), {"fraction": 1.0, "shuffle": True, "seed": number}
    orders = draw_orders(rng).sample(**shuffled)
    sold, returned, ahead = (frame.sample(**shuffled) for frame in draw_returns(rng))
    hours, forecast = draw_hours(rng), draw_forecast(rng)
    cards = score_suppliers(orders, as_of=AS_OF, window_days=365)
    yield "scorecard", cards
    lanes = orders.select("supplier", location="destination").unique(maintain_order=True)
    times = lanes.with_columns(lead_time_mean=pl.lit(20.0), closure_days=pl.lit(0.0))
    none = CONTRACTS["order_risks"].empty()
    yield (
        "lanes",
        predict_lane_risks(orders, times, cards, none, as_of=AS_OF, window_days=365),
    )
    yield "yields", estimate_yields(orders, as_of=AS_OF, window_days=365)
    yield "returns", forecast_returns(sold, returned, ahead, as_of=AS_OF, horizon=14)
    yield "day profile", measure_day_profile(hours.sample(**shuffled))
    yield "levels of the forecast", forecast_levels(forecast.sample(**shuffled))


def plan_a_night(seen, policy):
    """Every frame of a night, as the replay plans it."""
    today = seen.masters.date(seen.day)
    history = unconstrain_demand(sales_history(seen, policy.history_days, policy.horizon_days))
    yield "demand", history
    made = forecast_demand(
        history,
        assortment(seen),
        as_of=today,
        horizon=policy.horizon_days,
        past=long_past(seen),
        priced=priced_offers(seen, policy, policy.horizon_days),
    )
    yield "seasons", made.seasons
    ahead, seasons = join_launches(made), made.seasons
    yield "forecast", ahead
    supply = known_supply(seen, policy)
    yield "lead times", supply.lead_times
    ordered = ordered_receipts(seen, policy, supply.yields)
    yield "receipts", ordered
    pairs = planning_pairs(seen, supply, ordered, policy.transfers.recently_moved_days)
    pairs = join_sale_values(pairs, find_sale_values(pairs, ahead, seen, policy))
    yield "sale values", pairs
    outlook = Outlook(ahead, receipts_due(seen, ordered), seasons)
    targets = set_levels(pairs, outlook, policy, business_date=today).lines
    yield "targets", targets
    lanes, planned = seen.masters.lanes, join_targets(pairs, targets)
    sent = allocate_stock(
        gather_allocation_inputs(planned, lanes, policy, business_date=today)
    ).lines
    yield "allocation", sent
    moved = gather_transfer_inputs(planned, lanes, sent, policy, business_date=today)
    yield "transfers", transfer_stock(moved).lines
    items = gather_purchase_inputs(
        pairs, outlook, targets, supply.terms, policy, business_date=today
    )
    spent = ordered_in_month(seen)
    breaks = pl.DataFrame(schema=find_frame(BreakPrices).schema)
    plan = purchase_stock(items, breaks, spent, policy, business_date=today)
    yield "purchases", plan.purchases.lines


def print_digests(rounds):
    """Print the digests that each frame has had, by its name; each round orders rows anew."""
    shipped = forbid_waiting(load_planning_policy(PROJECT / "data" / "policies" / "planning.yaml"))
    policy = shipped.model_copy(update={"history_days": 84})
    settings = size_retailer("tiny").model_copy(update={"days": WARM_UP + 1})
    seen = warmed_up(build_demo_scenario(settings, 3), weeks_of_cover(), WARM_UP).seen()
    digests = {}
    for number in rounds:
        for frames in (estimate_in_another_order(number), plan_a_night(seen, policy)):
            for name, frame in frames:
                digest = hashlib.sha256(frame.write_csv().encode()).hexdigest()
                digests.setdefault(name, set()).add(f"{digest[:16]} of {frame.height} rows")
    json.dump({name: sorted(found) for name, found in digests.items()}, sys.stdout)


@pytest.fixture(scope="module")
def digests():
    """Digests by the name of a frame, over processes of other numbers of threads and hash seeds.

    The first does all twice: nothing that a process remembers may tell.
    """
    found = {}
    for threads, seed, rounds in ((1, 11, "01"), (4, 33, "2")):
        environment = {
            "POLARS_MAX_THREADS": str(threads),
            "PYTHONHASHSEED": str(seed),
            "PYTHONPATH": str(PROJECT),
        }
        ran = subprocess.run(
            [sys.executable, __file__, *rounds],
            env=os.environ | environment,
            cwd=PROJECT,
            capture_output=True,
            check=True,
        )
        for name, some in json.loads(ran.stdout).items():
            found.setdefault(name, set()).update(some)
    return found


FRAMES = [
    "scorecard",
    "lanes",
    "yields",
    "returns",
    "day profile",
    "levels of the forecast",
    "demand",
    "forecast",
    "lead times",
    "targets",
    "allocation",
    "transfers",
    "purchases",
]


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_has_the_same_bytes_each_time(digests, name):
    (digest,) = digests[name]
    assert not digest.endswith("of 0 rows") or name == "transfers"


def test_groups_come_in_the_order_of_their_first_rows():
    rows = pl.DataFrame({"key": ["b", "a", "b"], "value": [1.0, 2.0, 4.0]})
    found = aggregate_groups(rows, "key", pl.col("value").sum())
    assert found.rows() == [("b", 5.0), ("a", 2.0)]


def unordered(source):
    """Lines that group rows, or drop repeated ones, and leave it to chance what comes first."""
    tree, fine = ast.parse(source), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "sort":
            fine.add(node.value)
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            fine.update(node.args if called in {"join", "is_in", "set", "sorted"} else ())
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        kept = any(keyword.arg == "maintain_order" for keyword in node.keywords)
        numpy = getattr(node.func.value, "id", "") == "np"
        if node.func.attr in {"group_by", "unique"} and not (kept or numpy or node in fine):
            yield node.lineno


@pytest.mark.parametrize("room", IN_ORDER)
def test_groups_keep_the_order_of_rows(room):
    found = [
        f"{path.relative_to(PROJECT)}:{line}"
        for path in sorted((PROJECT / room).rglob("*.py"))
        for line in unordered(path.read_text())
    ]
    assert found == []


def test_groups_in_any_order_are_seen():
    source = "a.group_by('b').agg(c)\nd.join(e.unique(), on='f')\ng.unique()"
    assert sorted(unordered(source)) == [1, 3]


if __name__ == "__main__":
    print_digests([int(number) for number in sys.argv[1:]])
