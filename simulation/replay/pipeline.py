"""The project's own pipeline as a policy: the functions that the night calls, on what it would see.

Allocation and transfers are planned every night before a day on which a lane ships. So that a
replayed year stays short, forecast, lead times and yields are made anew only every
`supplier_review_days` and count down in between, and suppliers are ordered from on those days,
which is the review that the plan assumes; production does both every night. `rationing` and
`transfers` leave parts of the plan out, so that a replay says what each is worth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from forecasting.adjust import forecast_launches, forecast_new_items
from forecasting.baseline import forecast_baseline, stop_at_exit
from forecasting.history import unconstrain
from optimization.allocation import allocate, receivers, supply
from optimization.levels import echelon_windows, local_windows, order_up_to, planned_pairs
from optimization.purchasing import plan_purchases, purchase_items
from optimization.transfers import lanes_left, plan_transfers, transfer_movers
from quality_checks.contracts import Economics
from simulation.replay.decision import Decision, Moves, Purchases, Seen
from simulation.replay.night_inputs import new_items, planning_pairs, sales_history
from simulation.replay.night_supply import Supply, find_supply
from simulation.replay.rationing import fair_shares
from simulation.replay.scenario import NEVER, Masters

_OF_DEMAND = ["sku", "location", "date", "mean", "variance", "correlation", "common_variation"]
"""Columns of the forecast that windows read."""


@dataclass(frozen=True)
class Planning:
    """What the planning policy says.

    Attributes:
        economics: prices and floors.
        history_days, horizon_days: of the forecast.
        supplier_review_days: days between two orders to a supplier.
        scorecard_days: of order history in the scorecard.
        min_transfer_gain: least gain of a trip, currency.
        recently_moved_days: for which a pair that moved sideways sends nothing.
    """

    economics: Economics
    history_days: int
    horizon_days: int
    supplier_review_days: int
    scorecard_days: int
    min_transfer_gain: float
    recently_moved_days: int


Forecaster = Callable[[Seen, Planning], pl.DataFrame]
"""Makes the columns of the contract Forecast but business_date, by what is seen."""


def baseline(seen: Seen, planning: Planning) -> pl.DataFrame:
    """The fallback's forecast, as far ahead as the last night before the next one needs."""
    ahead, today = planning.horizon_days, seen.masters.date(seen.day)
    demand = unconstrain(sales_history(seen, planning.history_days, ahead))
    horizon = ahead + planning.supplier_review_days - 1
    forecast = forecast_baseline(demand, horizon=horizon, as_of=today)
    attributes, items = seen.masters.attributes, new_items(seen)
    launches = forecast_launches(forecast, items, attributes)
    by_day = pl.concat([forecast, forecast_new_items(forecast, items, attributes)])
    by_day = by_day.join(launches, on=["sku", "location"], how="anti", maintain_order="left")
    return stop_at_exit(pl.concat([by_day, launches]), attributes)


