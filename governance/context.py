"""What an action says about the plan it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl


def gather_cautions(levels: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Gather what the level and the price of each pair rest on that may be wrong.

    Args:
        levels: a `Targets` frame.
        values: a `SaleValues` frame.

    Returns:
        Frame `pair_cautions`, sorted by key; pairs without any are left out.
    """
    both = [frame.select("sku", "location", "cautions") for frame in (levels, values)]
    return (
        pl.concat(both)
        .filter(pl.col("cautions") != "")
        .group_by("sku", "location", maintain_order=True)
        .agg(pl.col("cautions").str.join(";"))
        .sort("sku", "location")
    )


@dataclass(frozen=True)
class ActionContext:
    """What an action says about the plan it comes from, and what its plan does not carry.

    Attributes:
        business_date: business date of the plans.
        plan_version: version of the plan.
        currency: ISO 4217 code of every amount.
        items: sku, category and unit_cost of the contract Products.
        lanes: origin, destination and transit_days of the contract Lanes.
        cautions: frame `pair_cautions`.
        stock_ages: frame `stock_ages`.
        record_doubts: frame `record_doubts`.
        stock_late_after_days: age from which on a stock record is late: older than this.
        late_inputs: source -> days late, of the sources that are late.
        assumed_inputs: sources with assumed fields.
        overtaken: source -> the keys by which an action rests on rows that stand although a newer
            one waits in quarantine: those of its contract, or sku and location of an offer.
        departed: action_id, open_units (units): what lower versions of the plan have handed out
            for the business date, as `list_departed_lines` gives it.
        model_version: version of the demand model.
        policy_version: hash of the policies.
        input_version: hash of the landed files.
    """

    business_date: date
    plan_version: int
    currency: str
    items: pl.DataFrame
    lanes: pl.DataFrame
    cautions: pl.DataFrame
    stock_ages: pl.DataFrame
    record_doubts: pl.DataFrame
    stock_late_after_days: int
    late_inputs: Mapping[str, int]
    assumed_inputs: Sequence[str]
    overtaken: Mapping[str, pl.DataFrame]
    departed: pl.DataFrame
    model_version: str
    policy_version: str
    input_version: str
