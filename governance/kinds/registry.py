"""The kinds of action that there are, and what several rooms ask about them all."""

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Final

import polars as pl

from governance.kinds.kind import Kind
from governance.kinds.reasons import OF_EVERY_KIND
from quality_checks.contracts import KIND_NAMES, Contract, find_contract

_DECLARED: dict[str, Kind] = {}

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(_DECLARED)
"""Every kind of action by name, in the order in which files stand in a batch; a live view."""

KIND_NAMES.lend(KINDS.keys())


def register_kind(kind: Kind) -> None:
    """Add a kind of action to those that there are.

    Raises:
        ValueError: its name or file is taken, or it gives a reason code other words than another
            kind does.
    """
    for other in KINDS.values():
        for what in ("name", "file"):
            if getattr(other, what) == getattr(kind, what):
                raise ValueError(f"two kinds of action have the {what} {getattr(kind, what)!r}")
    known = list_reasons()
    for code, words in kind.reasons.items():
        if known.get(code, words) != words:
            raise ValueError(f"{kind.name}: reason code {code!r} has other words elsewhere")
    _DECLARED[kind.name] = kind


def find_kind(name: str) -> Kind:
    """Find the kind of action of a name.

    Raises:
        LookupError: there is none; names those that there are.
    """
    if name not in KINDS:
        raise LookupError(f"{name!r} is not a kind of action; known: {', '.join(KINDS)}")
    return KINDS[name]


def may_decide(role: str, kind: str) -> bool:
    """Whether people in `role` may decide actions of `kind`."""
    return kind in KINDS and role in KINDS[kind].roles


def list_deciders(kind: str) -> str:
    """Roles that may decide actions of `kind`, in words.

    Raises:
        LookupError: there is no such kind of action.
    """
    return " or ".join(find_kind(kind).roles)


def list_reasons() -> dict[str, str]:
    """List every reason code in words."""
    return dict(OF_EVERY_KIND) | {
        code: words for kind in KINDS.values() for code, words in kind.reasons.items()
    }


def list_plans() -> dict[str, Contract]:
    """List the table of the plan of each kind that is planned."""
    return {
        kind.name: find_contract(kind.plan.table)
        for kind in KINDS.values()
        if kind.plan is not None
    }


def list_kinds_of_order_lines() -> list[Kind]:
    """List the kinds of which each action names an open order line that it is about."""
    return [kind for kind in KINDS.values() if {"po", "po_line"} <= kind.own_schema.keys()]


def list_inbound_kinds() -> list[str]:
    """Names of the kinds of which a form brings units to its destination."""
    return [
        kind.name
        for kind in KINDS.values()
        if any(form.commits.inbound > 0 for form in kind.forms.values())
    ]


def list_kinds_with_documents() -> list[str]:
    """Names of the kinds of which every line has its units shown by a document that names it."""
    return [
        kind.name
        for kind in KINDS.values()
        if all(form.commits.awaits_document for form in kind.forms.values())
    ]


def add_commitments(actions: pl.DataFrame) -> pl.DataFrame:
    """Add what each action binds, keeping their order.

    Args:
        actions: kind, details and more; a `Proposals` or `ExportLines` frame.

    Returns:
        The same with form, spends, inbound, outbound and shown_by; see `Commitment`.

    Raises:
        ValueError: an action is of a form that its kind does not have.
    """
    rows = [
        {"kind": kind.name, "form": name, **asdict(form.commits)}
        for kind in KINDS.values()
        for name, form in kind.forms.items()
    ]
    form = pl.col("details").str.json_path_match("$.form").fill_null("")
    found = actions.with_columns(form=form).join(
        pl.DataFrame(rows).drop("reprices"),
        on=["kind", "form"],
        how="left",
        validate="m:1",
        maintain_order="left",
    )
    strange = found.filter(pl.col("spends").is_null())
    if not strange.is_empty():
        kind, name = strange.select("kind", "form").row(0)
        raise ValueError(
            f"{kind}: {name!r} is not a form; known: {', '.join(find_kind(kind).forms)}"
        )
    return found
