"""Other items for lines that no node serves in time, as the night is told of them."""

import polars as pl

from forecasting.substitution import estimate_substitute_chances
from optimization.night import NightSourcing
from optimization.substitution import SubstituteRecords
from quality_checks.contracts import PlanningPolicy
from simulation.replay.customer_orders import Answers
from simulation.replay.decision import EveningView
from simulation.replay.scenario import ScenarioMasters

_BOTH = ["sku", "substitute"]


def record_substitutes(
    seen: EveningView,
    night: NightSourcing,
    unserved: pl.DataFrame,
    pairs: pl.DataFrame,
    policy: PlanningPolicy,
) -> SubstituteRecords:
    """Put together what may be sent in place of what no node has in time.

    Args:
        seen: what is known; of a retailer whose customers order online.
        night: what sourcing decided.
        unserved: what `list_unserved_lines` gives.
        pairs: the columns of the contract PlanningPairs, with what a sale earns.
        policy: of planning.

    Raises:
        ValueError: nobody orders online here.
    """
    online = seen.online
    if online is None:
        raise ValueError("the customers of this retailer do not order online")
    items = list_items(pairs, seen)
    answers = _name_answers(online.answers, seen.masters)
    since = seen.masters.date(seen.day - policy.history_kept_days)
    told = (
        answers.filter(pl.col("date") >= since)
        .group_by(_BOTH, maintain_order=True)
        .agg(answers=pl.len().cast(pl.Int64), accepted=pl.col("accepted").sum().cast(pl.Int64))
        .sort(_BOTH)
        # All were to pay the lower of the two prices.
        .with_columns(price_ratio=pl.lit(1.0))
    )
    chances = estimate_substitute_chances(
        unserved["sku"].unique().sort(),
        items,
        online.ordering.substitutes,
        told,
        policy.substitution,
        at_hand=night.given.facts.pairs.filter(pl.col("available") > 0)["sku"],
    )
    answered = unserved.select("order_id", "line").join(
        answers.select("line", "substitute", "accepted"), on="line", maintain_order="left_right"
    )
    priced = items.filter(pl.col("unit_price").is_not_null())
    return SubstituteRecords(unserved, chances, priced, answered)


def list_items(pairs: pl.DataFrame, seen: EveningView) -> pl.DataFrame:
    """List items as the query `substitute_items` does, at the least price that nodes expect.

    Args:
        pairs: the columns of the contract PlanningPairs, with what a sale earns.
        seen: what is known.
    """
    masters, today = seen.masters, seen.masters.date(seen.day)
    price = (
        pairs.filter(pl.col("kind") != "dc")
        .group_by("sku", maintain_order=True)
        .agg(pl.col("selling_price").min())
    )
    launched = pl.col("launch_date") <= masters.date(seen.day + 1)
    stays = (pl.col("exit_date") > today).fill_null(value=True)
    return (
        masters.pairs.unique("sku", keep="first", maintain_order=True)
        .join(price, on="sku", how="left", maintain_order="left")
        .select(
            *("sku", "style", "colour", "size", "category"),
            on_sale=launched & stays,
            unit_price=pl.coalesce("selling_price", "unit_price"),
            unit_cost="unit_cost",
            volume="volume",
            weight="weight",
        )
        .sort("sku")
    )


def _name_answers(answers: Answers, masters: ScenarioMasters) -> pl.DataFrame:
    """date, line, sku, substitute, accepted of every answer."""
    names = masters.pairs["sku"].unique().sort()
    return pl.DataFrame(
        {
            "date": masters.dates(answers.day),
            "line": answers.number,
            "sku": names.gather(answers.item),
            "substitute": names.gather(answers.other),
            "accepted": answers.accepted,
        }
    )
