"""Commands of the door for events: the endpoint itself, and who holds a token for it."""

import logging
from collections.abc import Sequence

from rich.console import Console

from inventory_assets.cli.workplace import Workplace
from inventory_assets.project import read_clock
from receiving import BusyError, TokenError, drop_token, make_token, serve_events


def serve(workplace: Workplace, host: str, port: int, seconds: float, console: Console) -> bool:
    """Take events in until the process is told to stop; says whether that is why it stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    _say(f"Events are taken at http://{host}:{port}/events", console)
    try:
        return serve_events(workplace.data, host=host, port=port, clock=read_clock, seconds=seconds)
    except (BusyError, OSError, ValueError) as error:
        _say(f"plenish: {error}", console)
        return False


def hand_out_token(
    workplace: Workplace, name: str, sources: Sequence[str], console: Console
) -> bool:
    """Make a token and print it, which nobody can do a second time; says whether it was made."""
    try:
        _say(make_token(workplace.data, name, sources), console)
    except TokenError as error:
        _say(f"plenish: {error}", console)
        return False
    return True


def revoke_token(workplace: Workplace, name: str, console: Console) -> bool:
    """Drop a sender's token; says whether there was one."""
    try:
        drop_token(workplace.data, name)
    except TokenError as error:
        _say(f"plenish: {error}", console)
        return False
    _say(f"{name} may send no more.", console)
    return True


def _say(text: str, console: Console) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
