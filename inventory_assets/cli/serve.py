"""Serve the workbench: what it is given of the retailer, and how the command line tells of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
from rich.console import Console

from governance import Desk
from governance.level_changes import LevelChange
from governance.story import write_story
from inventory_assets.cli.adjust import save_level_change, state_level_change
from inventory_assets.cli.explain import lay_out_arithmetic
from inventory_assets.cli.item_location import ToldItemLocation, tell_item_location
from inventory_assets.cli.scorecard import read_card
from inventory_assets.cli.send_back import read_rows
from inventory_assets.cli.told_supplier import ToldSupplier, tell_supplier
from inventory_assets.cli.trace import gather_story
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from inventory_assets.project import read_clock
from inventory_assets.workbooks import write_workbook
from warehouse import Warehouse, name_copy
from workbench import Levels, Office, Sheets, Tellers, serve_workbench
from workbench.door import is_loopback


def serve(place: Workplace, host: str, port: int, names: Sequence[str], console: Console) -> None:
    """Serve the workbench until the process is told to stop.

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
    with place.enter() as premises:
        office = furnish_office(premises, is_local=is_local)
        serve_workbench(office, host=host, port=port, names=frozenset(names))


def furnish_office(premises: Premises, *, is_local: bool) -> Office:
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
        is_local=is_local,
    )


def _make_levels(premises: Premises) -> Levels:
    def state(
        warehouse: Warehouse, facts: Mapping[str, object], author: str, at: datetime
    ) -> LevelChange:
        return state_level_change(_enter_copy(premises, warehouse), facts, author, at)

    def save(warehouse: Warehouse, change: LevelChange, token: str | None, at: datetime) -> str:
        return save_level_change(_enter_copy(premises, warehouse), change, token, at)

    return Levels(state, save)


def _write_sheet(frame: pl.DataFrame) -> bytes:
    stream = BytesIO()
    write_workbook(stream, frame, "worklist")
    return stream.getvalue()


def _read_sheet(name: str, content: bytes) -> list[Mapping[str, Any]]:
    # What a browser calls the file is said again, and opens nothing.
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"worklist{Path(name).suffix.lower()}"
        path.write_bytes(content)
        return list(read_rows(path))


def _make_tellers(premises: Premises) -> Tellers:
    def tell_story(warehouse: Warehouse, action: dict[str, Any]) -> list[tuple[str, list[str]]]:
        return write_story(gather_story(_enter_copy(premises, warehouse), action))

    def tell_pair(
        warehouse: Warehouse, desk: Desk, sku: str, location: str
    ) -> ToldItemLocation | None:
        return tell_item_location(_enter_copy(premises, warehouse), desk, sku, location)

    def tell_scorecard(warehouse: Warehouse, supplier: str, day: date) -> ToldSupplier:
        return tell_supplier(read_card(_enter_copy(premises, warehouse), supplier, day))

    return Tellers(lay_out_arithmetic, tell_story, tell_pair, tell_scorecard)


def _enter_copy(premises: Premises, warehouse: Warehouse) -> Premises:
    """The same premises, of which the given copy of the warehouse is read."""
    copied = Premises(
        premises.data_folder,
        premises.policies_folder,
        premises.decisions_url,
        premises.audit_key,
        premises.audit_place,
    )
    copied.warehouse, copied.store = warehouse, premises.store
    return copied
