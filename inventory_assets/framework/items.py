"""One item that breaks a calculation is set aside by its name, and the rest is calculated.

Extracts are held to bounds, and frames to contracts; what breaks a calculation all the same nobody
has foreseen. It is one item's, more often than not, and must not take the night from all others. So
a calculation that fails is tried on ever smaller parts of the assortment, until the items are left
that fail by themselves.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import dagster as dg
import polars as pl

from governance import PolicyError
from inventory_assets.framework.inputs import Inputs, UndeclaredInputError
from quality_checks.checks import Outcome, judge_items
from warehouse import WarehouseBusyError

T = TypeVar("T")

_MOST_SET_ASIDE: Final = 20
"""Where more items fail by themselves, or most do, it is not the items that are at fault."""

_NOT_OF_AN_ITEM = (dg.Failure, OSError, PolicyError, UndeclaredInputError, WarehouseBusyError)
_BREAKS = (Exception, pl.exceptions.PanicException)
"""Polars panics past `Exception`."""

_LONGEST_WORDS: Final = 300


def set_items_aside(calculate: Callable[[Inputs], T], inputs: Inputs) -> tuple[T, Outcome]:
    """Calculate without the items on which it breaks, and say which these are.

    Args:
        calculate: reads its inputs and calculates; it is called again and again.
        inputs: what it is given.

    Returns:
        Its result, and the items that were left out, each with its error.

    Raises:
        Exception: it breaks whatever items are left out, or on too many of them.
    """
    try:
        return calculate(inputs), judge_items({})
    except _NOT_OF_AN_ITEM:
        raise
    except _BREAKS as error:
        skus = inputs.skus()
        broken = _break_down(calculate, inputs, skus, error)
        if not 0 < len(broken) <= min(_MOST_SET_ASIDE, len(skus) // 2):
            raise
        broken = _take_back(calculate, inputs, broken)
    said = {sku: _say(error) for sku, error in broken.items()}
    return calculate(inputs.without(broken)), judge_items(said)


def _break_down(
    calculate: Callable[[Inputs], object],
    inputs: Inputs,
    skus: Sequence[str],
    error: BaseException,
) -> dict[str, BaseException]:
    """Items among `skus` that fail by themselves, and how; it ends soon where they are many.

    Args:
        calculate: as of `set_items_aside`.
        inputs: as of `set_items_aside`.
        skus: items on which together it fails.
        error: how it does.
    """
    if len(skus) <= 1:
        return dict.fromkeys(skus, error)
    broken: dict[str, BaseException] = {}
    middle = len(skus) // 2
    for half in (skus[:middle], skus[middle:]):
        if len(broken) > _MOST_SET_ASIDE:
            break
        found = _find_error(calculate, inputs.of_only(half))
        if found is not None:
            broken |= _break_down(calculate, inputs, half, found)
    return broken


def _take_back(
    calculate: Callable[[Inputs], object], inputs: Inputs, broken: dict[str, BaseException]
) -> dict[str, BaseException]:
    """Take back those of several items that only failed because they were alone."""
    for sku in sorted(broken):
        others = {name: found for name, found in broken.items() if name != sku}
        if others and _find_error(calculate, inputs.without(others)) is None:
            broken = others
    return broken


def _find_error(calculate: Callable[[Inputs], object], inputs: Inputs) -> BaseException | None:
    """The error of a calculation that may be an item's; None where it goes well."""
    try:
        calculate(inputs)
    except _NOT_OF_AN_ITEM:
        raise
    except _BREAKS as error:
        return error
    return None


def _say(error: BaseException) -> str:
    cases = getattr(error, "failure_cases", None)
    text = str(error) if cases is None else "; ".join(map(str, cases.head(3).to_dicts()))
    return f"{type(error).__name__}: {' '.join(text.split())[:_LONGEST_WORDS]}"
