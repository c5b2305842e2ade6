"""Orders decided day by day: ours beside the nearest node, a myopic best, and a clairvoyant.

Each policy decides at the end of a day about its orders and knows what nodes have left, as a night
does. The nearest node with the pack ships a line; the myopic best ships a day's orders at the least
carriage; ours adds what a pack is worth to the node that gives it: that it saves carriage to a
later customer nearby, by the demand forecast from the weeks before. The clairvoyant knows all
orders of the stream at once; no policy costs less than its bound.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.demand_peers import Measured
from benchmarks.sourcing_stream import NODES, SPLIT_PENALTY, UNSERVED, OrderStream, read_stream
from optimization.sourcing import SourcingFrames, SourcingPlan, source_orders

START = dt.date(2010, 9, 6)
_FIRST = dt.date(2026, 1, 1)


def measure(data: Path, *, weeks: int, items: int, seed: int) -> dict[str, Any]:
    """Play the stream by each policy.

    Args:
        data: folder of Online Retail II.
        weeks: of the stream.
        items: looked at.
        seed: of what is assumed.

    Returns:
        cost of each policy (currency), bound of the clairvoyant, and closed: the share of the gap
        from the myopic best to the clairvoyant that ours closes; closed_to_bound likewise to its
        bound; seconds and peak_mb of all.
    """
    stream = read_stream(data, START, weeks, items, seed)
    with Measured() as run:
        nearest = _cost(stream, _ship_nearest(stream))
        myopic = _cost(stream, _play(stream, np.zeros((NODES,))))
        ours = _cost(stream, _play(stream, _price_stock_outs(stream)))
        clairvoyant = _solve(stream, stream.lines, stream.stock, np.zeros((NODES,)), stream.days)
    best = clairvoyant.cost
    return {
        "benchmark": "sourcing-replay",
        "orders": stream.parcel_cost.shape[0],
        "lines": stream.lines.height,
        "items": items,
        "weeks": weeks,
        "seed": seed,
        "nearest": round(nearest, 1),
        "myopic": round(myopic, 1),
        "ours": round(ours, 1),
        "clairvoyant": round(best, 1),
        "bound": round(clairvoyant.bound, 1),
        "closed": round((myopic - ours) / (myopic - best), 3),
        "closed_to_bound": round((myopic - ours) / (myopic - clairvoyant.bound), 3),
        "seconds": round(run.seconds, 1),
        "peak_mb": run.peak_mb,
    }


def _play(stream: OrderStream, saved: np.ndarray) -> np.ndarray:
    """Node of each line, -1 for none: each day's orders at the least cost and value of packs.

    Args:
        stream: the orders.
        saved: what the lack of a pack costs with the next customer near each node, currency.
    """
    left, chosen = stream.stock.copy(), np.full(stream.lines.height, -1)
    lines = stream.lines.with_row_index("row")
    for (day,), today in lines.group_by("day", maintain_order=True):
        plan = _solve(stream, today, left, saved, stream.days - int(str(day)) - 1)
        sent = plan.lines.filter(decision="ship").select(
            order=pl.col("order_id").cast(pl.Int64),
            line="line",
            node=pl.col("location").cast(pl.Int64),
        )
        rows = today.join(sent, on=["order", "line"])
        node = rows["node"].to_numpy()
        chosen[rows["row"].to_numpy()] = node
        np.subtract.at(left, (rows["item"].to_numpy(), node), 1)
    return chosen


def _ship_nearest(stream: OrderStream) -> np.ndarray:
    """Node of each line: the nearest that has a pack when the line comes."""
    left, chosen = stream.stock.copy(), np.full(stream.lines.height, -1)
    for row, (order, item) in enumerate(stream.lines.select("order", "item").iter_rows()):
        near = np.argsort(stream.parcel_cost[order], kind="stable")
        has = near[left[item, near] > 0]
        if has.size:
            chosen[row] = has[0]
            left[item, has[0]] -= 1
    return chosen


def _price_stock_outs(stream: OrderStream) -> np.ndarray:
    """What a customer near each node costs more to serve from the others, currency a line.

    A line that is not alone needs a parcel more; one that is alone a dearer one.
    """
    homes = stream.lines.group_by("order", maintain_order=True).agg(pl.col("home").first())
    home = homes["home"].to_numpy()
    saved = np.zeros(NODES)
    weight = float(stream.weight.mean())
    for node in range(NODES):
        parcel, kilos = (cost[home == node] for cost in (stream.parcel_cost, stream.kg_cost))
        if not len(parcel):
            continue
        # The cheapest other node has the pack, more often than not.
        other = np.delete(parcel, node, axis=1).min(axis=1)
        further = np.delete(kilos, node, axis=1).min(axis=1) - kilos[:, node]
        split = stream.multi_share * (other + SPLIT_PENALTY)
        alone = (1 - stream.multi_share) * (other - parcel[:, node])
        saved[node] = float((split + alone + weight * further).mean())
    return saved


def _solve(
    stream: OrderStream, lines: pl.DataFrame, left: np.ndarray, saved: np.ndarray, days: int
) -> SourcingPlan:
    """Source lines from what is left, packs worth what they save in the days to come."""
    item, node = np.nonzero(left > 0)
    held = pl.DataFrame({"item": item, "node": node})
    rows = (
        lines.join(held, on="item")
        .with_columns(
            _pick(stream.parcel_cost, "parcel_cost"),
            _pick(stream.kg_cost, "kg_cost"),
            pl.lit(pl.Series(stream.weight)).gather(pl.col("item")).alias("weight"),
        )
        .with_columns(**_name_keys(), location=pl.col("node").cast(pl.String))
    )
    day = pl.lit(_FIRST)
    none = {name: pl.lit(0.0) for name in ("handling_cost", "refusal_cost", "late_cost")}
    parcels = rows.unique(["order_id", "location"], maintain_order=True)
    demand = stream.expected[item, node] * days
    units = left[item, node]
    return source_orders(
        SourcingFrames(
            lines.select(
                "line",
                **_name_keys(),
                quantity=1,
                promised_on=day,
                open_cost=pl.lit(UNSERVED),
                wait_cost=pl.lit(None, pl.Float64),
            ),
            rows.select(
                "order_id",
                "line",
                "location",
                ship_on=day,
                shipping_cost=pl.col("kg_cost") * pl.col("weight"),
                markdown_avoided=0.0,
                **none,
            ),
            parcels.select("order_id", "location", "parcel_cost", ship_on=day, arrives_on=day),
            held.select(
                sku=pl.col("item").cast(pl.String),
                location=pl.col("node").cast(pl.String),
                available=pl.Series(units),
                inventory_position=pl.Series(units),
                sold_before=0,
                open_demand_mean=pl.Series(demand),
                open_demand_variance=pl.Series(demand),
                underage_cost=pl.Series(saved[node]),
                overage_cost=0.0,
                surplus_step=0.0,
                surplus_most=0.0,
                value_level=0,
            ),
            pl.DataFrame({"location": [str(n) for n in range(NODES)]}).with_columns(
                ship_on=day,
                most_lines=pl.lit(None, pl.Int64),
                most_units=pl.lit(None, pl.Int64),
            ),
        ),
        split_penalty=SPLIT_PENALTY,
    )


def _name_keys() -> dict[str, pl.Expr]:
    return {
        # Orders sort as they came.
        "order_id": pl.col("order").cast(pl.String).str.zfill(7),
        "sku": pl.col("item").cast(pl.String),
    }


def _pick(costs: np.ndarray, name: str) -> pl.Expr:
    """The cost of each row's order and node."""
    flat = pl.lit(pl.Series(costs.ravel()))
    return flat.gather(pl.col("order") * NODES + pl.col("node")).alias(name)


def _cost(stream: OrderStream, chosen: np.ndarray) -> float:
    """Carriage, parcels, splits and unserved lines of a choice, currency."""
    sent = stream.lines.with_columns(node=pl.Series(chosen))
    unserved = UNSERVED * int((chosen < 0).sum())
    sent = sent.filter(pl.col("node") >= 0)
    order, node = sent["order"].to_numpy(), sent["node"].to_numpy()
    kilos = stream.kg_cost[order, node] * stream.weight[sent["item"].to_numpy()]
    parcels = sent.select("order", "node").unique().sort("order", "node")
    paid = stream.parcel_cost[parcels["order"].to_numpy(), parcels["node"].to_numpy()]
    further = parcels.height - parcels["order"].n_unique()
    return float(unserved + kilos.sum() + paid.sum() + SPLIT_PENALTY * further)
