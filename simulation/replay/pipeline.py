"""The shipped plan as a policy: the night's functions, on what the night would see.

Forecast, supply, what a sale earns, levels, allocation, transfers and purchases come from
`forecasting.night`, `optimization.value` and `optimization.night`, as the assets call them, with
every rule of policy and every limit of the masters. What is different here:

- A policy's customers never wait (`forbid_waiting`): the world loses what it cannot serve.
- Forecast, lead times and yields are made anew every `supplier_review_days` and count down in
  between, and suppliers are ordered from on those days, which is the review that the plan assumes;
  production does both every night. So the horizon is longer by a review's days, which leaves the
  last night before the next forecast `horizon_days`.
- Nothing moves on nights before days on which no lane ships.
- Prices are decided, and customers' orders shipped, where the retailer of the replay has such:
  every night, by responses that are learnt with the forecast. No budget is counted down. Customers
  are offered another item, and never sent one unasked.
- The fallback forecasts, or a trained model that is named; whether it drifted is not looked at.
- No proposal waits: what is decided is carried out the day after. Suppliers refuse some changes,
  as often as the policy takes them to. No price falls with the quantity: the replay has no such
  offers.

`Parts` leaves parts of the plan out, so that a replay says what each is worth.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import polars as pl

from forecasting.history import unconstrain_demand
from forecasting.night import DemandForecast, PastWeeks, forecast_demand, join_launches
from forecasting.supply import OrderRisks as OrderLateness
from optimization.levels import Outlook, join_targets
from optimization.night import (
    AllocationInputs,
    PriceInputs,
    SupplierNight,
    TransferInputs,
    allocate_stock,
    find_longest_days,
    gather_allocation_inputs,
    gather_price_inputs,
    gather_purchase_inputs,
    gather_transfer_inputs,
    may_move_for_seasons,
    move_for_seasons,
    plan_prices,
    purchase_stock,
    review_open_orders,
    set_levels,
    transfer_stock,
)
from optimization.open_orders import OpenOrderPlan
from optimization.value import join_sale_values
from quality_checks.contracts import (
    EVERYWHERE,
    Allocation,
    BreakPrices,
    ChangePlan,
    DeferralPlan,
    ExpeditePlan,
    ExportLines,
    MarkdownPlan,
    OrderRisks,
    OrderSourcing,
    PlanningPolicy,
    PurchasePlan,
    SeasonMoves,
    SubstitutionPlan,
    Table,
    Targets,
    TransfersPlan,
    find_contract,
    find_frame,
)
from simulation.replay.decision import (
    Decision,
    EveningView,
    PlannedChanges,
    PlannedMoves,
    PlannedOrders,
    PlannedPrices,
)
from simulation.replay.night_inputs import (
    assortment,
    long_past,
    planning_pairs,
    sales_history,
)
from simulation.replay.night_offers import priced_offers
from simulation.replay.night_orders import open_order_lines, ordered_in_month, predict_evening_risks
from simulation.replay.night_prices import find_sale_values, list_known_prices, list_past_offers
from simulation.replay.night_responses import learn_responses
from simulation.replay.night_sourcing import EveningOrders, as_shipments, source_evening_orders
from simulation.replay.night_supply import (
    KnownSupply,
    known_supply,
    ordered_receipts,
    receipts_due,
)
from simulation.replay.parts import EVERY_PART, Parts
from simulation.replay.price_list import find_listed
from simulation.replay.rationing import fair_shares
from simulation.replay.scenario import NEVER, ScenarioMasters

_OF_DEMAND = ["sku", "location", "date", "mean", "variance", "correlation", "common_variation"]
"""Columns of the forecast that plans look ahead by."""

_NO_BREAKS = pl.DataFrame(schema=find_frame(BreakPrices).schema)
"""Suppliers of the replay ask one price for any quantity."""

Forecaster = Callable[[EveningView, PlanningPolicy], DemandForecast]
"""Makes what plans look ahead by."""

Lateness = Callable[[EveningView, PlanningPolicy], OrderLateness]
"""Says how surely open order lines come on their day."""


def forbid_waiting(policy: PlanningPolicy) -> PlanningPolicy:
    """The policy as the world plays it: demand that finds no stock is lost everywhere."""
    economics = policy.economics.model_copy(update={"unmet_demand": {}})
    return policy.model_copy(update={"economics": economics})


def days_ahead(policy: PlanningPolicy) -> int:
    """How many days a forecast must cover to last until the next one is made."""
    return policy.horizon_days + policy.supplier_review_days - 1


def forecast_fallback(seen: EveningView, policy: PlanningPolicy) -> DemandForecast:
    """Forecast by the fallback all that is on sale or announced."""
    return _forecast(seen, policy, long_past(seen))


def forecast_flat(seen: EveningView, policy: PlanningPolicy) -> DemandForecast:
    """Forecast as `forecast_fallback`, without what a year says of the days beyond."""
    return _forecast(seen, policy, None)


def _forecast(seen: EveningView, policy: PlanningPolicy, past: PastWeeks | None) -> DemandForecast:
    return forecast_demand(
        unconstrain_demand(sales_history(seen, policy.history_days, policy.horizon_days)),
        assortment(seen),
        as_of=seen.masters.date(seen.day),
        horizon=days_ahead(policy),
        past=past,
        priced=priced_offers(seen, policy, days_ahead(policy)),
    )


def _no_rows(model: type[Table]) -> pl.DataFrame:
    return pl.DataFrame(schema=find_contract(model).made_schema)


@dataclass(frozen=True)
class NightPlan:
    """What a night decided, with all that its lines state; none where nothing was planned.

    Attributes:
        allocation, transfers, purchases, changes, expedites, markdowns, deferrals, sourcing,
            substitutes: lines in the columns of their contracts without business_date.
        risks: of open order lines, in the columns of the contract OrderRisks likewise.
        targets: the levels that they rest on, in the columns of the contract Targets likewise.
    """

    allocation: pl.DataFrame
    transfers: pl.DataFrame
    purchases: pl.DataFrame
    changes: pl.DataFrame
    expedites: pl.DataFrame
    risks: pl.DataFrame
    targets: pl.DataFrame
    markdowns: pl.DataFrame
    deferrals: pl.DataFrame
    sourcing: pl.DataFrame
    substitutes: pl.DataFrame

    @classmethod
    def none(cls) -> Self:
        """Nothing was planned."""
        return cls(
            *(
                _no_rows(model)
                for model in (
                    Allocation,
                    TransfersPlan,
                    PurchasePlan,
                    ChangePlan,
                    ExpeditePlan,
                    OrderRisks,
                    Targets,
                    MarkdownPlan,
                    DeferralPlan,
                    OrderSourcing,
                    SubstitutionPlan,
                )
            )
        )

    @property
    def orders(self) -> EveningOrders:
        """What is decided of customers' orders."""
        return EveningOrders(self.sourcing, self.substitutes)

    def decision(self, seen: EveningView) -> Decision:
        """The lines as what the world carries out, row by row."""
        masters = seen.masters
        pair = masters.numbers(self.purchases["sku"], self.purchases["destination"])
        whom = masters.find_whom(pair, self.purchases["supplier"])
        return Decision(
            _as_moves(masters, self.allocation),
            _as_moves(masters, self.transfers),
            PlannedOrders(pair, self.purchases["quantity"].to_numpy(), whom),
            _as_changes(masters, self.changes, self.expedites),
            _as_prices(seen, self.markdowns, self.deferrals),
        )


