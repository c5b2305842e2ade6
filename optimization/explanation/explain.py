"""Explanations of all actions of a night, kind by kind."""

from collections.abc import Callable

import polars as pl

from optimization.explanation.allocation import explain_allocation
from optimization.explanation.counts import explain_counts
from optimization.explanation.markdowns import explain_deferrals, explain_markdowns
from optimization.explanation.night import PlannedNight
from optimization.explanation.open_orders import explain_changes, explain_expedites
from optimization.explanation.purchases import explain_purchases, explain_supplier_choices
from optimization.explanation.sourcing import explain_sourcing
from optimization.explanation.steps import Explained, rows_of
from optimization.explanation.substitution import explain_substitutions
from optimization.explanation.transfers import explain_transfers
from quality_checks.contracts import Explanations, find_contract

EXPLAINERS: dict[str, tuple[Callable[[PlannedNight], Explained], ...]] = {
    "purchase_order": (explain_purchases, explain_supplier_choices),
    "purchase_change": (explain_changes,),
    "expedite": (explain_expedites,),
    "allocation": (explain_allocation,),
    "transfer": (explain_transfers,),
    "sourcing": (explain_sourcing,),
    "substitution": (explain_substitutions,),
    "markdown": (explain_markdowns,),
    "markdown_deferral": (explain_deferrals,),
    "stock_count": (explain_counts,),
}
"""Kind of action -> what explains its lines, each line once."""

_KEY = ["action_id", "step"]
_AT_ONCE = 20_000
"""Actions whose rows are put in order at once: about sixty times as many rows of text."""


def explain_actions(night: PlannedNight) -> pl.DataFrame:
    """Every number behind every action.

    Actions of a kind without an entry in EXPLAINERS have no rows, which their check reports.

    Returns:
        The columns of the contract Explanations without business_date, by action and step.
    """
    kinds = night.proposals["kind"].unique().sort()
    told = [explain(night) for kind in kinds for explain in EXPLAINERS.get(kind, ())]
    ids = night.proposals["action_id"].sort()
    rows = [
        pl.concat(rows_of(_between(of_kind, some[0], some[-1])) for of_kind in told).sort(_KEY)
        for some in (ids.slice(start, _AT_ONCE) for start in range(0, len(ids), _AT_ONCE))
        if told
    ]
    return pl.concat([pl.DataFrame(schema=find_contract(Explanations).made_schema), *rows])


def _between(told: Explained, first: str, last: str) -> Explained:
    """Lines of the actions from one id to another, and their steps."""
    return told._replace(
        lines=told.lines.filter(pl.col("action_id").is_between(pl.lit(first), pl.lit(last)))
    )
