"""How often suppliers refuse what they are asked of orders that they have."""

import polars as pl

from forecasting.supply.lateness import PRIOR_LINES
from quality_checks.contracts import AnsweredRequests, find_frame


def estimate_refusals(asked: pl.DataFrame, *, prior: float) -> pl.DataFrame:
    """Estimate the chance that each supplier refuses a change or an expedite.

    Of n answers of a supplier r refuse: (r + 5 P) / (n + 5), P being that of all suppliers, for
    which five answers of the prior are added likewise (beta-binomial posterior means).

    Args:
        asked: frame `answered_requests`.
        prior: how often suppliers refuse, as far as nothing is known.

    Returns:
        supplier, refusal_chance of those that answered, sorted; and a row without supplier, that of
        all others.
    """
    find_frame(AnsweredRequests).check(asked)
    answered = asked.filter(pl.col("refused").is_not_null())
    weight = float(PRIOR_LINES)
    every = (float(answered["refused"].sum()) + weight * prior) / (answered.height + weight)
    own = answered.group_by("supplier", maintain_order=True).agg(
        refusal_chance=(pl.col("refused").sum() + weight * every) / (pl.len() + weight)
    )
    others = pl.DataFrame({"supplier": [None], "refusal_chance": [every]}, schema=own.schema)
    return pl.concat([others, own.sort("supplier")])
