"""`plenish`: what the UI does, for cron and for people."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from governance import PolicyError
from inventory_assets.cli.workplace import Workplace
from inventory_assets.project import policies_folder
from warehouse import WarehouseBusyError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
importers = typer.Typer(no_args_is_help=True, help="Turn public data into landing extracts.")
app.add_typer(importers, name="import")
console = Console()


class DemoSize(StrEnum):
    """Sizes of the simulated retailer."""

    TINY = "tiny"
    DEMO = "demo"
    NETWORK = "network"


DataFolder = Annotated[
    Path | None,
    typer.Option("--data", help="Data folder. Default: $PLENISH_DATA, or data/ of the project."),
]
BusinessDate = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Business date. Default: the newest landed."),
]
Author = Annotated[str, typer.Option(help="Who decides.")]
Role = Annotated[str, typer.Option(help="In which role.")]
Reason = Annotated[str, typer.Option(help="Why.")]


@app.command()
def demo(
    size: Annotated[DemoSize, typer.Option(help="How large a retailer.")] = DemoSize.DEMO,
    seed: Annotated[int, typer.Option(help="Seed of the simulated retailer.")] = 7,
    data: DataFolder = None,
) -> None:
    """Write the built-in retailer's extracts into the landing folder, unless they are there."""
    from inventory_assets.cli.extracts import write_demo  # noqa: PLC0415  # slow imports on demand

    write_demo(Workplace.at(data), size.value, seed, console)


@importers.command()
def freshretailnet(
    path: Path,
    city: Annotated[list[int] | None, typer.Option(help="Only these cities.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of what is assumed.")] = 7,
    data: DataFolder = None,
) -> None:
    """Import FreshRetailNet-50K from a folder; what it lacks is assumed, and marked so."""
    from inventory_assets.cli.extracts import import_fresh  # noqa: PLC0415

    import_fresh(Workplace.at(data), path, city, seed, console)


@importers.command("online-retail-ii")
def online_retail_ii(
    path: Path,
    seed: Annotated[int, typer.Option(help="Seed of what is assumed.")] = 7,
    data: DataFolder = None,
) -> None:
    """Import the invoices of Online Retail II from a folder, dirty rows and all."""
    from inventory_assets.cli.extracts import import_invoices  # noqa: PLC0415

    import_invoices(Workplace.at(data), path, seed, console)


@app.command()
def plan(
    business_date: BusinessDate = None,
    *,
    again: Annotated[
        bool, typer.Option("--again", help="Run even where nothing changed since the last plan.")
    ] = False,
    data: DataFolder = None,
) -> None:
    """Run the nightly job for a business date and say what it found."""
    from inventory_assets.cli.plan import run_plan  # noqa: PLC0415

    day = business_date.date() if business_date else None
    if not run_plan(Workplace.at(data), day, console, again=again):
        raise typer.Exit(1)


@app.command()
def train(
    business_date: BusinessDate = None,
    *,
    again: Annotated[
        bool, typer.Option("--again", help="Train even where the champion is fresh.")
    ] = False,
    data: DataFolder = None,
) -> None:
    """Train a forecast model; it plans from then on where its backtest says so."""
    from inventory_assets.cli.models import run_training  # noqa: PLC0415

    day = business_date.date() if business_date else None
    if not run_training(Workplace.at(data), day, console, again=again):
        raise typer.Exit(1)


@app.command()
def backtest(business_date: BusinessDate = None, data: DataFolder = None) -> None:
    """Forecast the last year anew and say how good that would have been, by category."""
    from inventory_assets.cli.backtest import run_backtest  # noqa: PLC0415

    day = business_date.date() if business_date else None
    if not run_backtest(Workplace.at(data), day, console):
        raise typer.Exit(1)


@app.command()
def models(business_date: BusinessDate = None, data: DataFolder = None) -> None:
    """List the trained models, their backtests, and which one plans."""
    from inventory_assets.cli.models import show_models  # noqa: PLC0415

    show_models(Workplace.at(data), business_date.date() if business_date else None, console)


@app.command("roll-back")
def roll_back(
    author: Author,
    reason: Reason,
    to: Annotated[str | None, typer.Option(help="Version; default: the one before.")] = None,
    business_date: BusinessDate = None,
    data: DataFolder = None,
) -> None:
    """Let the model before the champion plan again, from a business date on."""
    from inventory_assets.cli.models import undo_promotion  # noqa: PLC0415

    day = business_date.date() if business_date else None
    undo_promotion(Workplace.at(data), day, console, to=to, author=author, reason=reason)


