"""Explanations of all actions of a night, kind by kind."""

from collections.abc import Callable

import polars as pl

from optimization.explanation.allocation import explain_allocation
from optimization.explanation.night import PlannedNight
from optimization.explanation.purchases import explain_purchases
from optimization.explanation.steps import Explained, rows_of
from optimization.explanation.transfers import explain_transfers
from quality_checks.contracts import Explanations, find_contract

EXPLAINERS: dict[str, Callable[[PlannedNight], Explained]] = {
    "purchase_order": explain_purchases,
    "allocation": explain_allocation,
    "transfer": explain_transfers,
}
"""Kind of action -> what explains its lines."""


def explain_actions(night: PlannedNight) -> pl.DataFrame:
    """Every number behind every action.

    Actions of a kind without an entry in EXPLAINERS have no rows, which their check reports.

    Returns:
        The columns of the contract Explanations without business_date, by action and step.
    """
    kinds = night.proposals["kind"].unique().sort()
    rows = [rows_of(EXPLAINERS[kind](night)) for kind in kinds if kind in EXPLAINERS]
    empty = find_contract(Explanations).empty().drop("business_date")
    return pl.concat([empty, *rows]).sort("action_id", "step")
