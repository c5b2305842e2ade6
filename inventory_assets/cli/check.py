"""Say what a plan would find in a data folder: what is there, what is not, and what that costs."""

from datetime import date
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from connecting.judging import WITHOUT, FolderJudged, TakenIn, judge_folder
from governance import load_planning_policy
from inventory_assets.project import find_policies_folder

_EXAMPLES = 3
_KINDS = 5


def show_check(folder: Path, day: date | None, console: Console) -> bool:
    """Judge a data folder or a landing folder and print what was found.

    Args:
        folder: nothing in it is changed.
        day: business date; the newest of any file by default.
        console: where it is printed.

    Returns:
        Whether a plan can be made of it.
    """
    policy = load_planning_policy(find_policies_folder() / "planning.yaml")
    with console.status(f"Reading {folder}"):
        judged = judge_folder(folder, stop_after_days=policy.stop_after_days, business_date=day)
    for stray in judged.strays:
        _say(f"not used: {stray}", console)
    if judged.business_date is None:
        _say(f"No file of any source is in {folder}.", console)
        return False
    console.rule(f"{judged.business_date}: what a plan would find")
    _tabulate(judged, console)
    for source, taken in judged.sources.items():
        _tell_source(source, taken, console)
    _tell_lacks(judged, console)
    return not judged.stopping


def _say(text: str, console: Console) -> None:
    console.print(escape(text), highlight=False)


def _tabulate(judged: FolderJudged, console: Console) -> None:
    """A line for each source of which anything came."""
    numbers = (Column(name, justify="right") for name in ("files", "rows", "waiting", "refused"))
    # Without lines between them the columns fit a terminal of 80.
    table = Table("source", *numbers, "from", "to", "", box=None)
    for source, taken in judged.sources.items():
        loaded = taken.files.filter(status="loaded")
        if taken.files.is_empty() and not taken.refused:
            continue
        first, last = loaded["business_date"].min(), loaded["business_date"].max()
        failed = {outcome.check.name for outcome in taken.outcomes if not outcome.passed}
        late = "late" if failed & {"arrived", "not_too_late"} else ""
        table.add_row(
            source,
            f"{loaded.height:,}",
            f"{loaded['loaded_rows'].sum():,}",
            f"{taken.waiting.height:,}",
            f"{len(taken.refused):,}",
            *(str(found or "") for found in (first, last)),
            "none taken" if source in judged.missing else late,
        )
    console.print(table)


def _tell_source(source: str, taken: TakenIn, console: Console) -> None:
    """What is wrong with a source, with examples."""
    if taken.files.is_empty() and not taken.refused:
        return
    failed = [outcome for outcome in taken.outcomes if not outcome.passed]
    if not failed and not taken.made.notes:
        return
    console.print(f"\n[bold]{source}[/bold]")
    for message in (*taken.refused, *taken.made.notes, *taken.loaded.notes):
        _say(f"  {message}", console)
    _tell_waiting(taken.waiting, console)
    for outcome in failed:
        if outcome.check.name in {"readable", "clean"}:
            continue  # said above, file by file and row by row
        mark = "stops the plan: " if outcome.check.blocking else ""
        _say(f"  {mark}{outcome.check.name}: {outcome.message}", console)
        for row in outcome.failing.head(_EXAMPLES).iter_rows(named=True):
            _say("    " + ", ".join(f"{k} {v}" for k, v in row.items() if v is not None), console)


def _tell_waiting(waiting: pl.DataFrame, console: Console) -> None:
    """Rows that wait, by column and kind of fault, most first, each with examples."""
    kinds = (
        waiting.group_by("field", "reason", maintain_order=True)
        .agg(pl.len().alias("rows"), pl.col("file_name", "row", "message").head(_EXAMPLES))
        .sort("rows", descending=True, maintain_order=True)
    )
    for kind in kinds.head(_KINDS).iter_rows(named=True):
        reason = kind["reason"].replace("_", " ")
        _say(f"  {kind['rows']:,} rows wait: {kind['field']}: {reason}", console)
        for name, row, message in zip(kind["file_name"], kind["row"], kind["message"], strict=True):
            _say(f"    {name} row {row}: {message}", console)
    if len(kinds) > _KINDS:
        _say(f"  and {len(kinds) - _KINDS} more kinds of fault", console)


def _tell_lacks(judged: FolderJudged, console: Console) -> None:
    """What the missing sources switch off, and whether a plan can be made."""
    if judged.missing:
        console.print("\n[bold]Without these sources[/bold]")
        for source in judged.missing:
            _say(f"  {source}: {WITHOUT[source]}", console)
    console.print()
    for reason in judged.stopping:
        _say(f"No plan can be made: {reason}", console)
    if not judged.stopping:
        _say("A plan can be made.", console)
