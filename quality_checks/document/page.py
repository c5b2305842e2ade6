"""Says the contracts as docs/contracts.md; `make docs` writes it."""

import inspect
from collections.abc import Mapping
from typing import Final

from quality_checks.contracts import (
    CONTRACTS,
    EVERYWHERE,
    FRAMES,
    TYPES,
    Column,
    Contract,
    FrameContract,
    Reference,
    Statement,
    TargetByColumn,
    describe_check,
)

INTRODUCTION: Final = """\
# Contracts

Made from `quality_checks/contracts/` by `make docs`; change it there.

A column has exactly the stated type. A value that may be missing means unknown when it is, never
zero. Texts are business keys or words, dates are ISO, times are local wall-clock times without a
zone, quantities are whole base units."""

_LANDING: Final = """\
A source system drops files at

    landing/<source>/<business_date>[_<sequence>].{parquet,csv,csv.gz}

The business date is ISO. A sequence, of letters, digits, `_` and `-`, tells apart the files of one
day; where parts follow each other, number them. A name that starts with a dot or ends in `.tmp` or
`.part` is passed over: write under it and rename when the file is whole. Two files of one date
and sequence, and any other name, are refused.

**Format.** CSV is UTF-8 (a byte order mark is accepted) with commas, a header row and quotes where
needed; an empty field is missing; blank lines do not count. Columns come in any order, and
columns that the contract does not know are passed over; a file may lack those marked
`column too`. Whole numbers may be written `2.0`, true
and false also 1 and 0, times with `T` or a space and with a fraction of a second; thousands
separators, zones and NaN are not accepted. Parquet may have these types or text. A file without
rows says that nothing happened.

**Control file.** `<file name>.control.json` beside a file, there before it, may state
`{"rows": 2, "sums": {"quantity": 7}}`, either or both. Sums of whole numbers must agree exactly,
others to half a cent.

**Refused whole** is a file that is empty, truncated, damaged, not UTF-8 or of uneven lines, lacks
a column or names one twice, fails its control totals, has more than 5 million rows or more than
200,000 at fault, unpacks to more than 500 MB, or has a name of more than 200 bytes. A `.csv` whose
last line does not end with a line break may have been cut while it was copied: it is refused unless
a control file is beside it. Nothing of a refused file loads, what an earlier version of it brought
keeps holding, and the check `readable` and `intake.files` say why.

**Quarantined** is a row that breaks its contract while the rest of its file loads. It goes to
`intake.quarantine` as it came, with file, row, columns at fault and one of the reasons

| reason | when |
| --- | --- |
| `wrong_type` | a value is not of its type |
| `missing_value` | a value is missing, or NaN, that may not be |
| `out_of_bounds` | a value, or a row as a whole, breaks a bound, or it had not happened yet |
| `duplicate_key` | the key came before: of an event in any file, of a state in this one |
| `unknown_key` | no row of the master it refers to has the key |

`*` stands for all where a reference says so. An unknown key is compared without blanks, leading
zeros and case, and with `0` for `O` and `1` for `I` and `L`: what it may mean is named. What a row
*mentions* without standing on it, such as the order of a receipt, does not set it aside:
`mentions_known` names it.

What has happened when its file is sent, such as a sale, lies at most a day after the date of the
file: after midnight it is still the business date before.

A key has 1 to 200 characters, at least one that can be seen and none that only steers a screen or
printer. Numbers are bounded by what a business would recognise.

Of rows with one key the first stands. Rows with an unknown key are tried again at every load and
released when the key is there; the others wait until their file is sent again.

**Sent again.** A file is known by its date and sequence. The same content changes nothing. Other
content replaces all that the file brought before. The content of one part under the name of
another part of the same day is `repeated` and not loaded twice.

**Silence.** A state that is not sent keeps its last row. Newer is the later business date, and of
one day the part with the higher number. A missing file is not a file of zeros.

**When it counts.** A plan for a business date reads what was known then. A file that comes in its
turn is known from its own date; a file older than the newest one loaded of its source, a file
sent again, and a row released from quarantine from the business date of the run that loads it. A
file dated after the business date of a run waits."""

STAGES: Final[Mapping[str, tuple[str, str]]] = {
    "landing": ("Landing: what plenish accepts", _LANDING),
    "intake": ("Intake: the books of loading", "Written by loading, one source at a time."),
    "inventory": ("Inventory: what is where", ""),
    "demand": ("Demand", ""),
    "supply": ("Supply", ""),
    "plans": ("Plans", ""),
    "signals": ("Signals: what goes wrong", ""),
    "actions": ("Actions", ""),
    "exports": ("Exports", ""),
    "reporting": ("Reporting", ""),
}
"""Every stage in the order of the document: its title and what holds for all its tables."""

