"""`plenish`: what the UI does, for cron and for people."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from governance import Matching, PolicyError, Scope
from inventory_assets.cli.workplace import Workplace
from inventory_assets.project import find_policies_folder, read_clock
from quality_checks.contracts import EVERYWHERE
from warehouse import WarehouseBusyError

if TYPE_CHECKING:
    from inventory_assets.cli.decide import Chosen

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)
importers = typer.Typer(no_args_is_help=True, help="Turn public data into landing extracts.")
app.add_typer(importers, name="import")
events = typer.Typer(no_args_is_help=True, help="Take events in over HTTP.")
app.add_typer(events, name="events")
people = typer.Typer(no_args_is_help=True, help="Who may decide what, and by which token.")
app.add_typer(people, name="identity")
audits = typer.Typer(no_args_is_help=True, help="Verify the audit chain.")
app.add_typer(audits, name="audit")
policies = typer.Typer(no_args_is_help=True, help="Try a changed policy.")
app.add_typer(policies, name="policy")
adjusting = typer.Typer(no_args_is_help=True, help="Change levels for some days.")
app.add_typer(adjusting, name="adjust")
scenarios = typer.Typer(no_args_is_help=True, help="Plan tonight anew with something changed.")
app.add_typer(scenarios, name="scenario")
webhooks = typer.Typer(no_args_is_help=True, help="Tell other systems what has happened.")
app.add_typer(webhooks, name="webhooks")
console = Console()


class DemoSize(StrEnum):
    """Sizes of the simulated retailer."""

    TINY = "tiny"
    SMALL = "small"
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
PlannedDate = Annotated[
    datetime | None,
    typer.Option(
        "--date", formats=["%Y-%m-%d"], help="Business date. Default: the newest planned."
    ),
]
Author = Annotated[str, typer.Option(help="Who decides.")]
Decider = Annotated[
    str | None, typer.Option("--author", help="Who decides. Default: the holder of $PLENISH_TOKEN.")
]
Role = Annotated[str, typer.Option(help="In which role.")]
Reason = Annotated[str, typer.Option(help="Why.")]
ReasonCode = Annotated[
    str | None, typer.Option(help="Which of the reason codes of actions.yaml it is.")
]
Actions = Annotated[list[str] | None, typer.Argument(help="First digits of their ids.")]
AllMatching = Annotated[
    bool, typer.Option("--all-matching", help="All that wait of the kind, supplier and so on.")
]
OfKind = Annotated[str, typer.Option("--kind", help="Only of this kind.")]
OfSupplier = Annotated[str, typer.Option("--supplier", help="Only of this supplier.")]
OfNode = Annotated[str, typer.Option("--node", help="Only those from or to it.")]
OfCategory = Annotated[str, typer.Option("--category", help="Only of its items.")]
Agreed = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@people.command()
def add(  # noqa: PLR0913, PLR0917  # a command line names each
    name: str,
    reason: Reason,
    role: Annotated[
        list[str] | None, typer.Option(help="In charge in this role. Default: of nothing.")
    ] = None,
    region: Annotated[list[str] | None, typer.Option(help="Only of actions for it.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Only of its items.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind of action.")] = None,
    sort: Annotated[str, typer.Option(help="person, service or agent.")] = "person",
    data: DataFolder = None,
) -> None:
    """Enter somebody, or change what he is in charge of; takes an administrator's token."""
    from inventory_assets.cli.identities import enter_identity  # noqa: PLC0415

    enter_identity(
        Workplace.at(data),
        name,
        sort=sort,
        roles=role or (),
        regions=region or (),
        categories=category or (),
        kinds=kind or (),
        reason=reason,
        at=read_clock(),
        console=console,
    )


@people.command("token")
def hand_out(
    name: str,
    days: Annotated[int, typer.Option(help="Days for which it is good.", min=0, max=3660)] = 90,
    data: DataFolder = None,
) -> None:
    """Make a token for somebody and show it, once; takes an administrator's token."""
    from inventory_assets.cli.identities import show_new_token  # noqa: PLC0415

    show_new_token(Workplace.at(data), name, days, read_clock(), console)


@people.command("samples")
def try_out(
    days: Annotated[int, typer.Option(help="Days for which tokens are good.", min=0, max=90)] = 30,
    data: DataFolder = None,
) -> None:
    """Enter a person for each role to try things with, and show their tokens, once."""
    from inventory_assets.cli.identities import enter_samples  # noqa: PLC0415

    enter_samples(Workplace.at(data), days, read_clock(), console)


