"""What the actions of a case come to: how many stand where, what they gain, what they bind."""

import polars as pl

from governance.kinds import add_commitments
from governance.money import round_to_cents

_STANDS = ("waiting", "approved", "rejected", "withdrawn")


def sum_actions(
    case_actions: pl.DataFrame, proposals: pl.DataFrame, routed: pl.DataFrame
) -> pl.DataFrame:
    """Sum tonight's actions by case.

    Of what waits, the best option of each choice counts, since one goes ahead at most.

    Args:
        case_actions: a `CaseActions` frame; what has left with earlier plans does not count.
        proposals: a `Proposals` frame of the actions.
        routed: the `Routed` frame of them.

    Returns:
        case_id, actions, one count for each of `waiting`, `approved`, `rejected` and `withdrawn`,
        by_itself, benefit_approved, benefit_waiting, exposure_change; sorted by case.
    """
    standing = routed.select("action_id", "status", "decided_by")
    rows = (
        case_actions.filter(pl.col("left_on").is_null())
        .join(_list_exposures(proposals), on="action_id", maintain_order="left")
        .join(standing, on="action_id", maintain_order="left")
    )
    ahead = pl.col("status").is_in(["approved", "waiting"])
    best = pl.when(ahead).then("option_rank").min().over("case_id", "choice")
    counts = pl.col("choice").is_null() | (pl.col("option_rank") == best)
    approved = pl.col("status") == "approved"
    waits = (pl.col("status") == "waiting") & counts
    return (
        rows.with_columns(waits=waits.fill_null(value=False))
        .group_by("case_id", maintain_order=True)
        .agg(
            *((pl.col("status") == name).sum().alias(name) for name in _STANDS),
            actions=pl.len(),
            by_itself=(approved & (pl.col("decided_by") == "policy")).sum(),
            benefit_approved=round_to_cents(pl.col("benefit").filter(approved).sum()),
            benefit_waiting=round_to_cents(pl.col("benefit").filter("waits").sum()),
            exposure_change=round_to_cents(
                pl.col("exposure").filter(approved | pl.col("waits")).sum()
            ),
        )
        .sort("case_id")
    )


def _list_exposures(proposals: pl.DataFrame) -> pl.DataFrame:
    """Money that each action binds in stock and fees: what is bought, hurried or called off."""
    bought = pl.col("origin").is_null() & pl.col("supplier").is_not_null()
    return add_commitments(proposals).select(
        "action_id",
        exposure=pl.when("spends")
        .then("value")
        .when(bought)
        .then(pl.col("inbound") * pl.col("value"))
        .otherwise(0.0),
    )
