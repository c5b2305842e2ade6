"""Which carrier takes an order's parcel from each node and day, at which price and how soon."""

import polars as pl

VOLUMETRIC_KG = 0.2
"""Kilograms that carriers charge for a litre at least: by their usual rule of 5,000 cubic
centimetres a kilogram."""


def add_charged_weight(lines: pl.DataFrame) -> pl.DataFrame:
    """Add charged_kg, the weight that carriers charge for all units of a line.

    Args:
        lines: frame `customer_lines`.
    """
    return lines.with_columns(charged_kg=charge_weight() * pl.col("quantity"))


def charge_weight() -> pl.Expr:
    """The weight that carriers charge for a unit, kg, by its volume (litres) and weight (kg)."""
    return pl.max_horizontal(pl.col("volume") * VOLUMETRIC_KG, pl.col("weight"))


def list_parcels(lines: pl.DataFrame, nodes: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """List the parcels that each order could get: by node and day, at its best carrier.

    Of the carriers that bring the whole order by its first promise the cheapest one takes it; where
    none does the fastest. Ties go by price, then by name.

    Args:
        lines: frame `customer_lines` with charged_kg.
        nodes: location, origin_region, ship_on: each node on each day on which it ships.
        rates: the columns of the contract ShippingRates.

    Returns:
        order_id, location, ship_on, carrier, arrives_on, parcel_cost, kg_cost (currency), sorted by
        the first three.
    """
    orders = (
        lines.sort("order_id", "line")
        .group_by("order_id", maintain_order=True)
        .agg(
            pl.col("region").first(),
            pl.col("charged_kg").sum(),
            first_promise=pl.col("promised_on").min(),
        )
    )
    offers = (
        nodes.join(rates, on="origin_region", maintain_order="left_right")
        .with_columns(arrives_on=pl.col("ship_on") + pl.duration(days=pl.col("transit_days")))
        .drop("origin_region", "transit_days")
    )
    price = pl.col("parcel_cost") + pl.col("kg_cost") * pl.col("charged_kg")
    late = pl.col("arrives_on") > pl.col("first_promise")
    key = ["order_id", "location", "ship_on"]
    return (
        orders.join(offers, on="region", maintain_order="left_right")
        .with_columns(price=price, comes=pl.when(late).then("arrives_on"))
        .sort(*key, "comes", "price", "carrier", nulls_last=False)
        .unique(key, keep="first", maintain_order=True)
        .select(*key, "carrier", "arrives_on", "parcel_cost", "kg_cost")
    )