@people.command("link")
def link_up(  # noqa: PLR0913, PLR0917  # a command line names each
    name: str,
    issuer: Annotated[str, typer.Option(help="Address of the provider, as its tokens name it.")],
    reason: Reason,
    subject: Annotated[str | None, typer.Option(help="By which it never means another.")] = None,
    email: Annotated[str | None, typer.Option(help="That it has verified.")] = None,
    data: DataFolder = None,
) -> None:
    """Say by what a provider of OpenID Connect knows somebody; takes an administrator's token."""
    from inventory_assets.cli.identities import enter_link  # noqa: PLC0415

    enter_link(
        Workplace.at(data),
        name,
        issuer=issuer,
        subject=subject,
        email=email,
        reason=reason,
        at=read_clock(),
        console=console,
    )


@people.command("unlink")
def take_links(name: str, reason: Reason, data: DataFolder = None) -> None:
    """Let no provider sign somebody on any more; takes an administrator's token."""
    from inventory_assets.cli.identities import drop_links  # noqa: PLC0415

    drop_links(Workplace.at(data), name, reason, read_clock(), console)


@people.command("revoke")
def take_back(name: str, reason: Reason, data: DataFolder = None) -> None:
    """Take the tokens of somebody back; takes an administrator's token."""
    from inventory_assets.cli.identities import drop_tokens  # noqa: PLC0415

    drop_tokens(Workplace.at(data), name, reason, read_clock(), console)


@people.command("stand-in")
def stand_in(  # noqa: PLR0913, PLR0917  # a command line names each
    name: str,
    away: Annotated[str, typer.Option(help="Who is away.")],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day.")],
    reason: Reason,
    data: DataFolder = None,
) -> None:
    """Let somebody decide in the place of another; takes his token, or an administrator's."""
    from inventory_assets.cli.identities import enter_stand_in  # noqa: PLC0415

    enter_stand_in(
        Workplace.at(data),
        name,
        away,
        since=since.date(),
        until=until.date(),
        reason=reason,
        at=read_clock(),
        console=console,
    )


@people.command("list")
def list_people(data: DataFolder = None) -> None:
    """Who is entered, in charge of what, and with which token."""
    from inventory_assets.cli.identities import show_identities  # noqa: PLC0415

    show_identities(Workplace.at(data), read_clock().date(), console)


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


@events.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.", min=1, max=65535)] = 8020,
    seconds: Annotated[
        float, typer.Option(help="Seconds after which accepted events land.", min=1)
    ] = 300,
    data: DataFolder = None,
) -> None:
    """Take events in and land them as files, until the process is told to stop."""
    from inventory_assets.cli.events import serve as serve_door  # noqa: PLC0415

    if not serve_door(Workplace.at(data), host, port, seconds, console):
        raise typer.Exit(1)


@events.command()
def token(
    name: Annotated[str, typer.Argument(help="Of the sender.")],
    source: Annotated[
        list[str] | None,
        typer.Option(help="Landing source that it may bring. Default: all that events may bring."),
    ] = None,
    data: DataFolder = None,
) -> None:
    """Make a token for a sender and show it, once."""
    from inventory_assets.cli.events import hand_out_token  # noqa: PLC0415

    if not hand_out_token(Workplace.at(data), name, source or (), console):
        raise typer.Exit(1)


@events.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Of the sender.")], data: DataFolder = None
) -> None:
    """Take a sender's token back: it opens the door no more, from the next request on."""
    from inventory_assets.cli.events import revoke_token  # noqa: PLC0415

    if not revoke_token(Workplace.at(data), name, console):
        raise typer.Exit(1)


@app.command("serve")
def serve_workbench(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen at.", min=1, max=65535)] = 8000,
    name: Annotated[
        list[str] | None, typer.Option(help="Name by which it is reached through a proxy.")
    ] = None,
    data: DataFolder = None,
) -> None:
    """Serve the planner's workbench and its HTTP interface, until the process is told to stop."""
    from inventory_assets.cli.serve import serve as serve_pages  # noqa: PLC0415

    serve_pages(Workplace.at(data), host, port, name or (), console)


@app.command("mcp")
def serve_mcp(data: DataFolder = None) -> None:
    """Serve the tools of an agent by input and output (MCP); $PLENISH_TOKEN says who it is."""
    from inventory_assets.cli.serve import serve_tools  # noqa: PLC0415

    serve_tools(Workplace.at(data))


