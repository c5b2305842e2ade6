"""Hand over what is approved, by the stage of the night that does and without the rest of it."""

from datetime import date
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
from rich.console import Console
from rich.markup import escape

from governance import describe_held
from governance.exchange import find_fallen, list_held_documents
from inventory_assets.cli.plan import RUN_KEY, execute
from inventory_assets.cli.workplace import Workplace
from quality_checks.contracts import CONTRACTS

if TYPE_CHECKING:
    # Where partitions begin is read from the environment when the framework is imported.
    from inventory_assets.framework import Retailer


def run_export(place: Workplace, day: date | None, console: Console) -> bool:
    """Write what is approved or called back and was never handed out; False where it failed."""
    with place.enter() as premises:
        newest = premises.find_newest_plan()
    business_date = day or newest
    if business_date < newest:
        console.print(f"{newest} is planned: nothing of {business_date} leaves any more.")
        return False
    defs, retailer = _load_stages()
    before = _read_handed_out(retailer, business_date)
    tags = {RUN_KEY: f"export {business_date}"}
    with dg.DagsterInstance.get() as instance:
        if not execute(defs, instance, "export", business_date, tags, console):
            return False
    fresh, cancels = (
        after.join(known, on="idempotency_key", how="anti")
        for after, known in zip(_read_handed_out(retailer, business_date), before, strict=True)
    )
    _say_held(retailer, business_date, console)
    if fresh.is_empty() and cancels.is_empty():
        console.print(f"Nothing of {business_date} leaves that is approved and has not left.")
        return True
    called = f", {len(cancels)} called back" if len(cancels) else ""
    number = pl.concat([fresh["batch"], cancels["batch"]]).max()
    folder = retailer.exports / business_date.isoformat() / str(number)
    console.print(
        f"{len(fresh)} lines, {fresh['quantity'].sum():,} units{called}: {folder}", soft_wrap=True
    )
    return True


def _read_handed_out(
    retailer: "Retailer", business_date: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines and cancel lines of a business date that have left."""
    warehouse = retailer.warehouse
    lines, cancels = CONTRACTS["export_lines"], CONTRACTS["cancel_lines"]
    return warehouse.read(lines, business_date), warehouse.read(cancels, business_date)


def _say_held(retailer: "Retailer", business_date: date, console: Console) -> None:
    """Name the orders whose approved lines are below the least value of their supplier."""
    proposed, routed, exported, cancels = (
        retailer.warehouse.read(CONTRACTS[name], business_date)
        for name in ("proposals", "routed", "export_lines", "cancel_lines")
    )
    answers = retailer.warehouse.known("acknowledgements", business_date)
    fallen = find_fallen(exported, answers, cancels)
    for row in list_held_documents(proposed, routed, exported, fallen).iter_rows(named=True):
        console.print(escape(describe_held(row)), soft_wrap=True)


def _load_stages() -> tuple[dg.Definitions, "Retailer"]:
    """What an export runs, without the planners, which take seconds to import."""
    from inventory_assets import exports, extracts, reporting, routing  # noqa: PLC0415
    from inventory_assets.jobs import export  # noqa: PLC0415
    from inventory_assets.resources import name_retailer  # noqa: PLC0415

    retailer = name_retailer()
    stages = (extracts, routing, reporting, exports)
    defs = dg.Definitions(
        assets=[asset for stage in stages for asset in stage.assets],
        jobs=[export],
        resources={"retailer": retailer},
    )
    return defs, retailer
