"""Call back a line that has left, on the command line."""

from collections.abc import Mapping
from datetime import datetime

from rich.console import Console

from governance import describe_lessened
from governance.exchange import RecallRefusedError, recall_line
from governance.people import find_author
from inventory_assets.cli.audit import enter_and_publish
from inventory_assets.cli.workplace import Workplace
from inventory_assets.project import read_token


def call_back(
    place: Workplace,
    digits: str,
    facts: Mapping[str, str | None],
    at: datetime,
    console: Console,
) -> None:
    """Call back the line of the action of any business date whose id starts with `digits`.

    Args:
        place: the data folder.
        digits: first digits of the action's id.
        facts: author (None for the holder of the token), role and reason.
        at: when.
        console: where it is said.

    Raises:
        LookupError: no such line has left, or several have.
        SystemExit: it cannot be called back, or not by him, in words.
    """
    with enter_and_publish(place, at, console) as premises:
        token = read_token()
        departed = premises.find_departed(digits)
        author = facts["author"] or find_author(premises.store, token, at)
        said = {"author": author, "role": facts["role"] or "", "reason": facts["reason"] or ""}
        try:
            recall = recall_line(premises.store, departed, said, token=token, at=at)
        except RecallRefusedError as error:
            raise SystemExit(f"plenish: not recorded: {error}") from error
        lessened = premises.find_lessened_document(departed)
    line = departed.line
    left = f"{line['action_id']}, which left with batch {line['business_date']}/{line['batch']}"
    words = f"Recorded: {author} calls back {left}. The next export hands it over as a cancel line."
    if recall is None:
        words = f"Nothing is recorded: {left}, had been called back before."
    if lessened is not None:
        words += f" {describe_lessened(lessened)}"
    console.print(words, markup=False, highlight=False, soft_wrap=True)
