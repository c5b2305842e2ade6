"""Train, list and roll back the models that forecast."""

from datetime import date, timedelta

import dagster as dg
import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from forecasting.lifecycle import (
    RegistryError,
    find_champion,
    list_choices,
    list_versions,
    roll_back_champion,
)
from governance import record_model_choices
from governance.people import AccessDeniedError, admit_switch
from inventory_assets.cli.audit import publish_head
from inventory_assets.cli.plan import (
    RUN_KEY,
    execute,
    load_definitions,
    make_from_raw,
    newest_landed,
    retailer_of,
)
from inventory_assets.cli.workplace import Workplace
from inventory_assets.project import read_clock, read_token
from quality_checks.checks import TRAINED
from quality_checks.contracts import CONTRACTS

_FRESH_DAYS = 7


def run_training(place: Workplace, day: date | None, console: Console, *, again: bool) -> bool:
    """Train a challenger, unless the champion is less than a week old; False where it failed."""
    make_from_raw(place, console)
    business_date = day or newest_landed(place)
    defs = load_definitions(business_date)
    retailer = retailer_of(defs)
    leader = find_champion(retailer.models, business_date)
    fresh = leader is not None and leader.trained_on > business_date - timedelta(days=_FRESH_DAYS)
    if leader is not None and fresh and not again:
        console.print(f"Champion {leader.version} was trained on {leader.trained_on}: it stands.")
        return True
    tags = {RUN_KEY: f"training {business_date}"}
    with dg.DagsterInstance.get() as instance:
        if not execute(defs, instance, "training", business_date, tags, console):
            return False
    show_models(place, day, console)
    return True


def show_models(place: Workplace, day: date | None, console: Console) -> None:
    """Print every trained version, its backtest, and which one plans."""
    business_date = day or newest_landed(place)
    retailer = retailer_of(load_definitions(business_date))
    rows = list_versions(retailer.models, business_date)
    if rows.is_empty():
        console.print("No model is trained: the fallback plans. `plenish train` trains one.")
        said = retailer.warehouse.read(CONTRACTS["check_outcomes"], business_date).filter(
            pl.col("check") == TRAINED.name, ~pl.col("passed")
        )
        for message in said["message"]:
            console.print(message)
        return
    print_models(rows, console)


def print_models(rows: pl.DataFrame, console: Console) -> None:
    """Print a table of versions, and below it why each plans or does not.

    Args:
        rows: result of `list_versions`.
        console: where it goes.
    """
    numbers = ("WAPE", "bias", "pinball", "fallback's\npinball")
    table = Table("version", "trained on", *(Column(name, justify="right") for name in numbers))
    for row in rows.iter_rows(named=True):
        table.add_row(
            row["version"],
            str(row["trained_on"]),
            f"{row['wape']:.3f}",
            f"{row['bias']:+.1%}",
            f"{row['pinball']:.3f}",
            f"{row['baseline_pinball']:.3f}",
        )
    console.print(table)
    # Not in the table: sentences take the whole width.
    for row in rows.iter_rows(named=True):
        does = "plans" if row["champion"] else "does not plan"
        reason = f": {escape(row['reason'])}" if row["reason"] else ""
        console.print(f"{row['version']} {does}{reason}", highlight=False)


def undo_promotion(  # noqa: PLR0913  # what, when, and who says so
    place: Workplace,
    day: date | None,
    console: Console,
    *,
    to: str | None,
    author: str,
    reason: str,
) -> None:
    """Let an earlier version, or the fallback, plan from a business date on.

    Raises:
        SystemExit: the author may not, there is no champion to go back from, or no such version.
    """
    business_date = day or newest_landed(place)
    retailer = retailer_of(load_definitions(business_date))
    at = read_clock()
    try:
        admit_switch(retailer.store, author, "roll-back", token=read_token(), at=at)
        event = roll_back_champion(retailer.models, business_date, author, reason, to)
        record_model_choices(retailer.store, list_choices(retailer.models), at)
    except (AccessDeniedError, RegistryError) as error:
        raise SystemExit(f"plenish: {error}") from error
    finally:
        publish_head(retailer, at, console)
    plans = event.version or "the fallback"
    why = escape(f"{event.reason} ({event.author})")
    console.print(f"From {event.business_date} on {plans} plans: {why}")
