"""Cuts what is read of a plan to the rows that somebody in charge of a part of it reads.

A row is read where one of his charges covers the region, the category and the kind of action that
it tells of. What tells no region, such as a sum over the network or how a supplier delivers, is for
who is in charge of all regions; what tells of no item, for who is in charge of all categories, but
for places and suppliers. A source that nothing is said of here is cut by its columns like any
other, so that a new one shows too little and not too much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import Final

import polars as pl

from governance.kinds import KINDS
from governance.people import ReadingLimit
from workbench.reading.plan import PublishedPlan

_OF_EVERYBODY: Final = frozenset(
    {"newest_plan", "model_versions", "risk_accuracy", "delay_trials", "sources_landed"}
)
"""Sources whose rows tell of no region, item or action: of the plan, its models and its data."""
_CHECKS: Final = "checks_made"
_OF_NO_ITEM: Final = frozenset(
    {
        "places",
        "locations",
        "lanes",
        "shown_order_nodes",
        "suppliers",
        "suppliers_judged",
        "supplier_scorecard",
        "scorecard_figures",
        "supplier_exposure",
        "lane_risks",
    }
)
"""Sources whose rows tell of places and suppliers, whatever the item."""
_NOT_TOLD: Final = "Told to who reads all of the plan."
_PLACES: Final = ("location", "destination")


class Cutter:
    """Cuts frames of one plan to what somebody reads.

    Args:
        plan: of which the frames are.
        limits: within one of which a row has to be.
    """

    def __init__(self, plan: PublishedPlan, limits: Sequence[ReadingLimit]) -> None:
        self._parts = [_Part(plan, limit) for limit in limits]

    def cut(self, source: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of a frame that are read, in their order.

        Args:
            source: name of the view, table, landing source or query that they come from.
            rows: all of its columns.
        """
        if source == _CHECKS:
            # That something failed counts for everybody; its words name items and places of all.
            return rows.with_columns(
                message=pl.lit(_NOT_TOLD), failing_file=pl.lit(None, pl.String)
            )
        held = (part.holds(source, rows.columns) for part in self._parts)
        return rows.filter(reduce(or_, held, pl.lit(value=False)))

    def covers_pair(self, sku: str, location: str) -> bool:
        """Whether an item at a location is read."""
        pair = pl.DataFrame({"sku": [sku], "location": [location]})
        return not self.cut("pair", pair).is_empty()


@dataclass(frozen=True)
class _Part:
    """The rows of a plan that one charge covers."""

    plan: PublishedPlan
    limit: ReadingLimit

    def holds(self, source: str, columns: Sequence[str]) -> pl.Expr:
        """Whether a row is covered.

        Args:
            source: that it comes from.
            columns: that it has.
        """
        if source in _OF_EVERYBODY:
            return pl.lit(value=True)
        held = (
            self._is_of_a_region(columns) & self._is_of_a_category(source, columns)
        ) & self._is_of_a_kind(columns)
        return held.fill_null(value=False)

    def _is_of_a_region(self, columns: Sequence[str]) -> pl.Expr:
        if not self.limit.regions:
            return pl.lit(value=True)
        places = [
            pl.col(name).replace_strict(self._regions, default=None)
            for name in _PLACES
            if name in columns
        ]
        if "region" in columns:
            return pl.coalesce("region", *places).is_in(self.limit.regions)
        if "action_id" in columns:
            return pl.col("action_id").is_in(self.actions)
        if places:
            return pl.coalesce(places).is_in(self.limit.regions)
        return self._is_of_what_a_region_has(columns)

    def _is_of_what_a_region_has(self, columns: Sequence[str]) -> pl.Expr:
        """Whether a row that names no place is of a price zone, exception or item of a region."""
        if "zone" in columns:
            return pl.col("zone").is_in(self._zones)
        if "exception_id" in columns:
            return pl.col("exception_id").is_in(self._exceptions)
        if "sku" in columns:
            return pl.col("sku").is_in(self._assorted)
        return pl.lit(value=False)

    def _is_of_a_category(self, source: str, columns: Sequence[str]) -> pl.Expr:
        if not self.limit.categories or source in _OF_NO_ITEM:
            return pl.lit(value=True)
        items = (
            [pl.col("sku").replace_strict(self._categories, default=None)]
            if "sku" in columns
            else []
        )
        if "category" in columns:
            return pl.coalesce("category", *items).is_in(self.limit.categories)
        if items:
            return items[0].is_in(self.limit.categories)
        if "action_id" in columns:
            return pl.col("action_id").is_in(self.actions)
        if "exception_id" in columns:
            return pl.col("exception_id").is_in(self._exceptions)
        return pl.lit(value=False)

    def _is_of_a_kind(self, columns: Sequence[str]) -> pl.Expr:
        """Whether a row is of a kind of action that is covered, or of no action."""
        if not self.limit.kinds:
            return pl.lit(value=True)
        if "kind" in columns:
            # Places and exceptions have kinds, too.
            return pl.col("kind").is_in(self.limit.kinds) | ~pl.col("kind").is_in([*KINDS])
        if "action_id" in columns:
            return pl.col("action_id").is_in(self.actions)
        return pl.lit(value=True)

    @cached_property
    def actions(self) -> list[str]:
        """Ids of actions that are covered, of this plan and of those that have left."""
        told = [
            self.plan.read_table("proposals"),
            self.plan.read_view("exported_lines"),
        ]
        columns = ["action_id", "kind", "region", "category", "sku"]
        known = pl.concat([rows.select(columns) for rows in told])
        return known.filter(self.holds("actions", columns))["action_id"].unique().to_list()

    @cached_property
    def _exceptions(self) -> list[str]:
        """Ids of exceptions that are covered, those that closed tonight included."""
        rows = self.plan.read_table("exceptions").select(
            "exception_id", "region", "location", "category", "sku"
        )
        held = self._is_of_a_region(rows.columns) & self._is_of_a_category("", rows.columns)
        return rows.filter(held.fill_null(value=False))["exception_id"].to_list()

    @cached_property
    def _regions(self) -> dict[str, str | None]:
        """Location -> its region."""
        return dict(self.plan.read_known("locations").select("location", "region").iter_rows())

    @cached_property
    def _categories(self) -> dict[str, str | None]:
        """Item -> its category."""
        return dict(self.plan.read_known("products").select("sku", "category").iter_rows())

    @cached_property
    def _zones(self) -> list[str]:
        """Price zones of places of the regions."""
        places = self.plan.read_known("locations")
        within = places.filter(pl.col("region").is_in(self.limit.regions))
        return within["price_zone"].drop_nulls().unique().to_list()

    @cached_property
    def _assorted(self) -> list[str]:
        """Items that a place of the regions has in its assortment."""
        pairs = self.plan.read_known("item_locations").select("sku", "location")
        return pairs.filter(self._is_of_a_region(pairs.columns))["sku"].unique().to_list()