@app.command()
def brief(
    role: Role,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="With where numbers were read.")] = False,
    data: DataFolder = None,
) -> None:
    """Print the morning's brief of a role: what happened, why, what is proposed, what needs you."""
    from inventory_assets.cli.brief import print_brief  # noqa: PLC0415

    print_brief(Workplace.at(data), role, console, as_json=as_json)


@app.command()
def connect(  # noqa: PLR0913  # a command line names each
    files: Annotated[list[Path], typer.Argument(help="Exports as a system wrote them.")],
    source: Annotated[
        str | None, typer.Option(help="Landing source of all of them. Default: what fits best.")
    ] = None,
    word: Annotated[
        str, typer.Option(help="Name of the system, where several bring the same source.")
    ] = "",
    zone: Annotated[
        str | None, typer.Option(help="Time zone of the locations, as Europe/Berlin.")
    ] = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Write over mappings that are there.")
    ] = False,
    data: DataFolder = None,
) -> None:
    """Propose mappings of a system's exports, show what they hold, and write them to be edited."""
    from inventory_assets.cli.connect import write_proposals  # noqa: PLC0415

    if not write_proposals(
        Workplace.at(data), files, console, source=source, word=word, zone=zone, force=force
    ):
        raise typer.Exit(1)


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="A data folder, or a landing folder alone.")],
    business_date: BusinessDate = None,
) -> None:
    """Judge a folder as a plan would, without planning: what is there, missing, late, refused."""
    from inventory_assets.cli.check import show_check  # noqa: PLC0415

    if not show_check(folder, business_date.date() if business_date else None, console):
        raise typer.Exit(1)


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

    if not run_plan(Workplace.at(data), _day(business_date), console, again=again):
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

    if not run_training(Workplace.at(data), _day(business_date), console, again=again):
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

    show_models(Workplace.at(data), _day(business_date), console)


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

    undo_promotion(
        Workplace.at(data), _day(business_date), console, to=to, author=author, reason=reason
    )


PlayedSize = Annotated[DemoSize, typer.Option(help="How large a retailer.")]
PlayedDays = Annotated[
    int | None, typer.Option(help="Days that count. Default: 365; 28 of a history.", min=1)
]
PlayedSeed = Annotated[int, typer.Option(help="Seed of the first retailer.")]
PlayedSeeds = Annotated[int, typer.Option(help="Retailers to play against.", min=1)]
PlayedHistory = Annotated[
    Path | None,
    typer.Option(help="Folder of FreshRetailNet-50K: play the last days of its cities instead."),
]
PlayedCities = Annotated[
    list[int] | None, typer.Option(help="Only these cities. Default: the 5 smallest.")
]


