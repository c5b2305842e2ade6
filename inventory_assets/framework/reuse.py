"""Slices that stand: what an asset reads is what they were made from, so nothing is made anew.

A cycle by day follows a run of the same business date, and most of what it would read is what that
run read. The night trusts none of it and makes every slice anew.
"""

import hashlib
from collections.abc import Collection
from datetime import date
from typing import Final

import polars as pl

from inventory_assets.framework.closed_days import find_last_closed_day
from inventory_assets.framework.code_version import hash_code
from inventory_assets.framework.inputs import Declared, Inputs
from inventory_assets.framework.marking import mark_tables
from inventory_assets.framework.reads import NO_ITEM, Marks
from inventory_assets.framework.retailer import Retailer
from quality_checks.contracts import CONTRACTS

CYCLE_JOB: Final = "intraday"
"""The job in which slices may stand."""

_KEPT: Final = CONTRACTS["asset_inputs"]
_READ: Final = CONTRACTS["read_marks"]


def hash_inputs(retailer: Retailer, declared: Declared, business_date: date, premises: str) -> str:
    """Hash all that an asset makes its slices from, as it is now.

    That is what it declares to read, of every date up to the business date, and its premises.

    Args:
        retailer: whose tables they are.
        declared: what the asset reads.
        business_date: of the slices.
        premises: as `hash_premises` gives them.
    """
    until = find_last_closed_day(retailer, business_date) if declared.closed_days else None
    names = declared.reads | declared.earlier
    facts = (
        mark_tables(retailer, names, business_date, closed_until=until),
        until,
        premises,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def hash_premises(retailer: Retailer, business_date: date) -> str:
    """Hash what every asset may be made from besides tables: policies, code and model."""
    facts = retailer.policy_hash, hash_code(), retailer.model_version(business_date)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def is_standing(retailer: Retailer, declared: Declared, business_date: date, inputs: str) -> bool:
    """Whether the slices of an asset were made from the same inputs, and are as they were made.

    Args:
        retailer: whose tables they are.
        declared: what the asset reads.
        business_date: of the slices.
        inputs: what they would be made from, as `hash_inputs` gives it.
    """
    kept = retailer.warehouse.read(_KEPT, business_date).filter(asset=declared.asset)
    made = (inputs, _hash_slices(retailer, declared.asset.split("+"), business_date))
    return kept.select("inputs", "slices").rows() == [made]


def find_marks(
    retailer: Retailer, declared: Declared, business_date: date, premises: str
) -> Marks | None:
    """Find what an asset read when its slices were made.

    Args:
        retailer: whose tables they are.
        declared: what the asset reads.
        business_date: of the slices.
        premises: as `hash_premises` gives them.

    Returns:
        None where it is not known, where the slices are others by now, and where policies, code or
        model are, so that what is read does not tell what would be made.
    """
    asset = declared.asset
    kept = retailer.warehouse.read(_KEPT, business_date).filter(asset=asset)
    slices = _hash_slices(retailer, asset.split("+"), business_date)
    if kept["slices"].to_list() != [slices]:
        return None
    read = retailer.warehouse.read(_READ, business_date)
    read = read.filter(asset=asset, premises=premises).sort("place")
    of_items = pl.col("place") == 0
    places = read.filter(~of_items)["mark"].to_list()
    items = dict(read.filter(of_items).select("sku", "mark").iter_rows())
    return Marks(places, items) if places else None


def keep_inputs(  # noqa: PLR0913  # what slices were made from
    retailer: Retailer,
    declared: Declared,
    inputs: Inputs,
    made_from: str,
    *,
    marks: Marks | None,
    premises: str,
) -> None:
    """Keep what the slices of an asset were made from, unless more went into them than it declares.

    Args:
        retailer: whose tables they are.
        declared: what the asset reads.
        inputs: what it was given.
        made_from: as `hash_inputs` gave it before they were made.
        marks: of all that it read; None where not all of it was noted.
        premises: as `hash_premises` gave them before the slices were made.
    """
    asset, day = declared.asset, inputs.business_date
    if inputs.reached_beyond:
        return
    row = {
        "business_date": day,
        "asset": asset,
        "inputs": made_from,
        "slices": _hash_slices(retailer, asset.split("+"), day),
    }
    frame = pl.DataFrame([row], schema=_KEPT.schema)
    noted = (
        _READ.empty()
        if marks is None
        else _tabulate(marks, asset, day).with_columns(premises=pl.lit(premises))
    )
    retailer.warehouse.replace_part(_READ, [day], {"asset": asset}, noted)
    retailer.warehouse.replace_part(_KEPT, [day], {"asset": asset}, frame)


def _tabulate(marks: Marks, asset: str, day: date) -> pl.DataFrame:
    """Marks as rows of the contract `read_marks`, which lack the premises."""
    rows = [
        *((day, asset, place, NO_ITEM, mark) for place, mark in enumerate(marks.places, start=1)),
        *((day, asset, 0, sku, mark) for sku, mark in marks.items.items()),
    ]
    schema = {name: _READ.schema[name] for name in _READ.columns if name != "premises"}
    return pl.DataFrame(rows, schema=schema, orient="row")


def forget_inputs(retailer: Retailer, declared: Declared, business_date: date) -> None:
    """Forget what the slices of an asset were made from, before they are made anew.

    Whatever becomes of that, no slice then stands for what it was not made from.

    Args:
        retailer: whose tables they are.
        declared: what the asset reads.
        business_date: of the slices.
    """
    part = {"asset": declared.asset}
    retailer.warehouse.replace_part(_KEPT, [business_date], part, _KEPT.empty())


def _hash_slices(retailer: Retailer, tables: Collection[str], business_date: date) -> str:
    """Hash what tables hold of a business date."""
    marks = retailer.warehouse.read_marks(tables, business_date)
    return repr(marks.filter(pl.col("business_date") == business_date).rows())
