"""Explanations of all actions of a night, kind by kind."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from optimization.explanation.allocation import explain_allocation
from optimization.explanation.counts import explain_counts
from optimization.explanation.markdowns import explain_deferrals, explain_markdowns
from optimization.explanation.night import PlannedNight
from optimization.explanation.open_orders import explain_changes, explain_expedites
from optimization.explanation.purchases import explain_purchases, explain_supplier_choices
from optimization.explanation.season_moves import explain_season_moves
from optimization.explanation.sourcing import explain_sourcing
from optimization.explanation.steps import Explained, rows_of
from optimization.explanation.substitution import explain_substitutions
from optimization.explanation.transfers import explain_transfers
from quality_checks.contracts import Explanations, find_contract

_Explainer = Callable[[PlannedNight], Explained]

_REGISTERED: dict[str, tuple[_Explainer, ...]] = {}

EXPLAINERS: Final[Mapping[str, tuple[_Explainer, ...]]] = MappingProxyType(_REGISTERED)
"""Kind of action -> what explains its lines, each line once; a live view."""


def register_explanation(kind: str, *explain: Callable[[PlannedNight], Explained]) -> None:
    """Say what explains the actions of a kind.

    Args:
        kind: name of the kind.
        explain: each gives some of the kind's lines in a night with their steps, and together
            they give each line once.

    Raises:
        ValueError: nothing is given, or the kind is explained already.
    """
    if not explain or kind in _REGISTERED:
        raise ValueError(f"actions of kind {kind!r} are explained once")
    _REGISTERED[kind] = explain


register_explanation("purchase_order", explain_purchases, explain_supplier_choices)
register_explanation("purchase_change", explain_changes)
register_explanation("expedite", explain_expedites)
register_explanation("allocation", explain_allocation)
register_explanation("transfer", explain_transfers, explain_season_moves)
register_explanation("sourcing", explain_sourcing)
register_explanation("substitution", explain_substitutions)
register_explanation("markdown", explain_markdowns)
register_explanation("markdown_deferral", explain_deferrals)
register_explanation("stock_count", explain_counts)

_KEY = ["action_id", "step"]
_AT_ONCE = 20_000
"""Actions whose rows are put in order at once: about sixty times as many rows of text."""


def explain_actions(night: PlannedNight) -> pl.DataFrame:
    """Every number behind every action.

    Actions of a kind for which nothing was registered have no rows, which their check reports.

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
