"""What the lines of a plan state to be worth, against what the replay shows they were."""

import math
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, TypedDict

import polars as pl

from governance import load_planning_policy
from simulation.promises import (
    TRAITS,
    Bounded,
    Calibration,
    calibrate_kinds,
    compare_nights,
    count_days,
    tabulate_confidence,
    tabulate_traits,
)
from simulation.replay import Pipeline, build_demo_worlds, forbid_waiting
from simulation.retailer import Size, size_retailer

POLICY = Path(__file__).resolve().parent.parent / "data" / "policies" / "planning.yaml"
"""The policy that ships."""

YEAR = 365
"""Days of sales that the retailer has at first: what a season sells can be known."""


class Figures(TypedDict):
    """What the benchmark prints.

    Attributes:
        size, retailers: size and seeds of the built-in retailer.
        nights: of each kind of action and retailer.
        whole: all lines of an item were taken out together, instead of one.
        kinds: kind -> the fields of `Calibration`, intervals as value, low and high.
        traits: rows of `tabulate_traits`.
        confidence: rows of `tabulate_confidence`.
        total_seconds: wall clock of everything.
    """

    size: str
    retailers: list[int]
    nights: int
    whole: bool
    kinds: dict[str, dict[str, Any]]
    traits: list[dict[str, Any]]
    confidence: list[dict[str, Any]]
    total_seconds: float


def measure(  # noqa: PLR0913  # who is played, and what is taken out
    size: Size,
    seeds: Sequence[int],
    nights: int,
    *,
    kinds: Collection[str],
    whole: bool,
    keep: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Figures:
    """Play nights of the built-in retailers with and without actions, and compare.

    Args:
        size: of the retailers.
        seeds: of the retailers, and of what is taken out.
        nights: of each kind of action and retailer.
        kinds: of action that are looked at.
        whole: take all lines of an item and kind out together.
        keep: file for the actions one by one, as Parquet.
        progress: is told what is played.
    """
    started, policy = time.perf_counter(), forbid_waiting(load_planning_policy(POLICY))
    compared = pl.concat(
        (
            compare_nights(
                evening,
                Pipeline(policy),
                policy,
                nights=nights,
                seed=seed,
                kinds=kinds,
                whole=whole,
                progress=progress,
            ).with_columns(retailer=pl.lit(seed, pl.Int64))
            for seed, evening in build_demo_worlds(
                size_retailer(size), seeds, count_days(nights), warm_up=YEAR
            )
        ),
        how="diagonal",
    )
    if keep is not None:
        compared.write_parquet(keep)
    return Figures(
        size=size,
        retailers=list(seeds),
        nights=nights,
        whole=whole,
        kinds={kind: _told(found) for kind, found in calibrate_kinds(compared).items()},
        traits=[_rounded(row) for row in tabulate_traits(compared, TRAITS).to_dicts()],
        confidence=[_rounded(row) for row in tabulate_confidence(compared).to_dicts()],
        total_seconds=round(time.perf_counter() - started, 1),
    )


def _told(found: Calibration) -> dict[str, Any]:
    return {
        name: _rounded(value._asdict()) if isinstance(value, Bounded) else _round(value)
        for name, value in found._asdict().items()
    }


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _round(value) for name, value in row.items()}


def _round(value: Any) -> Any:  # noqa: ANN401  # a figure, or what has none
    if not isinstance(value, float):
        return value
    return round(value, 3) if math.isfinite(value) else None
