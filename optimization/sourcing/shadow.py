"""What our choice of nodes would have cost beside another's, for the same lines."""

import polars as pl

from optimization.frames import SourcingFrames
from optimization.order_costs import ShippingOptions, price_undecided_lines
from optimization.sourcing.plan import source_orders

LINE = ["order_id", "line"]
PARCEL = ["order_id", "place", "location", "ship_on"]


def compare_choices(
    options: ShippingOptions,
    stock: pl.DataFrame,
    capacities: pl.DataFrame,
    *,
    split_penalty: float,
) -> pl.DataFrame:
    """Cost lines where another allocated them, and where we would, by node of the other.

    Both are costed by the same terms, each side's shared ones among its own lines. The other's
    choice is taken as it stands: what nodes could ship and when lines would come limits only ours.

    Args:
        options: of the lines, with allocated_to; each as if nothing had been decided of it.
        stock: frame `sourcing_stock`, the lines' own units among what is available.
        capacities: frame `sourcing_capacities`, the lines' own share not taken off.
        split_penalty: cost of each further parcel of an order, currency.

    Returns:
        The columns of the contract SourcingShadow without business_date and region, sorted by
        location, the node that the other chose.
    """
    lines = price_undecided_lines(options)
    ours = source_orders(
        SourcingFrames(lines, options.candidates, options.parcels, stock, capacities),
        split_penalty=split_penalty,
    )
    theirs = source_orders(
        _bind_choices(options, lines, stock, capacities), split_penalty=split_penalty
    )
    chosen = options.lines.select(*LINE, "quantity", oms_node="allocated_to")
    sides = chosen.join(
        theirs.lines.select(*LINE, "decision", oms_cost="cost"), on=LINE, maintain_order="left"
    ).join(ours.lines.select(*LINE, "location", our_cost="cost"), on=LINE, maintain_order="left")
    costed = pl.col("decision") == "ship"
    same = pl.col("location") == pl.col("oms_node")
    return (
        sides.group_by("oms_node", maintain_order=True)
        .agg(
            lines=costed.sum().cast(pl.Int64),
            uncosted_lines=(~costed).sum().cast(pl.Int64),
            units=pl.col("quantity").filter(costed).sum(),
            same_lines=(costed & same).sum().cast(pl.Int64),
            oms_cost=pl.col("oms_cost").filter(costed).sum(),
            our_cost=pl.col("our_cost").filter(costed).sum(),
        )
        .with_columns(saved=pl.col("oms_cost") - pl.col("our_cost"))
        .rename({"oms_node": "location"})
        .sort("location")
    )


def _bind_choices(
    options: ShippingOptions, lines: pl.DataFrame, stock: pl.DataFrame, capacities: pl.DataFrame
) -> SourcingFrames:
    """The frames in which each line can go where it was allocated, on the first day, or nowhere."""
    chosen = options.lines.select(*LINE, "place", location="allocated_to")
    there = (
        options.candidates.filter("is_stated")
        .join(chosen, on=[*LINE, "location"], maintain_order="left")
        .with_columns(refused_before=pl.lit(value=False))
        .sort(*LINE, "ship_on")
        .unique(LINE, keep="first", maintain_order=True)
    )
    comes = there.join(options.parcels, on=PARCEL, how="left").select(*LINE, "arrives_on")
    needed = (
        options.lines.group_by("sku", location="allocated_to", maintain_order=True)
        .agg(needed=pl.col("quantity").sum())
        .sort("sku", "location")
    )
    return SourcingFrames(
        lines.join(comes, on=LINE, how="left", maintain_order="left").with_columns(
            promised_on=pl.max_horizontal("promised_on", "arrives_on"),
            # Nobody may find it cheaper not to ship what has been promised from there.
            open_cost=pl.lit(UNTHINKABLE),
        ),
        there.drop("place"),
        options.parcels,
        stock.join(needed, on=["sku", "location"], how="left", maintain_order="left").with_columns(
            available=pl.when(pl.col("available").is_not_null()).then(
                pl.max_horizontal("available", "needed")
            )
        ),
        capacities.with_columns(
            most_lines=pl.lit(None, pl.Int64), most_units=pl.lit(None, pl.Int64)
        ),
    )


UNTHINKABLE = 1e6
"""Currency that not shipping an allocated line costs, so that each is costed where it is."""
