"""Moves between price zones, where the rest of a season makes more of the units than any price.

They come after the transfers of the night, of which they use what is left, and before prices, which
are set for what stays: so a markdown waits where its goods sell at their price elsewhere, and falls
for what cannot move. With V the worth of a zone's stock over the rest of its season at the best
prices (`markdown`), moving k units from zone A to zone B gains

    V_B(h + k) - V_B(h) - (V_A(s) - V_A(s - k)) - what lines and trips cost.

V has the best price of tonight in it, so whatever gains is worth more than marking down.
"""

import datetime as dt
import math
from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

import polars as pl

from optimization.markdown import Season, build_seasons, solve_season
from optimization.season_moves.inputs import build_network
from optimization.season_moves.lines import keep_gaining_lines
from optimization.season_moves.statement import state_lines, state_moves
from optimization.season_moves.wanted import find_best_moves, find_senders
from optimization.season_moves.weighed import WeighedZone
from optimization.season_moves.worth import value_places
from optimization.transfers import choose_trips
from quality_checks.contracts import (
    LineRules,
    MarkdownRules,
    SeasonPlaces,
    TransferRules,
    ZoneLanes,
    find_frame,
)

_LANE = ["origin", "destination"]
_SURELY = 4.0
"""Standard deviations above the mean that demand all but surely stays below."""


class SeasonMovePlan(NamedTuple):
    """What moves for the rest of a season.

    Attributes:
        lines: the columns of the contract TransfersPlan without business_date.
        zones: the columns of the contract SeasonMoves without business_date.
    """

    lines: pl.DataFrame
    zones: pl.DataFrame


def plan_season_moves(  # noqa: PLR0913, PLR0917  # seasons, and a network with all its limits
    items: pl.DataFrame,
    weeks: pl.DataFrame,
    places: pl.DataFrame,
    zone_lanes: pl.DataFrame,
    moved: pl.DataFrame,
    movers: pl.DataFrame,
    lanes: pl.DataFrame,
    rooms: pl.DataFrame,
    *,
    weekday: int,
    min_gain: float,
    rules: TransferRules,
    line_rules: LineRules,
    price_rules: MarkdownRules,
    first_day: dt.date,
) -> SeasonMovePlan:
    """Move units to price zones in which the rest of their season is worth more.

    Args:
        items: frame `season_items`, with zones that have no stock.
        weeks: frame `season_weeks`.
        places: frame `season_places`.
        zone_lanes: frame `zone_lanes`.
        moved: the columns of the contract TransfersPlan: tonight's other transfers.
        movers: frame `movers`, before these, as `lanes` and `rooms` are.
        lanes: frame `lanes_left`.
        rooms: frame `places`.
        weekday: weekday on which the moves ship, 0 for Monday.
        min_gain: what a trip must gain after all its costs, currency.
        rules: least trip and size runs.
        line_rules: what a line costs, must gain, and may cover.
        price_rules: of policy.
        first_day: day on which a price may change.

    Raises:
        ValueError: a frame breaks its contract.
    """
    costs = {
        (origin, zone): cost
        for origin, zone, cost in find_frame(ZoneLanes).read(zone_lanes).iter_rows()
    }
    zones = _weigh_zones(items, weeks, costs, price_rules, first_day)
    seasons = [zone.solved for zone in zones]
    numbered = pl.DataFrame(
        [(zone.key[0], zone.key[1], zone.sends, number) for number, zone in enumerate(zones)],
        schema={"sku": pl.String, "zone": pl.String, "sends": pl.Boolean, "season": pl.Int64},
        orient="row",
    )
    known = find_frame(SeasonPlaces).read(places)
    network = build_network(known, numbered, moved, movers, lanes, rooms, rules, line_rules)
    trips = choose_trips(
        network.pairs.with_columns(inventory_position="owned"),
        network.lanes,
        network.rooms,
        lambda pairs: value_places(seasons, pairs["season"].to_numpy(), pairs["share"].to_numpy()),
        weekday=weekday,
        min_gain=min_gain,
        rules=rules,
        line_rules=line_rules,
    )
    of_pair = network.pairs.select("sku", "location", "season")
    lines = (
        trips.moved.join(of_pair.rename({"location": "origin", "season": "giver"}),
                         on=["sku", "origin"], maintain_order="left")
        .join(of_pair.rename({"location": "destination", "season": "taker"}),
              on=["sku", "destination"], maintain_order="left")
        .join(trips.lanes.select(*_LANE, "fixed_cost", "lane_unit_cost"), on=_LANE,
              maintain_order="left")
        .sort(*_LANE, "sku")
    )  # fmt: skip
    kept = keep_gaining_lines(
        lines, seasons, min_gain=min_gain, least_units=rules.least_units, rules=line_rules
    )
    stated = state_lines(kept, zones, network, trips, line_rules.transfer_line_cost)
    return SeasonMovePlan(stated, state_moves(zones, stated, network, trips, weekday=weekday))


def _weigh_zones(
    items: pl.DataFrame,
    weeks: pl.DataFrame,
    costs: Mapping[tuple[str, str], float],
    rules: MarkdownRules,
    first_day: dt.date,
) -> list[WeighedZone]:
    """Value every state of items that are weighed in two zones or more, sorted by item and zone."""
    found: list[WeighedZone] = []
    compared = items.filter(pl.len().over("sku") > 1, pl.col("stock").sum().over("sku") > 0)
    seasons = build_seasons(compared, weeks, rules, first_day=first_day)
    for _, of_item in groupby(seasons, key=lambda item: str(item.row["sku"])):
        zones = list(of_item)
        if len(zones) == 1:
            continue
        total = sum(item.season.stock for item in zones)
        names = [str(item.row["zone"]) for item in zones]
        solved = [
            solve_season(season, max(total, _find_most_sold(season)) - season.stock)
            for season in (item.season for item in zones)
        ]
        best = find_best_moves(names, solved, costs)
        sends = find_senders(names, solved, costs)
        found.extend(
            WeighedZone(item.row, season, wanted, may_send)
            for item, season, wanted, may_send in zip(zones, solved, best, sends, strict=True)
        )
    return found


def _find_most_sold(season: Season) -> int:
    """Units that a zone all but surely sells no more of at its price.

    A place with a small part of its demand may have more units to that part than the item has in
    all: what they are worth is asked up to here.
    """
    mean, variance = (
        float(season.chance @ part[:, :, 0].sum(1)) for part in (season.mean, season.variance)
    )
    return math.ceil(mean + _SURELY * math.sqrt(variance))
