"""What a replay was worth: the sums of its days as the figures that people steer by.

Profit = revenue net of returns - cost of sales - return cost - moving cost - holding cost
- clearance loss - change fees - dearer supply - order cost, in currency over the scored days:

- cost of sales: unit cost of what stays with customers or comes back damaged;
- return cost: the policy's handling of each unit that comes back;
- moving cost: lanes' fixed cost a shipment and unit cost, of replenishment and transfers, and what
  policy says that their lines cost in hands;
- holding cost: the policy's holding and capital rates on stock at cost, on hand and on the way
  between nodes, each day;
- clearance loss: the policy's exit loss on the cost of units left when their item ends, and its
  markdown share of the cost of what is left on the last day, which is worth the rest of it, and
  all the cost of what spoils;
- change fees: what asking suppliers to change open orders costs;
- dearer supply: what other suppliers than the one a pair is fed by are paid beyond its unit cost;
- order cost: carriage of customers' orders that are shipped on a later day, and hands to pick them.

Nothing is charged for customers' disappointment beyond the margin of what they did not get.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from quality_checks.contracts import PlanningPolicy

YEAR = 365.0


@dataclass(frozen=True)
class Measures:
    """Figures of one policy over the scored days; money in currency, stock at cost.

    Attributes:
        profit: as the module states it.
        revenue: net of returns.
        lost_revenue, lost_margin: of demand that found no stock.
        fill_rate: units sold over units wanted.
        stock_outs: share of pair-days on sale that closed with an empty shelf.
        stock_value: mean stock, which is the working capital tied up.
        turns: cost of sales a year over mean stock.
        holding_cost, moving_cost, clearance_loss: as above.
        spoiled: cost of what spoiled, which is part of that.
        markdown: what was taken off list prices of what was sold.
        sell_through: units sold of items that left the range on these days, over these and what
            was cleared of them.
        markdown_efficiency: net revenue over what the same units and the cleared ones list for.
        fulfilment_cost: moving cost of a unit sold.
        transfers: units moved sideways.
        transfer_cost: of them.
        purchases: value ordered.
        order_cost: carriage of customers' orders, and hands that pick them.
        split_orders, late_orders, cancelled_orders: parcels of an order beyond its first; lines
            that come after their promise, and that nobody shipped.
        substitutes: lines for which customers took another item.
        order_penalty: what policy says that these cost beyond margin and carriage; not in profit.
        changes: lines of open orders that were changed, a day.
        change_fees, dearer_supply: as above.
        other_orders: order lines from other suppliers, a day.
        lines: lines from DCs and sideways, a day: each is picked, received and shelved.
        touches: purchase lines that a person looks at and transfer lines, a day.
    """

    profit: float
    revenue: float
    lost_revenue: float
    lost_margin: float
    fill_rate: float
    stock_outs: float
    stock_value: float
    turns: float
    holding_cost: float
    moving_cost: float
    clearance_loss: float
    spoiled: float
    markdown: float
    sell_through: float
    markdown_efficiency: float
    fulfilment_cost: float
    transfers: float
    transfer_cost: float
    purchases: float
    order_cost: float
    split_orders: float
    late_orders: float
    cancelled_orders: float
    substitutes: float
    order_penalty: float
    changes: float
    change_fees: float
    dearer_supply: float
    other_orders: float
    lines: float
    touches: float


def measure(days: Sequence[dict[str, float]], policy: PlanningPolicy) -> Measures:
    """The figures of a span of days.

    Args:
        days: sums of each day, as `World.trade` and `World.carry_out` give them together.
        policy: holding rate a year (capital included), markdown and exit losses, cost of lines and
            of a return.

    Raises:
        ValueError: there are no days.
    """
    if not days:
        raise ValueError("there are no days to measure")
    frame, economics = pl.DataFrame(days), policy.economics
    total = {name: float(frame[name].sum()) for name in frame.columns}
    stock = total["stock_value"] / frame.height
    holding = total["stock_value"] * economics.carrying_rate_per_year / YEAR
    sent = policy.lines.allocation_line_cost * total["replenished_lines"]
    moved = policy.lines.transfer_line_cost * total["transferred_lines"]
    transfers = total["transferred_cost"] + moved
    moving = total["replenished_cost"] + sent + transfers
    left = economics.markdown_loss_share * days[-1]["stock_value"]
    clearance = economics.exit_loss_share * total["cleared_cost"] + left + total["spoiled_cost"]
    returns = economics.return_handling_cost * total["returned"]
    hands = policy.lines.dc_pick_cost * total["order_dc_picks"]
    orders = total["order_carriage"] + hands + policy.lines.store_pick_cost * total["order_picks"]
    rules = policy.sourcing
    penalty = rules.split_penalty * total["order_splits"] + rules.late_cost * total["order_late"]
    revenue, cost = total["revenue"], total["cost_of_sales"]
    fees = total["change_fees"] + orders
    return Measures(
        profit=revenue - cost - returns - moving - holding - clearance - fees - total["paid_more"],
        revenue=revenue,
        lost_revenue=total["lost_revenue"],
        lost_margin=total["lost_margin"],
        fill_rate=_ratio(total["sold"], total["wanted"]),
        stock_outs=_ratio(total["empty"], total["on_sale"]),
        stock_value=stock,
        turns=_ratio(cost * YEAR / frame.height, stock),
        holding_cost=holding,
        moving_cost=moving,
        clearance_loss=clearance,
        spoiled=total["spoiled_cost"],
        markdown=total["list_revenue"] - revenue,
        sell_through=_ratio(total["sold_leaving"], total["sold_leaving"] + total["cleared"]),
        markdown_efficiency=_ratio(revenue, total["list_revenue"] + total["cleared_list"]),
        fulfilment_cost=_ratio(moving, total["sold"]),
        transfers=total["transferred"],
        transfer_cost=transfers,
        purchases=total["purchased_value"],
        order_cost=orders,
        split_orders=total["order_splits"],
        late_orders=total["order_late"],
        cancelled_orders=total["order_cancelled"],
        substitutes=total["order_substitutes"],
        order_penalty=penalty + rules.unserved_cost * total["order_cancelled"],
        changes=total["changed_lines"] / frame.height,
        change_fees=total["change_fees"],
        dearer_supply=total["paid_more"],
        other_orders=total["other_lines"] / frame.height,
        lines=(total["replenished_lines"] + total["transferred_lines"]) / frame.height,
        touches=(total["reviewed_lines"] + total["transferred_lines"]) / frame.height,
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
