"""`Kind`: all that is to be said about a kind of action, in one place."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from string import Formatter
from typing import Final, Literal, NamedTuple

import polars as pl

from governance.context import ActionContext
from governance.roles import ROLES
from quality_checks.contracts import (
    CONTRACTS,
    SYSTEMS,
    ExportLines,
    Proposals,
    Table,
    find_contract,
    list_landing_sources,
)

TERMS: Final = {
    "margin_kept": "keeps {} of margin",
    "margin_given_up": "gives up {} elsewhere",
    "holding_cost": "costs {} to hold",
    "moving_cost": "costs {} to move",
}
"""Columns of `Proposals` that make up the benefit -> how a planner reads each."""

SAVINGS: Final = {
    "holding_cost": "saves {} of holding",
    "margin_given_up": "spares {} elsewhere",
}
"""Terms that may be below 0 -> how a planner reads them then."""

END_NODES: Final = ("origin", "destination")

CHANGES: Final = ("quantity", "due_on", "origin", "supplier", "price")
"""What an override may change of an action, where its kind allows it."""


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """What an action binds once it has left.

    Attributes:
        spends: its value counts against the day's budget of what goes by itself.
        inbound: units that come to the destination for each of its units: 1, 0, or -1 where it
            calls them off.
        outbound: units that leave the origin for each of its units.
        reprices: it changes what customers pay at the destination.
        shown_by: what shows its units, which count as our own proposal until then: a `document`,
            the first purchase order or transfer that names the action, or the `answer` of the
            other system, whose own orders and stock say it from then on.
    """

    spends: bool = False
    inbound: Literal[-1, 0, 1] = 0
    outbound: Literal[0, 1] = 0
    reprices: bool = False
    shown_by: Literal["document", "answer"] = "document"

    @property
    def awaits_document(self) -> bool:
        """Whether it binds units until a document that names the action shows them."""
        return self.shown_by == "document" and bool(self.inbound or self.outbound)

    @property
    def leaves_in_parts(self) -> bool:
        """Whether a later version of a plan may add to what has left.

        Its units then count as coming or going until a document shows them, so that the later
        version proposes what they leave of the need. What is settled by an answer, or binds no
        units, would be asked for twice.
        """
        return self.awaits_document


@dataclass(frozen=True, kw_only=True)
class Form:
    """What an action says to do, and what it binds then.

    Attributes:
        headline: the sentence that a planner reads, over columns of `Proposals` and of the kind.
        commits: what it binds.
    """

    headline: str
    commits: Commitment = Commitment()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where the actions of a kind come from.

    Attributes:
        table: contract of the plan, with region, sku, quantity, packs, gain_chance, urgency_days,
            reason, binding and rejected.
        terms: takes the plan's rows, with category and unit_cost of the item, and the context;
            gives them with origin, destination, supplier, due_on, unit_value, margin_kept,
            margin_given_up, holding_cost, moving_cost, forced_cost and the kind's own columns.
    """

    table: type[Table]
    terms: Callable[[pl.DataFrame, ActionContext], pl.DataFrame]


