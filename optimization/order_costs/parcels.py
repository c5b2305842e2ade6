"""How an order gets from each node and day to its customer, at which price and how soon."""

import polars as pl

from quality_checks.contracts import CollectionLanes, find_frame

VOLUMETRIC_KG = 0.2
"""Kilograms that carriers charge for a litre at least: by their usual rule of 5,000 cubic
centimetres a kilogram."""

BY_LANE, OFF_THE_SHELF = "lane", "shelf"
"""In place of a carrier: what is collected comes by a lane, or is taken off the store's shelf."""

PARCEL = ["order_id", "place", "location", "ship_on"]


def add_place(lines: pl.DataFrame) -> pl.DataFrame:
    """Add place, the store at which a line is collected; blank where it is sent to the customer.

    Args:
        lines: frame `customer_lines`.
    """
    return lines.with_columns(place=pl.col("collect_at").fill_null(""))


def add_charged_weight(lines: pl.DataFrame) -> pl.DataFrame:
    """Add charged_kg, the weight that carriers charge for all units of a line.

    Args:
        lines: frame `customer_lines`.
    """
    return lines.with_columns(charged_kg=charge_weight() * pl.col("quantity"))


def charge_weight() -> pl.Expr:
    """The weight that carriers charge for a unit, kg, by its volume (litres) and weight (kg)."""
    return pl.max_horizontal(pl.col("volume") * VOLUMETRIC_KG, pl.col("weight"))


def charge_carriage() -> pl.Expr:
    """What carriage of a line costs beside its parcel, currency."""
    by_weight = pl.col("kg_cost") * pl.col("charged_kg")
    return by_weight + pl.col("lane_unit_cost") * pl.col("quantity")


def list_parcels(
    lines: pl.DataFrame, nodes: pl.DataFrame, rates: pl.DataFrame, lanes: pl.DataFrame
) -> pl.DataFrame:
    """List the parcels that each order could get: by place, node and day, at its best carrier.

    What of an order goes to one place is taken by the cheapest of the carriers that bring all of it
    by its first promise; where none does by the fastest. Ties go by price, then by name. What is
    collected takes no carrier: it goes by the lane to its store, on a day on which that ships, or
    lies there already.

    Args:
        lines: frame `customer_lines` with charged_kg and place.
        nodes: location, origin_region, only_hands_over, ship_on: nodes on the days on which they
            ship.
        rates: the columns of the contract ShippingRates.
        lanes: frame `collection_lanes`.

    Returns:
        order_id, place, location, ship_on, carrier, arrives_on, parcel_cost, kg_cost,
        lane_unit_cost (currency), sorted by the first four.
    """
    orders = (
        lines.sort("order_id", "line")
        .group_by("order_id", "place", maintain_order=True)
        .agg(
            pl.col("region", "collect_at").first(),
            pl.col("charged_kg").sum(),
            first_promise=pl.col("promised_on").min(),
        )
    )
    sent = orders.filter(pl.col("collect_at").is_null())
    collected = orders.filter(pl.col("collect_at").is_not_null())
    by_lane = _list_by_lane(collected, nodes, find_frame(CollectionLanes).read(lanes))
    ways = [_list_by_carrier(sent, nodes, rates), by_lane, _list_off_shelf(collected, nodes)]
    columns = (
        *(*PARCEL, "carrier", "arrives_on"),
        *("parcel_cost", "kg_cost", "lane_unit_cost"),
    )
    return pl.concat(way.select(columns) for way in ways).sort(PARCEL)


def _list_by_carrier(
    orders: pl.DataFrame, nodes: pl.DataFrame, rates: pl.DataFrame
) -> pl.DataFrame:
    """Parcels of orders that are sent to the customer."""
    offers = (
        nodes.filter(~pl.col("only_hands_over"))
        .join(rates, on="origin_region", maintain_order="left_right")
        .with_columns(arrives_on=pl.col("ship_on") + pl.duration(days=pl.col("transit_days")))
        .drop("origin_region", "transit_days")
    )
    price = pl.col("parcel_cost") + pl.col("kg_cost") * pl.col("charged_kg")
    late = pl.col("arrives_on") > pl.col("first_promise")
    return (
        orders.join(offers, on="region", maintain_order="left_right")
        .with_columns(price=price, comes=pl.when(late).then("arrives_on"))
        .sort(*PARCEL, "comes", "price", "carrier", nulls_last=False)
        .unique(PARCEL, keep="first", maintain_order=True)
        .with_columns(lane_unit_cost=pl.lit(0.0))
    )


def _list_by_lane(orders: pl.DataFrame, nodes: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    """Parcels to the store at which an order is collected, from where a lane goes there."""
    weekday = pl.col("ship_on").dt.weekday().cast(pl.Int64) - 1
    return (
        nodes.filter(~pl.col("only_hands_over"))
        .join(
            lanes.rename({"destination": "collect_at", "origin": "location"}),
            on="location",
            maintain_order="left_right",
        )
        .filter(pl.col("order_weekdays").str.slice(weekday, 1) == "1")
        .join(orders, on="collect_at", maintain_order="left_right")
        .with_columns(
            carrier=pl.lit(BY_LANE),
            arrives_on=pl.col("ship_on") + pl.duration(days=pl.col("transit_days")),
            parcel_cost=pl.when(pl.col("ship_on") == pl.col("paid_on"))
            .then(0.0)
            .otherwise("trip_cost"),
            kg_cost=pl.lit(0.0),
            lane_unit_cost="unit_cost",
        )
    )


def _list_off_shelf(orders: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Parcels of the store at which an order is collected."""
    return orders.join(nodes, left_on="collect_at", right_on="location").select(
        "order_id",
        "place",
        "ship_on",
        location="collect_at",
        carrier=pl.lit(OFF_THE_SHELF),
        arrives_on="ship_on",
        **dict.fromkeys(("parcel_cost", "kg_cost", "lane_unit_cost"), pl.lit(0.0)),
    )