@app.command()
def replay(  # noqa: PLR0913, PLR0917  # a command line names each
    size: PlayedSize = DemoSize.TINY,
    days: PlayedDays = None,
    seed: PlayedSeed = 7,
    seeds: PlayedSeeds = 3,
    data: PlayedHistory = None,
    city: PlayedCities = None,
    against: Annotated[str, typer.Option(help="Policy to compare with.")] = "weeks_of_cover",
    variant: Annotated[
        list[str] | None,
        typer.Option(help="Also without a part of the plan, as ours_without_transfers."),
    ] = None,
    *,
    variants: Annotated[
        bool, typer.Option("--variants", help="Also without each part, one at a time.")
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
    from simulation.replay import VARIANT_NAMES, choose_retailers  # noqa: PLC0415

    seen = range(seed, seed + seeds)
    retailers = choose_retailers(size.value, seen, days, data=data, cities=city)
    policy = load_planning_policy(find_policies_folder() / "planning.yaml")
    left_out = VARIANT_NAMES if variants else variant or ()
    run_replay(policy, retailers, console, against=against, variants=left_out, model=model)


@app.command()
def worth(  # noqa: PLR0913, PLR0917  # a command line names each
    before: Annotated[str, typer.Option(help="The retailer's own rule before.")] = "weeks_of_cover",
    cover_weeks: Annotated[
        float | None, typer.Option(help="Weeks that weeks_of_cover holds. Default: 6.", min=0)
    ] = None,
    service: Annotated[
        float | None,
        typer.Option(
            help="Service that reorder_point aims at. Default: 0.995.", min=0.5, max=0.9999
        ),
    ] = None,
    size: PlayedSize = DemoSize.TINY,
    days: PlayedDays = None,
    seed: PlayedSeed = 7,
    seeds: PlayedSeeds = 3,
    history: PlayedHistory = None,
    city: PlayedCities = None,
    *,
    selling: Annotated[
        bool, typer.Option("--selling", help="Prices may change, and customers order online.")
    ] = False,
    data: DataFolder = None,
) -> None:
    """Say what the plan is worth against your own rule before, in the terms of executives."""
    from governance import load_planning_policy  # noqa: PLC0415
    from inventory_assets.cli.worth import name_kept_worth, show_worth  # noqa: PLC0415
    from simulation.replay import DAYS, HISTORY_DAYS, choose_retailers  # noqa: PLC0415

    counted = days or (DAYS if history is None else HISTORY_DAYS)
    whom = f"{seeds} built-in retailers ({size.value}) from {seed} on"
    seen = range(seed, seed + seeds)
    show_worth(
        load_planning_policy(find_policies_folder() / "planning.yaml"),
        choose_retailers(size.value, seen, counted, data=history, cities=city, selling=selling),
        console,
        before=before,
        cover_weeks=cover_weeks,
        service=service,
        played=f"{counted} days of {whom if history is None else f'cities of {history.name}'}",
        days=counted,
        out=name_kept_worth(Workplace.at(data).data),
    )


@app.command("compile")
def compile_code() -> None:
    """Compile what plans run, once for each version of the code, so that no night waits for it."""
    from governance import load_planning_policy  # noqa: PLC0415
    from simulation.replay import rehearse_nights  # noqa: PLC0415

    with console.status("Compiling: a minute or two"):
        rehearse_nights(load_planning_policy(find_policies_folder() / "planning.yaml"), seed=7)


@app.command()
def status(business_date: PlannedDate = None, data: DataFolder = None) -> None:
    """Say what the last plan of a business date found, as decisions about it stand now."""
    from inventory_assets.cli.decide import show_status  # noqa: PLC0415

    show_status(Workplace.at(data), _day(business_date), console)


@app.command()
def worklist(
    business_date: PlannedDate = None,
    role: Annotated[str | None, typer.Option(help="Only what waits for this role.")] = None,
    most: Annotated[int, typer.Option(help="Most actions to list.", min=1)] = 20,
    *,
    ids: Annotated[bool, typer.Option("--ids", help="Only their ids, one a line.")] = False,
    data: DataFolder = None,
) -> None:
    """List the actions that wait for people, those worth most first."""
    from inventory_assets.cli.worklist import show_worklist  # noqa: PLC0415

    day = _day(business_date)
    show_worklist(Workplace.at(data), day, console, at=read_clock(), role=role, most=most, ids=ids)


@app.command()
def exceptions(  # a command line names each
    exception: Annotated[
        str | None, typer.Argument(help="First digits of an exception's id: all that it touches.")
    ] = None,
    business_date: PlannedDate = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind.")] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that have closed since the date before.")
    ] = False,
    data: DataFolder = None,
) -> None:
    """List what is wrong, with most money at risk first; or one exception and all it touches."""
    from inventory_assets.cli.exceptions import show_exception, show_exceptions  # noqa: PLC0415

    day = _day(business_date)
    if exception is not None:
        show_exception(Workplace.at(data), exception, day, console)
        return
    show_exceptions(Workplace.at(data), day, console, kind=kind, everything=everything)


@app.command()
def cases(  # a command line names each
    case: Annotated[
        str | None, typer.Argument(help="First digits of a case, to look at it.")
    ] = None,
    business_date: PlannedDate = None,
    role: Annotated[str | None, typer.Option(help="Only those of which it is in charge.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those, too, that have ended.")] = False,
    data: DataFolder = None,
) -> None:
    """List the cases, or tell one: what is wrong, its alternatives in money, its actions."""
    from inventory_assets.cli.cases import show_case, show_cases  # noqa: PLC0415

    place, day = Workplace.at(data), _day(business_date)
    if case is not None:
        show_case(place, case, day, console)
    else:
        show_cases(place, day, console, role=role, everything=everything)


@app.command()
def playbooks(
    file: Annotated[
        Path | None, typer.Argument(help="Playbooks to try. Default: those in force.")
    ] = None,
    days: Annotated[int, typer.Option(help="Days back from the newest plan.", min=1)] = 30,
    data: DataFolder = None,
) -> None:
    """Try playbooks on past exceptions: cases they would have opened, and whose work these are."""
    from inventory_assets.cli.cases import try_playbooks  # noqa: PLC0415

    try_playbooks(Workplace.at(data), file, days, console)


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="First digits of an action's id, or an item.")],
    location: Annotated[
        str | None, typer.Argument(help="With an item: where it is asked for.")
    ] = None,
    business_date: PlannedDate = None,
    data: DataFolder = None,
) -> None:
    """Every figure behind an action, or all about an item at a location, action or not."""
    from inventory_assets.cli.decide import show_action, show_item_location  # noqa: PLC0415

    day = _day(business_date)
    if location is None:
        show_action(Workplace.at(data), subject, day, console)
    else:
        show_item_location(Workplace.at(data), subject, location, day, console)


