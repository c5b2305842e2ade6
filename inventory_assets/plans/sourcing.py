"""Which node ships each customer's line, or what else is sent; and what the OMS's choice costs."""

import datetime as dt
from functools import partial

import polars as pl

from forecasting.fulfilment import estimate_node_chances
from forecasting.substitution import estimate_substitute_chances
from governance.exchange import list_pending_customer_lines
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.inventory import DEPARTED_LINES_FROM
from inventory_assets.pictures import plot_choices, plot_substitutes
from inventory_assets.plans.pairs import read_left_limits, read_planned
from optimization.feasibility import (
    find_refused_sourcing,
    find_sourcing_overlaps,
    find_sourcing_problems,
    find_substitution_problems,
)
from optimization.night import (
    NightSourcing,
    NightSubstitution,
    OrderRecords,
    compare_oms_choices,
    gather_sourcing_inputs,
    list_unserved_lines,
    source_customer_orders,
    substitute_unserved_lines,
)
from optimization.substitution import SubstituteRecords
from quality_checks.checks import (
    ACCEPTANCE_KNOWN,
    COLLECTION_KNOWN,
    FEASIBLE,
    LINES_SERVED,
    NODES_STATE_CAPACITY,
    NOT_PROMISED_TWICE,
    ORDER_LINES_AGREE,
    ORDERS_IN_OWN_CURRENCY,
    PROMISES_IN_REACH,
    SUBSTITUTES_SUFFICE,
    Outcome,
    judge_acceptance,
    judge_collection,
    judge_feasibility,
    judge_lines_served,
    judge_node_capacities,
    judge_order_currencies,
    judge_order_lines,
    judge_promises,
    judge_substitutes,
)

_SHOWN = 20


@result_assets(
    {
        "order_sourcing": [FEASIBLE, NOT_PROMISED_TWICE],
        "order_decisions": [
            PROMISES_IN_REACH,
            LINES_SERVED,
            NODES_STATE_CAPACITY,
            COLLECTION_KNOWN,
            ORDERS_IN_OWN_CURRENCY,
            ORDER_LINES_AGREE,
        ],
        "sourcing_options": (),
        "order_limit_prices": (),
        "sourcing_shadow": (),
        "substitution_plan": [FEASIBLE, NOT_PROMISED_TWICE, ACCEPTANCE_KNOWN],
        "substitution_options": [SUBSTITUTES_SUFFICE],
    },
    reads=[
        "online_orders",
        "shipping_rates",
        "node_capacities",
        "node_refusals",
        "stock_counts",
        "receipts",
        "transfers",
        "substitutes",
        "substitution_outcomes",
        "products",
        "locations",
        "lanes",
        "dates_in_force",
        "receipts_ahead",
        "planning_pairs",
        "sale_values",
        "targets",
        "allocation",
        "transfers_plan",
        *DEPARTED_LINES_FROM,
    ],
    earlier=["export_lines", "cancel_lines", "quarantine"],
    by_item=True,
)
def sourcing(inputs: Inputs) -> list[Computed]:
    """Lines of customers' orders to nodes, or substitutes, at the least cost of what they share."""
    business_date, policy = inputs.business_date, inputs.policy
    contradicting = inputs.query("contradicting_order_lines")
    records = _read_records(inputs, contradicting)
    given = gather_sourcing_inputs(records, policy, business_date=business_date)
    first = source_customer_orders(given, business_date=business_date)
    substitution = _substitute(inputs, first, records.lines)
    night = substitution.sourcing
    shadow = compare_oms_choices(records, policy, business_date=business_date)
    asked = given.nodes if records.lines.height else given.nodes.clear()
    return [
        _judge_sourcing(substitution, records, business_date),
        Computed(
            night.decisions,
            [
                judge_promises(night.decisions),
                judge_lines_served(night.decisions),
                judge_node_capacities(asked, given.frames.capacities),
                judge_collection(records.lines),
                judge_order_currencies(records.lines),
                judge_order_lines(contradicting),
            ],
        ),
        Computed(night.options),
        _show_limits(substitution.limits),
        Computed(shadow, metadata={"by node": partial(plot_choices, shadow)}),
        *_judge_substitution(inputs, substitution, records),
    ]


