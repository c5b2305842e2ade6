"""Play the plan and the usual rules against retailers; say what the plan is worth."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from inventory_assets.resources import Retailer
from inventory_assets.workplace import PROJECT, Workplace
from simulation.replay.contest import Retailers, compete, demo_worlds, entrants_of
from simulation.replay.history import history_worlds
from simulation.replay.pipeline import Planning
from simulation.replay.roi import roi_table, transfer_efficiency
from simulation.retailer import retailer_settings
from simulation.retailer.settings import Size

_SHOWN = (
    ("profit", ",.0f"),
    ("revenue", ",.0f"),
    ("fill_rate", ".1%"),
    ("stock_outs", ".1%"),
    ("stock_value", ",.0f"),
    ("turns", ".1f"),
    ("lost_margin", ",.0f"),
    ("markdown", ",.0f"),
    ("transfers", ",.0f"),
    ("transfer_cost", ",.0f"),
)
"""Figures of the first tables, and how they are written."""

_POLICIES_A_TABLE = 4
"""Policies whose figures, of up to a billion each, fit side by side into 80 columns."""


def planning_of(data: Path) -> Planning:
    """What planning.yaml says, as the replay plays it: there nobody waits for what is out of stock.

    Args:
        data: data folder of the retailer.
    """
    policies = os.environ.get("PLENISH_POLICIES", str(PROJECT / "data" / "policies"))
    retailer = Retailer(data_folder=str(data), policies_folder=policies)
    policy = retailer.planning_policy
    return Planning(
        economics=replace(retailer.economics, backorder_kinds=frozenset()),
        history_days=policy.history_days,
        horizon_days=policy.horizon_days,
        supplier_review_days=policy.supplier_review_days,
        scorecard_days=policy.scorecard_window_days,
        min_transfer_gain=policy.min_transfer_gain,
        recently_moved_days=policy.transfers.recently_moved_days,
    )


DAYS, HISTORY_DAYS = 365, 28
"""Days that count where none are named, of the built-in retailer and of a history."""


def retailers_of(
    size: Size,
    seeds: Sequence[int],
    days: int | None,
    *,
    data: Path | None,
    cities: Sequence[int] | None,
) -> Retailers:
    """Whom policies are played against.

    Args:
        size: of the built-in retailer.
        seeds: of the built-in retailers; the first is that of what a history lacks.
        days: days that count; `DAYS` or `HISTORY_DAYS` by default.
        data: folder of FreshRetailNet-50K, whose cities are played instead.
        cities: of it; the smallest ones by default.
    """
    if data is not None:
        return history_worlds(data, days or HISTORY_DAYS, seed=seeds[0], cities=cities)
    return demo_worlds(retailer_settings(size), seeds, days or DAYS)


def run_replay(  # noqa: PLR0913  # who plays whom, and where it is said
    place: Workplace,
    retailers: Retailers,
    console: Console,
    *,
    against: str,
    variants: bool,
    model: Path | None = None,
) -> None:
    """Play, and print the figures of every policy and what ours is worth against one of them."""
    try:
        entrants = entrants_of(variants=variants, model=model)
    except ValueError as error:
        raise SystemExit(f"plenish: {error}") from error
    if against not in entrants:
        raise SystemExit(f"plenish: no policy {against}; there are {', '.join(entrants)}")
    with console.status("Playing") as status:
        try:
            figures = compete(
                retailers,
                planning_of(place.data),
                entrants=entrants,
                progress=lambda text: status.update(f"Playing {text}"),
            )
        except FileNotFoundError as error:
            raise SystemExit(f"plenish: {error}") from error
    played = figures["retailer"].n_unique()
    for table in _figures_tables(figures, f"Means of {played} retailers"):
        console.print(table)
    console.print(_roi_table(roi_table(figures, policy="ours", against=against), against))
    if variants:
        gain = transfer_efficiency(figures, policy="ours", without="ours_without_transfers")
        said = "no transfers" if gain is None else f"{gain:+.2f}"
        console.print(f"Transfer efficiency, profit added for each unit of cost: {said}")


def _figures_tables(figures: pl.DataFrame, title: str) -> Iterator[Table]:
    """Figures of every policy, so many policies beside each other as a log file is wide."""
    means = figures.drop("retailer").group_by("policy", maintain_order=True).mean()
    for some in means.iter_slices(_POLICIES_A_TABLE):
        table = Table("", *_right(some["policy"]), title=title)
        for name, style in _SHOWN:
            table.add_row(name.replace("_", " "), *(format(value, style) for value in some[name]))
        yield table


def _roi_table(roi: pl.DataFrame, against: str) -> Table:
    title = f"ours against {against}: gains above 0 are for the better, with their 95 % interval"
    # Without lines between columns, which leaves their width to the words.
    table = Table(
        "term", "unit", *_right(["ours", against, "gain", "from", "to"]), title=title, box=SIMPLE
    )
    for row in roi.iter_rows(named=True):
        numbers = (row[name] for name in ("policy", "against", "gain", "low", "high"))
        table.add_row(row["term"], row["unit"], *(_number(value) for value in numbers))
    return table


def _right(names: Iterable[str]) -> list[Column]:
    """Columns of numbers, whose headers break between words."""
    return [Column(name.replace("_", " "), justify="right") for name in names]


def _number(value: float | None) -> str:
    """Four significant digits, which is what an interval over a few retailers bears."""
    if value is None:
        return ""
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        # From where four digits round up to the next size.
        if abs(value) >= size * 0.99995:
            return f"{value / size:#.4g}{letter}"
    return f"{value:.4g}"
