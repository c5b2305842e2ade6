"""Consent to a draft on the command line: it is shown, asked about, and recorded."""

from datetime import datetime

import typer
from rich.console import Console

from governance import consent_to_draft, describe_action, describe_route, show_controls
from governance.drafts import Draft, describe_draft, find_draft
from inventory_assets.cli.audit import enter_and_publish
from inventory_assets.cli.workplace import Workplace
from inventory_assets.project import read_clock, read_token


def consent(
    place: Workplace, fingerprint: str, at: datetime, console: Console, *, agreed: bool
) -> None:
    """Show what was drafted and record that the holder of the token consents to it.

    Raises:
        SystemExit: there is no such draft, or he may not, in words.
    """
    with enter_and_publish(place, at, console) as premises:
        draft = find_draft(premises.store, fingerprint)
        if draft is None:
            raise SystemExit("plenish: nobody has drafted a decision with this fingerprint")
        desk = premises.open_desk(premises.find_newest_plan())
        if desk.proposes(draft.decision.action_id):
            action = desk.find_action(draft.decision.action_id)
            _say(describe_action(action), console)
            _say(f"Now: {describe_route(desk.find_route(action['action_id']))}.", console)
        _say(describe_draft(draft), console)
        if not (agreed or typer.confirm("Do you consent?")):
            return
        # An answer may take its time, and consent is given when it is given.
        consent_to_draft(desk, fingerprint, token=read_token(), at=read_clock())
    _say(f"Recorded: {draft.name} may commit it until {_word_end(draft)}.", console)


def _word_end(draft: Draft) -> str:
    return f"{draft.expires_at:%Y-%m-%d %H:%M}"


def _say(words: str, console: Console) -> None:
    """Print a line, in which names and reasons of others obey no terminal."""
    console.print(show_controls(words), markup=False, highlight=False, soft_wrap=True)
