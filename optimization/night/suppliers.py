"""Items as suppliers other than the preferred one would bring them tonight."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from optimization.frames import cast_to_contract
from optimization.levels import Outlook, build_echelon_windows
from optimization.night.item_days import list_members
from optimization.night.levels import set_levels
from optimization.purchasing import add_stranded_units, select_purchase_items
from optimization.supplier_choice import SuppliedItems
from quality_checks.contracts import OrderLevels, OtherTerms, PlanningPolicy, find_frame

_KEYS = ["sku", "location"]
_DELIVERS = ("lead_time_mean", "lead_time_sd", "yield_mean", "yield_sd")


@dataclass(frozen=True)
class SupplierNight:
    """A night in which items may be ordered from several suppliers.

    Levels and demand are worked out anew for each supplier: its goods come after its own days, and
    those of the next order as they would from the preferred one.

    Attributes:
        pairs: the columns of the contract PlanningPairs.
        outlook: demand of every day after `business_date`, receipts and seasons.
        terms: frame `purchase_terms`.
        other_terms: frame `other_terms`; one row at least.
        policy: what stock costs, and how well each class must be served.
        business_date: the day that closed; orders are placed on the next.
    """

    pairs: pl.DataFrame
    outlook: Outlook
    terms: pl.DataFrame
    other_terms: pl.DataFrame
    policy: PlanningPolicy
    business_date: dt.date

    @cached_property
    def others(self) -> SuppliedItems:
        """Items as each other supplier that has terms would bring them."""
        found = [
            self._gather(_deliver(self._list_pairs(terms), terms), self.outlook, terms)
            for terms in self._rank_suppliers()
        ]
        return SuppliedItems(
            pl.concat(one.items for one in found), pl.concat(one.levels for one in found)
        )

    def put_ahead(self, goods: pl.DataFrame) -> SuppliedItems:
        """Items as their preferred supplier brings them beside goods ordered from another.

        Args:
            goods: frame `goods_ahead`.
        """
        placed = goods.rename({"destination": "location"})
        comes = pl.lit(self.business_date) + pl.duration(days=pl.col("days") + 1)
        receipts = placed.select(*_KEYS, "units", due_on=comes.cast(pl.Date))
        ahead = pl.concat([self.outlook.receipts, receipts.select(self.outlook.receipts.columns)])
        of_items = self.outlook.demand.join(placed, on="sku", how="semi", maintain_order="left")
        summed = ahead.group_by(*_KEYS, "due_on", maintain_order=True).agg(pl.col("units").sum())
        outlook = replace(self.outlook, demand=of_items, receipts=summed.sort(*_KEYS, "due_on"))
        pairs = self._list_pairs(placed).join(
            placed.select(*_KEYS, "units"), on=_KEYS, how="left", maintain_order="left"
        )
        more = pl.col("on_order") + pl.col("units").fill_null(0)
        terms = self.terms.join(placed, on=_KEYS, how="semi", maintain_order="left")
        return self._gather(pairs.with_columns(on_order=more).drop("units"), outlook, terms)

    def _rank_suppliers(self) -> Iterator[pl.DataFrame]:
        """Other terms, of each item those of one supplier at a time."""
        ranked = (
            find_frame(OtherTerms)
            .read(self.other_terms)
            .with_columns(rank=pl.int_range(pl.len()).over(_KEYS))
        )
        for rank in ranked["rank"].unique().sort():
            yield ranked.filter(pl.col("rank") == rank).drop("rank")

    def _list_pairs(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Pairs of the items of some rows."""
        return self.pairs.join(rows, on="sku", how="semi", maintain_order="left")

    def _gather(self, pairs: pl.DataFrame, outlook: Outlook, terms: pl.DataFrame) -> SuppliedItems:
        """The nodes that terms are of, with their levels by pairs and an outlook."""
        targets = set_levels(pairs, outlook, self.policy, business_date=self.business_date).lines
        first_day = self.business_date + dt.timedelta(days=1)
        windows = build_echelon_windows(
            pairs,
            outlook,
            first_day=first_day,
            waiting_kinds=self.policy.economics.backorder_kinds,
        )
        levels = targets.join(terms.select(*_KEYS, "supplier"), on=_KEYS, maintain_order="left")
        items = select_purchase_items(windows, targets, terms.drop(_DELIVERS, strict=False))
        members = list_members(
            items.filter(pl.col("protection_days") > 0), pairs, outlook, first_day=first_day
        )
        return SuppliedItems(
            add_stranded_units(items, members), cast_to_contract(levels, OrderLevels)
        )


def _deliver(pairs: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the days and the share in which a supplier delivers, where terms name one."""
    told = terms.select(
        *_KEYS,
        *(pl.col(name).alias(f"other_{name}") for name in _DELIVERS),
        named=pl.lit(value=True),
    )
    joined = pairs.join(told, on=_KEYS, how="left", maintain_order="left")
    named = pl.col("named").fill_null(value=False)
    return joined.with_columns(
        pl.when(named).then(f"other_{name}").otherwise(name).alias(name) for name in _DELIVERS
    ).select(pairs.columns)
