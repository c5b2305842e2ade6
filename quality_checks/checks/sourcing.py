"""Checks of the sourcing of customers' orders."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

PROMISES_IN_REACH = Check(
    "promises_in_reach",
    "Every open line of a customer's order can still come by its promise.",
    remedy="Tell these customers the day in `due_on`: it is the first that any node can keep.",
)
LINES_SERVED = Check(
    "lines_served",
    "Every open line of a customer's order is shipped by a node or waits for a receipt.",
    remedy="`reason` says what kept its best node: units, hands, a refusal, a rate, a row of "
    "capacity.",
)
NODES_STATE_CAPACITY = Check(
    "nodes_state_capacity",
    "Every node that ships to customers, or hands over what they collect, says what it can do on "
    "the next day.",
    remedy="Send its row of node_capacities, a store's too that only hands over what is collected "
    "there; or, where nothing is collected, have `ships_online` of locations say no.",
)

COLLECTION_KNOWN = Check(
    "collection_known",
    "Of every line that a customer collects the store is known.",
    remedy="Send `collect_at` of online_orders.",
)
ORDERS_IN_OWN_CURRENCY = Check(
    "orders_in_own_currency",
    "What customers pay is stated in the currency of the items.",
    remedy="Convert `unit_price` of online_orders before it lands: the list price counts until "
    "then.",
)
ORDER_LINES_AGREE = Check(
    "order_lines_agree",
    "What a customer's order line says of itself agrees: node, units that have left, store.",
    remedy="Mend the line in online_orders; until then it stays with the OMS. `shipped_units` are "
    "all that have left so far, not those of the last parcel; where a file told too many, send "
    "that file again.",
)


def judge_order_lines(lines: pl.DataFrame) -> Outcome:
    """Outcome for lines of customers' orders whose figures contradict each other.

    Args:
        lines: order_id, line, sku, quantity, shipped_units, location, collect_at, problem.
    """
    return ORDER_LINES_AGREE.found(
        lines, f"{len(lines)} lines contradict themselves, and are left to the OMS"
    )


def judge_order_currencies(lines: pl.DataFrame) -> Outcome:
    """Outcome for frame `customer_lines`: lines whose price is in another currency."""
    named = lines.filter("price_foreign").select("order_id", "line", "sku", "quantity")
    return ORDERS_IN_OWN_CURRENCY.found(
        named, f"{len(named)} lines are priced in another currency, and count at list price"
    )


def judge_collection(lines: pl.DataFrame) -> Outcome:
    """Outcome for frame `customer_lines`: collected lines that nobody says the store of."""
    unknown = lines.filter("place_unclear")
    named = unknown.select("order_id", "line", "sku", "quantity", "region")
    return COLLECTION_KNOWN.found(named, f"{len(named)} collected lines are left to the OMS")


def judge_promises(decisions: pl.DataFrame) -> Outcome:
    """Outcome for `OrderDecisions`: lines that no node can ship by their promise."""
    late = decisions.filter(pl.col("due_on") > pl.col("promised_on"))
    named = late.select("order_id", "line", "sku", "promised_on", "due_on", "decision")
    return PROMISES_IN_REACH.found(named, f"{len(named)} lines can only come after their promise")


def judge_lines_served(decisions: pl.DataFrame) -> Outcome:
    """Outcome for `OrderDecisions`: lines that are left open."""
    left = decisions.filter(decision="open")
    named = left.select("order_id", "line", "sku", "quantity", "region", "promised_on", "reason")
    return LINES_SERVED.found(named, f"{len(named)} lines are left open")


def judge_node_capacities(nodes: pl.DataFrame, capacities: pl.DataFrame) -> Outcome:
    """Outcome for nodes that ship to customers, and the days of which they state a capacity.

    Args:
        nodes: location, kind, region.
        capacities: location.
    """
    silent = nodes.join(capacities, on="location", how="anti").sort("location")
    return NODES_STATE_CAPACITY.found(
        silent,
        f"{len(silent)} nodes say nothing of what they can ship or hand over, and are "
        "asked for nothing",
    )
