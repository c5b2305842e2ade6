"""A small retailer played for two days, so that what nights run is compiled before they do."""

from dataclasses import replace

import numpy as np
import polars as pl

from forecasting.evaluation import summarize_accuracy
from forecasting.global_model import build_horizon_rows, measure_groups
from forecasting.history import unconstrain_demand
from forecasting.night import DemandForecast, join_launches
from optimization.markdown import (
    Season,
    answer_prices,
    play_season,
    solve_season,
)
from optimization.projection import project_stock
from optimization.purchasing import OrderMarket, solve_orders
from quality_checks.contracts import (
    DemandAhead,
    Offers,
    PlannedMoves,
    PlanningPolicy,
    ReceiptsDue,
    find_frame,
)
from simulation.replay.contest import build_demo_worlds
from simulation.replay.decision import EveningView
from simulation.replay.night_inputs import sales_history
from simulation.replay.pipeline import Pipeline, forbid_waiting, forecast_fallback
from simulation.replay.play import play
from simulation.replay.rehearsed_orders import rehearse_orders
from simulation.replay.trained import known_panel
from simulation.retailer import size_retailer

_DAYS = 2
_NO_OFFERS = find_frame(Offers).empty()
_NO_DAYS_OFF = pl.DataFrame(schema={"region": pl.String, "date": pl.Date})


def rehearse_nights(policy: PlanningPolicy, *, seed: int) -> None:
    """Play the shipped plan against the smallest retailer, and measure a model's features.

    Every kernel that a night or a training runs is called, so that its code is kept.

    Args:
        policy: of planning.
        seed: of the retailer.
    """
    rules = forbid_waiting(policy)
    for _, evening in build_demo_worlds(size_retailer("tiny"), [seed], _DAYS):
        play(evening, Pipeline(rules, forecaster=_forecast_and_measure))
    rehearse_orders()
    _share_money()
    _price_season()
    summarize_accuracy(pl.DataFrame({"mean": [1.0], "variance": [2.0], "demand": [1.0]}))


def _forecast_and_measure(seen: EveningView, policy: PlanningPolicy) -> DemandForecast:
    """Forecast by the fallback; the features of a trained model are measured besides."""
    history = unconstrain_demand(sales_history(seen, policy.history_days, policy.horizon_days))
    masters = replace(seen.masters, offers=_NO_OFFERS, days_off=_NO_DAYS_OFF)
    panel = known_panel(replace(seen, masters=masters), policy, history)
    pairs = np.arange(panel.pairs.height, dtype=np.int64)
    build_horizon_rows(panel, measure_groups(panel), pairs, panel.horizon)
    made = forecast_fallback(seen, policy)
    _project(seen, made, policy)
    return made


def _share_money() -> None:
    """Order two items, of which one has a least value to reach and a budget to keep."""
    solve_orders(
        OrderMarket(
            start=np.array([0, 2, 4]),
            money=np.array([10.0, 20.0, 10.0, 20.0]),
            benefit=np.array([1.0, 3.0, 2.0, 3.0]),
            document=np.array([0, 1]),
            limit=np.array([[0], [-1]]),
            use=np.array([[10.0], [20.0], [10.0], [20.0]]),
            floor=np.array([-1, -1]),
            least_value=np.array([15.0, 0.0]),
            may_wait=np.array([True, False]),
            room=np.array([30.0]),
        )
    )


def _project(seen: EveningView, made: DemandForecast, policy: PlanningPolicy) -> None:
    """Project the stock by day, as a night does once it has planned."""
    masters = seen.masters
    pairs = masters.pairs.select(
        "sku",
        "location",
        "region",
        available=pl.Series(seen.on_hand),
        waits=pl.col("kind") == "ecom",
    )
    project_stock(
        pairs,
        join_launches(made).rename({"date": "day"}).select(list(find_frame(DemandAhead).schema)),
        find_frame(ReceiptsDue).empty(),
        find_frame(PlannedMoves).empty(),
        first_day=masters.date(seen.day + 1),
        days=policy.horizon_days,
    )


def _price_season() -> None:
    """Plan the prices of a season, as a night does of every item that leaves the range."""
    prices = np.array([100.0, 80.0])
    mean = np.ones(2)
    answer = answer_prices(mean, mean, 100 * mean, prices, slope=-2.0, slope_sd=0.5)
    season = Season(*answer, np.full(2, 0.5), prices, prices, np.zeros(2), 20.0, 3, 2, 0)
    play_season(solve_season(season), np.full(2, -1, dtype=np.int64))
