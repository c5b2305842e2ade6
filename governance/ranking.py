"""In which order people see actions: those worth most first."""

import polars as pl

from governance.kinds import list_kinds_of_order_lines


def rank_actions(actions: pl.DataFrame) -> pl.DataFrame:
    """Rank actions by benefit, and those that pay a supplier's fee by what they bring for it.

    The latter are changes and expedites of open order lines with a fee. They share the places that
    their benefits give them, the one that brings most for its fee first: so a fee is spent where it
    serves best, and no other action moves. Ties are broken by id.

    Args:
        actions: action_id, kind, benefit, moving_cost and more, of the contract Proposals.

    Returns:
        The same rows with rank.
    """
    paying = pl.col("kind").is_in([kind.name for kind in list_kinds_of_order_lines()]) & (
        pl.col("moving_cost") > 0
    )
    ranked = actions.sort("benefit", "action_id", descending=[True, False]).with_row_index("place")
    others, paid = ranked.filter(~paying), ranked.filter(paying)
    served = paid.sort(
        pl.col("benefit") / pl.col("moving_cost"), "action_id", descending=[True, False]
    ).with_columns(paid["place"])
    return pl.concat([others, served]).sort("place").drop("place")
