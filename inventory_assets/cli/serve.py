"""Serve the workbench: what it is given of the retailer, and how the command line tells of it."""

import os
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from rich.console import Console

from governance import ActionPolicy, Desk, PolicyRehearsal
from governance.level_changes import LevelChange
from governance.scenarios import Scenario
from governance.story import Story, write_story
from inventory_assets.cli.adjust import save_level_change, state_level_change
from inventory_assets.cli.explain import lay_out_arithmetic
from inventory_assets.cli.item_location import ToldItemLocation, tell_item_location
from inventory_assets.cli.policy import rehearse_days
from inventory_assets.cli.scorecard import read_card
from inventory_assets.cli.send_back import SheetError, read_rows
from inventory_assets.cli.told_supplier import ToldSupplier, tell_supplier
from inventory_assets.cli.trace import gather_story
from inventory_assets.cli.webhooks import keep_delivering
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from inventory_assets.project import OIDC_CLIENT, OIDC_ISSUER, OIDC_SECRET, read_clock, read_token
from inventory_assets.scenarios import (
    drop_scenario,
    find_scenario,
    list_scenarios,
    start_scenario,
)
from inventory_assets.workbooks import write_workbook
from warehouse import Warehouse, name_copy
from workbench import Levels, Office, Scenarios, Sheets, Tellers, serve_workbench
from workbench.agents import serve_agent
from workbench.door import Provider, is_loopback

_LONGEST_NAME = 100
"""Letters of the name of a file beyond which nobody reads it."""


def serve(place: Workplace, host: str, port: int, names: Sequence[str], console: Console) -> None:
    """Serve the workbench, and deliver webhooks, until the process is told to stop.

    Args:
        place: the data folder.
        host: address to listen at.
        port: to listen at.
        names: by which it is reached through a proxy.
        console: where it says its address.
    """
    # Behind a proxy everybody seems to come from this machine.
    is_local = is_loopback(host) and not names
    shown = names[0] if names else f"http://{host}:{port}"
    console.print(f"The workbench is at {shown}", highlight=False)
    with place.enter() as premises, keep_delivering(place, console):
        office = furnish_office(premises, is_local=is_local, provider=_find_provider())
        serve_workbench(office, host=host, port=port, names=frozenset(names))


def serve_tools(place: Workplace) -> None:
    """Serve one agent by this process's input and output, until the input ends."""
    with place.enter() as premises:
        serve_agent(furnish_office(premises, is_local=True), read_token())


def furnish_office(
    premises: Premises, *, is_local: bool, provider: Provider | None = None
) -> Office:
    """What the workbench works with: everything but the warehouse that runs write."""
    return Office(
        read_copy=name_copy(premises.warehouse_file),
        exports=premises.exports,
        policies_folder=Path(premises.policies_folder),
        store=premises.store,
        publish_head=premises.witness.publish,
        clock=read_clock,
        tellers=_make_tellers(premises),
        sheets=Sheets(_write_sheet, _read_sheet),
        levels=_make_levels(premises),
        scenarios=_make_scenarios(premises),
        is_local=is_local,
        provider=provider,
    )


def _find_provider() -> Provider | None:
    """The provider of OpenID Connect that the environment names, if it does.

    Raises:
        SystemExit: it cannot be used, in words.
    """
    issuer = os.environ.get(OIDC_ISSUER)
    if not issuer:
        return None
    named, shared = os.environ.get(OIDC_CLIENT, ""), os.environ.get(OIDC_SECRET, "")
    try:
        return Provider(issuer, named, shared, time.time)
    except ValueError as error:
        raise SystemExit(f"plenish: {error}") from error


def _make_levels(premises: Premises) -> Levels:
    def state(
        warehouse: Warehouse, facts: Mapping[str, object], author: str, at: datetime
    ) -> LevelChange:
        return state_level_change(premises.enter_copy(warehouse), facts, author, at)

    def save(warehouse: Warehouse, change: LevelChange, token: str | None, at: datetime) -> str:
        return save_level_change(premises.enter_copy(warehouse), change, token, at)

    return Levels(state, save)


def _make_scenarios(premises: Premises) -> Scenarios:
    data = premises.data

    def start(warehouse: Warehouse, scenario: Scenario) -> None:
        start_scenario(premises, warehouse, scenario)

    def compare(name: str) -> pl.DataFrame:
        return find_scenario(data, name).read_comparison()

    return Scenarios(
        lambda: list_scenarios(data), start, compare, lambda name: drop_scenario(data, name)
    )


def _write_sheet(frame: pl.DataFrame) -> bytes:
    stream = BytesIO()
    write_workbook(stream, frame, "worklist")
    return stream.getvalue()


def _read_sheet(name: str, content: bytes) -> list[Mapping[str, Any]]:
    # What a browser calls the file is said again, and opens nothing.
    suffix = ".csv" if name.lower().endswith(".csv") else ".xlsx"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{suffix}"
        path.write_bytes(content)
        try:
            return list(read_rows(path))
        except SheetError as error:
            raise SheetError(str(error).replace(path.name, name[:_LONGEST_NAME], 1)) from error


def _make_tellers(premises: Premises) -> Tellers:
    def tell_story(warehouse: Warehouse, action: dict[str, Any]) -> list[tuple[str, list[str]]]:
        return write_story(gather(warehouse, action))

    def gather(warehouse: Warehouse, action: dict[str, Any]) -> Story:
        return gather_story(premises.enter_copy(warehouse), action)

    def rehearse(warehouse: Warehouse, policy: ActionPolicy, days: int) -> PolicyRehearsal:
        return rehearse_days(premises.enter_copy(warehouse), policy, days)

    def tell_pair(
        warehouse: Warehouse, desk: Desk, sku: str, location: str
    ) -> ToldItemLocation | None:
        return tell_item_location(premises.enter_copy(warehouse), desk, sku, location)

    def tell_scorecard(warehouse: Warehouse, supplier: str, day: date) -> ToldSupplier:
        return tell_supplier(read_card(premises.enter_copy(warehouse), supplier, day))

    return Tellers(lay_out_arithmetic, tell_story, gather, rehearse, tell_pair, tell_scorecard)