@app.command()
def replay(  # noqa: PLR0913, PLR0917  # a command line names each
    size: Annotated[DemoSize, typer.Option(help="How large a retailer.")] = DemoSize.TINY,
    days: Annotated[
        int | None, typer.Option(help="Days that count. Default: 365; 28 of a history.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the first retailer.")] = 7,
    seeds: Annotated[int, typer.Option(help="Retailers to play against.", min=1)] = 3,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of FreshRetailNet-50K: play the last days of its cities instead."
        ),
    ] = None,
    city: Annotated[
        list[int] | None, typer.Option(help="Only these cities. Default: the 5 smallest.")
    ] = None,
    against: Annotated[str, typer.Option(help="Policy to compare with.")] = "weeks_of_cover",
    *,
    variants: Annotated[
        bool, typer.Option("--variants", help="Also without each part of the plan.")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a trained version: also ours with its forecast, on a history."
        ),
    ] = None,
) -> None:
    """Play the plan day by day against demand that it cannot see, beside the usual rules."""
    from governance import load_planning_policy  # noqa: PLC0415
    from inventory_assets.cli.replay import run_replay  # noqa: PLC0415
    from simulation.replay import choose_retailers  # noqa: PLC0415

    seen = range(seed, seed + seeds)
    retailers = choose_retailers(size.value, seen, days, data=data, cities=city)
    policy = load_planning_policy(policies_folder() / "planning.yaml")
    run_replay(policy, retailers, console, against=against, variants=variants, model=model)


@app.command("compile")
def compile_code() -> None:
    """Compile what plans run, once for each version of the code, so that no night waits for it."""
    from governance import load_planning_policy  # noqa: PLC0415
    from simulation.replay import rehearse_nights  # noqa: PLC0415

    with console.status("Compiling: a minute or two"):
        rehearse_nights(load_planning_policy(policies_folder() / "planning.yaml"), seed=7)


@app.command()
def status(business_date: BusinessDate = None, data: DataFolder = None) -> None:
    """Say again what the last plan of a business date found."""
    from inventory_assets.cli.decide import show_status  # noqa: PLC0415

    day = business_date.date() if business_date else None
    show_status(Workplace.at(data), day, console)


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="First digits of an action's id, or an item.")],
    location: Annotated[
        str | None, typer.Argument(help="With an item: where it is asked for.")
    ] = None,
    business_date: BusinessDate = None,
    data: DataFolder = None,
) -> None:
    """Every figure behind an action, or all about an item at a location, action or not."""
    from inventory_assets.cli.decide import show_action, show_item_location  # noqa: PLC0415

    day = business_date.date() if business_date else None
    if location is None:
        show_action(Workplace.at(data), subject, day, console)
    else:
        show_item_location(Workplace.at(data), subject, location, day, console)


@app.command()
def approve(
    action_id: str, author: Author, role: Role, reason: Reason, data: DataFolder = None
) -> None:
    """Approve an action; the next plan run of its business date exports it."""
    _decide(data, action_id, "approve", author, role, reason)


@app.command()
def reject(
    action_id: str, author: Author, role: Role, reason: Reason, data: DataFolder = None
) -> None:
    """Reject an action."""
    _decide(data, action_id, "reject", author, role, reason)


@app.command()
def override(  # noqa: PLR0913, PLR0917  # a command line names each
    action_id: str,
    quantity: Annotated[int, typer.Option(help="Units instead.")],
    expires_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day it holds.")],
    author: Author,
    role: Role,
    reason: Reason,
    data: DataFolder = None,
) -> None:
    """Put another quantity in place of an action's, until a day."""
    _decide(data, action_id, "override", author, role, reason, quantity, expires_on.date())


def _decide(  # noqa: PLR0913, PLR0917  # the fields of one decision
    data: Path | None,
    action_id: str,
    decision: str,
    author: str,
    role: str,
    reason: str,
    quantity: int | None = None,
    expires_on: date | None = None,
) -> None:
    from inventory_assets.cli.decide import record_decision  # noqa: PLC0415

    facts = {
        "decision": decision,
        "author": author,
        "role": role,
        "reason": reason,
        "quantity": quantity,
        "expires_on": expires_on,
        "decided_at": datetime.now().replace(microsecond=0),  # noqa: DTZ005  # local by contract
    }
    record_decision(Workplace.at(data), action_id, facts, console)


@app.command()
def audit(data: DataFolder = None) -> None:
    """Check that the audit chain, the decisions and the switch are whole."""
    from inventory_assets.cli.decide import check_audit  # noqa: PLC0415

    if not check_audit(Workplace.at(data), console):
        raise typer.Exit(1)


@app.command()
def automation(state: str, author: Author, reason: Reason, data: DataFolder = None) -> None:
    """Turn automation on or off: off sends every action to review."""
    if state not in {"on", "off"}:
        raise typer.BadParameter("say on or off", param_hint="STATE")
    from inventory_assets.cli.decide import set_automation  # noqa: PLC0415

    at = datetime.now().replace(microsecond=0)  # noqa: DTZ005  # local by contract
    set_automation(
        Workplace.at(data), on=state == "on", author=author, reason=reason, at=at, console=console
    )


def main() -> None:
    """Run the command; errors that a person can mend are said in one line.

    Raises:
        SystemExit: the warehouse is busy, a policy file is at fault, or nothing was planned yet.
    """
    try:
        app(standalone_mode=True)
    except (WarehouseBusyError, PolicyError, LookupError) as error:
        raise SystemExit(f"plenish: {error}") from error


if __name__ == "__main__":
    main()
