"""Customers' orders as the night is told of them, and what nodes are asked to ship."""

import numpy as np
import polars as pl

from forecasting.fulfilment import estimate_node_chances
from forecasting.supply import predict_receipts
from optimization.night import OrderRecords, gather_sourcing_inputs, source_customer_orders
from quality_checks.contracts import PlanningPolicy
from simulation.replay.customer_orders import OnlineView, OpenLines, PlannedShipments
from simulation.replay.decision import EveningView
from simulation.replay.night_supply import NO_CLOSURES, delivery_record, open_lines
from simulation.replay.scenario import ScenarioMasters

DAYS_STATED = 2
"""Days for which nodes say what they can ship."""

_ENDS = ("origin", "destination", "sku", "quantity")


def source_evening_orders(
    seen: EveningView, planned: pl.DataFrame, targets: pl.DataFrame, moved: list[pl.DataFrame],
    policy: PlanningPolicy,
) -> pl.DataFrame:  # fmt: skip
    """Decide which node ships each open line of the evening, as the night does.

    Args:
        seen: what is known; of a retailer whose customers order online.
        planned: frame `planned_pairs`.
        targets: the columns of the contract Targets.
        moved: lines of tonight's allocation and transfers.
        policy: of planning.

    Returns:
        The columns of the contract OrderSourcing without business_date.

    Raises:
        ValueError: nobody orders online here.
    """
    if seen.online is None:
        raise ValueError("the customers of this retailer do not order online")
    today = seen.masters.date(seen.day)
    chances = estimate_node_chances(_node_record(seen.online, seen, policy.history_days))
    records = OrderRecords(
        lines=list_customer_lines(seen.online.lines, seen.online, seen.masters),
        locations=_locations(seen.online, seen.masters),
        rates=seen.online.ordering.rates,
        capacities=_capacities(seen.online, seen),
        receipts=_receipts(seen, policy),
        refusal=chances.refusal,
        late=chances.late,
        planned=planned,
        lives=targets,
        moved=pl.concat([lines.select(_ENDS) for lines in moved]),
    )
    given = gather_sourcing_inputs(records, policy, business_date=today)
    return source_customer_orders(given, business_date=today).lines


def list_customer_lines(
    lines: OpenLines, online: OnlineView, masters: ScenarioMasters
) -> pl.DataFrame:
    """List open lines of customers' orders as the frame `customer_lines`.

    Args:
        lines: to be listed.
        online: what is known of orders.
        masters: of the retailer.
    """
    regions = pl.Series(online.ordering.regions)
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


def as_shipments(seen: EveningView, sourced: pl.DataFrame) -> PlannedShipments | None:
    """What nodes ship on the next day; what is planned for a later one is decided anew by then.

    Args:
        seen: of which it was decided.
        sourced: the columns of the contract OrderSourcing.
    """
    if seen.online is None:
        return None
    now = sourced.filter(ship_on=seen.masters.date(seen.day + 1)).sort("order_line")
    carriers = dict(zip(seen.online.ordering.carriers, range(99), strict=False))
    return PlannedShipments(
        number=now["order_line"].to_numpy(),
        origin=seen.masters.numbers(now["sku"], now["origin"]),
        carrier=now["carrier"].replace_strict(carriers, return_dtype=pl.Int64).to_numpy(),
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


def _receipts(seen: EveningView, policy: PlanningPolicy) -> pl.DataFrame:
    """Frame `node_receipts`: what comes from suppliers as predicted, and what moves for sure."""
    masters = seen.masters
    days, pair = np.nonzero(seen.arriving)
    moving = masters.pairs.select("sku", "location")[pair].with_columns(
        due_on=masters.dates(days + seen.day + 1),
        units=pl.Series(seen.arriving[days, pair]),
        chance=pl.lit(1.0),
    )
    ordered = predict_receipts(
        open_lines(seen),
        delivery_record(seen, policy.scorecard_window_days),
        NO_CLOSURES,
        as_of=masters.date(seen.day),
        longest_days=policy.scorecard_window_days,
    ).select("sku", "location", "due_on", "units", "chance")
    return (
        pl.concat([moving, ordered])
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