class Pipeline:
    """Forecast, levels, allocation, transfers and purchases of the project.

    Attributes:
        name: short name in tables.
    """

    def __init__(
        self,
        policy: PlanningPolicy,
        *,
        name: str = "ours",
        parts: Parts = EVERY_PART,
        forecaster: Forecaster = forecast_fallback,
        lateness: Lateness = predict_evening_risks,
    ) -> None:
        """Plan by a policy.

        Args:
            policy: of the retailer, as the world plays it.
            name: short name in tables.
            parts: of the plan that are in force.
            forecaster: what forecasts.
            lateness: what says how surely open order lines come on their day.
        """
        self.name = name
        self._policy, self._parts = parts.rules_of(policy), parts
        self._forecaster, self._lateness = forecaster, lateness
        self._fitted_on: int | None = None
        self._forecast = self._seasons = self._responses = pl.DataFrame()
        self._supply = KnownSupply(*(pl.DataFrame() for _ in range(4)))

    def copy(self) -> Self:
        """Copy the pipeline with what it has fitted, so that both go on from the same evening."""
        return copy.copy(self)

    def decide(self, seen: EveningView) -> Decision:
        """What moves and what is ordered the day after."""
        plan = self.plan(seen)
        decision = plan.decision(seen)
        if not self._parts.sourcing:
            return decision
        return replace(decision, shipments=as_shipments(seen, plan.orders))

    def plan(self, seen: EveningView) -> NightPlan:
        """Plan the day after, with all that the lines state."""
        review = self._policy.supplier_review_days
        reviews = self._fitted_on is None or seen.day >= self._fitted_on + review
        called = _match_weekday("order_weekdays", seen.ships_on)
        orders = reviews or seen.masters.calendars.select(called.any()).item()
        if reviews:
            self._refit(seen)
        if orders:
            # How long an order has to last hangs on the days on which the next ones are taken.
            self._supply = known_supply(seen, self._policy)
        ships = bool(seen.masters.lane_ships[:, seen.ships_on].any())
        parts = self._parts
        sells = (seen.entries is not None and parts.prices) or (
            seen.online is not None and parts.sourcing
        )
        if not (orders or ships or sells):
            return NightPlan.none()
        return self._plan(seen, ships=ships, orders=orders, reviews=reviews)

    def _refit(self, seen: EveningView) -> None:
        """Forecast demand, and learn how it answers to prices, by what is known."""
        made = self._forecaster(seen, self._policy)
        self._forecast, self._seasons = join_launches(made).select(_OF_DEMAND), made.seasons
        if seen.entries is not None and self._parts.prices:
            self._responses = learn_responses(seen, self._policy)
        self._fitted_on = seen.day

    def _plan(self, seen: EveningView, *, ships: bool, orders: bool, reviews: bool) -> NightPlan:
        policy, today = self._policy, seen.masters.date(seen.day)
        ahead = self._forecast.filter(pl.col("date") > today)
        ordered = ordered_receipts(seen, policy, self._supply.yields)
        known = self._parts.pairs_of(
            planning_pairs(seen, self._supply, ordered, policy.transfers.recently_moved_days)
        )
        values = find_sale_values(known, ahead, seen, policy)
        pairs = join_sale_values(known, values)
        outlook = Outlook(ahead, receipts_due(seen, ordered), self._seasons)
        targets = set_levels(pairs, outlook, policy, business_date=today).lines
        sent, moved, bought, changed, sped, risks = map(
            _no_rows,
            (Allocation, TransfersPlan, PurchasePlan, ChangePlan, ExpeditePlan, OrderRisks),
        )
        prices, zones = seen.entries is not None and self._parts.prices, _no_rows(SeasonMoves)
        if ships:
            sent, moved, given = self._moves(seen, join_targets(pairs, targets))
            moves = self._parts.season_moves and may_move_for_seasons(policy.markdown)
            if prices and given is not None and moves:
                found = move_for_seasons(
                    moved,
                    given,
                    self._gather_prices(seen, pairs, outlook, values, moved),
                    pairs=pairs,
                    lanes=seen.masters.lanes,
                )
                moved, zones = found.lines, found.zones
        if orders:
            items = gather_purchase_inputs(
                pairs, outlook, targets, self._supply.terms, policy, business_date=today
            )
            called = _match_weekday("supplier_weekdays", seen.ships_on)
            bought = self._order(seen, pairs, outlook, items if reviews else items.filter(called))
            if reviews and self._parts.order_changes:
                lines = open_order_lines(seen, ordered, policy, expedites=self._parts.expedites)
                reviewed = self._review_orders(seen, pairs, outlook, items, lines, bought)
                changed, sped, risks = reviewed.changes, reviewed.expedites, reviewed.risks
        marked, held, sourced, offered = map(
            _no_rows, (MarkdownPlan, DeferralPlan, OrderSourcing, SubstitutionPlan)
        )
        if self._parts.sourcing and seen.online is not None:
            sourced, offered = source_evening_orders(
                seen,
                pairs,
                targets,
                [sent, moved],
                ordered,
                policy,
                substitution=self._parts.substitution,
            )
        if prices:
            priced = plan_prices(self._gather_prices(seen, pairs, outlook, values, moved), zones)
            marked, held = priced.markdowns, priced.deferrals
        return NightPlan(
            sent, moved, bought, changed, sped, risks, targets, marked, held, sourced, offered
        )

    def _gather_prices(
        self,
        seen: EveningView,
        pairs: pl.DataFrame,
        outlook: Outlook,
        values: pl.DataFrame,
        moved: pl.DataFrame,
    ) -> PriceInputs:
        """What prices are planned from, once some goods are on their way."""
        masters = seen.masters
        return gather_price_inputs(
            pairs=pairs,
            outlook=outlook,
            values=values,
            responses=self._responses,
            prices=list_known_prices(seen),
            offers=list_past_offers(seen, self._policy.markdown),
            products=masters.pairs.select("sku", "department", "brand").unique(
                "sku", keep="first", maintain_order=True
            ),
            moves=moved,
            exported=_no_rows(ExportLines),
            policy=self._policy,
            business_date=masters.date(seen.day),
        )

    def _order(
        self, seen: EveningView, pairs: pl.DataFrame, outlook: Outlook, items: pl.DataFrame
    ) -> pl.DataFrame:
        """Lines that suppliers are asked for."""
        known, today = self._supply, seen.masters.date(seen.day)
        others = SupplierNight(pairs, outlook, known.terms, known.other_terms, self._policy, today)
        made = purchase_stock(
            items,
            _NO_BREAKS,
            ordered_in_month(seen),
            self._policy,
            business_date=today,
            suppliers=others if self._parts.supplier_choice else None,
        )
        return made.purchases.lines

    def _review_orders(  # noqa: PLR0913, PLR0917  # what a night knows
        self,
        seen: EveningView,
        pairs: pl.DataFrame,
        outlook: Outlook,
        items: pl.DataFrame,
        lines: pl.DataFrame,
        bought: pl.DataFrame,
    ) -> OpenOrderPlan:
        """What becomes of the orders that suppliers have."""
        risks = self._lateness(seen, self._policy)
        return review_open_orders(
            orders=lines,
            chances=risks.chances,
            arrivals=risks.arrivals,
            items=items,
            pairs=pairs,
            outlook=outlook,
            purchases=bought,
            longest_days=find_longest_days(
                items.join(lines, on=["sku", "destination"], how="semi")
            ),
            policy=self._policy,
            business_date=seen.masters.date(seen.day),
        )

    def _moves(
        self, seen: EveningView, planned: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame, TransferInputs | None]:
        """Lines that the DCs send, that move between other nodes, and what these were made from."""
        masters, policy = seen.masters, self._policy
        today = masters.date(seen.day)
        inputs = self._parts.inputs_of(
            gather_allocation_inputs(planned, masters.lanes, policy, business_date=today), planned
        )
        by_worth = self._parts.by_worth
        sent = allocate_stock(inputs).lines if by_worth else _fairly_shared(seen, inputs)
        if not self._parts.transfers:
            return sent, _no_rows(TransfersPlan), None
        given = self._parts.moves_of(
            gather_transfer_inputs(planned, masters.lanes, sent, policy, business_date=today)
        )
        return sent, transfer_stock(given).lines, given


