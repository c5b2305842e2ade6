"""What runs short, and what is done about it."""

import polars as pl

from governance.exchange import list_inbound_actions
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from optimization.shortages import answer_shortages, list_unanswered, tabulate_shortages
from quality_checks.checks import ANSWERED, judge_answers

_SHOWN = 20
_NO_OTHERS = pl.DataFrame(schema={"sku": pl.String, "location": pl.String})
_STORY = ["sku", "location", "state", "lost_margin", "answer", "why", "change"]


@result_asset(
    "shortages",
    reads=[
        "planning_pairs",
        "targets",
        "changed_levels",
        "supply_gaps",
        "unlevelled",
        "unserved",
        "unordered",
        "receipts_ahead",
        "proposals",
        "routed",
    ],
    # Those of tonight, which the calculations before this one have left.
    earlier=["items_set_aside"],
    checks=[ANSWERED],
    by_item=True,
)
def shortages(inputs: Inputs) -> Computed:
    """Every item-location that runs short: what comes, what is planned, or why nothing is."""
    tonight = list_inbound_actions(inputs.read("proposals"), inputs.read("routed"))
    short = inputs.query("shortages", frames={"tonight": tonight, "chosen": _NO_OTHERS})
    frame = answer_shortages(short)
    dearest = frame.sort(
        "lost_margin", "sku", "location", descending=[True, False, False], nulls_last=True
    )
    by_answer = tabulate_shortages(frame)
    return Computed(
        frame,
        [judge_answers(list_unanswered(frame))],
        {
            "by answer and reason": show_rows(by_answer, len(by_answer)),
            "dearest first": show_rows(dearest.select(_STORY), _SHOWN),
            "margin lost until goods come, currency": frame["lost_margin"].sum(),
        },
    )
