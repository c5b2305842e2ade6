"""What of a node's stock each online channel is offered."""

from datetime import timedelta

from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.inventory import RECORD_DOUBTS_FROM, read_record_doubts
from inventory_assets.pictures import tabulate_buffers
from optimization.buffers import set_channel_buffers
from optimization.feasibility import find_buffer_problems
from quality_checks.checks import FEASIBLE, judge_feasibility

_SOLD_DAYS = 91
"""Days in which a channel sold from a location whose stock it is offered."""


@result_asset(
    "channel_buffers",
    reads=[
        "online_orders",
        "stock_counts",
        "products",
        "demand_history",
        "forecast",
        "record_errors",
        "targets",
        "sale_values",
        *RECORD_DOUBTS_FROM,
    ],
    earlier=["quarantine"],
    checks=[FEASIBLE],
    by_item=True,
    separable=True,
)
def channel_buffers(inputs: Inputs) -> Computed:
    """Units kept back from each online channel, so that it hardly ever sells what is not there."""
    minutes = inputs.policy.online_buffers.update_minutes
    cost = inputs.policy.sourcing.unserved_cost
    pairs = inputs.query(
        "online_pairs",
        first_day=inputs.business_date - timedelta(days=_SOLD_DAYS - 1),
        frames={"record_doubts": read_record_doubts},
    )
    records = inputs.read("record_errors")
    buffers = set_channel_buffers(pairs, records, update_minutes=minutes, unserved_cost=cost)
    problems = find_buffer_problems(
        buffers, pairs, records, update_minutes=minutes, unserved_cost=cost
    )
    by_channel = tabulate_buffers(buffers)
    return Computed(
        buffers,
        [judge_feasibility(problems)],
        {"kept back by channel": show_rows(by_channel, by_channel.height)},
    )
