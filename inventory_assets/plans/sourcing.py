"""Which node ships each line of customers' orders, and what the OMS's choice costs beside ours."""

import datetime as dt

import polars as pl

from forecasting.fulfilment import estimate_node_chances
from governance.exchange import list_pending_customer_lines
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.pictures import plot_choices
from inventory_assets.plans.pairs import read_planned
from optimization.feasibility import find_sourcing_overlaps, find_sourcing_problems
from optimization.night import (
    OrderRecords,
    compare_oms_choices,
    gather_sourcing_inputs,
    source_customer_orders,
)
from quality_checks.checks import (
    FEASIBLE,
    LINES_SERVED,
    NODES_STATE_CAPACITY,
    NOT_PROMISED_TWICE,
    PROMISES_IN_REACH,
    judge_feasibility,
    judge_lines_served,
    judge_node_capacities,
    judge_promises,
)

_SHOWN = 20


@result_assets(
    {
        "order_sourcing": [FEASIBLE, NOT_PROMISED_TWICE],
        "order_decisions": [PROMISES_IN_REACH, LINES_SERVED, NODES_STATE_CAPACITY],
        "sourcing_options": (),
        "sourcing_shadow": (),
    },
    reads=[
        "plan_versions",
        "online_orders",
        "shipping_rates",
        "node_capacities",
        "node_refusals",
        "acknowledgements",
        "products",
        "locations",
        "receipts_ahead",
        "planning_pairs",
        "sale_values",
        "targets",
        "allocation",
        "transfers_plan",
    ],
    earlier=["export_lines", "quarantine"],
    by_item=True,
)
def sourcing(inputs: Inputs) -> list[Computed]:
    """Lines of customers' orders to nodes, at the least cost of all that they share."""
    business_date, policy = inputs.business_date, inputs.policy
    records = _read_records(inputs)
    given = gather_sourcing_inputs(records, policy, business_date=business_date)
    night = source_customer_orders(given, business_date=business_date)
    shadow = compare_oms_choices(records, policy, business_date=business_date)
    problems = find_sourcing_problems(
        night.plan.lines, given.frames, split_penalty=given.split_penalty
    )
    overlaps = find_sourcing_overlaps(night.lines, records.moved, records.planned)
    priced = night.plan.capacities.filter(pl.col("price") > 0).sort("price", descending=True)
    asked = given.nodes if records.lines.height else given.nodes.clear()
    return [
        Computed(
            night.lines,
            [judge_feasibility(problems), judge_feasibility(overlaps, NOT_PROMISED_TWICE)],
            {
                "cost, currency": night.plan.cost,
                "no plan costs less, currency": night.plan.bound,
                "what one more line or unit of a node is worth": show_rows(priced, _SHOWN),
            },
        ),
        Computed(
            night.decisions,
            [
                judge_promises(night.decisions),
                judge_lines_served(night.decisions),
                judge_node_capacities(asked, given.frames.capacities),
            ],
        ),
        Computed(night.options),
        Computed(shadow, metadata={"by node": plot_choices(shadow)}),
    ]


def _read_records(inputs: Inputs) -> OrderRecords:
    """What is known of customers' orders, of the nodes that ship them, and of tonight's plans."""
    pending = list_pending_customer_lines(
        inputs.read_until("export_lines"),
        inputs.known("acknowledgements"),
        business_date=inputs.business_date,
        plan_version=inputs.plan_version().plan_version,
    )
    since = inputs.business_date - dt.timedelta(days=inputs.policy.history_days)
    chances = estimate_node_chances(inputs.query("node_record", first_day=since))
    ends = ("origin", "destination", "sku", "quantity")
    plans = ("allocation", "transfers_plan")
    return OrderRecords(
        lines=inputs.query(
            "customer_lines",
            frames={"pending": pending, "overtaken": inputs.overtaken("online_orders")},
        ),
        locations=inputs.known("locations"),
        rates=inputs.known("shipping_rates"),
        capacities=inputs.known("node_capacities"),
        receipts=inputs.query("node_receipts"),
        refusal=chances.refusal,
        late=chances.late,
        planned=read_planned(inputs),
        lives=inputs.read("targets"),
        moved=pl.concat([inputs.read(plan).select(ends) for plan in plans]),
    )
