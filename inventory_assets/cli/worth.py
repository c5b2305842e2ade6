"""What the plan is worth against the rule before: played, shown, kept for the executive page."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from inventory_assets.cli.replay import write_figure
from quality_checks.contracts import PlanningPolicy
from simulation.replay import (
    Retailers,
    Worth,
    choose_rule,
    list_compared,
    play_contest,
    tabulate_worth,
)

_FIGURES: Final = ("before", "planned", "gain", "low", "high")
HEADS: Final = ("term", "unit", "before", "planned", "gain", "from", "to")


class KeptWorth(BaseModel):
    """What was played, and what the plan was worth there.

    Attributes:
        rule: of the retailer before, with its figure where it has one.
        played: against whom, in words.
        rows: of the table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    played: str
    rows: list[Worth]


def show_worth(  # noqa: PLR0913  # what is played, and where it is said
    policy: PlanningPolicy,
    retailers: Retailers,
    console: Console,
    *,
    before: str,
    cover_weeks: float | None,
    service: float | None,
    played: str,
    days: int,
    out: Path,
) -> None:
    """Play the plan and the rule before, print what the plan is worth, and keep it.

    Raises:
        SystemExit: there is no such rule, or it has no such figure.
    """
    try:
        rule = choose_rule(before, cover_weeks=cover_weeks, service=service)
    except ValueError as error:
        raise SystemExit(f"plenish: {error}") from error
    with console.status("Playing") as status:
        figures = play_contest(
            retailers,
            policy,
            entrants=list_compared(before, rule),
            progress=lambda text: status.update(f"Playing {text}"),
        )
    figure = cover_weeks if cover_weeks is not None else service
    named = before.replace("_", " ") + ("" if figure is None else f" ({figure:g})")
    rows = tabulate_worth(figures, before=before, days=days)
    kept = KeptWorth(rule=named, played=played, rows=rows)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    partial.write_text(kept.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(out)
    console.print(_lay_out(kept))
    for row in rows:
        console.print(f"{row.term}: {row.assumption}", highlight=False)
    console.print(f"Kept for the executive page: {out}", highlight=False, soft_wrap=True)


def name_kept_worth(data: Path) -> Path:
    """The file of a data folder that keeps what was played last."""
    return data / "reports" / "worth.json"


def read_kept_worth(data: Path) -> KeptWorth | None:
    """What was played last; None where nothing was, or by another version."""
    path = name_kept_worth(data)
    if not path.exists():
        return None
    try:
        return KeptWorth.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError:
        return None


def write_worth_cells(row: Worth) -> list[str | None]:
    """The cells of a row under `HEADS`."""
    figures = (getattr(row, name) for name in _FIGURES)
    return [row.term, row.unit, *(write_figure(value) or None for value in figures)]


def _lay_out(kept: KeptWorth) -> Table:
    title = f"The plan against {kept.rule}, {kept.played}: gains above 0 are for the better"
    columns = [Column(name, justify="right") for name in HEADS[2:]]
    table = Table(*HEADS[:2], *columns, title=title, box=SIMPLE)
    for row in kept.rows:
        table.add_row(*(cell or "-" for cell in write_worth_cells(row)))
    return table
