"""What another supplier, or another price to customers, makes of an action that people change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from governance.kinds import KINDS, pack_details, unpack_details
from quality_checks.contracts import AllowedPrices, BreakPrices, SupplierOffers, find_frame

CHANGE_TERMS: Final = ("supplier", "price")
"""What an override may change that changes what a unit is worth."""


@dataclass(frozen=True)
class Terms:
    """Who else sells what is ordered, and which prices policy allows.

    Attributes:
        offers: frame `supplier_offers`.
        breaks: frame `break_prices`.
        prices: frame `allowed_prices`.
    """

    offers: pl.DataFrame
    breaks: pl.DataFrame
    prices: pl.DataFrame

    @classmethod
    def empty(cls) -> Self:
        """Terms by which nobody else sells anything and no other price is allowed."""
        return cls(
            *(find_frame(one).empty() for one in (SupplierOffers, BreakPrices, AllowedPrices))
        )

    @classmethod
    def read(cls, query: Callable[[str], pl.DataFrame]) -> Self:
        """Read the terms of the business date that a warehouse is asked about.

        Args:
            query: gives the result of the query of a name.
        """
        return cls(query("supplier_offers"), query("break_prices"), query("allowed_prices"))


def changes_terms(decisions: pl.DataFrame) -> bool:
    """Whether any decision puts another supplier or price in place of the one proposed.

    Args:
        decisions: a `Decisions` frame.
    """
    return any(decisions[name].count() > 0 for name in CHANGE_TERMS)


def restate_terms(actions: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Restate what actions with another supplier or price say of a unit and of their document.

    Args:
        actions: columns of `Proposals` of one business date, and overridden (units),
            overridden_supplier, overridden_price and overridden_due_on, missing where people left
            them.
        terms: of those suppliers; an action of one that they lack has no restated value.

    Returns:
        The same rows with overridden_unit_value and overridden_details of the contract Routed,
        and as overridden_due_on, where another supplier is asked and no day is stated, the soonest
        on which that one delivers.
    """
    offered = _add_offer(actions, terms)
    changed = pl.any_horizontal(
        pl.col("overridden_supplier").is_not_null(), pl.col("overridden_price").is_not_null()
    )
    kinds = offered.filter(changed)["kind"].unique().sort()
    none = offered.clear().select(
        "action_id",
        overridden_unit_value=pl.lit(None, pl.Float64),
        overridden_details=pl.lit(None, pl.String),
    )
    restated = []
    for kind in (KINDS[name] for name in kinds):
        own = kind.restate(unpack_details(offered.filter(kind=kind.name), kind)).filter(changed)
        packed = pack_details(own, kind)
        restated.append(
            packed.select("action_id", "overridden_unit_value", overridden_details="details")
        )
    return (
        offered.join(
            pl.concat([none, *restated]),
            on="action_id",
            how="left",
            validate="1:1",
            maintain_order="left",
        )
        .with_columns(overridden_due_on=pl.coalesce("overridden_due_on", "offered_on"))
        .drop("offered_price", "offered_minimum", "offered_on")
    )


def _add_offer(actions: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Add what the other supplier asks for a unit of so many, its least order, and its day."""
    units = pl.coalesce("overridden", "quantity")
    key, asked = ["sku", "supplier"], ["sku", "destination", "supplier"]
    wanted = actions.select(
        "action_id", "sku", "destination", supplier="overridden_supplier", units=units
    ).drop_nulls("supplier")
    lowest = (
        wanted.join(terms.breaks, on=key, maintain_order="left")
        .filter(pl.col("from_quantity") <= pl.col("units"))
        .group_by("action_id", maintain_order=True)
        .agg(lowered=pl.col("unit_price").min())
    )
    found = (
        wanted.join(terms.offers, on=asked, validate="m:1", maintain_order="left")
        .join(lowest, on="action_id", how="left", validate="1:1", maintain_order="left")
        .select(
            "action_id",
            offered_price=pl.min_horizontal("lowered", "unit_price"),
            offered_minimum="minimum_order_value",
            offered_on="soonest_on",
        )
    )
    return actions.join(found, on="action_id", how="left", validate="1:1", maintain_order="left")
