"""Policies side by side: every one against the same retailers."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from quality_checks.contracts import PlanningPolicy
from simulation.replay.decision import ReplayPolicy
from simulation.replay.demo import build_demo_scenario
from simulation.replay.history import build_history_worlds
from simulation.replay.measures import measure
from simulation.replay.parts import Parts
from simulation.replay.pipeline import Pipeline, forbid_waiting, forecast_flat
from simulation.replay.play import play, warmed_up
from simulation.replay.price_rules import FullPrice
from simulation.replay.rules import DoNothing, min_max, reorder_point, weeks_of_cover
from simulation.replay.shipping_rules import FromNearest
from simulation.replay.trained import model_forecaster
from simulation.replay.world import ReplayWorld
from simulation.retailer import RetailerSettings, Size, size_retailer

WARM_UP_DAYS = 182
"""Days played before those that count: the history that plans look back on."""

DAYS, HISTORY_DAYS = 365, 28
"""Days that count where none are named, of the built-in retailer and of a history."""

Entrants = Mapping[str, Callable[[PlanningPolicy], ReplayPolicy]]

ENTRANTS: Entrants = {
    "ours": Pipeline,
    "weeks_of_cover": lambda _: weeks_of_cover(),
    "reorder_point": lambda _: reorder_point(),
    "min_max": lambda policy: min_max(policy.economics.carrying_rate_per_year),
    "do_nothing": lambda _: DoNothing(),
}
"""The pipeline, and the rules that it is compared with."""

VARIANTS: Mapping[str, Parts] = {
    "ours_without_transfers": Parts(transfers=False),
    "ours_with_fair_shares": Parts(by_worth=False),
    "ours_without_occasions": Parts(occasions=False),
    "ours_without_kept_units": Parts(kept_units=False),
    "ours_without_ring_fences": Parts(ring_fences=False),
    "ours_without_line_cost": Parts(line_cost=False),
    "ours_without_transfer_line_cost": Parts(transfer_line_cost=False),
    "ours_without_most_cover": Parts(most_cover=False),
    "ours_without_least_trips": Parts(least_trips=False),
    "ours_without_launch_protection": Parts(launch_protection=False),
    "ours_without_move_protection": Parts(move_protection=False),
    "ours_without_size_runs": Parts(size_runs=False),
    "ours_without_handling_limits": Parts(handling_limits=False),
    "ours_without_order_changes": Parts(order_changes=False),
    "ours_without_expedites": Parts(expedites=False),
    "ours_without_lives": Parts(lives=False),
    "ours_without_supplier_choice": Parts(supplier_choice=False),
}
"""The pipeline with one part of the plan left out that the shipped policy has in force."""

SELLING_VARIANTS: Mapping[str, Parts] = {
    "ours_at_listed_prices": Parts(prices=False),
    "ours_without_season_moves": Parts(season_moves=False),
    "ours_without_sourcing": Parts(sourcing=False),
    "ours_without_substitution": Parts(substitution=False),
    "ours_without_selling": Parts(prices=False, sourcing=False),
}
"""The pipeline without parts that need retailers whose prices may be changed and whose customers
order online: listed prices fall by the usual ladder of weeks that are left, and without sourcing
the OMS says which node ships an order."""

FULL_PRICE = "ours_at_full_price"
"""The pipeline at prices that nothing lowers but promotions."""

FLAT_FORECAST = "ours_with_flat_forecast"
"""The pipeline without what a year says of the days beyond its forecast."""

VARIANT_NAMES = (*VARIANTS, FLAT_FORECAST)
"""What may play beside the pipeline, to say what a part of it is worth."""

NEAREST_NODE = "ours_from_nearest_node"
"""The pipeline with orders shipped from the nearest node that has the item."""

SELLING_NAMES = (*SELLING_VARIANTS, FULL_PRICE, NEAREST_NODE)
"""What may play besides at retailers whose prices may be changed, and whose customers order."""


def list_entrants(*, variants: Collection[str] = (), model: Path | None = None) -> Entrants:
    """List who plays.

    Args:
        variants: those of `VARIANT_NAMES` and `SELLING_NAMES` that play as well.
        model: folder of a trained model; the pipeline with its forecast plays as well.

    Raises:
        ValueError: a variant is unknown; or as `model_forecaster`, RegistryError among them.
    """
    names = (*VARIANT_NAMES, *SELLING_NAMES)
    unknown = sorted(set(variants) - set(names))
    if unknown:
        msg = f"no variant {unknown[0]!r}; there are {', '.join(names)}"
        raise ValueError(msg)
    chosen = dict(ENTRANTS) | {name: _variant(name) for name in names if name in variants}
    if model is None:
        return chosen
    forecaster, name = model_forecaster(model), "ours_with_model"
    return {**chosen, name: lambda policy: Pipeline(policy, name=name, forecaster=forecaster)}


def _variant(name: str) -> Callable[[PlanningPolicy], ReplayPolicy]:
    if name == FLAT_FORECAST:
        return lambda policy: Pipeline(policy, name=name, forecaster=forecast_flat)
    if name == FULL_PRICE:
        listed = SELLING_VARIANTS["ours_at_listed_prices"]
        return lambda policy: FullPrice(name, Pipeline(policy, parts=listed))
    if name == NEAREST_NODE:
        parts = SELLING_VARIANTS["ours_without_sourcing"]
        return lambda policy: FromNearest(name, Pipeline(policy, parts=parts))
    parts = {**VARIANTS, **SELLING_VARIANTS}[name]
    return lambda policy: Pipeline(policy, name=name, parts=parts)


Retailers = Iterable[tuple[int, ReplayWorld]]
"""Retailers by number, each on the evening before the days that count."""


def build_demo_worlds(  # noqa: PLR0913  # who is played, for how long, and what they may do
    settings: RetailerSettings,
    seeds: Sequence[int],
    days: int,
    *,
    warm_up: int = WARM_UP_DAYS,
    life: int | None = None,
    selling: bool = False,
) -> Iterator[tuple[int, ReplayWorld]]:
    """Build the built-in retailer of every seed, after some days of fixed weeks of cover.

    Args:
        settings: size of the retailer; its days are set anew.
        seeds: of the retailers.
        days: days that count.
        warm_up: days before them, which are all that policies know at first.
        life: days for which all goods may be sold after they come in, where they spoil.
        selling: policies may change prices, and say which node ships a customer's order.
    """
    for seed in seeds:
        played = settings.model_copy(update={"days": warm_up + days})
        scenario = build_demo_scenario(played, seed, selling=selling).limit_lives(life)
        yield seed, warmed_up(scenario, weeks_of_cover(), warm_up)


def choose_retailers(  # noqa: PLR0913  # who is played, for how long, and what they may do
    size: Size,
    seeds: Sequence[int],
    days: int | None,
    *,
    data: Path | None,
    cities: Sequence[int] | None,
    life: int | None = None,
    selling: bool = False,
    items: int | None = None,
) -> Retailers:
    """Choose whom policies are played against.

    Args:
        size: of the built-in retailer.
        seeds: of the built-in retailers; the first is that of what a history lacks.
        days: days that count; `DAYS` or `HISTORY_DAYS` by default.
        data: folder of FreshRetailNet-50K, whose cities are played instead.
        cities: of it; the smallest ones by default.
        life: days for which all goods may be sold after they come in, where they spoil.
        selling: policies may change prices of the built-in retailers, and ship their orders.
        items: of the built-in retailers, whose sales grow with them; as their size has them by
            default.

    Raises:
        ValueError: nobody knows what would have sold at other prices in a history.
    """
    if data is not None and selling:
        raise ValueError("in a history nobody knows what would have sold at another price")
    if data is not None:
        counted = days or HISTORY_DAYS
        return build_history_worlds(data, counted, seed=seeds[0], cities=cities, life=life)
    settings = size_retailer(size)
    if items is not None:
        lines = settings.pos_lines_per_day * items // settings.skus
        settings = settings.model_copy(update={"skus": items, "pos_lines_per_day": lines})
    return build_demo_worlds(settings, seeds, days or DAYS, life=life, selling=selling)


def play_contest(
    retailers: Retailers,
    policy: PlanningPolicy,
    *,
    entrants: Entrants = ENTRANTS,
    progress: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Play policies against retailers, all of them from the same evening of each.

    Args:
        retailers: of one kind, so that their differences can be put into an interval.
        policy: of planning, as planning.yaml has it.
        entrants: what makes each policy.
        progress: is told what is played.

    Returns:
        retailer, policy and the fields of `Measures`, a row each in the given orders.
    """
    tell, rules = progress or (lambda _: None), forbid_waiting(policy)
    rows = []
    for number, evening in retailers:
        for name, entrant in entrants.items():
            tell(f"{name} at retailer {number}")
            played = play(evening, entrant(rules))
            figures = asdict(measure(played, rules))
            rows.append({"retailer": number, "policy": name, **figures})
    return pl.DataFrame(rows)
