"""What the orders that suppliers have put at risk, and what to change of them."""

import polars as pl

from forecasting.evaluation import list_outcomes, score_order_risks, tabulate_reliability
from forecasting.supply import estimate_refusals, predict_order_risks
from governance.exchange import list_asked_lines
from inventory_assets.framework import Computed, Inputs, result_asset, result_assets, show_rows
from inventory_assets.inventory import (
    OPEN_DOCUMENTS_FROM,
    read_asked_changes,
    read_open_documents,
    read_pending_changes,
    read_pending_moves,
)
from inventory_assets.plans.pairs import read_outlook, read_pairs
from inventory_assets.plans.purchasing import (
    PURCHASE_ITEMS_FROM,
    read_purchase_items,
    read_supplier_rooms,
)
from optimization.feasibility import find_line_action_problems, find_moved_line_problems
from optimization.night import review_open_orders
from quality_checks.checks import (
    BEST_TAKEN,
    FEASIBLE,
    LANES_HOLD,
    RISKS_HOLD,
    judge_alternatives,
    judge_feasibility,
    judge_lane_risks,
    judge_order_risks,
)
from quality_checks.contracts import CHANCES_OF_LINES

_SHOWN, _BINS = 20, 10


@result_assets(
    {
        "order_risks": (),
        "change_plan": [FEASIBLE],
        "expedite_plan": [FEASIBLE],
        "order_alternatives": [BEST_TAKEN],
    },
    reads=[
        *PURCHASE_ITEMS_FROM,
        "supplier_scorecard",
        "line_delays",
        "purchase_plan",
        "supplier_capacity",
        *OPEN_DOCUMENTS_FROM,
    ],
    earlier=["export_lines", "cancel_lines"],
    by_item=True,
    separable=True,
)
def open_orders(inputs: Inputs) -> list[Computed]:
    """How open order lines may be late, what that costs, and which of them to change."""
    rules, business_date = inputs.policy.open_orders, inputs.business_date
    reach = inputs.policy.scorecard_window_days
    # All is read before anything is calculated: a cycle stops at the last read.
    told = (
        read_open_documents(inputs),
        inputs.query("delivery_record", window_days=reach),
        inputs.query("supplier_closures"),
        inputs.read("line_delays"),
        inputs.read("supplier_scorecard"),
    )
    frames = {"pending": read_pending_changes, "refusals": _estimate_refusals}
    lines = inputs.query("open_order_lines", frames=frames)
    pairs, outlook = read_pairs(inputs), read_outlook(inputs)
    purchases, moves = inputs.read("purchase_plan"), read_pending_moves(inputs)
    capacities = inputs.of_all().query("capacity_rooms", frames={"pending_moves": moves})
    if not capacities.is_empty():
        # What a line of one item takes of a supplier is not there for the next.
        inputs.bind_items()
    rooms = read_supplier_rooms(inputs, moves)
    longest = inputs.of_all().query("longest_ordered_days")
    items = read_purchase_items(inputs, pairs, outlook)
    risks = predict_order_risks(*told, as_of=business_date, longest_days=reach)
    plan = review_open_orders(
        orders=lines,
        chances=risks.chances,
        arrivals=risks.arrivals,
        items=items,
        pairs=pairs,
        outlook=outlook,
        purchases=purchases,
        longest_days=longest.item(),
        capacities=capacities,
        policy=inputs.policy,
        business_date=business_date,
    )
    asked = {
        "change_plan": plan.changes,
        "expedite_plan": plan.expedites.with_columns(
            form=pl.lit("expedite"), rest_on=pl.lit(None, pl.Date)
        ),
    }
    problems = {
        name: find_line_action_problems(actions, lines, rules, as_of=business_date)
        for name, actions in asked.items()
    }
    both = pl.concat([plan.changes, plan.expedites], how="diagonal")
    moved = find_moved_line_problems(both, lines, purchases, rooms)
    problems["change_plan"] = pl.concat([problems["change_plan"], moved])
    dearest = plan.risks.sort("margin_at_risk", descending=True, nulls_last=True)
    return [
        Computed(plan.risks, metadata={"most at risk": show_rows(dearest, _SHOWN)}),
        Computed(plan.changes, [judge_feasibility(problems["change_plan"])]),
        Computed(plan.expedites, [judge_feasibility(problems["expedite_plan"])]),
        Computed(
            plan.alternatives,
            [judge_alternatives(plan.alternatives, plan.risks, rules.least_change_gain)],
        ),
    ]


def _estimate_refusals(inputs: Inputs) -> pl.DataFrame:
    """How often each supplier refuses what it is asked, and any other one."""
    answered = inputs.of_all().query(
        "answered_changes",
        frames={"asked": read_asked_changes},
        window_days=inputs.policy.scorecard_window_days,
    )
    return estimate_refusals(answered, prior=inputs.policy.open_orders.refusal_chance)


@result_asset(
    "risk_accuracy",
    reads=["purchase_orders", "receipts"],
    earlier=["order_risks", "lane_risks", "export_lines"],
    checks=[RISKS_HOLD, LANES_HOLD],
)
def risk_accuracy(inputs: Inputs) -> Computed:
    """How often order lines were late or short, beside what was said of them and of their lanes."""
    reach = inputs.policy.scorecard_window_days
    changed = {"changed": list_asked_lines(inputs.read_until("export_lines"))}
    judged = {
        of: inputs.query("judged_order_risks", frames=changed, window_days=reach, most_ahead=days)
        for of, days in CHANCES_OF_LINES.items()
    }
    lanes = inputs.query("judged_lane_risks", frames=changed, window_days=reach)
    judged["lanes"] = lanes
    frame = pl.concat([score_order_risks(lines, of) for of, lines in judged.items()])
    late = list_outcomes(judged["open_lines"], "late")
    table = tabulate_reliability(late["happened"].to_numpy(), late["chance"].to_numpy(), bins=_BINS)
    outcomes = [judge_order_risks(frame), judge_lane_risks(frame)]
    return Computed(frame, outcomes, {"reliability": show_rows(table, _BINS)})
