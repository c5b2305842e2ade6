"""What a night asks of suppliers: new orders, changes of open ones, and speed."""

import polars as pl

from governance.kinds import add_commitments

_LEAVING = ["approved", "waiting"]


def list_proposed_orders(proposals: pl.DataFrame, routed: pl.DataFrame) -> pl.DataFrame:
    """List the new orders of a night, with what they spend.

    Args:
        proposals: a `Proposals` frame.
        routed: the `Routed` frame of them; what is rejected or blocked is left out.

    Returns:
        Frame `order_values`, by action.
    """
    orders = list_supplier_actions(proposals, routed).filter(pl.col("po").is_null())
    return orders.select("sku", value=pl.col("units") * pl.col("unit_price"))


def list_supplier_actions(proposals: pl.DataFrame, routed: pl.DataFrame) -> pl.DataFrame:
    """List the actions of a night that suppliers are asked for, as people left them.

    Args:
        proposals: a `Proposals` frame.
        routed: the `Routed` frame of them; what is rejected or blocked is left out.

    Returns:
        Frame `supplier_actions`: po and po_line are missing for a new order, inbound (units that
        come for each of the action's; 0 where they move to another day), due_on, units, unit_price,
        fee (currency, paid besides the goods); sorted by action_id.
    """
    details = pl.col("details").str
    fee = pl.when(pl.col("spends") & (pl.col("inbound") == 0)).then("value").otherwise(0.0)
    line = pl.col("po").is_not_null()
    return (
        add_commitments(proposals)
        .join(
            routed.select(
                *("action_id", "status", "approved_quantity", "overridden", "overridden_due_on"),
                *("overridden_supplier", "overridden_unit_value"),
            ),
            on="action_id",
            validate="1:1",
        )
        .filter(pl.col("supplier").is_not_null(), pl.col("status").is_in(_LEAVING))
        .select(
            "action_id",
            "sku",
            pl.coalesce("overridden_supplier", "supplier").alias("supplier"),
            "inbound",
            pl.coalesce("overridden_due_on", "due_on").alias("due_on"),
            location="destination",
            po=details.json_path_match("$.po"),
            po_line=details.json_path_match("$.po_line").cast(pl.Int64),
            units=pl.coalesce("approved_quantity", "overridden", "quantity"),
            unit_price=pl.coalesce("overridden_unit_value", "unit_value"),
            fee=fee,
        )
        .filter((pl.col("units") > 0) & (line | (pl.col("inbound") > 0)))
        .sort("action_id")
    )