@app.command()
def trace(
    action_id: Annotated[str, typer.Argument(help="First digits of an action's id.")],
    data: DataFolder = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with every number.")] = False,
) -> None:
    """The whole story of an action: landed rows, plan, policy, decisions, batch and outcome."""
    from inventory_assets.cli.trace import trace_action  # noqa: PLC0415

    trace_action(Workplace.at(data), action_id, console, as_json=as_json)


@app.command()
def scorecard(
    supplier: Annotated[str, typer.Argument(help="Key or name of the supplier.")],
    business_date: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            "--business-date",
            formats=["%Y-%m-%d"],
            help="Business date. Default: the newest planned.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File of the page. Default: below reports/ of the data.")
    ] = None,
    data: DataFolder = None,
) -> None:
    """How a supplier delivers, with the orders behind each figure, and as a page to send."""
    from inventory_assets.cli.scorecard import show_scorecard  # noqa: PLC0415

    show_scorecard(Workplace.at(data), supplier, _day(business_date), console, out=out)


@app.command()
def executive(
    out: Annotated[
        Path | None, typer.Option(help="File of the page. Default: below reports/ of the data.")
    ] = None,
    data: DataFolder = None,
) -> None:
    """How the newest plan stands, as a page that prints on two sides: health, money, decisions."""
    from inventory_assets.cli.executive import write_executive_page  # noqa: PLC0415

    write_executive_page(Workplace.at(data), out, console)


@app.command()
def approve(  # noqa: PLR0913  # a command line names each
    action_id: Actions = None,
    *,
    role: Role,
    reason: Reason,
    author: Decider = None,
    all_matching: AllMatching = False,
    kind: OfKind = "",
    supplier: OfSupplier = "",
    node: OfNode = "",
    category: OfCategory = "",
    yes: Agreed = False,
    business_date: PlannedDate = None,
    data: DataFolder = None,
) -> None:
    """Approve actions; `plenish export` or the next plan of their date hands them over."""
    facts = {"decision": "approve", "author": author, "role": role, "reason": reason}
    chosen = _choose(action_id, Matching(kind, supplier, node, category), every=all_matching)
    _decide(data, chosen, business_date, facts, agreed=yes)


@app.command()
def reject(  # noqa: PLR0913  # a command line names each
    action_id: Actions = None,
    *,
    role: Role,
    reason: Reason,
    reason_code: ReasonCode = None,
    author: Decider = None,
    all_matching: AllMatching = False,
    kind: OfKind = "",
    supplier: OfSupplier = "",
    node: OfNode = "",
    category: OfCategory = "",
    yes: Agreed = False,
    business_date: PlannedDate = None,
    data: DataFolder = None,
) -> None:
    """Reject actions."""
    said = {"decision": "reject", "author": author, "role": role, "reason": reason}
    facts = {**said, "reason_code": reason_code}
    chosen = _choose(action_id, Matching(kind, supplier, node, category), every=all_matching)
    _decide(data, chosen, business_date, facts, agreed=yes)


@app.command()
def defer(  # noqa: PLR0913  # a command line names each
    action_id: Actions = None,
    *,
    until: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], help="When they come back."),
    ],
    role: Role,
    reason: Reason,
    author: Decider = None,
    all_matching: AllMatching = False,
    kind: OfKind = "",
    supplier: OfSupplier = "",
    node: OfNode = "",
    category: OfCategory = "",
    yes: Agreed = False,
    business_date: PlannedDate = None,
    data: DataFolder = None,
) -> None:
    """Take actions out of the worklist until a time, or until somebody decides them."""
    said = {"decision": "defer", "author": author, "role": role, "reason": reason}
    facts = {**said, "until": until}
    chosen = _choose(action_id, Matching(kind, supplier, node, category), every=all_matching)
    _decide(data, chosen, business_date, facts, agreed=yes)


@app.command()
def comment(  # noqa: PLR0913, PLR0917  # a command line names each
    action_id: str,
    text: str,
    role: Role,
    author: Decider = None,
    business_date: PlannedDate = None,
    data: DataFolder = None,
) -> None:
    """Note something on an action, which decides nothing."""
    facts = {"decision": "comment", "author": author, "role": role, "reason": text}
    _decide(data, _choose([action_id]), business_date, facts)


