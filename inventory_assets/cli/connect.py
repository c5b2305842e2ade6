"""Propose mappings of exports, and write them where a person can edit them."""

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from connecting.proposing import Proposal, list_uses, propose_mappings
from inventory_assets.cli.workplace import Workplace
from quality_checks.contracts import list_landing_sources

_RIVALS = 3


def write_proposals(  # noqa: PLR0913  # what the command line states
    place: Workplace,
    files: Sequence[Path],
    console: Console,
    *,
    source: str | None,
    word: str,
    zone: str | None,
    force: bool,
) -> bool:
    """Propose a mapping for each file, show it and write it.

    Args:
        place: data folder that the mappings are for.
        files: samples of exports.
        console: where profile and proposal are shown.
        source: landing source of all files; what fits best by default.
        word: second word of the mappings' names.
        zone: time zone of the locations.
        force: whether a mapping that is there is written over.

    Returns:
        Whether every file has got its mapping.
    """
    if source is not None and source not in list_landing_sources():
        raise SystemExit(f"{source} is no landing source: {', '.join(list_landing_sources())}")
    if not re.fullmatch(r"[A-Za-z0-9-]*", word):
        raise SystemExit(f"{word!r} is no word of letters, digits and hyphens")
    proposals, refused = propose_mappings(files, place.data, source=source, zone=zone)
    for message in refused:
        _say(message, console)
    done = not refused
    written: set[Path] = set()
    for proposal in proposals:
        _show(proposal, console)
        name = f"{proposal.source}.{word}.yaml" if word else f"{proposal.source}.yaml"
        path = place.data / "mappings" / name
        if path in written or (path.exists() and not force):
            _say(
                f"  {path} is there and stays: --force writes over it, --word SYSTEM writes one "
                "beside it",
                console,
            )
            done = False
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(proposal.text, encoding="utf-8")
        written.add(path)
        _say(f"  written: {path}", console)
    if written:
        _say(
            f"\nLook at lines with DECIDE, put exports into {place.data / 'raw'}/<source>/, then "
            f"plenish check {place.data}",
            console,
        )
    return done


def _say(text: str, console: Console) -> None:
    console.print(escape(text), highlight=False, soft_wrap=True)


def _show(proposal: Proposal, console: Console) -> None:
    """What the file holds, what is proposed, and what would become of it."""
    first, *others = proposal.matches
    console.rule(f"{proposal.path.name}: {first.source}", align="left")
    rivals = [f"{match.source} {match.score:.2f}" for match in others[:_RIVALS] if match.score > 0]
    if rivals:
        _say(f"fits {first.source} by {first.score:.2f}; else: {', '.join(rivals)}", console)
    used = list_uses(proposal.sample, first)
    table = Table("raw column", "holds", Column("filled", justify="right"), "values", "becomes")
    for profile in proposal.sample.columns:
        table.add_row(
            escape(profile.name),
            " ".join([profile.kind, *map(escape, profile.forms[:1])]),
            f"{profile.filled:.0%}",
            escape(", ".join(example[:20] for example in profile.examples)),
            used.get(profile.name, ""),
        )
    console.print(table)
    if proposal.rows is None:
        _say("To be decided before it can be used:", console)
    else:
        _say(f"{proposal.rows:,} rows would be taken", console)
    for message in proposal.refused:
        _say(f"  {message}", console)
