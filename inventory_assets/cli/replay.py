"""Play the plan and the usual rules against retailers; say what the plan is worth."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import polars as pl
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from quality_checks.contracts import PlanningPolicy
from simulation.replay import (
    Retailers,
    list_entrants,
    measure_transfer_efficiency,
    play_contest,
    tabulate_roi,
)

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


def run_replay(  # noqa: PLR0913  # who plays whom, and where it is said
    policy: PlanningPolicy,
    retailers: Retailers,
    console: Console,
    *,
    against: str,
    variants: Collection[str] = (),
    model: Path | None = None,
) -> None:
    """Play, and print the figures of every policy and what ours is worth against one of them."""
    try:
        entrants = list_entrants(variants=variants, model=model)
    except ValueError as error:
        raise SystemExit(f"plenish: {error}") from error
    if against not in entrants:
        raise SystemExit(f"plenish: no policy {against}; there are {', '.join(entrants)}")
    with console.status("Playing") as status:
        try:
            figures = play_contest(
                retailers,
                policy,
                entrants=entrants,
                progress=lambda text: status.update(f"Playing {text}"),
            )
        except FileNotFoundError as error:
            raise SystemExit(f"plenish: {error}") from error
    played = figures["retailer"].n_unique()
    for table in _figures_tables(figures, f"Means of {played} retailers"):
        console.print(table)
    console.print(_roi_table(tabulate_roi(figures, policy="ours", against=against), against))
    without = "ours_without_transfers"
    if without in variants:
        gain = measure_transfer_efficiency(figures, policy="ours", without=without)
        said = "no transfers" if gain is None else f"{gain:+.2f}"
        console.print(f"Transfer efficiency, profit added for each unit of cost: {said}")


def _figures_tables(figures: pl.DataFrame, title: str) -> Iterator[Table]:
    """Print the figures of every policy, in tables that fit the width of a log file."""
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
        table.add_row(row["term"], row["unit"], *(write_figure(value) for value in numbers))
    return table


def _right(names: Iterable[str]) -> list[Column]:
    """Add columns of numbers, whose headers break between words."""
    return [Column(name.replace("_", " "), justify="right") for name in names]


def write_figure(value: float | None) -> str:
    """Write four significant digits, all that an interval over a few retailers supports."""
    if value is None:
        return ""
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        # From where four digits round up to the next size.
        if abs(value) >= size * 0.99995:
            return f"{value / size:#.4g}{letter}"
    return f"{value:.4g}"
