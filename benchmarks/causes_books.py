"""Books of item-locations out of a replay, before a fault is put into them.

A retailer is played by the shipped plan, evening by evening, and what each evening knew and decided
is kept. The books of a stock are what an evening's plan expected of the days after, and what moved.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from forecasting.night import DemandForecast, join_launches
from quality_checks.contracts import PlanningPolicy
from simulation.replay import (
    EveningView,
    Ints,
    NightPlan,
    Pipeline,
    ReplayWorld,
    forecast_fallback,
)

_BURN_IN = 35
"""Evenings of the shipped plan before the first one that is kept."""

NIGHTS = 14
"""Nights that are looked back at most."""


@dataclass(frozen=True)
class Evening:
    """What an evening knew and decided, and the day after.

    Attributes:
        view: what was known; arrays of the evening itself are copies.
        plan: what was decided.
        forecast: in force, of all days ahead.
        left: units that left each pair on the decisions.
        arrived, received, returned, wanted: units of each pair on the day after; wanted is the
            true demand.
    """

    view: EveningView
    plan: NightPlan
    forecast: pl.DataFrame
    on_hand: Ints
    in_transit: Ints
    arriving: Ints
    left: Ints
    arrived: Ints
    received: Ints
    returned: Ints
    wanted: Ints


@dataclass
class Books:
    """Books of one stock over the days after an evening; faults change them.

    Attributes:
        pair: number of the pair; of an echelon, of its node.
        stock: columns of frame `explained_stocks` that hold whatever moves.
        forecast: columns of frame `explained_days` that the evening knew, a row a day.
        opening, arrived, returned, left, wanted: units, and units by day.
        lines: rows of frame `explained_lines`.
        lost_stock: units by day that leave without a sale: counted, or stolen.
    """

    pair: int
    stock: dict[str, Any]
    days: list[dict[str, Any]]
    opening: int
    arrived: Ints
    returned: Ints
    left: Ints
    wanted: Ints
    lines: list[dict[str, Any]] = field(default_factory=list)
    lost_stock: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def play_evenings(world: ReplayWorld, policy: PlanningPolicy, evenings: int) -> list[Evening]:
    """Play the shipped plan, and keep its last evenings."""
    made: list[pl.DataFrame] = []

    def record(seen: EveningView, rules: PlanningPolicy) -> DemandForecast:
        forecast = forecast_fallback(seen, rules)
        made.append(join_launches(forecast))
        return forecast

    pipeline = Pipeline(policy, forecaster=record)
    kept = []
    for number in range(_BURN_IN + evenings):
        seen = world.seen()
        on_hand, transit, arriving = (
            values.copy() for values in (seen.on_hand, seen.in_transit, seen.arriving)
        )
        plan = pipeline.plan(seen)
        world.carry_out(plan.decision(seen))
        left = on_hand - world.on_hand
        world.trade()
        flows = world.flows
        if number < _BURN_IN:
            continue
        kept.append(
            Evening(
                view=seen,
                plan=plan,
                forecast=made[-1],
                on_hand=on_hand,
                in_transit=transit,
                arriving=arriving,
                left=left,
                arrived=flows.arrived,
                received=flows.received,
                returned=flows.returned,
                wanted=world.scenario.truth.demand[world.day].astype(np.int64),
            )
        )
    return kept


def list_books(evenings: list[Evening], last: int) -> Iterator[Books]:
    """Books of every replenished pair over a full protection interval that ends at most on a day.

    Args:
        evenings: kept ones; the first is number 0.
        last: number of the evening up to which stocks are explained.
    """
    for since in range(last - 1, NIGHTS, -1):
        evening = evenings[since]
        targets = evening.plan.targets.filter(
            ~pl.col("echelon"), pl.col("inventory_position").is_not_null()
        )
        planned = _sum_planned(evening)
        for row in targets.iter_rows(named=True):
            until = since + int(np.ceil(row["protection_days"])) - 1
            if until == last and _ships(evening, row):
                yield _write_books(evenings, since, until, row, planned)


def _ships(evening: Evening, row: dict[str, Any]) -> bool:
    masters = evening.view.masters
    (pair,) = masters.numbers(pl.Series([row["sku"]]), pl.Series([row["location"]]))
    lane = int(masters.lane[pair])
    return lane >= 0 and bool(masters.lane_ships[lane, evening.view.ships_on])


def _sum_planned(evening: Evening) -> dict[tuple[str, str], int]:
    moved = pl.concat(
        [
            lines.select("sku", "destination", "quantity")
            for lines in (evening.plan.allocation, evening.plan.transfers)
        ]
    )
    summed = moved.group_by("sku", "destination").agg(pl.col("quantity").sum())
    return {(sku, place): units for sku, place, units in summed.iter_rows()}


def _write_books(
    evenings: list[Evening],
    since: int,
    until: int,
    row: dict[str, Any],
    planned: dict[tuple[str, str], int],
) -> Books:
    evening, masters = evenings[since], evenings[since].view.masters
    (pair,) = masters.numbers(pl.Series([row["sku"]]), pl.Series([row["location"]]))
    span = evenings[since:until]
    dates = [masters.date(one.view.day + 1) for one in span]
    known = evening.forecast.filter(
        pl.col("sku") == row["sku"], pl.col("location") == row["location"]
    )
    units = planned.get((row["sku"], row["location"]), 0)
    due = evening.arriving[: until - since, pair]
    lines = [
        write_line(f"t{day}", dates[day], int(due[day])) for day in range(len(due)) if due[day] > 0
    ]
    return Books(
        pair=int(pair),
        stock={
            "sku": row["sku"],
            "location": row["location"],
            "echelon": False,
            "since": masters.date(evening.view.day),
            "until": dates[-1],
            "goods_due": True,
            "order_up_to": row["order_up_to"],
            "inventory_position": row["inventory_position"],
            "planned": units,
            "released": units,
        },
        days=_write_days(known, dates, row["location"]),
        opening=int(evening.on_hand[pair]),
        arrived=np.array([int(one.arrived[pair] + one.received[pair]) for one in span]),
        returned=np.array([int(one.returned[pair]) for one in span]),
        left=np.array([int(one.left[pair]) for one in span]),
        wanted=np.array([int(one.wanted[pair]) for one in span]),
        lines=lines,
        lost_stock=np.zeros(len(span), dtype=np.int64),
    )


def write_line(
    document: str, due: dt.date, units: int, *, arrived: int | None = None, still_open: bool = False
) -> dict[str, Any]:
    """A line of a transfer, which came in full where nothing else is said."""
    return {
        "document_kind": "transfer",
        "document": document,
        "line": 1,
        "supplier": None,
        "stated_on": due,
        "units": units,
        "arrived": units if arrived is None else arrived,
        "still_open": still_open,
    }


def _write_days(
    forecast: pl.DataFrame, dates: list[dt.date], location: str
) -> list[dict[str, Any]]:
    by_date = {row["date"]: row for row in forecast.iter_rows(named=True)}
    return [
        {
            "location": location,
            "date": date,
            "forecast": by_date[date]["mean"] if date in by_date else 0.0,
            "variance": by_date[date]["variance"] if date in by_date else 0.0,
            "correlation": by_date[date]["correlation"] if date in by_date else 0.0,
            "promoted_then": False,
            "promoted_now": False,
            "price_then": 1.0,
            "price_now": 1.0,
            "event": False,
        }
        for date in dates
    ]