_FRAMES: Final = """\
What planners and forecasts are given, and refuse where it breaks its contract: the columns that
they need, in any order, beside any others. A frame is not stored. A column that may lack
(`column too`) is then missing in all rows, or has the value that is named."""

_MODES: Final = {
    "events": "events: every row is kept",
    "state": "state: the newest row of a key holds until a newer one is sent",
    "result": "result: one slice a business date, replaced whole",
}
_LEDGER: Final = "ledger: rows are added and marked, never taken away"


def describe_contracts() -> str:
    """docs/contracts.md: every contract, by stage, in the order in which they are stated.

    Raises:
        KeyError: a contract has a stage, a type or a check that this module has no words for.
        LookupError: the room that declares the words of a column was not imported.
    """
    by_stage: dict[str, list[Contract]] = {stage: [] for stage in STAGES}
    for contract in CONTRACTS.values():
        by_stage[contract.stage].append(contract)
    contents = [
        f"- {title.partition(':')[0]}: "
        + ", ".join(f"[{contract.name}](#{contract.name})" for contract in by_stage[stage])
        for stage, (title, _) in STAGES.items()
    ]
    contents.append("- Frames: " + ", ".join(f"[{name}](#{name})" for name in FRAMES))
    parts = [INTRODUCTION, "\n".join(contents)]
    for stage, (title, text) in STAGES.items():
        parts += [f"## {title}", *([text] if text else []), *map(_section, by_stage[stage])]
    parts += ["## Frames between rooms", _FRAMES, *map(_section, FRAMES.values())]
    return "\n\n".join(parts) + "\n"


def _section(contract: Contract | FrameContract) -> str:
    """One table or frame: what it is, the facts about its rows, and its columns."""
    told = _facts(contract) if isinstance(contract, Contract) else _frame_facts(contract)
    rules = contract.model.stated_rules
    told += [f"Rule: `{rule.name}`. {rule.description}" for rule in rules]
    facts = "\n".join(f"- {fact}" for fact in told)
    description = inspect.cleandoc(contract.description)
    return "\n\n".join([f"### {contract.name}", description, facts, tabulate_columns(contract)])


def _facts(contract: Contract) -> list[str]:
    kept = f"newest business dates, {contract.retain}" if contract.retain else "everything"
    within = " within a business date" if _is_slice(contract) else ""
    facts = [
        f"Table: `{contract.table}`",
        f"One row for: {name_key(contract)}{within}",
        f"Mode: {_MODES[contract.mode] if contract.stage != 'intake' else _LEDGER}",
        f"Kept: {kept}",
    ]
    if contract.date:
        facts.append(f"Dated by: `{contract.date}`")
    for told, references in (("References", contract.references), ("Mentions", contract.mentions)):
        if references:
            places = [_place(contract, name, to) for name, to in references.items()]
            facts.append(f"{told}: {', '.join(places)}")
    return facts


def _place(contract: Contract, name: str, reference: Reference) -> str:
    """Where the values of a column that refers must be known."""
    also = f" or `{EVERYWHERE}`" if name in contract.everywhere else ""
    if isinstance(reference, TargetByColumn):
        chosen = ", ".join(f"{'.'.join(to)} ({value})" for value, to in reference.targets.items())
        return f"`{name}` → by `{reference.column}`: {chosen}{also}"
    return f"`{name}` → {'.'.join(reference)}{also}"


def _frame_facts(contract: FrameContract) -> list[str]:
    rows = "One row for" if contract.unique else "Rows are named by"
    return [f"Read by: `{contract.reader}`", f"{rows}: {name_key(contract)}"]


def name_key(contract: Statement) -> str:
    """The columns that tell the rows of a contract apart."""
    return " + ".join(f"`{name}`" for name in contract.key)


def _is_slice(contract: Contract) -> bool:
    return contract.mode == "result" and contract.stage != "intake"


def tabulate_columns(contract: Statement) -> str:
    """The table of a contract's columns, as markdown."""
    lines = [
        "| column | type | unit | may be missing | bounds | meaning |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, column in contract.model.stated_columns.items():
        cells = (
            f"`{name}`",
            TYPES[contract.schema[name].base_type()],
            column.metadata.get("unit", ""),
            _missing(column),
            "; ".join(describe_check(check) for check in column.checks),
            column.description,
        )
        escaped = [cell.replace("|", r"\|") for cell in cells]
        lines.append(f"| {' | '.join(escaped)} |")
    return "\n".join(lines)


def _missing(column: Column) -> str:
    stated = column.metadata
    if "absent" in stated:
        return f"column: {str(stated['absent']).lower() or 'blank'}"
    if stated.get("omissible"):
        return "yes, column too"
    return "yes" if column.nullable else ""