@app.command()
def override(  # noqa: PLR0913, PLR0917  # a command line names each
    action_id: str,
    expires_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day it holds.")],
    role: Role,
    reason: Reason,
    reason_code: ReasonCode = None,
    author: Decider = None,
    quantity: Annotated[int | None, typer.Option(help="Units instead: whole packs.")] = None,
    packs: Annotated[int | None, typer.Option(help="Packs instead, in place of units.")] = None,
    due_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day instead.")
    ] = None,
    origin: Annotated[str | None, typer.Option(help="Node that ships instead.")] = None,
    supplier: Annotated[str | None, typer.Option(help="Supplier of an order instead.")] = None,
    price: Annotated[float | None, typer.Option(help="Price of a markdown instead.")] = None,
    business_date: PlannedDate = None,
    data: DataFolder = None,
) -> None:
    """Put another quantity, day, node, supplier or price in place of an action's, until a day."""
    said = {"decision": "override", "author": author, "role": role, "reason": reason}
    if quantity is not None and packs is not None:
        raise typer.BadParameter("say --quantity or --packs", param_hint="--quantity")
    changed = {
        "quantity": quantity,
        "due_on": _day(due_on),
        "origin": origin,
        "supplier": supplier,
        "price": price,
    }
    instead = changed if packs is None else {**changed, "packs": packs}
    if not any(value is not None for value in instead.values()):
        raise typer.BadParameter("say what changes", param_hint="--quantity")
    facts = {**said, **instead, "expires_on": expires_on.date(), "reason_code": reason_code}
    _decide(data, _choose([action_id]), business_date, facts)


@app.command()
def consent(fingerprint: str, *, agreed: Agreed = False, data: DataFolder = None) -> None:
    """Consent to a decision that somebody else, an agent say, has drafted."""
    from inventory_assets.cli.drafts import consent as consent_to  # noqa: PLC0415

    consent_to(Workplace.at(data), fingerprint, read_clock(), console, agreed=agreed)


@adjusting.command("add")
def change_level(  # noqa: PLR0913  # a command line names each
    *,
    sku: Annotated[str, typer.Option(help="Item.")] = EVERYWHERE,
    location: Annotated[str, typer.Option(help="Node.")] = EVERYWHERE,
    region: Annotated[str, typer.Option(help="Region.")] = EVERYWHERE,
    category: Annotated[str, typer.Option(help="Category of items.")] = EVERYWHERE,
    factor: Annotated[float | None, typer.Option(help="Times the level before it.")] = None,
    minimum: Annotated[int | None, typer.Option(help="Units that it is at least.")] = None,
    freeze: Annotated[bool, typer.Option("--freeze", help="It stays as it was.")] = False,
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day.")],
    role: Role,
    reason: Reason,
    author: Decider = None,
    data: DataFolder = None,
) -> None:
    """Multiply levels, ask for a minimum, or leave them as they were, from one day to another."""
    from inventory_assets.cli.adjust import enter_level_change  # noqa: PLC0415

    stated = {"factor": factor is not None, "minimum": minimum is not None, "freeze": freeze}
    if sum(stated.values()) != 1:
        words = "say one of --factor, --minimum and --freeze"
        raise typer.BadParameter(words, param_hint="--factor")
    facts = {
        "sku": sku,
        "location": location,
        "region": region,
        "category": category,
        "change": max(stated, key=lambda name: stated[name]),
        "factor": factor,
        "minimum": minimum,
        "starts_on": since.date(),
        "ends_on": until.date(),
        "author": author,
        "role": role,
        "reason": reason,
    }
    enter_level_change(Workplace.at(data), facts, read_clock(), console)


@adjusting.command("end")
def end_level(  # noqa: PLR0913, PLR0917  # a command line names each
    change_id: str,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day instead.")],
    role: Role,
    reason: Reason,
    author: Decider = None,
    data: DataFolder = None,
) -> None:
    """Let a change of levels end on another day than it was to."""
    from inventory_assets.cli.adjust import end_change  # noqa: PLC0415

    facts = {"ends_on": until.date(), "author": author, "role": role, "reason": reason}
    end_change(Workplace.at(data), change_id, facts, read_clock(), console)


@adjusting.command("list")
def list_changes(data: DataFolder = None) -> None:
    """List the changes of levels that are recorded, by command or by file."""
    from inventory_assets.cli.adjust import list_level_changes  # noqa: PLC0415

    list_level_changes(Workplace.at(data), console)