def _judge_sourcing(
    substitution: NightSubstitution, records: OrderRecords, business_date: dt.date
) -> Computed:
    night = substitution.sourcing
    problems = find_sourcing_problems(
        night.plan.lines, night.given.frames, split_penalty=night.given.split_penalty
    )
    asked_again = find_refused_sourcing(night.lines, records.refusals, business_date=business_date)
    return Computed(
        night.lines,
        [
            judge_feasibility(pl.concat([problems, asked_again])),
            _judge_overlaps(night.lines, substitution.lines, records),
        ],
        {
            "cost, currency": night.plan.cost,
            "no plan costs less, currency": night.plan.bound,
        },
    )


def _show_limits(limits: pl.DataFrame) -> Computed:
    dearest = limits.filter(pl.col("price") > 0).sort("price", descending=True)
    return Computed(limits, metadata={"what one more would save": show_rows(dearest, _SHOWN)})


def _judge_substitution(
    inputs: Inputs, substitution: NightSubstitution, records: OrderRecords
) -> list[Computed]:
    policy, lines, options = inputs.policy, substitution.lines, substitution.options
    problems = find_substitution_problems(
        lines,
        substitution.given,
        policy.substitution,
        return_cost=policy.economics.return_handling_cost,
    )
    plan = Computed(
        lines,
        [
            judge_feasibility(problems),
            _judge_overlaps(lines, substitution.sourcing.lines, records),
            judge_acceptance(lines),
        ],
        {
            "cost of lines without a node in time, currency": substitution.plan.cost,
            "no choice costs less, currency": substitution.plan.bound,
            "what was ordered, and what is sent": partial(plot_substitutes, options),
        },
    )
    return [plan, Computed(options, [judge_substitutes(substitution.given.lines, options)])]


def _judge_overlaps(plan: pl.DataFrame, other: pl.DataFrame, records: OrderRecords) -> Outcome:
    """Whether a plan's units are promised by another of the night, too."""
    ends = ("origin", "destination", "sku", "quantity")
    taken = pl.concat([records.moved.select(ends), other.select(ends)])
    overlaps = find_sourcing_overlaps(plan, taken, records.planned)
    return judge_feasibility(overlaps, NOT_PROMISED_TWICE)


def _substitute(inputs: Inputs, night: NightSourcing, lines: pl.DataFrame) -> NightSubstitution:
    """Substitutes for what no node serves in time."""
    policy, business_date = inputs.policy, inputs.business_date
    unserved = list_unserved_lines(night, lines, policy)
    since = business_date - dt.timedelta(days=policy.history_kept_days)
    items = inputs.query("substitute_items")
    chances = estimate_substitute_chances(
        unserved["sku"].unique().sort(),
        items,
        inputs.known("substitutes"),
        inputs.query("substitution_answers", first_day=since),
        policy.substitution,
        at_hand=night.given.facts.pairs.filter(pl.col("available") > 0)["sku"],
    )
    priced = items.filter(pl.col("unit_price").is_not_null())
    answered = inputs.query("answered_lines")
    return substitute_unserved_lines(
        night,
        SubstituteRecords(unserved, chances, priced, answered),
        policy,
        business_date=business_date,
    )


def _read_records(inputs: Inputs, contradicting: pl.DataFrame) -> OrderRecords:
    """What is known of customers' orders, of the nodes that ship them, and of tonight's plans."""
    pending = list_pending_customer_lines(
        inputs.read_lines_before(),
        inputs.known("acknowledgements"),
        inputs.read_until("cancel_lines"),
        inputs.known("substitution_outcomes").filter(outcome="declined"),
        business_date=inputs.business_date,
    )
    since = inputs.business_date - dt.timedelta(days=inputs.policy.history_days)
    chances = estimate_node_chances(inputs.query("node_record", first_day=since))
    ends = ("origin", "destination", "sku", "quantity")
    plans = ("allocation", "transfers_plan")
    planned = read_planned(inputs)
    return OrderRecords(
        lines=inputs.query(
            "customer_lines",
            frames={
                "pending": pending,
                "overtaken": inputs.overtaken("online_orders"),
                "contradicting": contradicting,
            },
        ),
        locations=inputs.known("locations"),
        rates=inputs.query("carrier_rates"),
        lanes=read_left_limits(inputs, planned).lanes,
        capacities=inputs.known("node_capacities"),
        receipts=inputs.query("node_receipts"),
        refusal=chances.refusal,
        refusals=inputs.query("line_refusals"),
        late=chances.late,
        kept=inputs.read("planning_pairs").select("sku", "location"),
        planned=planned,
        lives=inputs.read("targets"),
        moved=pl.concat([inputs.read(plan).select(ends) for plan in plans]),
    )
