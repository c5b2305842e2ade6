"""Play the plan and the usual rules against retailers; say what the plan is worth."""

import os
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from inventory_assets.cli.workplace import Workplace
from inventory_assets.framework import Retailer
from inventory_assets.project import PROJECT
from simulation.replay import (
    Planning,
    Retailers,
    compete,
    demo_worlds,
    entrants_of,
    history_worlds,
    roi_table,
    transfer_efficiency,
)
from simulation.retailer import Size, retailer_settings

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
"""Figures of the first table, and how they are written."""


def planning_of(data: Path) -> Planning:
    """What planning.yaml says, as the replay plays it: there nobody waits for what is out of stock.

    Args:
        data: data folder of the retailer.
    """
    policies = os.environ.get("PLENISH_POLICIES", str(PROJECT / "data" / "policies"))
    retailer = Retailer(data_folder=str(data), policies_folder=policies)
    policy = retailer.planning_policy
    return Planning(
        economics=policy.economics.model_copy(update={"unmet_demand": {}}),
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
    console.print(_figures_table(figures, f"Means of {played} retailers"))
    console.print(_roi_table(roi_table(figures, policy="ours", against=against), against))
    if variants:
        gain = transfer_efficiency(figures, policy="ours", without="ours_without_transfers")
        said = "no transfers" if gain is None else f"{gain:+.2f}"
        console.print(f"Transfer efficiency, profit added for each unit of cost: {said}")


def _figures_table(figures: pl.DataFrame, title: str) -> Table:
    means = figures.drop("retailer").group_by("policy", maintain_order=True).mean()
    table = Table("", *(name.replace("_", " ") for name in means["policy"]), title=title)
    for name, style in _SHOWN:
        table.add_row(name.replace("_", " "), *(format(value, style) for value in means[name]))
    return table


def _roi_table(roi: pl.DataFrame, against: str) -> Table:
    title = f"ours against {against}: gains above 0 are for the better, with their 95 % interval"
    table = Table("term", "unit", "ours", against, "gain", "from", "to", title=title)
    for row in roi.iter_rows(named=True):
        numbers = (row[name] for name in ("policy", "against", "gain", "low", "high"))
        table.add_row(row["term"], row["unit"], *(_number(value) for value in numbers))
    return table


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004  # thousands