def _keep_terms(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


class Together(NamedTuple):
    """Columns of a kind by which its actions leave together or not at all.

    Attributes:
        document: column that names the document of which an action is a line.
        least_value: column with the value that the lines of a document must reach to leave;
            missing where there is none.
    """

    document: str
    least_value: str


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of action. Everything that differs between kinds is read from here.

    Attributes:
        name: its name in every table, policy and file.
        singular: what a planner calls one of it.
        plural: what a planner calls several.
        forms: what it can say to do. With one form its name is the empty text; with several the
            kind has a column `form` that names the one.
        terms: columns of `Proposals` that make up its benefit -> how a planner reads each.
        file: name of its file in an export batch, without suffix.
        addressee: system that acts on it, unless policy names another.
        in_every_batch: the file is there even without a line, so that a loader finds it.
        columns: columns that only this kind has, as a table model; they stand in its file.
        keys: columns that tell its actions of a business date apart.
        roles: who may decide it.
        sources: landing sources that it depends on; late or assumed ones cost confidence.
        ends: of origin and destination, those whose stock record and demand model it rests on.
        reasons: reason codes that its planner may give, each in words.
        overridable: what people may change of its actions besides approving or rejecting them.
        restate: gives rows of `Proposals` with its own columns, and overridden_supplier,
            overridden_price, offered_price and offered_minimum (missing where people left them),
            with its own columns and overridden_unit_value as that supplier or price makes them.
        together: columns of its own by which its actions leave together; None where each leaves
            by itself.
        urgency: what its `urgency_days` say, in words.
        plan: where its actions come from; None while nothing plans it.

    Raises:
        ValueError: it names a role, source, column or form that does not exist.
    """

    name: str
    singular: str
    plural: str
    forms: Mapping[str, Form]
    file: str
    roles: tuple[str, ...]
    sources: frozenset[str]
    ends: tuple[str, ...]
    reasons: Mapping[str, str]
    terms: Mapping[str, str] = field(default_factory=TERMS.copy)
    addressee: str = "erp"
    in_every_batch: bool = False
    columns: type[Table] | None = None
    keys: tuple[str, ...] = ("sku", "origin", "destination", "supplier")
    overridable: tuple[str, ...] = ("quantity",)
    restate: Callable[[pl.DataFrame], pl.DataFrame] = _keep_terms
    together: Together | None = None
    urgency: str = "out of stock in {:.1f} days without it"
    plan: Plan | None = None

    @cached_property
    def own_schema(self) -> pl.Schema:
        """Names and types of the columns that only this kind has."""
        stated = self.columns.stated_columns if self.columns else {}
        return pl.Schema({name: column.dtype for name, column in stated.items()})

    @cached_property
    def nullable_schema(self) -> pl.Schema:
        """Those of them that a row may lack, as rows made before there were such columns do."""
        stated = self.columns.stated_columns if self.columns else {}
        return pl.Schema({name: each.dtype for name, each in stated.items() if each.nullable})

    @cached_property
    def named_sources(self) -> frozenset[str]:
        """Sources it depends on of which an action names the row by its key, stock left out.

        A stock record has a doubt of its own.
        """
        named = {"sku", "supplier", "location", *END_NODES}
        return frozenset(
            source
            for source in self.sources - {"stock"}
            if CONTRACTS[source].mode == "state" and named.issuperset(CONTRACTS[source].key)
        )

    def __post_init__(self) -> None:
        """Refuse what does not exist."""
        for fault in (*self._unknown_words(), *self._bad_shapes()):
            raise ValueError(f"kind of action {self.name!r}: {fault}")

    @property
    def _known_columns(self) -> set[str]:
        return {*find_contract(Proposals).columns, *self.own_schema}

    def _unknown_words(self) -> Iterator[str]:
        for what, given, allowed in (
            ("roles", self.roles, ROLES),
            ("sources", self.sources, list_landing_sources()),
            ("ends", self.ends, END_NODES),
            ("addressee", (self.addressee,), SYSTEMS),
            ("terms", self.terms, TERMS),
            ("keys", self.keys, self._known_columns),
            ("overridable", self.overridable, CHANGES),
            ("together", self.together or (), self.own_schema),
        ):
            unknown = sorted({*given} - {*allowed})
            if unknown:
                yield f"{what} has {', '.join(unknown)}; known: {', '.join(sorted(allowed))}"
        for form in self.forms.values():
            fields = {name for _, name, _, _ in Formatter().parse(form.headline) if name}
            unknown = sorted(fields - self._known_columns)
            if unknown:
                yield f"its headline has {', '.join(unknown)}, which is no column"

    def _bad_shapes(self) -> Iterator[str]:
        for name in (self.name, self.file):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                yield f"{name!r} is no name: lower-case letters, digits and _, a letter first"
        for what, given in (("role", self.roles), ("key", self.keys), ("form", self.forms)):
            if not given:
                yield f"it has no {what}"
        repeated = sorted({*self.own_schema} & {*find_contract(ExportLines).columns})
        if repeated:
            yield f"columns repeat {', '.join(repeated)} of every kind"
        if ("form" in self.own_schema) != ("" not in self.forms):
            yield "a column `form` goes with several forms, and one form has the empty name"