def _match_weekday(column: str, weekday: int) -> pl.Expr:
    """Match suppliers who take orders on some days of the week, a certain one among them."""
    return pl.col(column).str.slice(weekday, 1) == "1"


def _fairly_shared(seen: EveningView, inputs: AllocationInputs) -> pl.DataFrame:
    """Share cases out fairly, up to the levels: origin, destination, sku, quantity."""
    masters = seen.masters
    short = inputs.receivers.filter(pl.col("inventory_position").is_not_null())
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


def _as_moves(masters: ScenarioMasters, lines: pl.DataFrame) -> PlannedMoves:
    return PlannedMoves(
        origin=masters.numbers(lines["sku"], lines["origin"]),
        destination=masters.numbers(lines["sku"], lines["destination"]),
        units=lines["quantity"].to_numpy(),
    )


def _as_changes(
    masters: ScenarioMasters, changes: pl.DataFrame, expedites: pl.DataFrame
) -> PlannedChanges:
    speeds = masters.terms.select("sku", "supplier", "expedite_days_saved")
    moved = changes.select(
        "po",
        "left_units",
        "fee",
        days=(pl.col("due_on") - pl.col("stated_on")).dt.total_days(),
        moved=pl.when(form="split").then("quantity").otherwise("left_units"),
    )
    # A line that is late already is sped up, too, whatever day is asked for.
    sped = expedites.join(speeds, on=["sku", "supplier"], maintain_order="left").select(
        "po",
        "left_units",
        "fee",
        days=-pl.col("expedite_days_saved"),
        moved="left_units",
    )
    asked = pl.concat([moved, sped.cast(moved.schema)])
    return PlannedChanges(
        order=asked["po"].cast(pl.Int64).to_numpy(),
        days=asked["days"].to_numpy(),
        units=asked["left_units"].to_numpy(),
        fee=asked["fee"].to_numpy(),
        moved=asked["moved"].to_numpy(),
    )


