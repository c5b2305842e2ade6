"""What cases must satisfy: of alternatives one goes ahead, and somebody acts in time."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

ONE_OPTION = Check(
    "one_option",
    "Of the alternatives of a choice, actions of one option at most are approved or have left.",
    blocking=True,
)
CASES_IN_TIME = Check(
    "cases_in_time",
    "Somebody acts on every case before it is escalated.",
    remedy="`plenish cases` lists what waits; approve or reject something of the case.",
)
_CHOICE = ["case_id", "choice"]


def judge_choices(choices: pl.DataFrame, routed: pl.DataFrame) -> Outcome:
    """Outcome for `Routed` rows against the alternatives that `Desk.select_choices` gives.

    Options that have left both are not called back; none may join them.
    """
    approved = routed.filter(pl.col("status") == "approved", pl.col("approved_quantity") > 0)
    goes = pl.col("action_id").is_in(approved["action_id"].to_list()) & ~pl.col("has_left")
    ahead = choices.filter(goes | pl.col("has_left")).with_columns(
        taken=pl.col("has_left").any().over(_CHOICE),
        mine=pl.col("has_left").any().over(*_CHOICE, "option"),
        options=pl.col("option").filter(~pl.col("has_left")).n_unique().over(_CHOICE),
    )
    both = ahead.filter(
        ((pl.col("options") > 1) | (pl.col("taken") & ~pl.col("mine"))).any().over(_CHOICE)
    )
    rows = both.select(*_CHOICE, "option", "action_id").sort(*_CHOICE, "action_id")
    return ONE_OPTION.found(rows, "two alternatives of a case are approved or have left")


def judge_cases(cases: pl.DataFrame) -> Outcome:
    """Outcome for `Cases` of a business date."""
    late = cases.filter(pl.col("state") == "escalated").select(
        "case_id", "playbook", "owner", "in_charge", "opened_on", "escalates_on", "words"
    )
    return CASES_IN_TIME.found(late, "nobody has acted on a case in time")
