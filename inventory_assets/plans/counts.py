"""Which stock records are counted tomorrow."""

from datetime import timedelta

from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.inventory import RECORD_DOUBTS_FROM, read_record_doubts
from inventory_assets.pictures import tabulate_counts
from optimization.counting import plan_counts
from optimization.feasibility import find_count_problems
from quality_checks.checks import FEASIBLE, judge_feasibility


@result_asset(
    "count_plan",
    reads=[
        "acknowledgements",
        "products",
        "demand_history",
        "forecast",
        "record_errors",
        "planning_pairs",
        "targets",
        *RECORD_DOUBTS_FROM,
    ],
    earlier=["quarantine", "export_lines", "cancel_lines"],
    checks=[FEASIBLE],
    by_item=True,
)
def count_plan(inputs: Inputs) -> Computed:
    """Records that are likelier wrong than they may be, by what it costs not to know."""
    rules, lines = inputs.policy.counting, inputs.policy.lines
    pairs = inputs.query(
        "countable_pairs",
        asked_since=inputs.business_date - timedelta(days=rules.asked_days),
        frames={"record_doubts": read_record_doubts},
    )
    records = inputs.read("record_errors")
    counts = plan_counts(pairs, records, rules, lines)
    problems = find_count_problems(counts, pairs, records, rules, lines)
    by_reason = tabulate_counts(counts)
    return Computed(
        counts, [judge_feasibility(problems)], {"by reason": show_rows(by_reason, by_reason.height)}
    )
