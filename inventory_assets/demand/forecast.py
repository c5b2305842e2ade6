"""The forecast, and what it rests on."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import polars as pl

from forecasting.history import unconstrain_demand
from forecasting.lifecycle import load_champion
from forecasting.night import (
    Assortment,
    ModelChoice,
    PastWeeks,
    PricedOffers,
    assume_demand,
    choose_forecaster,
    forecast_demand,
    sense_open_day,
)
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.demand.sensing import read_open_day
from inventory_assets.framework import Computed, Inputs, result_asset, result_assets, show_rows
from inventory_assets.pictures import (
    plot_demand,
    tabulate_launches,
    tabulate_models,
    tabulate_seasons,
)
from quality_checks.checks import (
    CHAMPION_PLANS,
    COMPLETE,
    INPUT_DRIFT,
    ORDINARY_SALES,
    PHANTOM_STOCK,
    PLAUSIBLE,
    RESIDUAL_DRIFT,
    Outcome,
    judge_bulk,
    judge_champion,
    judge_forecast,
    judge_input_drift,
    judge_phantom,
    judge_residual_drift,
)

_DRIFT_DAYS = 70
"""Days of accuracy that the last week is compared with, that week included."""

_LONG_PAST_DAYS = 728
"""Days of sales by week that seasons are learnt from: two years of whole weeks."""

_TEACHING_ITEMS = 100
"""Items of a category that teach its season and its launches; more would tell no more."""

_LAUNCHES_SHOWN = 40
_WEEKS_SHOWN, _WEEKS_A_CATEGORY = 160, 16
_JUDGED_DAYS = 28
"""Days of demand before the business date that its forecast is held against."""

_SILENT_DAYS = 7
"""Days without a sale, fewer than those after which a record is doubted."""

_SEED = 7


HISTORY_READ = (
    "demand_history",
    "day_profile",
    "trading_days",
    "item_locations",
    "locations",
    "products",
    "pos_sales",
    "dates_in_force",
)
"""Tables that unconstrained demand is estimated from."""


@result_asset(
    "unconstrained",
    reads=HISTORY_READ,
    checks=[ORDINARY_SALES],
    by_item=True,
    closed_days=True,
)
def unconstrained(inputs: Inputs) -> Computed:
    """Sales of the history window, bulk sales cut back, with stock-outs undone."""
    history, bulk = estimate_history(inputs, inputs.last_closed_day)
    return Computed(history, [judge_bulk(bulk)])


def estimate_history(inputs: Inputs, last_day: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`Unconstrained` rows of the history window that ends on a day, and its bulk sales."""
    bulk = find_bulk_sales(inputs, last_day)
    history = inputs.query(
        "sales_window",
        frames={"bulk": bulk},
        horizon_days=inputs.policy.horizon_days,
        **_window(inputs, last_day),
    )
    profile = inputs.read("day_profile")
    return unconstrain_demand(history, None if profile.is_empty() else profile), bulk


def find_bulk_sales(inputs: Inputs, last_day: date, *, windows: int = 1) -> pl.DataFrame:
    """Bulk sales of the history windows up to a day, so that a sale is cut back alike in all."""
    back = [timedelta(days=number * inputs.policy.history_days) for number in range(windows)]
    return pl.concat(_find_bulk(inputs, last_day - days) for days in back)


def _find_bulk(inputs: Inputs, last_day: date) -> pl.DataFrame:
    """Bulk sales of the history window that ends on a day."""
    rules = inputs.policy.bulk_sales
    patterns = pl.DataFrame({"pattern": rules.wholesale_receipts}, schema={"pattern": pl.String})
    return inputs.query(
        "bulk_sales",
        frames={"wholesale": patterns},
        least_units=rules.least_units,
        times=rules.times,
        **_window(inputs, last_day),
    )


def _window(inputs: Inputs, last_day: date) -> dict[str, Any]:
    """First and last day of the history window that ends on a day."""
    first_day = last_day - timedelta(days=inputs.policy.history_days - 1)
    return {"first_day": first_day, "last_day": last_day}


