"""Writes what docs say of tables and kinds of action: `python -m governance.kinds.document docs`.

Both stand here, since docs/contracts.md lists the kinds that a column may hold.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from governance.kinds import KINDS, OF_EVERY_KIND, Form, Kind
from quality_checks.contracts import find_contract
from quality_checks.document import describe_contracts, describe_views

CONTRACTS_PAGE: Final = "contracts.md"
VIEWS_PAGE: Final = "reporting.md"
KINDS_PAGE: Final = "adding_a_kind.md"
_SAYS: Final[Mapping[str, Callable[[], str]]] = {
    "kinds": lambda: _table(
        (
            *("kind", "what it says", "binds", "who may decide it", "people may change"),
            *("told apart by", "file", "for", "plan"),
        ),
        map(_kind_row, KINDS.values()),
    ),
    "confidence": lambda: _table(
        ("kind", "ends that count", "landing sources"),
        (
            (f"`{kind.name}`", _listed(kind.ends) or "none", _listed(sorted(kind.sources)))
            for kind in KINDS.values()
        ),
    ),
    "columns": lambda: _table(("kind", "column", "may be", "meaning"), _column_rows()),
    "reasons": lambda: _table(("code", "kinds", "in words"), _reason_rows()),
}
"""Marker in the page of kinds -> what stands below it."""


def with_tables(page: str) -> str:
    """The page of kinds with each table, between its markers, as the kinds are declared.

    Raises:
        ValueError: the page lacks the markers of a table.
    """
    for name, says in _SAYS.items():
        start, end = f"<!-- {name} -->\n\n", f"\n\n<!-- end of {name} -->"
        found = re.compile(f"(?<={re.escape(start)}).*?(?={re.escape(end)})", re.DOTALL)
        if not found.search(page):
            raise ValueError(f"{KINDS_PAGE} has no markers {start.strip()} and {end.strip()}")
        page = found.sub(says().replace("\\", r"\\"), page)
    return page


def _kind_row(kind: Kind) -> tuple[str, ...]:
    forms = kind.forms.items()
    return (
        f"`{kind.name}`",
        "<br>".join(_escaped(form.headline) for form in kind.forms.values()),
        "<br>".join(_binds(name, form) for name, form in forms),
        ", ".join(kind.roles),
        _listed(kind.overridable),
        _listed(kind.keys),
        f"`{kind.file}`" + (", in every batch" if kind.in_every_batch else ""),
        kind.addressee,
        f"`{find_contract(kind.plan.table).name}`" if kind.plan else "nothing yet",
    )


def _binds(name: str, form: Form) -> str:
    commits = form.commits
    inbound = {1: "units to the destination", 0: "", -1: "fewer units to the destination"}
    words = [
        "money" if commits.spends else "",
        inbound[commits.inbound],
        "units from the origin" if commits.outbound else "",
        "the price" if commits.reprices else "",
    ]
    said = ", ".join(word for word in words if word) or "nothing"
    moves = commits.inbound or commits.outbound
    said += f", until its {commits.shown_by}" if moves else ""
    return f"`{name}`: {said}" if name else said


def _column_rows() -> Iterable[tuple[str, ...]]:
    for kind in KINDS.values():
        stated = kind.columns.stated_columns if kind.columns else {}
        for name, column in stated.items():
            allowed = [check.statistics.get("allowed_values") for check in column.checks]
            words = next((_listed(values) for values in allowed if values), "")
            yield f"`{kind.name}`", f"`{name}`", words, column.description


def _reason_rows() -> Iterable[tuple[str, ...]]:
    for code, words in OF_EVERY_KIND.items():
        yield f"`{code}`", "every kind", words
    for code in sorted({code for kind in KINDS.values() for code in kind.reasons}):
        kinds = [kind for kind in KINDS.values() if code in kind.reasons]
        yield f"`{code}`", _listed(kind.name for kind in kinds), kinds[0].reasons[code]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _escaped(text: str) -> str:
    return text.replace("|", r"\|")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(docs: Path) -> None:
    """Write the pages of contracts and of views, and the tables of the page of kinds, in `docs`."""
    (docs / CONTRACTS_PAGE).write_text(describe_contracts(), encoding="utf-8")
    (docs / VIEWS_PAGE).write_text(describe_views(), encoding="utf-8")
    kinds = docs / KINDS_PAGE
    kinds.write_text(with_tables(kinds.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
