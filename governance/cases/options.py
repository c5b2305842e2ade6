"""Compares the alternatives of a case in money."""

import polars as pl

from governance.approvals import name_missing_roles
from governance.kinds import add_commitments
from governance.money import round_to_cents

_STANDS = ("approved", "waiting", "withdrawn", "rejected", "blocked")
"""How an option stands: as that of its actions which is furthest."""


def compare_options(
    case_actions: pl.DataFrame, proposals: pl.DataFrame, routed: pl.DataFrame
) -> pl.DataFrame:
    """Compare the options of each choice: what each gains and costs, how sure, who must agree.

    Args:
        case_actions: a `CaseActions` frame.
        proposals: a `Proposals` frame of the actions.
        routed: the `Routed` frame of them.

    Returns:
        case_id, choice, option, option_rank, actions, units, margin_kept, costs (of margin given
        up, holding and moving), fees (of these what is paid to hurry), benefit (all in currency),
        gain_chance (probability that it gains, of its actions by units), due_on (the first), needs
        (roles that are still asked, in words), standing (approved, waiting, withdrawn,
        rejected or blocked); the best option of each choice first.
    """
    fee = pl.when(pl.col("spends") & (pl.col("inbound") == 0)).then("value").otherwise(0.0)
    cost = pl.col("margin_given_up") + pl.col("holding_cost") + pl.col("moving_cost")
    actions = (
        add_commitments(proposals)
        .select("action_id", "quantity", "margin_kept", "confidence", "due_on", fee=fee, cost=cost)
        .join(_say_needs(routed), on="action_id")
    )
    rows = case_actions.filter(pl.col("choice").is_not_null()).join(actions, on="action_id")
    rank = pl.col("status").replace_strict({name: at for at, name in enumerate(_STANDS)})
    return (
        rows.group_by("case_id", "choice", "option", "option_rank", maintain_order=True)
        .agg(
            actions=pl.len(),
            units=pl.col("quantity").sum(),
            margin_kept=round_to_cents(pl.col("margin_kept").sum()),
            costs=round_to_cents(pl.col("cost").sum()),
            fees=round_to_cents(pl.col("fee").sum()),
            benefit=round_to_cents(pl.col("benefit").sum()),
            gain_chance=(pl.col("confidence") * pl.col("quantity")).sum()
            / pl.col("quantity").sum(),
            due_on=pl.col("due_on").min(),
            needs=pl.col("needs").drop_nulls().unique().sort().str.join(", and "),
            standing=rank.min(),
        )
        .with_columns(pl.col("standing").replace_strict(dict(enumerate(_STANDS))))
        .sort("case_id", "choice", "option_rank")
    )


def _say_needs(routed: pl.DataFrame) -> pl.DataFrame:
    """action_id, status, and needs: whom an action waits for, in words; missing for none."""
    needs = [
        name_missing_roles(row) if row["status"] == "waiting" else None
        for row in routed.iter_rows(named=True)
    ]
    return routed.select("action_id", "status", needs=pl.Series(needs, dtype=pl.String))
