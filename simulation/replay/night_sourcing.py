"""Customers' orders as the night is told of them, and what nodes are asked to ship."""

import math
from typing import NamedTuple

import numpy as np
import polars as pl

from forecasting.fulfilment import estimate_node_chances
from forecasting.supply import round_half_up
from optimization.levels import join_targets
from optimization.night import (
    OrderRecords,
    gather_sourcing_inputs,
    list_unserved_lines,
    source_customer_orders,
    substitute_unserved_lines,
)
from quality_checks.contracts import (
    Lanes,
    LineRefusals,
    PlanningPolicy,
    SubstitutionPlan,
    find_contract,
    find_frame,
)
from simulation.replay.customer_orders import OnlineView, PlannedShipments
from simulation.replay.decision import EveningView
from simulation.replay.night_substitutes import record_substitutes
from simulation.replay.scenario import ScenarioMasters

DAYS_STATED = 2
"""Days for which nodes say what they can ship."""

_NO_SUBSTITUTES = pl.DataFrame(schema=find_contract(SubstitutionPlan).made_schema)
_NO_REFUSALS = pl.DataFrame(schema=find_frame(LineRefusals).schema)
_NO_LANES = find_contract(Lanes).empty()
"""All that is ordered here is sent to the customer."""
_ENDS = ("origin", "destination", "sku", "quantity")


class EveningOrders(NamedTuple):
    """What is decided of customers' orders.

    Attributes:
        sourcing: the columns of the contract OrderSourcing without business_date.
        substitutes: the columns of the contract SubstitutionPlan without business_date.
    """

    sourcing: pl.DataFrame
    substitutes: pl.DataFrame


def source_evening_orders(  # noqa: PLR0913, PLR0917  # what the night knows of orders and nodes
    seen: EveningView,
    pairs: pl.DataFrame,
    targets: pl.DataFrame,
    moved: list[pl.DataFrame],
    ordered: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    substitution: bool,
) -> EveningOrders:
    """Decide which node ships each open line of the evening, and what else customers are offered.

    Args:
        seen: what is known; of a retailer whose customers order online.
        pairs: the columns of the contract PlanningPairs, with what a sale earns.
        targets: the columns of the contract Targets.
        moved: lines of tonight's allocation and transfers.
        ordered: order lines that have not come, the columns of ReceiptsAhead.
        policy: of planning.
        substitution: customers whose line no node serves in time are offered another item.

    Raises:
        ValueError: nobody orders online here.
    """
    online = seen.online
    if online is None:
        raise ValueError("the customers of this retailer do not order online")
    today = seen.masters.date(seen.day)
    chances = estimate_node_chances(_node_record(online, seen, policy.history_days))
    records = OrderRecords(
        lines=list_customer_lines(online, seen.masters),
        locations=_locations(online, seen.masters),
        rates=online.ordering.rates,
        lanes=_NO_LANES,
        capacities=_capacities(online, seen),
        receipts=_receipts(seen, ordered),
        refusal=chances.refusal,
        # Whether a node refuses is drawn anew each day: that it did once says nothing here.
        refusals=_NO_REFUSALS,
        late=chances.late,
        kept=pairs.select("sku", "location"),
        planned=join_targets(pairs, targets),
        lives=targets,
        moved=pl.concat([lines.select(_ENDS) for lines in moved]),
    )
    given = gather_sourcing_inputs(records, policy, business_date=today)
    night = source_customer_orders(given, business_date=today)
    if not substitution:
        return EveningOrders(night.lines, _NO_SUBSTITUTES)
    unserved = list_unserved_lines(night, records.lines, policy)
    offered = substitute_unserved_lines(
        night,
        record_substitutes(seen, night, unserved, pairs, policy),
        policy,
        business_date=today,
    )
    return EveningOrders(offered.sourcing.lines, offered.lines)


def list_customer_lines(online: OnlineView, masters: ScenarioMasters) -> pl.DataFrame:
    """List open lines of customers' orders as the frame `customer_lines`.

    Args:
        online: what is known of orders.
        masters: of the retailer.
    """
    lines, regions = online.lines, pl.Series(online.ordering.regions)
    items = masters.pairs.select("sku", "unit_cost", "volume", "weight")[lines.pair]
    return items.with_columns(
        order_id=pl.Series(lines.order).cast(pl.String),
        line=pl.Series(lines.number),
        quantity=pl.lit(1, pl.Int64),
        region=regions.gather(lines.region),
        promised_on=masters.dates(lines.promised),
        allocated_to=pl.lit(None, pl.String),
        allocated_on=pl.lit(None, pl.Date),
        has_left=pl.lit(value=False),
        choosable=pl.lit(value=True),
        movable=pl.lit(value=True),
        unit_price=pl.Series(lines.price),
    ).sort("order_id", "line")


