"""Policies side by side: every one against the same retailers, drawn from the same seeds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

import polars as pl

from simulation.replay.decision import Policy
from simulation.replay.demo import demo_scenario
from simulation.replay.measures import measure
from simulation.replay.pipeline import Pipeline, Planning
from simulation.replay.play import play, warmed_up
from simulation.replay.rules import DoNothing, min_max, reorder_point, weeks_of_cover
from simulation.retailer.settings import RetailerSettings

WARM_UP_DAYS = 182
"""Days played before those that count: the history that plans look back on."""

Entrants = Mapping[str, Callable[[Planning], Policy]]

ENTRANTS: Entrants = {
    "ours": Pipeline,
    "weeks_of_cover": lambda _: weeks_of_cover(),
    "reorder_point": lambda _: reorder_point(),
    "min_max": lambda planning: min_max(planning.economics.holding_rate_per_year),
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


def compete(  # noqa: PLR0913  # who plays what, for how long, and who is told
    settings: RetailerSettings,
    seeds: Sequence[int],
    planning: Planning,
    *,
    days: int,
    entrants: Entrants = ENTRANTS,
    progress: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Play policies against the built-in retailer of every seed.

    All start from the same evening: `WARM_UP_DAYS` of fixed weeks of cover lie behind it.

    Args:
        settings: size of the retailer; its days are set anew.
        seeds: of the retailers.
        planning: the planning policy.
        days: days that count.
        entrants: what makes each policy.
        progress: is told what is played.

    Returns:
        seed, policy and the fields of `Measures`, a row a seed and policy in the given orders.
    """
    tell = progress or (lambda _: None)
    rows = []
    for seed in seeds:
        tell(f"seed {seed}: warming up")
        scenario = demo_scenario(settings.model_copy(update={"days": WARM_UP_DAYS + days}), seed)
        warm = warmed_up(scenario, weeks_of_cover(), WARM_UP_DAYS)
        for name, entrant in entrants.items():
            tell(f"seed {seed}: {name}")
            played = play(warm, entrant(planning))
            figures = asdict(measure(played, planning.economics))
            rows.append({"seed": seed, "policy": name, **figures})
    return pl.DataFrame(rows)
