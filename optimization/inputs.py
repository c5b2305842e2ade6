"""What each decision is given: frames for allocation, transfers and purchases, from one table.

All three decisions of a night start from the same pairs and targets, and each is shown what the
one before it has promised: allocation first, then transfers, then purchases of the echelon, whose
stock neither changes.
"""

import polars as pl

_KEYS = ["sku", "location"]


def planned_pairs(pairs: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Pairs that have a target, with its columns.

    Args:
        pairs: sku, location and what planning asks about them.
        targets: the columns of the contract Targets.

    Returns:
        `pairs` joined with echelon, protection_days, demand_mean, demand_variance, underage_cost,
        overage_cost, order_up_to, order_cap.
    """
    levels = targets.select(
        *_KEYS,
        "echelon",
        "protection_days",
        "demand_mean",
        (pl.col("demand_sd") ** 2).alias("demand_variance"),
        "underage_cost",
        "overage_cost",
        "order_up_to",
        "order_cap",
    )
    return pairs.join(levels, on=_KEYS).sort(_KEYS)


def receivers(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs that a DC supplies, as `allocate` reads them.

    A pair is filled to its level by one order of at most order_cap: where unmet demand is lost, an
    empty shelf needs no more than what lasts until the next delivery.

    Args:
        pairs: rows of `planned_pairs` with status, supply_location, available, in_transit,
            on_order, proposed_inbound (units), receiving_capacity (units a day) and the rest.
    """
    capped = pl.min_horizontal(
        "order_up_to", pl.max_horizontal("inventory_position", 0) + pl.col("order_cap")
    )
    return (
        pairs.filter(pl.col("supply_location").is_not_null(), pl.col("status") == "active")
        .with_columns(
            _inventory_position(),
            dc=pl.col("supply_location"),
            receiving_room=pl.col("receiving_capacity"),
        )
        .with_columns(order_up_to=capped)
    )


def supply(pairs: pl.DataFrame) -> pl.DataFrame:
    """dc, sku, available (units; missing where unknown) of every node that supplies others."""
    suppliers = pairs["supply_location"].drop_nulls().unique()
    return pairs.filter(pl.col("location").is_in(suppliers.to_list())).select(
        pl.col("location").alias("dc"), "sku", "available"
    )


def transfer_pairs(pairs: pl.DataFrame, allocation: pl.DataFrame) -> pl.DataFrame:
    """Pairs as `plan_transfers` reads them, once tonight's allocation is on its way.

    Args:
        pairs: rows of `planned_pairs`, as for `receivers`.
        allocation: the columns of the contract Allocation.
    """
    sent = allocation.group_by("sku", pl.col("destination").alias("location")).agg(
        pl.col("quantity").sum().alias("allocated")
    )
    docked = allocation.group_by(pl.col("destination").alias("location")).agg(
        pl.col("quantity").sum().alias("docked")
    )
    return (
        receivers(pairs)
        .join(sent, on=_KEYS, how="left")
        .join(docked, on="location", how="left")
        .with_columns(
            pl.col("inventory_position") + pl.col("allocated").fill_null(0),
            receiving_room=pl.max_horizontal(
                pl.col("receiving_room") - pl.col("docked").fill_null(0), 0
            ),
            # Goods that just came, or are about to, are not sent on.
            recently_moved=pl.col("recently_moved") | pl.col("allocated").is_not_null(),
        )
        .with_columns(
            pl.when(pl.col("receiving_capacity").is_not_null())
            .then(pl.col("receiving_room"))
            .alias("receiving_room")
        )
        .sort(_KEYS)
    )


def lanes_left(
    lanes: pl.DataFrame, allocation: pl.DataFrame, volumes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Lanes with what the allocation leaves of capacity and, where stated, volume_capacity.

    Args:
        lanes: the columns of the contract Lanes.
        allocation: the columns of the contract Allocation.
        volumes: sku, volume (litres a unit), where known: without, the litres are all left.
    """
    ends = ["origin", "destination"]
    used = allocation.group_by(ends).agg(capacity_used=pl.col("quantity").sum())
    limits = ["capacity"]
    if volumes is not None and "volume_capacity" in lanes.columns:
        litres = allocation.join(volumes.unique("sku"), on="sku", how="left")
        drawn = (pl.col("quantity") * pl.col("volume").fill_null(0.0)).sum()
        used = used.join(litres.group_by(ends).agg(volume_capacity_used=drawn), on=ends)
        limits.append("volume_capacity")
    return (
        lanes.join(used, on=ends, how="left")
        .with_columns(
            (pl.col(limit) - pl.col(f"{limit}_used").fill_null(0)).clip(lower_bound=0)
            for limit in limits
        )
        .select(lanes.columns)
        .sort(ends)
    )


def purchase_items(
    windows: pl.DataFrame, targets: pl.DataFrame, terms: pl.DataFrame
) -> pl.DataFrame:
    """Supplier-fed nodes as `plan_purchases` reads them.

    Args:
        windows: what `protection.echelon_windows` gives.
        targets: the columns of the contract Targets.
        terms: sku, location, supplier, supplier_price (currency), minimum_order_quantity,
            order_multiple (units), valid_from, valid_to.
    """
    return (
        windows.drop("supplier")
        .join(targets.select(*_KEYS, "order_up_to"), on=_KEYS)
        .join(terms, on=_KEYS)
        .with_columns(selling_price=pl.col("unit_price"), unit_price=pl.col("supplier_price"))
        .rename({"location": "destination"})
        .sort("sku", "destination")
    )


def _inventory_position() -> pl.Expr:
    """Units available and coming; missing where the stock is unknown."""
    return (
        pl.col("available") + pl.col("in_transit") + pl.col("on_order") + pl.col("proposed_inbound")
    ).alias("inventory_position")
