"""Policies side by side: every one against the same retailers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from simulation.replay.decision import Policy
from simulation.replay.demo import demo_scenario
from simulation.replay.measures import measure
from simulation.replay.pipeline import Pipeline, Planning
from simulation.replay.play import play, warmed_up
from simulation.replay.rules import DoNothing, min_max, reorder_point, weeks_of_cover
from simulation.replay.trained import model_forecaster
from simulation.replay.world import World
from simulation.retailer import RetailerSettings

WARM_UP_DAYS = 182
"""Days played before those that count: the history that plans look back on."""

Entrants = Mapping[str, Callable[[Planning], Policy]]

ENTRANTS: Entrants = {
    "ours": Pipeline,
    "weeks_of_cover": lambda _: weeks_of_cover(),
    "reorder_point": lambda _: reorder_point(),
    "min_max": lambda planning: min_max(planning.economics.carrying_rate_per_year),
    "do_nothing": lambda _: DoNothing(),
}
"""The pipeline, and the rules that it is compared with."""

VARIANTS: Entrants = {
    "ours_without_transfers": lambda planning: Pipeline(
        planning, name="ours_without_transfers", transfers=False
    ),
    "ours_with_fair_shares": lambda planning: Pipeline(
        planning, name="ours_with_fair_shares", rationing="fair_shares"
    ),
}
"""The pipeline with a part of it left out."""


def entrants_of(*, variants: bool, model: Path | None = None) -> Entrants:
    """Who plays.

    Args:
        variants: `VARIANTS` as well.
        model: folder of a trained model; the pipeline with its forecast plays as well.

    Raises:
        ValueError: as `model_forecaster`, RegistryError among them.
    """
    chosen = {**ENTRANTS, **(VARIANTS if variants else {})}
    if model is None:
        return chosen
    forecaster, name = model_forecaster(model), "ours_with_model"
    return {**chosen, name: lambda planning: Pipeline(planning, name=name, forecaster=forecaster)}


Retailers = Iterable[tuple[int, World]]
"""Retailers by number, each on the evening before the days that count."""


def demo_worlds(
    settings: RetailerSettings, seeds: Sequence[int], days: int
) -> Iterator[tuple[int, World]]:
    """The built-in retailer of every seed, `WARM_UP_DAYS` of fixed weeks of cover behind it.

    Args:
        settings: size of the retailer; its days are set anew.
        seeds: of the retailers.
        days: days that count.
    """
    for seed in seeds:
        scenario = demo_scenario(settings.model_copy(update={"days": WARM_UP_DAYS + days}), seed)
        yield seed, warmed_up(scenario, weeks_of_cover(), WARM_UP_DAYS)


def compete(
    retailers: Retailers,
    planning: Planning,
    *,
    entrants: Entrants = ENTRANTS,
    progress: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Play policies against retailers, all of them from the same evening of each.

    Args:
        retailers: of one kind, so that their differences can be put into an interval.
        planning: the planning policy.
        entrants: what makes each policy.
        progress: is told what is played.

    Returns:
        retailer, policy and the fields of `Measures`, a row each in the given orders.
    """
    tell = progress or (lambda _: None)
    rows = []
    for number, evening in retailers:
        for name, entrant in entrants.items():
            tell(f"{name} at retailer {number}")
            played = play(evening, entrant(planning))
            figures = asdict(measure(played, planning.economics))
            rows.append({"retailer": number, "policy": name, **figures})
    return pl.DataFrame(rows)
