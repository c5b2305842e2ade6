"""Moves of a season in words and numbers: the lines, and what was weighed in each zone."""

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from forecasting.distribution import aggregate_groups, compute_survival
from optimization.frames import cast_to_contract, compute_daily_demand, count_stock_days
from optimization.lanes import UNLIMITED, compute_moving_cost
from optimization.season_moves.inputs import MoveNetwork
from optimization.season_moves.limits import draw_limits, find_move_limits
from optimization.season_moves.weighed import WeighedZone
from optimization.transfers import ChosenTrips, name_binding
from quality_checks.contracts import SEASON_WORTH, SeasonMoves, TransfersPlan, find_contract


def state_lines(
    kept: pl.DataFrame,
    zones: Sequence[WeighedZone],
    network: MoveNetwork,
    trips: ChosenTrips,
    line_cost: float,
) -> pl.DataFrame:
    """The columns of the contract TransfersPlan without business_date.

    Args:
        kept: lines that go, as `keep_gaining_lines` gives them.
        zones: by the numbers that lines have of them.
        network: what the lines were chosen from.
        trips: the choice.
        line_cost: of a line, currency.
    """
    pairs = network.pairs.with_columns(
        # They fill no level, so that none of it binds them.
        order_up_to=pl.lit(UNLIMITED, pl.Int64)
    )
    taker = ["region", "inventory_position", "shelf_max", "order_up_to", "want", "cover_kept",
             "protection_days", "demand_mean", "volume"]  # fmt: skip
    lines = (
        kept.join(pairs.select("sku", *taker, destination="location"), on=["sku", "destination"],
                  maintain_order="left")
        .join(pairs.select("sku", "spare", "run_kept", origin="location"), on=["sku", "origin"],
              maintain_order="left")
        .with_columns(
            sent=pl.col("quantity").sum().over("sku", "origin"),
            got=pl.col("quantity").sum().over("sku", "destination"),
            moving_cost=compute_moving_cost(line_cost),
        )
    )  # fmt: skip
    told = lines.with_columns(
        packs="quantity",
        reason=pl.lit(SEASON_WORTH),
        binding=name_binding(lines, draw_limits(trips.limits, lines)),
        forced_cost=pl.max_horizontal(
            pl.col("moving_cost") + pl.col("value_lost") - pl.col("value_gained"), 0.0
        ),
        urgency_days=count_stock_days(compute_daily_demand()),
        gain_chance=pl.Series(
            [_find_gain_chance(zones, line) for line in lines.iter_rows(named=True)],
            dtype=pl.Float64,
        ),
        rejected=pl.Series(
            [_word_rejected(zones[giver]) for giver in lines["giver"]], dtype=pl.String
        ),
    )
    return cast_to_contract(told, TransfersPlan)


def _find_gain_chance(zones: Sequence[WeighedZone], line: dict[str, Any]) -> float:
    """Chance that the units of a line earn more than nothing, were prices kept to the end.

    Of them n must sell at the price that the zone has now; they do where its demand reaches its
    stock and their part of all that comes.
    """
    season, quantity = zones[line["taker"]].solved.season, line["quantity"]
    asked = line["value_lost"] + line["moving_cost"] - quantity * season.salvage
    margin = float(season.proceeds[0]) - season.salvage
    if asked < 0:
        return 1.0
    if margin * quantity <= asked:
        return 0.0
    sold = math.floor(asked / margin) + 1
    mean, variance = (
        float(season.chance @ part[:, :, 0].sum(1)) for part in (season.mean, season.variance)
    )
    if mean <= 0:
        return 0.0
    needed = season.stock + math.ceil(sold * line["come"] / quantity)
    return float(compute_survival(mean, variance, needed))


def _word_rejected(giver: WeighedZone) -> str:
    """What the sender's zone would do without the move: nothing more than the move's own zero."""
    price = giver.find_step_price()
    held = (
        "no move, and the price held" if price is None else f"no move, and a price of {price:.2f}"
    )
    return f"{held}, worth 0.00"


def state_moves(
    zones: Sequence[WeighedZone],
    lines: pl.DataFrame,
    network: MoveNetwork,
    trips: ChosenTrips,
    *,
    weekday: int,
) -> pl.DataFrame:
    """The columns of the contract SeasonMoves without business_date.

    Args:
        zones: all that was weighed.
        lines: the columns of TransfersPlan: the moves of the season that go.
        network: what they were chosen from.
        trips: the choice.
        weekday: weekday on which they ship, 0 for Monday.
    """
    home = network.pairs.select("sku", "location", "zone")
    moved = lines.join(
        home.rename({"location": "origin", "zone": "origin_zone"}), on=["sku", "origin"],
        maintain_order="left",
    ).join(
        home.rename({"location": "destination"}), on=["sku", "destination"], maintain_order="left"
    )  # fmt: skip
    limits = find_move_limits(zones, moved, network, trips, weekday)
    came = _gather_by(moved, "zone", pl.col("quantity").sum())
    gone = _gather_by(moved, "origin_zone", pl.col("quantity").sum())
    benefit = pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost")
    gains = _gather_by(moved, "origin_zone", benefit.sum())
    takers = pl.col("zone").unique().sort().str.join(";")
    leads = _gather_by(moved, "origin_zone", takers)
    rows = []
    for found in zones:
        net = int(came.get(found.key, 0) - gone.get(found.key, 0))
        stock, wanted = found.solved.season.stock, found.wanted
        rows.append(
            found.row
            | {
                "stock": stock,
                "net_units": net,
                "worth_before": found.value_stock(stock),
                "worth_after": found.value_stock(stock + net),
                "step_price": found.find_step_price(),
                "wanted_zone": None if wanted is None else wanted.zone,
                "wanted_units": 0 if wanted is None else wanted.units,
                "wanted_gain": 0.0 if wanted is None else wanted.gain,
                "gain": max(gains.get(found.key, 0.0), 0.0),
                "moved_to": leads.get(found.key),
                "limit": limits.get(found.key),
            }
        )
    schema = find_contract(SeasonMoves).made_schema
    named = [{name: row[name] for name in schema} for row in rows]
    return cast_to_contract(pl.DataFrame(named, schema=schema), SeasonMoves)


def _gather_by(moved: pl.DataFrame, zone: str, term: pl.Expr) -> dict[tuple[str, str], Any]:
    """A term over lines by item and zone, with the zones of one of their ends."""
    sums = aggregate_groups(moved, ["sku", zone], total=term)
    return {(sku, name): total for sku, name, total in sums.iter_rows()}
