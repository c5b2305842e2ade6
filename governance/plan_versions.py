"""Versions of a business date's plan: what each was made from, as hashes, and which is in force."""

import hashlib
from datetime import date
from typing import NamedTuple

import polars as pl

from quality_checks.contracts import CONTRACTS


class PlanParts(NamedTuple):
    """What a plan is made from.

    Attributes:
        input_hash: of the landed files.
        policy_hash: of both policy files.
        code_version: hash of the planning code.
        model_version: the trained model that plans, or that none does.
    """

    input_hash: str
    policy_hash: str
    code_version: str
    model_version: str


class PlanVersion(NamedTuple):
    """A version of a business date's plan, and the hashes of what it was made from."""

    plan_version: int
    plan_hash: str
    input_hash: str
    policy_hash: str
    code_version: str
    model_version: str


def number_plan(
    versions: pl.DataFrame, business_date: date, parts: PlanParts, *, last_exported: int
) -> pl.DataFrame:
    """Number the plan made from these parts and put it in force: rows of `plan_versions`.

    Parts not seen before for the date make a new version; those of an earlier version put it in
    force again, unless a higher one has handed out lines since. What was exported before is no
    part: a plan nets the exports of lower versions, so that the same version makes the same plan
    however often it runs.

    Args:
        versions: columns of the contract `plan_versions`, of the business date so far.
        business_date: of the plan.
        parts: what the plan is made from.
        last_exported: highest version that has handed out lines; 0 where none has.

    Returns:
        A row of the contract PlanVersions without business_date.
    """
    plan_hash = hashlib.sha256("".join(parts).encode()).hexdigest()
    same = versions.filter(
        pl.col("plan_hash") == plan_hash, pl.col("plan_version") >= last_exported
    )
    number = same["plan_version"].max() if same.height else _find_next(versions, last_exported)
    if same.is_empty():
        new = {
            "business_date": business_date,
            "plan_version": number,
            "plan_hash": plan_hash,
            **parts._asdict(),
            "current": True,
        }
        schema = CONTRACTS["plan_versions"].schema
        versions = versions.vstack(pl.DataFrame([new], schema=schema))
    return versions.with_columns(current=pl.col("plan_version") == number)


def _find_next(versions: pl.DataFrame, last_exported: int) -> int:
    """The number of a plan that no version is.

    Of a warehouse that was lost, the batches on disk still tell how far versions had come: the
    first plan takes the place of the one that handed them out.
    """
    highest = max(versions["plan_version"].to_list(), default=0)
    return last_exported if last_exported > highest else highest + 1


def find_current_version(versions: pl.DataFrame, business_date: date) -> PlanVersion:
    """The plan version in force.

    Args:
        versions: columns of the contract `plan_versions`, of the business date.
        business_date: of the plan.

    Raises:
        LookupError: the business date has no plan yet.
    """
    current = versions.filter("current")
    if current.is_empty():
        raise LookupError(f"{business_date} has no plan yet: materialize plans/plan_versions")
    return _read_version(current)


def find_version(versions: pl.DataFrame, business_date: date, number: int) -> PlanVersion:
    """The plan version with a number; the one in force where that is not kept.

    Args:
        versions: as of `find_current_version`.
        business_date: of the plan.
        number: of the version.

    Raises:
        LookupError: the business date has no plan yet.
    """
    named = versions.filter(plan_version=number)
    return (
        find_current_version(versions, business_date) if named.is_empty() else _read_version(named)
    )


def _read_version(rows: pl.DataFrame) -> PlanVersion:
    row = rows.row(0, named=True)
    return PlanVersion(**{name: row[name] for name in PlanVersion._fields})