def _as_prices(
    seen: EveningView, markdowns: pl.DataFrame, deferrals: pl.DataFrame
) -> PlannedPrices:
    """The prices of zones as those of their pairs; one that is as low already stays."""
    masters = seen.masters
    marked = _of_zone(masters, markdowns.select("sku", "zone", "new_price", "season_end"))
    if seen.entries is not None:
        listed = find_listed(seen.entries, seen.day, masters.list_price)
        asked = pl.Series(listed[marked["pair"].to_numpy()])
        marked = marked.filter(pl.col("new_price") < asked)
    held = _of_zone(masters, deferrals.select("sku", "zone", "due_on"))
    last, until = (
        (days - masters.first).dt.total_days().to_numpy()
        for days in (marked["season_end"], held["due_on"])
    )
    return PlannedPrices(
        marked["pair"].to_numpy(),
        marked["new_price"].to_numpy(),
        last,
        held["pair"].to_numpy(),
        until,
    )


def _of_zone(masters: ScenarioMasters, lines: pl.DataFrame) -> pl.DataFrame:
    """The pairs of each line's item that sell in its price zone, with what the line says."""
    pairs = masters.pairs.select(
        "sku", "location", "region", "kind", pair=pl.int_range(pl.len(), dtype=pl.Int64)
    ).filter(pl.col("kind") != "dc")
    of_item = lines.join(pairs, on="sku", maintain_order="left_right")
    zone = pl.col("zone")
    within = (zone == EVERYWHERE) | (zone == pl.col("region")) | (zone == pl.col("location"))
    return of_item.filter(within)
