"""What changes what customers pay: markdowns, and markdowns that are put off."""

from typing import Final

import polars as pl

from governance.context import ActionContext
from governance.kinds.kind import TERMS, Commitment, Form, Kind, Plan, Together
from governance.kinds.reasons import LEAVES_RANGE
from governance.kinds.sources import PRICES, STOCK_AND_DEMAND
from quality_checks.contracts import DeferralPlan, MarkdownPlan, Table, column

_ROLES: Final = ("planner", "buyer", "merchandiser", "finance")
_SOURCES: Final = STOCK_AND_DEMAND | PRICES
_REPRICES: Final = Commitment(reprices=True)
_TOGETHER: Final = Together("document", "least_value")


def _price_terms(plan: pl.DataFrame, _: ActionContext) -> pl.DataFrame:
    """Terms of a price: it is about a zone, and weighs what the price falls by on a unit.

    Lines of items that have one price leave together: what all of them weigh is their least value.
    """
    family = ["department", "family", "zone"]
    unit_value = pl.col("old_price") - pl.col("new_price")
    of_all = (unit_value * pl.col("quantity")).sum().over(family)
    return plan.with_columns(
        document=pl.concat_str("business_date", "zone", "department", "family", separator="/"),
        least_value=pl.when(pl.len().over(family) > 1).then(of_all),
        origin=pl.lit(None, pl.String),
        destination="zone",
        supplier=pl.lit(None, pl.String),
        unit_value=unit_value,
        moving_cost=pl.lit(0.0),
        forced_cost=pl.lit(0.0),
    )


def _restate_price(rows: pl.DataFrame) -> pl.DataFrame:
    """Markdowns to the price that people put in place of the one proposed.

    Lines that leave together then reach their least value once all of them have that price.
    """
    price = pl.col("overridden_price")
    of_all = (
        rows.filter(price.is_not_null())
        .select("action_id", "document", "overridden_price")
        .join(rows.select("document", "old_price", "quantity"), on="document")
        .with_columns(falls=(pl.col("old_price") - price).clip(lower_bound=0.0))
        .group_by("action_id", maintain_order=True)
        .agg(restated_value=(pl.col("falls") * pl.col("quantity")).sum())
    )
    least = pl.when(pl.col("least_value").is_not_null()).then("restated_value")
    return rows.join(of_all, on="action_id", how="left", maintain_order="left").with_columns(
        new_price=pl.coalesce("overridden_price", "new_price"),
        least_value=pl.when(price.is_null()).then("least_value").otherwise(least),
        overridden_unit_value=pl.col("old_price") - price,
    )


class PricedTogether(Table):
    """The decision of which an action is a part, since items have one price."""

    document: str = column("Lines of items that have one price, which leave together.")
    least_value: float = column(
        "Value of all of them; missing where there is one.", unit="currency", nullable=True, ge=0
    )


class PriceStep(PricedTogether):
    """The price before and after a markdown; `quantity` is the units of its price zone."""

    old_price: float = column("Price of a unit until then.", unit="currency", gt=0)
    new_price: float = column("Price of a unit from then on.", unit="currency", ge=0)
    prior_price: float = column(
        "Lowest price of the days before, which the reduction is announced against; missing where "
        "policy has no such rule.",
        unit="currency",
        nullable=True,
        gt=0,
    )


class Deferral(PricedTogether):
    """The markdown that is put off to the day it is due."""

    planned_on: pl.Date = column("Day that the markdown was planned for.")
    new_price: float = column("Price that was planned.", unit="currency", ge=0)


MARKDOWN: Final = Kind(
    name="markdown",
    singular="markdown",
    plural="markdowns",
    forms={
        "": Form(
            headline=(
                "Mark down {quantity} of {sku} at {destination} from {old_price:.2f} "
                "to {new_price:.2f} on {due_on}"
            ),
            commits=_REPRICES,
        )
    },
    terms=TERMS | {"margin_given_up": "gives up {} on what would have sold anyway"},
    file="markdowns",
    addressee="pricing",
    overridable=("quantity", "price"),
    restate=_restate_price,
    columns=PriceStep,
    together=_TOGETHER,
    roles=_ROLES,
    sources=_SOURCES,
    ends=(),
    reasons=LEAVES_RANGE
    | {"aged_overstock": "The stock lasts for longer than policy allows at this price."},
    plan=Plan(table=MarkdownPlan, terms=_price_terms),
)

MARKDOWN_DEFERRAL: Final = Kind(
    name="markdown_deferral",
    singular="deferral of a markdown",
    plural="deferrals of markdowns",
    forms={
        "": Form(
            headline="Hold the markdown of {quantity} of {sku} at {destination} to {due_on}",
            commits=_REPRICES,
        )
    },
    terms=TERMS | {"margin_given_up": "risks {} on what may not sell in time"},
    file="markdown_deferrals",
    addressee="pricing",
    columns=Deferral,
    together=_TOGETHER,
    roles=_ROLES,
    sources=_SOURCES,
    ends=(),
    plan=Plan(table=DeferralPlan, terms=_price_terms),
    reasons={"sells_at_this_price": "The stock sells in time without the markdown."},
)
