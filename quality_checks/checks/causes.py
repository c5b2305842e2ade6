"""Checks of causes: what is said to explain a change must sum to it."""

import polars as pl

from quality_checks.checks.outcome import Check, Outcome

CAUSES_ADD_UP = Check(
    "causes_add_up",
    "The causes of each item-location sum to the change that they explain, and their shares to 1.",
    remedy="Take no cause of the item-locations named for the whole of it: a term is missing.",
)
SHARES_ADD_UP = Check(
    "shares_add_up",
    "The shares of the causes of each exception sum to 1.",
    remedy="Take no share of the exceptions named for what it says.",
)


def judge_causes(wrong: pl.DataFrame) -> Outcome:
    """Outcome for item-locations whose causes do not sum to the change."""
    return CAUSES_ADD_UP.found(wrong, f"causes of {len(wrong)} item-locations do not add up")


def judge_shares(wrong: pl.DataFrame) -> Outcome:
    """Outcome for exceptions whose shares do not sum to one."""
    return SHARES_ADD_UP.found(wrong, f"shares of {len(wrong)} exceptions do not add up")
