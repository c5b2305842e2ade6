"""Hold the audit chain against what was published, and tell by which key that is signed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from governance import Handed, build_event_log
from governance.exchange import find_batch_faults, read_seals, record_batches
from governance.people import AccessDeniedError, find_unsigned
from governance.signed_heads import KeyFileError, Publication
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from inventory_assets.project import find_time_zone
from quality_checks.contracts import CONTRACTS


def verify_audit(
    place: Workplace, at: datetime, public_keys: Sequence[Path], console: Console
) -> bool:
    """Print what is wrong with the audit chain, and say whether it is whole.

    Batches whose process died before it could record them are recorded first, and named; but only
    where the chain is the one that was published and whole, so that none is recorded a second time,
    and where there is a key to sign it with. By keys that were handed to him an auditor only looks:
    nothing is recorded or published then.

    Raises:
        SystemExit: a file of public keys cannot be used.
    """
    with place.enter() as premises:
        try:
            published = premises.witness.inspect(read_seals(premises.exports), public_keys)
        except KeyFileError as error:
            raise SystemExit(f"plenish: {error}") from error
        store = premises.store
        faults = [*published.faults, *store.verify_chain(), *find_unsigned(store)]
        if not faults and not public_keys and premises.witness.has_key:
            for folder in record_batches(premises.exports, premises.store, at):
                _say(f"Batch {folder} had left without an event: it is recorded now.", console)
            publish_head(premises, at, console)
        faults += find_batch_faults(premises.exports, premises.store)
    for fault in faults:
        console.print(f"[red]{escape(fault)}", soft_wrap=True)
    if not faults:
        _say(f"The audit chain is whole: {_describe(published)}.", console)
    return not faults


def write_event_log(place: Workplace, out: Path, console: Console) -> None:
    """Write the decision log as an event log that process-mining tools read, by rename.

    Raises:
        LookupError: nothing is planned yet.
    """
    with place.enter() as premises:
        day = premises.find_newest_plan()
        warehouse = premises.warehouse
        handed = Handed(
            warehouse.query("logged_actions", day),
            warehouse.read_until(CONTRACTS["export_lines"], day),
            warehouse.known("acknowledgements", day),
        )
        log = build_event_log(premises.store, handed, ZoneInfo(find_time_zone()))
    partial = out.with_name(f".{out.name}.part")
    partial.write_text(json.dumps(log, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(out)
    _say(f"{out}: {len(log['events']):,} events of {len(log['objects']):,} objects.", console)


def show_key(place: Workplace, at: datetime, console: Console) -> None:
    """Print the public key by which published heads are verified, and where they are.

    Raises:
        SystemExit: the key can neither be read nor made, or the heads cannot be published.
    """
    with place.enter() as premises:
        witness = premises.witness
        if fault := witness.publish(at):
            raise SystemExit(f"plenish: {fault}")
        _say(witness.public_key, console)
        _say(f"Heads: {witness.heads_file}", console)


def publish_head(premises: Premises, at: datetime, console: Console) -> None:
    """Publish the head of the audit chain; where it cannot be, what was recorded stands."""
    if fault := premises.witness.publish(at):
        console.print(f"[red]{escape(fault)}", soft_wrap=True)


@contextmanager
def enter_and_publish(place: Workplace, at: datetime, console: Console) -> Iterator[Premises]:
    """What lives at a workplace; what the body adds to the audit chain is published.

    Raises:
        SystemExit: the body may not do it, or what it states cannot be meant, in words.
    """
    with place.enter() as premises:
        try:
            yield premises
        except AccessDeniedError as error:
            raise SystemExit(f"plenish: {error}") from error
        except ValidationError as error:
            faults = (fault["msg"].removeprefix("Value error, ") for fault in error.errors())
            raise SystemExit(f"plenish: {'; '.join(faults)}") from error
        finally:
            publish_head(premises, at, console)


def _describe(published: Publication) -> str:
    return (
        f"{published.events:,} events; published heads vouch for the first {published.reach:,} "
        f"({published.at_place:,} at the place of heads, {published.in_batches:,} in batches)"
    )


def _say(text: str, console: Console) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