def as_shipments(seen: EveningView, decided: EveningOrders) -> PlannedShipments | None:
    """What nodes ship on the next day; what is planned for a later one is decided anew by then.

    Args:
        seen: of which it was decided.
        decided: of customers' orders.

    Raises:
        ValueError: an item is sent unasked, which the replay cannot play.
    """
    if seen.online is None:
        return None
    if decided.substitutes.filter(pl.col("form") != "offer").height:
        raise ValueError("the replay cannot send other items unasked, as policy has it")
    columns = ("order_line", "sku", "origin", "carrier", "ship_on")
    both = pl.concat(
        [
            decided.sourcing.select(*columns, unit_price=pl.lit(None, pl.Float64)),
            decided.substitutes.select(*columns, "unit_price"),
        ]
    )
    now = both.filter(ship_on=seen.masters.date(seen.day + 1)).sort("order_line")
    carriers = {name: number for number, name in enumerate(seen.online.ordering.carriers)}
    return PlannedShipments(
        number=now["order_line"].to_numpy(),
        origin=seen.masters.numbers(now["sku"], now["origin"]),
        carrier=now["carrier"].replace_strict(carriers, return_dtype=pl.Int64).to_numpy(),
        price=now["unit_price"].fill_null(math.nan).to_numpy(),
    )


def _locations(online: OnlineView, masters: ScenarioMasters) -> pl.DataFrame:
    """location, kind, region, ships_online."""
    ships = dict(
        zip(masters.locations, (online.ordering.hands.max(axis=0) > 0).tolist(), strict=True)
    )
    kinds = masters.pairs.select("location", "kind", "region").unique("location").sort("location")
    return kinds.with_columns(
        ships_online=pl.col("location").replace_strict(ships, return_dtype=pl.Boolean)
    )


def _capacities(online: OnlineView, seen: EveningView) -> pl.DataFrame:
    """What nodes can ship on the next days, in the columns of NodeCapacities."""
    masters, hands = seen.masters, online.ordering.hands
    ships = np.flatnonzero(hands.max(axis=0) > 0)
    return pl.concat(
        pl.DataFrame(
            {
                "location": masters.locations.gather(ships),
                "date": masters.dates(np.full(ships.size, seen.day + ahead)),
                "most_lines": hands[masters.weekday(seen.day + ahead)][ships],
                "most_units": pl.Series([None] * ships.size, dtype=pl.Int64),
            }
        )
        for ahead in range(1, DAYS_STATED + 1)
    )


def _receipts(seen: EveningView, ordered: pl.DataFrame) -> pl.DataFrame:
    """Frame `node_receipts`: what comes from suppliers as predicted, and what moves for sure."""
    masters = seen.masters
    days, pair = np.nonzero(seen.arriving)
    moving = masters.pairs.select("sku", "location")[pair].with_columns(
        due_on=masters.dates(days + seen.day + 1),
        units=pl.Series(seen.arriving[days, pair]),
        chance=pl.lit(1.0),
    )
    come = round_half_up(pl.col("units") * pl.col("share"))
    coming = ordered.select("sku", "location", "due_on", units=come, chance="chance")
    return (
        pl.concat([moving, coming])
        # A line of which no whole unit is likely brings none.
        .filter(pl.col("units") > 0)
        .group_by("sku", "location", "due_on", maintain_order=True)
        .agg(pl.col("units").sum(), pl.col("chance").min())
        .sort("sku", "location", "due_on")
    )


def _node_record(online: OnlineView, seen: EveningView, days: int) -> pl.DataFrame:
    """Frame `node_record`: what nodes shipped, all of it on its day, and what they refused."""
    masters = seen.masters
    since = slice(max(0, seen.day + 1 - days), None)
    refused = online.refused[since].sum(axis=0)
    shipped = online.asked[since].sum(axis=0) - refused
    kinds = masters.pairs.select("location", "kind").unique("location").sort("location")
    rows = [
        pl.DataFrame(
            {
                "location": masters.locations,
                "outcome": [outcome] * len(masters.locations),
                "days_late": pl.Series([late] * len(masters.locations), dtype=pl.Int64),
                "lines": lines.astype(np.int64),
            }
        )
        for outcome, late, lines in (("shipped", 0, shipped), ("refused", None, refused))
    ]
    return (
        pl.concat(rows)
        .filter(pl.col("lines") > 0)
        .join(kinds, on="location", maintain_order="left")
        .sort("location", "outcome")
    )
