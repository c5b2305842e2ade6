"""What cases must satisfy: of alternatives one goes ahead, and somebody acts in time."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

ONE_OPTION = Check(
    "one_option",
    "Of the alternatives of a choice, actions of one option at most are approved.",
    blocking=True,
)
CASES_IN_TIME = Check(
    "cases_in_time",
    "Somebody acts on every case before it is escalated.",
    remedy="`plenish cases` lists what waits; approve or reject something of the case.",
)
_CHOICE = ["case_id", "choice"]


def judge_choices(case_actions: pl.DataFrame, routed: pl.DataFrame) -> Outcome:
    """Outcome for `Routed` rows against the alternatives of `CaseActions`."""
    approved = case_actions.filter(pl.col("choice").is_not_null()).join(
        routed.filter(pl.col("status") == "approved", pl.col("approved_quantity") > 0),
        on="action_id",
        how="semi",
    )
    both = approved.filter(pl.col("option").n_unique().over(_CHOICE) > 1)
    rows = both.select(*_CHOICE, "option", "action_id").sort(*_CHOICE, "action_id")
    return ONE_OPTION.found(rows, "two alternatives of a case are approved")


def judge_cases(cases: pl.DataFrame) -> Outcome:
    """Outcome for `Cases` of a business date."""
    late = cases.filter(pl.col("state") == "escalated").select(
        "case_id", "playbook", "owner", "in_charge", "opened_on", "escalates_on", "words"
    )
    return CASES_IN_TIME.found(late, "nobody has acted on a case in time")
