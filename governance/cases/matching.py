"""Finds the playbook of each exception."""

import hashlib
from typing import Final

import polars as pl

from governance.cases.playbooks import Playbooks, Trigger
from quality_checks.contracts import Exceptions, find_contract

_ID_LENGTH: Final = 24


def name_case(exception_id: str) -> str:
    """The id of the case of an exception: the same for as long as the exception is the same."""
    return hashlib.sha256(f"case\x1f{exception_id}".encode()).hexdigest()[:_ID_LENGTH]


def match_playbooks(exceptions: pl.DataFrame, playbooks: Playbooks) -> pl.DataFrame:
    """Find the first playbook that each open exception meets.

    Args:
        exceptions: an `Exceptions` frame of one business date.
        playbooks: in the order in which they are tried.

    Returns:
        The open rows of the contract Exceptions that meet one, with case_id and playbook, in their
        order.
    """
    given = find_contract(Exceptions).conform(exceptions)
    ids = pl.Series("case_id", [name_case(one) for one in given["exception_id"]], pl.String)
    found = pl.coalesce(
        *(pl.when(_meets(one.when)).then(pl.lit(one.name)) for one in playbooks.playbooks),
        pl.lit(None, pl.String),
    )
    return given.with_columns(ids, playbook=found).filter(
        pl.col("state") != "closed", pl.col("playbook").is_not_null()
    )


def _meets(trigger: Trigger) -> pl.Expr:
    """Whether an exception meets every condition; a missing value meets none."""
    conditions = []
    for name, wanted in trigger:
        if wanted is None:
            continue
        if name == "money_above":
            conditions.append(pl.col("money_at_risk") > wanted)
        else:
            conditions.append(pl.col(name).is_in(list(wanted)))
    return pl.all_horizontal(condition.fill_null(value=False) for condition in conditions)