@app.command()
def decide(
    sheet: Annotated[Path, typer.Argument(help="A worklist as xlsx or csv, filled in.")],
    author: Decider = None,
    business_date: PlannedDate = None,
    data: DataFolder = None,
) -> None:
    """Decide by a worklist that was filled in, row by row; what is stale is named and left."""
    from inventory_assets.cli.send_back import decide_by_sheet  # noqa: PLC0415

    decide_by_sheet(Workplace.at(data), sheet, author, _day(business_date), console)


@app.command()
def export(business_date: PlannedDate = None, data: DataFolder = None) -> None:
    """Hand over what is approved and has not left yet, as the next batch, without planning."""
    from inventory_assets.cli.export import run_export  # noqa: PLC0415

    if not run_export(Workplace.at(data), _day(business_date), console):
        raise typer.Exit(1)


@app.command()
def recall(
    action_id: Annotated[str, typer.Argument(help="First digits of the id of its action.")],
    role: Role,
    reason: Reason,
    author: Decider = None,
    data: DataFolder = None,
) -> None:
    """Call back a line that has left and that the ERP has not answered, by a cancel line."""
    from inventory_assets.cli.recall import call_back  # noqa: PLC0415

    facts = {"author": author, "role": role, "reason": reason}
    call_back(Workplace.at(data), action_id, facts, read_clock(), console)


def _day(business_date: datetime | None) -> date | None:
    return business_date.date() if business_date else None


def _choose(
    action_ids: list[str] | None, matching: Matching | None = None, *, every: bool = False
) -> "Chosen":
    """Which actions are meant: those that are named, or all that wait and match."""
    from inventory_assets.cli.decide import Chosen  # noqa: PLC0415

    if every == bool(action_ids):
        raise typer.BadParameter("name actions, or say --all-matching", param_hint="ACTION_ID")
    return Chosen(action_ids or (), matching if every else None)


def _decide(
    data: Path | None,
    chosen: "Chosen",
    business_date: datetime | None,
    stated: Mapping[str, str | float | date | datetime | None],
    *,
    agreed: bool = False,
) -> None:
    from inventory_assets.cli.decide import record_decision  # noqa: PLC0415

    facts = {"quantity": None, "expires_on": None, **stated}
    record_decision(Workplace.at(data), chosen, _day(business_date), facts, console, agreed=agreed)


@app.command()
def metrics(
    out: Annotated[
        Path | None, typer.Option(help="File to write, as *.prom for a node exporter.")
    ] = None,
    data: DataFolder = None,
) -> None:
    """What the newest plan found as metrics for Prometheus: freshness, queues, checks, model."""
    from inventory_assets.cli.metrics import tell_metrics  # noqa: PLC0415

    tell_metrics(Workplace.at(data), out, console)


@policies.command("check")
def check_policy_files(
    folder: Annotated[
        Path | None, typer.Option("--policies", help="Folder of the files. Default: those in use.")
    ] = None,
) -> None:
    """Say whether the policy files are valid, or file, line and field of each fault."""
    from inventory_assets.cli.policy import check_policies  # noqa: PLC0415

    if not check_policies(folder or find_policies_folder(), console):
        raise typer.Exit(1)


@policies.command("dry-run")
def dry_run(
    folder: Annotated[Path, typer.Option("--policies", help="Folder of the changed actions.yaml.")],
    days: Annotated[int, typer.Option(help="Days back from the newest plan.", min=1)] = 30,
    data: DataFolder = None,
) -> None:
    """What a changed policy would have done with past actions: routes, money and workload."""
    from inventory_assets.cli.policy import try_policy  # noqa: PLC0415

    try_policy(Workplace.at(data), folder, days, console)


@scenarios.command("run")
def run_a_scenario(
    statement: Annotated[
        typer.FileText, typer.Argument(help="File that states it, as YAML; - for the input.")
    ],
    author: Decider = None,
    data: DataFolder = None,
) -> None:
    """Plan the newest date anew on a copy, with something changed, and compare both plans."""
    from inventory_assets.cli.scenario import run_scenario  # noqa: PLC0415

    content = statement.read()
    if not run_scenario(Workplace.at(data), content, author, read_clock(), console):
        raise typer.Exit(1)


@scenarios.command("list")
def list_all_scenarios(data: DataFolder = None) -> None:
    """List scenarios, how far they are, and what they change."""
    from inventory_assets.cli.scenario import print_scenarios  # noqa: PLC0415

    print_scenarios(Workplace.at(data), console)


