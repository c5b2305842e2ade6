"""How slices are made: all of them, or in a cycle only those of items with something new to read.

A calculation gives the same where it is given the same. So a cycle has it read first, and stops it
where all has been read before: then its slices stand. Where something else is read of some items,
and the asset says that items do not bear on each other, those are calculated and the rows of the
others stay.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from inventory_assets.framework.computed import Computed
from inventory_assets.framework.inputs import Declared, Inputs
from inventory_assets.framework.items import set_items_aside
from inventory_assets.framework.reads import Marks, ReadBeforeError, Reads
from inventory_assets.framework.retailer import Retailer
from quality_checks.checks import ITEMS_CALCULATED, judge_items
from quality_checks.contracts import CONTRACTS, Contract

Compute = Callable[[Inputs], Sequence[Computed]]


@dataclass(frozen=True)
class Plan:
    """How slices of some tables are made.

    Attributes:
        declared: what is read for them.
        contracts: of the tables, in the order of their slices.
        compute: makes the slices.
        by_item: whether items that break the calculation are set aside.
        separable: whether items do not bear on each other.
    """

    declared: Declared
    contracts: Sequence[Contract]
    compute: Compute
    by_item: bool
    separable: bool


@dataclass(frozen=True)
class Made:
    """Slices, and what they were made from.

    Attributes:
        slices: None where those that are there stand.
        inputs: what was given.
        marks: of all that was read; None where not all of it was noted.
    """

    slices: Sequence[Computed] | None
    inputs: Inputs
    marks: Marks | None


def make_slices(
    plan: Plan, retailer: Retailer, business_date: date, before: Marks | None = None
) -> Made:
    """Make slices, as far as they do not stand.

    Args:
        plan: how.
        retailer: whose tables they are.
        business_date: of the slices.
        before: what was read when those that are there were made; None makes all of them anew.
    """
    reads = Reads(by_item=plan.separable, before=before)
    inputs = Inputs(business_date, plan.declared, retailer, reads=reads)
    try:
        return _give(_make_all(plan, inputs), inputs, reads)
    except ReadBeforeError as same:
        skus = same.skus
    if not skus:
        return Made(None, inputs, reads.marks)
    slices = _make_items(plan, retailer, inputs, skus, reads)
    return (
        Made(slices, inputs, reads.marks) if slices else make_slices(plan, retailer, business_date)
    )


def _give(slices: Sequence[Computed], inputs: Inputs, reads: Reads) -> Made:
    """All slices, with what was read where nothing was set aside, since that was noted whole."""
    outcomes = [outcome for computed in slices for outcome in computed.outcomes]
    aside = any(not o.passed for o in outcomes if o.check.name == ITEMS_CALCULATED.name)
    return Made(slices, inputs, None if aside else reads.marks)


def _make_all(plan: Plan, inputs: Inputs) -> Sequence[Computed]:
    """Slices of all items; where some can be set aside, outcomes of the first name them."""
    if not plan.by_item:
        return plan.compute(inputs)
    made, outcome = set_items_aside(lambda chosen: _calculate(plan, chosen), inputs)
    first, *others = made
    return [replace(first, outcomes=[*first.outcomes, outcome]), *others]


def _calculate(plan: Plan, inputs: Inputs) -> Sequence[Computed]:
    """Slices whose rows hold the contracts."""
    return [
        replace(computed, frame=contract.conform(_date(computed.frame, inputs.business_date)))
        for contract, computed in zip(plan.contracts, plan.compute(inputs), strict=True)
    ]


def _date(frame: pl.DataFrame, business_date: date) -> pl.DataFrame:
    return frame.with_columns(business_date=pl.lit(business_date))


def _make_items(
    plan: Plan, retailer: Retailer, inputs: Inputs, skus: Collection[str], every: Reads
) -> Sequence[Computed] | None:
    """Slices in which some items are calculated anew and the rows of the others stand.

    None where that is not the same as all anew, and nothing tells that it is: an item breaks the
    calculation, more is read for it than before, or a check finds or found something, of which
    nobody knows which items it is about. What has been read of `every` item is not read again.
    """
    day = inputs.business_date
    if not _all_passed(plan, retailer, day):
        return None
    reads = Reads(by_item=True, at_hand=every.kept)
    try:
        made = _calculate(plan, inputs.of_only(skus, reads))
    except Exception:  # noqa: BLE001  # what breaks is set aside, or told, where all is made
        return None
    outcomes = [outcome for computed in made for outcome in computed.outcomes]
    all_passed = all(outcome.passed for outcome in outcomes)
    if len(reads.marks.places) != len(every.marks.places) or not all_passed:
        return None
    slices = [
        Computed(
            pl.concat([_read_others(retailer, contract, day, skus), computed.frame]),
            computed.outcomes,
            {"items made anew": len(skus)},
        )
        for contract, computed in zip(plan.contracts, made, strict=True)
    ]
    first, *others = slices
    return [replace(first, outcomes=[*first.outcomes, judge_items({})]), *others]


def _all_passed(plan: Plan, retailer: Retailer, day: date) -> bool:
    """Whether no check found anything when the slices that are there were made."""
    outcomes = retailer.warehouse.read(CONTRACTS["check_outcomes"], day)
    tables = [contract.table for contract in plan.contracts]
    return bool(outcomes.filter(pl.col("asset").is_in(tables))["passed"].all())


def _read_others(
    retailer: Retailer, contract: Contract, day: date, skus: Collection[str]
) -> pl.DataFrame:
    """The rows of a slice that are of other items."""
    return retailer.warehouse.read(contract, day).filter(~pl.col("sku").is_in(list(skus)))
