"""The morning's brief on the command line: for people, or as JSON with where numbers were read."""

import json
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape

from inventory_assets.cli.serve import furnish_office
from inventory_assets.cli.workplace import Workplace
from workbench.brief import Brief, list_parts, write_brief, write_statement
from workbench.citing import Citer
from workbench.reading import Desks


def print_brief(place: Workplace, role: str, console: Console, *, as_json: bool) -> None:
    """Print the brief of a role on the newest plan, as decisions stand now.

    Raises:
        LookupError: nothing is planned yet, or there is no such role.
    """
    with place.enter() as premises:
        desks = Desks(furnish_office(premises, is_local=True))
        try:
            written = write_brief(Citer(desks.take_whole_plan(), desks), role)
        finally:
            desks.close()
    if as_json:
        told = json.dumps(_list_facts(written), indent=2, ensure_ascii=False, default=str)
        console.print(told, markup=False, highlight=False, soft_wrap=True)
        return
    plan = f"{written.business_date}, version {written.plan_version}"
    console.print(f"For the {role.replace('_', ' ')}, of the plan of {plan}.", highlight=False)
    for part, sentences in list_parts(written):
        console.print(f"\n[bold]{escape(part)}[/bold]")
        for words in sentences:
            console.print(f"  {words}", markup=False, highlight=False, soft_wrap=True)


def _list_facts(written: Brief) -> dict[str, Any]:
    """The brief with where each of its numbers and texts was read."""
    return {
        "role": written.role,
        "business_date": written.business_date,
        "plan_version": written.plan_version,
        "statements": [
            {
                "part": statement.part,
                "words": write_statement(statement, quoting=True),
                "numbers": [asdict(cited) for cited in statement.numbers],
                "texts": [asdict(quote) for quote in statement.quotes],
            }
            for statement in written.statements
        ],
    }
