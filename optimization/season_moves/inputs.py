"""What a season's moves may still use: stock, lanes and rooms net of tonight's other transfers."""

from typing import NamedTuple

import polars as pl

from optimization.frames import limit_cover
from optimization.lanes import UNLIMITED
from optimization.transfers import add_movable_units, net_lanes
from quality_checks.contracts import LineRules, Movers, Places, TransferRules, find_frame

_PAIR = ["sku", "location"]
_LANE = ["origin", "destination"]

FEW = 1e-6
"""Units a day that all places sell at least, so that none has no share of its zone."""


class MoveNetwork(NamedTuple):
    """Who may send and take, and by what.

    Attributes:
        pairs: frame `movers` of item-locations whose season is weighed, with frame `season_places`,
            season (number), share (of its zone's demand), spare and want (units), and run_kept and
            cover_kept, as `add_movable_units` says; sorted by key.
        lanes: frame `lanes_left`; where a trip already goes it asks for no fixed cost again.
        rooms: frame `places`.
    """

    pairs: pl.DataFrame
    lanes: pl.DataFrame
    rooms: pl.DataFrame


def build_network(  # noqa: PLR0913, PLR0917  # what moves, and all that limits it
    places: pl.DataFrame,
    zones: pl.DataFrame,
    moved: pl.DataFrame,
    movers: pl.DataFrame,
    lanes: pl.DataFrame,
    rooms: pl.DataFrame,
    rules: TransferRules,
    line_rules: LineRules,
) -> MoveNetwork:
    """Put together what tonight's other transfers leave for moves of the season.

    Of an item that leaves the range a place takes what it will sell, however long that lasts; of
    another no more than the most cover of policy. It fills no level: what units are worth decides.

    Args:
        places: frame `season_places`.
        zones: sku, zone, season (number) and sends (whether the zone may send; else it may take).
        moved: the columns of the contract TransfersPlan: tonight's other transfers.
        movers: frame `movers`, before these.
        lanes: frame `lanes_left`, before these.
        rooms: frame `places`, before these.
        rules: size runs.
        line_rules: the most cover.
    """
    stated = find_frame(Movers).read(movers)
    net = _net_movers(stated, moved)
    known = (
        add_movable_units(net, rules)
        .drop("want", "cover_kept")
        .join(places.drop_nulls("owned"), on=_PAIR, maintain_order="left")
        .join(zones, on=["sku", "zone"], maintain_order="left")
        .drop_nulls(["inventory_position", "available"])
        .sort(_PAIR)
    )
    weight = pl.col("daily").fill_null(0.0) + FEW
    pairs = _add_wanted_units(known, line_rules).with_columns(
        # A line of an item between two places comes once.
        spare=pl.when(pl.col("sends") & ~pl.col("has_moved")).then("spare").otherwise(0),
        share=weight / weight.sum().over("sku", "zone"),
    )
    volumes = stated.select("sku", "volume").unique("sku", keep="first", maintain_order=True)
    goes = moved.select(_LANE).unique(maintain_order=True).with_columns(goes=pl.lit(value=True))
    left = (
        net_lanes(lanes, moved, volumes)
        .join(goes, on=_LANE, how="left", maintain_order="left")
        .with_columns(fixed_cost=pl.when(pl.col("goes").is_null()).then("fixed_cost").otherwise(0))
        .drop("goes")
    )
    return MoveNetwork(pairs, left, _net_rooms(find_frame(Places).read(rooms), moved, volumes))


def _net_movers(movers: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Movers once tonight's other transfers are on their way; has_moved flags their ends."""
    ends = {
        end: moved.group_by("sku", location=end, maintain_order=True).agg(
            pl.col("quantity").sum().alias(name)
        )
        for end, name in (("origin", "gone"), ("destination", "come"))
    }
    docked = moved.group_by(location="destination", maintain_order=True).agg(
        docked=pl.col("quantity").sum()
    )
    gone, come = (pl.col(name).fill_null(0) for name in ("gone", "come"))
    return (
        movers.join(ends["origin"], on=_PAIR, how="left", maintain_order="left")
        .join(ends["destination"], on=_PAIR, how="left", maintain_order="left")
        .join(docked, on="location", how="left", maintain_order="left")
        .with_columns(
            available=pl.col("available") - gone,
            inventory_position=pl.col("inventory_position") + come - gone,
            receiving_room=(pl.col("receiving_room") - pl.col("docked").fill_null(0)).clip(
                lower_bound=0
            ),
            has_moved=(gone > 0) | (come > 0),
        )
        .drop("gone", "come", "docked")
    )


def _add_wanted_units(pairs: pl.DataFrame, rules: LineRules) -> pl.DataFrame:
    """Pairs with want, and whether the most cover limits it (cover_kept)."""
    room = (pl.col("shelf_max") - pl.col("inventory_position")).clip(lower_bound=0)
    room = room.fill_null(UNLIMITED)
    most = pl.max_horizontal(limit_cover(rules.most_cover_days), "presentation_min", 1)
    covered = (most - pl.col("inventory_position")).clip(lower_bound=0)
    freely = pl.col("leaves") | pl.col("clearance")
    want = pl.when(freely).then(room).otherwise(pl.min_horizontal(room, covered))
    barred = pl.col("closing") | pl.col("has_moved") | pl.col("sends")
    # No more than the item has to send, so that sums stay within whole numbers.
    most_sent = pl.when("sends").then("spare").otherwise(0).sum().over("sku")
    return pairs.with_columns(
        want=pl.when(barred).then(0).otherwise(pl.min_horizontal(want, most_sent)),
        cover_kept=(want < room).fill_null(value=False),
    )


def _net_rooms(rooms: pl.DataFrame, moved: pl.DataFrame, volumes: pl.DataFrame) -> pl.DataFrame:
    """Rooms of places less what tonight's other transfers take of them."""
    taken = moved.join(volumes, on="sku", how="left", maintain_order="left")
    litres = (pl.col("quantity") * pl.col("volume").fill_null(0.0)).sum()
    sent = taken.group_by(location="origin", maintain_order=True).agg(sent=pl.col("quantity").sum())
    got = taken.group_by(location="destination", maintain_order=True).agg(
        got=pl.col("quantity").sum(), litres=litres
    )
    gone, come = (pl.col(name).fill_null(0) for name in ("sent", "got"))
    return (
        rooms.join(sent, on="location", how="left", maintain_order="left")
        .join(got, on="location", how="left", maintain_order="left")
        .with_columns(
            outbound_room=(pl.col("outbound_room") - gone).clip(lower_bound=0),
            handling_room=(pl.col("handling_room") - gone - come).clip(lower_bound=0),
            receiving_litres=(pl.col("receiving_litres") - pl.col("litres").fill_null(0.0)).clip(
                lower_bound=0.0
            ),
        )
        .drop("sent", "got", "litres")
    )