class Pipeline:
    """Forecast, targets, allocation, transfers and purchases of the project.

    Attributes:
        name: short name in tables.
    """

    def __init__(
        self,
        planning: Planning,
        *,
        name: str = "ours",
        rationing: Literal["value", "fair_shares"] = "value",
        transfers: bool = True,
        forecaster: Forecaster = baseline,
    ) -> None:
        self.name = name
        self._forecaster = forecaster
        self._planning, self._rationing, self._transfers = planning, rationing, transfers
        self._fitted_on: int | None = None
        self._forecast, self._near = pl.DataFrame(), pl.DataFrame()
        self._supply = Supply(pl.DataFrame(), pl.DataFrame())

    def decide(self, seen: Seen) -> Decision:
        """What moves and what is ordered the day after."""
        review = self._planning.supplier_review_days
        orders = self._fitted_on is None or seen.day >= self._fitted_on + review
        if orders:
            self._refit(seen)
        ships = bool(seen.masters.lane_ships[:, seen.ships_on].any())
        if not orders and not ships:
            return Decision.none()
        pairs = planning_pairs(seen, self._supply, self._planning.recently_moved_days)
        moves = self._moves(seen, pairs) if ships else (Moves.none(), Moves.none())
        return Decision(*moves, self._purchases(seen, pairs) if orders else Purchases.none())

    def _refit(self, seen: Seen) -> None:
        """Forecast demand and find how pairs are supplied, by what is known."""
        planning = self._planning
        self._forecast = self._forecaster(seen, planning).select(_OF_DEMAND)
        last = seen.masters.date(
            seen.day + planning.supplier_review_days + seen.masters.longest_wait
        )
        self._near = self._forecast.filter(pl.col("date") <= last)
        self._supply = find_supply(
            seen,
            scorecard_days=planning.scorecard_days,
            review_days=planning.supplier_review_days,
        )
        self._fitted_on = seen.day

    def _moves(self, seen: Seen, pairs: pl.DataFrame) -> tuple[Moves, Moves]:
        """What the DCs send, and what moves between other nodes."""
        masters, planning = seen.masters, self._planning
        tomorrow = masters.date(seen.day + 1)
        near = pl.col("date").is_between(
            tomorrow, masters.date(seen.day + seen.masters.longest_wait)
        )
        windows = local_windows(pairs, self._near.filter(near), first_day=tomorrow)
        levels = planned_pairs(pairs, order_up_to(windows, planning.economics).lines)
        stock = supply(pairs)
        if self._rationing == "value":
            plan = allocate(receivers(levels), stock, masters.lanes, weekday=seen.ships_on)
            sent = plan.lines
        else:
            sent = _fairly_shared(seen, levels)
        if not self._transfers:
            return _as_moves(masters, sent), Moves.none()
        moved = plan_transfers(
            transfer_movers(levels, sent, masters.lanes, first_day=tomorrow),
            lanes_left(masters.lanes, sent),
            weekday=seen.ships_on,
            min_gain=planning.min_transfer_gain,
        )
        return _as_moves(masters, sent), _as_moves(masters, moved.lines)

    def _purchases(self, seen: Seen, pairs: pl.DataFrame) -> Purchases:
        masters, economics = seen.masters, self._planning.economics
        windows = echelon_windows(pairs, self._forecast, first_day=masters.date(seen.day + 1))
        targets = order_up_to(windows, economics).lines
        items = purchase_items(windows, targets, self._supply.terms)
        bought = plan_purchases(items, economics, as_of=masters.date(seen.day)).lines
        pair = masters.numbers(bought["sku"], bought["destination"])
        return Purchases(pair, bought["quantity"].to_numpy())


def _fairly_shared(seen: Seen, levels: pl.DataFrame) -> pl.DataFrame:
    """Cases up to the levels in fair shares: origin, destination, sku, quantity."""
    masters = seen.masters
    short = receivers(levels).filter(pl.col("inventory_position").is_not_null())
    room = pl.col("shelf_max").fill_null(NEVER) - pl.col("inventory_position")
    cases = -(-(pl.col("order_up_to") - pl.col("inventory_position")) // pl.col("case_pack"))
    fitting = pl.min_horizontal(cases, room // pl.col("case_pack")).clip(lower_bound=0)
    want = np.zeros(masters.size, dtype=np.int64)
    want[masters.numbers(short["sku"], short["location"])] = short.select(
        fitting * pl.col("case_pack")
    ).to_series()
    moves = fair_shares(want, seen)
    return pl.DataFrame(
        {
            "origin": masters.pairs["location"].gather(moves.origin),
            "destination": masters.pairs["location"].gather(moves.destination),
            "sku": masters.pairs["sku"].gather(moves.destination),
            "quantity": moves.units,
        }
    )


def _as_moves(masters: Masters, lines: pl.DataFrame) -> Moves:
    return Moves(
        origin=masters.numbers(lines["sku"], lines["origin"]),
        destination=masters.numbers(lines["sku"], lines["destination"]),
        units=lines["quantity"].to_numpy(),
    )