@scenarios.command("compare")
def compare_a_scenario(name: str, data: DataFolder = None) -> None:
    """Print money, service, stock and work of a scenario beside those of the plan."""
    from inventory_assets.cli.scenario import compare_scenario  # noqa: PLC0415

    compare_scenario(Workplace.at(data), name, console)


@scenarios.command("drop")
def drop_a_scenario(name: str, data: DataFolder = None) -> None:
    """Remove a scenario; one that runs is stopped."""
    from inventory_assets.cli.scenario import remove_scenario  # noqa: PLC0415

    remove_scenario(Workplace.at(data), name, read_clock(), console)


@scenarios.command("carry-out", hidden=True)
def carry_out_a_scenario(name: str, turn: int, data: DataFolder = None) -> None:
    """Run what the workbench has booked, in the turn that this process has inherited."""
    from inventory_assets.cli.scenario import carry_out_scenario  # noqa: PLC0415

    if not carry_out_scenario(Workplace.at(data), name, turn, console):
        raise typer.Exit(1)


@webhooks.command("deliver")
def deliver_webhooks(
    every: Annotated[
        float | None, typer.Option(help="Seconds between two times. Default: once.", min=1)
    ] = None,
    data: DataFolder = None,
) -> None:
    """Send what has happened to who is named in webhooks/webhooks.yaml, until it is taken."""
    from inventory_assets.cli.webhooks import deliver  # noqa: PLC0415

    if not deliver(Workplace.at(data), console, every=every):
        raise typer.Exit(1)


@webhooks.command("list")
def list_webhooks(data: DataFolder = None) -> None:
    """Count messages that wait, were taken and were given up, by receiver."""
    from inventory_assets.cli.webhooks import show_outbox  # noqa: PLC0415

    show_outbox(Workplace.at(data), console)


@webhooks.command("again")
def send_webhooks_again(receiver: str, data: DataFolder = None) -> None:
    """Have all that a receiver has not taken sent anew, what was given up included."""
    from inventory_assets.cli.webhooks import send_again  # noqa: PLC0415

    send_again(Workplace.at(data), receiver, console)


@audits.command()
def verify(
    public_key: Annotated[
        list[Path] | None,
        typer.Option(help="File of the public keys to trust. Default: that of the data folder."),
    ] = None,
    data: DataFolder = None,
) -> None:
    """Check that chain, decisions, switch and batches are whole, and what was published."""
    from inventory_assets.cli.audit import verify_audit  # noqa: PLC0415

    now = read_clock()
    if not verify_audit(Workplace.at(data), now, public_key or [], console):
        raise typer.Exit(1)


@audits.command()
def key(data: DataFolder = None) -> None:
    """The public key of published heads, for whoever verifies them, and where they are."""
    from inventory_assets.cli.audit import show_key  # noqa: PLC0415

    now = read_clock()
    show_key(Workplace.at(data), now, console)


@audits.command("log")
def log_decisions(
    out: Annotated[Path, typer.Argument(help="File to write, OCEL 2.0 as JSON.")],
    data: DataFolder = None,
) -> None:
    """Write what was proposed, decided, handed over and answered as an event log to be mined."""
    from inventory_assets.cli.audit import write_event_log  # noqa: PLC0415

    write_event_log(Workplace.at(data), out, console)


@app.command()
def automation(  # noqa: PLR0913, PLR0917  # a command line names each
    state: str,
    author: Author,
    reason: Reason,
    kind: Annotated[str, typer.Option(help="Only this kind of action.")] = "",
    region: Annotated[str, typer.Option(help="Only actions for this region.")] = "",
    data: DataFolder = None,
) -> None:
    """Turn automation on or off: off sends every action, or those of a scope, to review."""
    if state not in {"on", "off"}:
        raise typer.BadParameter("say on or off", param_hint="STATE")
    from inventory_assets.cli.decide import set_automation  # noqa: PLC0415

    at, said = read_clock(), {"author": author, "reason": reason}
    set_automation(Workplace.at(data), Scope(kind, region), said, at, console, on=state == "on")


def main() -> None:
    """Run the command; errors that a person can mend are said in one line.

    Raises:
        SystemExit: the warehouse is busy, a policy file is at fault, nothing was planned yet, or a
            folder is not there.
    """
    try:
        app(standalone_mode=True)
    except (WarehouseBusyError, PolicyError, LookupError, NotADirectoryError) as error:
        raise SystemExit(f"plenish: {error}") from error


if __name__ == "__main__":
    main()