@result_assets(
    {
        "learnt_forecast": [CHAMPION_PLANS, INPUT_DRIFT, RESIDUAL_DRIFT],
        "launch_forecast": [],
        "season_factors": [],
    },
    reads=[
        "unconstrained",
        "trading_days",
        "pos_sales",
        "dates_in_force",
        "price_responses",
        *ANNOUNCED,
    ],
    earlier=["forecast_accuracy"],
    by_item=True,
    closed_days=True,
)
def learnt_forecast(inputs: Inputs) -> list[Computed]:
    """Demand by day, as a distribution, by days that have closed; champion or fallback makes it.

    A day that is still open is sensed, not learnt.
    """
    business_date, history = inputs.business_date, inputs.read("unconstrained")
    as_of = inputs.last_closed_day
    horizon = inputs.policy.horizon_days + (business_date - as_of).days
    panel = demand_panel(inputs, history, as_of=as_of, horizon=horizon)
    since = business_date - timedelta(days=_DRIFT_DAYS - 1)
    choice = choose_forecaster(
        *load_champion(inputs.models, business_date),
        panel,
        inputs.query("accuracy_history", first_day=since),
        seed=_SEED,
    )
    items = inputs.query("items_on_sale")
    made = forecast_demand(
        history,
        Assortment(inputs.query("new_items"), items, inputs.query("location_openings")),
        as_of=as_of,
        horizon=horizon,
        fallback=choice.fallback,
        model=choice.forecaster,
        panel=panel,
        past=read_past(inputs, as_of),
        priced=read_offers(inputs, as_of, horizon, known_on=business_date),
    )
    by_day = Computed(made.by_day, _judge_choice(choice), {"model": choice.reason})
    shown = show_rows(tabulate_launches(made.launches), _LAUNCHES_SHOWN)
    weeks = show_rows(tabulate_seasons(made.seasons, weeks=_WEEKS_A_CATEGORY), _WEEKS_SHOWN)
    seasons = Computed(made.seasons, metadata={"weeks ahead, of an item a category": weeks})
    return [by_day, Computed(made.launches, metadata={"launches ahead": shown}), seasons]


@result_asset(
    "forecast",
    reads=[
        "learnt_forecast",
        "unconstrained",
        "day_profile",
        "position",
        "trading_days",
        "demand_history",
        "pos_sales",
        "locations",
        "products",
        "item_locations",
    ],
    earlier=["forecast"],
    checks=[COMPLETE, PLAUSIBLE, PHANTOM_STOCK],
    by_item=True,
)
def forecast(inputs: Inputs) -> Computed:
    """Demand by day after the business date, moved by an open day and by what people expect."""
    today = inputs.business_date
    learnt = inputs.read("learnt_forecast").drop("business_date")
    sensed = sense_open_day(learnt, read_open_day(inputs), today=today)
    items, places = inputs.known("products"), inputs.known("locations")
    frame = assume_demand(sensed, items, places, inputs.policy.expectations)
    history = inputs.query("recent_demand", first_day=today - timedelta(days=_JUDGED_DAYS))
    return Computed(
        frame,
        [
            *judge_forecast(frame, history),
            judge_phantom(frame, history, _read_unsold_stock(inputs)),
        ],
        {
            "pairs by model": show_rows(tabulate_models(frame), 20),
            "demand and forecast": partial(plot_demand, history, frame),
        },
    )


def _read_unsold_stock(inputs: Inputs) -> pl.DataFrame:
    """The stock of pairs that have not sold for a while; what else sells changes by the hour."""
    first_day = inputs.business_date - timedelta(days=_SILENT_DAYS)
    return inputs.query("unsold_stock", first_day=first_day)


def read_past(inputs: Inputs, as_of: date) -> PastWeeks:
    """Sales by week up to `as_of`, and the events then and ahead."""
    (past,) = read_pasts(inputs, [as_of])
    return past


def read_pasts(inputs: Inputs, nights: Sequence[date]) -> list[PastWeeks]:
    """Sales by week up to each of some nights, the earliest first, and the events then and ahead.

    Bulk sales are found once, by what the last of the nights knows, so that a sale is cut back
    alike for all of them, as it is in the daily history that they share.
    """
    days = (nights[-1] - nights[0]).days + _LONG_PAST_DAYS
    windows = -(-days // inputs.policy.history_days)
    bulk = find_bulk_sales(inputs, nights[-1], windows=windows)
    items = inputs.known("products")
    pasts = []
    for night in nights:
        first_day = night - timedelta(days=_LONG_PAST_DAYS - 1)
        weeks = inputs.query(
            "item_weeks",
            frames={"bulk": bulk},
            first_day=first_day,
            last_day=night,
            most_items=_TEACHING_ITEMS,
        )
        events = inputs.query("event_days", first_day=first_day)
        pasts.append(PastWeeks(weeks, items, events))
    return pasts


def read_offers(inputs: Inputs, as_of: date, horizon: int, *, known_on: date) -> PricedOffers:
    """Offers of the history window up to `as_of` and of the days ahead, as known on a day.

    How demand answers to them is what tonight knows of it.
    """
    offers = inputs.query(
        "offers",
        first_day=_window(inputs, as_of)["first_day"],
        last_day=as_of + timedelta(days=horizon),
        whole_range=False,
    )
    known = offers.filter(pl.col("announced_on") <= known_on)
    return PricedOffers(known, inputs.read("price_responses"))


def _judge_choice(choice: ModelChoice) -> list[Outcome]:
    plans = choice.forecaster is not None and not choice.lost
    return [
        judge_champion(choice.reason, plans=plans),
        judge_input_drift(choice.inputs),
        judge_residual_drift(choice.residuals),
    ]
