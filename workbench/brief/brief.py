"""Writes the brief: what happened, why, what is proposed, what policy lets go, what needs you."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from governance.drafts import describe_draft
from governance.kinds import KINDS
from governance.people import ROLES, Charge
from quality_checks.contracts import SHORT_DC_STATES
from workbench.approvals import list_drafts
from workbench.brief.statement import Quote, Statement, write_statement
from workbench.citing import Citer, Source

HAPPENED: Final = "What happened"
WHY: Final = "Why"
PROPOSED: Final = "What is proposed"
BY_ITSELF: Final = "What policy lets go"
NEEDS_YOU: Final = "What needs you"
DATA: Final = "What the data lack"

_PARTS: Final = (HAPPENED, WHY, PROPOSED, BY_ITSELF, NEEDS_YOU, DATA)
_DEAREST: Final = 5
_DRAFTS: Final = "decision_drafted"
_OVER: Final = ("resolved", "measured")
_LATE: Final = ("arrived", "not_too_late")
_NOTED_CAUSES: Final = 2

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Brief:
    """The brief of a role.

    Attributes:
        role: for whom it is.
        business_date: of the plan.
        plan_version: of the business date.
        statements: in order, part by part.
    """

    role: str
    business_date: date
    plan_version: int
    statements: tuple[Statement, ...]


def write_brief(citer: Citer, role: str, *, besides: Sequence[str] = ()) -> Brief:
    """Write the brief of a role on the newest plan, as decisions stand now.

    Args:
        citer: gives the tables.
        role: whose cases and approvals it tells.
        besides: other roles of who reads, in which approvals and drafts wait for him, too.

    Raises:
        LookupError: there is no such role.
    """
    if role not in ROLES:
        raise LookupError(f"There is no role {role!r}; roles: {', '.join(ROLES)}.")
    cases = citer.read_view("cases_followed").choose(in_charge=role).sort("money_at_risk")
    yours = cases.rows.filter(~pl.col("state").is_in(_OVER)).head(_DEAREST).to_dicts()
    told = (
        *_tell_shortages(citer),
        *_tell_exceptions(citer),
        *_tell_cases(cases, yours),
        *_tell_causes(citer, cases, yours),
        *_tell_shortage_causes(citer),
        *_tell_proposals(citer),
        *_tell_by_itself(citer),
        *_tell_waiting(citer, role, besides),
        *_tell_drafts(citer, (role, *besides)),
        *_tell_data(citer),
    )
    statements = tuple(sorted(told, key=lambda statement: _PARTS.index(statement.part)))
    plan = citer.plan
    return Brief(role, plan.business_date, plan.plan_version, statements)


def list_parts(brief: Brief) -> list[tuple[str, list[str]]]:
    """List the parts of a brief with their sentences, as people read them."""
    parts: dict[str, list[str]] = {}
    for statement in brief.statements:
        parts.setdefault(statement.part, []).append(write_statement(statement, quoting=True))
    return list(parts.items())


def _tell_shortages(citer: Citer) -> Iterator[Statement]:
    source = citer.read_view("projected_stock_outs")
    if source.rows.is_empty():
        yield Statement(HAPPENED, "Nothing is out of stock or about to be.")
        return
    for state in source.rows["state"].unique().sort():
        found = source.choose(state=state)
        if state == "unknown":
            yield Statement(
                HAPPENED, "{0} without a known stock.", (found.count("item-locations"),)
            )
            continue
        unit = "items of DCs" if state in SHORT_DC_STATES else "item-locations"
        numbers, words = (found.count(unit), found.sum("lost_margin")), state.replace("_", " ")
        yield Statement(
            HAPPENED,
            f"{{0}} {words}, which {_verb(found, 'loses', 'lose')} {{1}} of margin.",
            numbers,
        )


def _tell_exceptions(citer: Citer) -> Iterator[Statement]:
    source = citer.read_view("open_exceptions")
    if source.rows.is_empty():
        yield Statement(HAPPENED, "No exception is open.")
        return
    numbers = (source.count("exceptions"), source.sum("money_at_risk"))
    verb = _verb(source, "is open and puts", "are open and put")
    yield Statement(HAPPENED, f"{{0}} {verb} {{1}} at risk.", numbers)
    for inputs in source.rows["late_inputs"].drop_nulls().unique().sort():
        resting = source.choose(late_inputs=inputs)
        words = (
            f"{{0}} of them {_verb(resting, 'rests', 'rest')} on late data: {_list_inputs(inputs)}."
        )
        yield Statement(HAPPENED, words, (resting.count("exceptions"),))


def _list_inputs(inputs: str) -> str:
    """Sources that are joined by a semicolon, as people read them."""
    return inputs.replace(";", ", ").replace("_", " ")


def _tell_cases(cases: Source, yours: Sequence[Row]) -> Iterator[Statement]:
    """Cases of a role that have not ended, those with most money at risk first."""
    if not yours:
        yield Statement(HAPPENED, "No case is yours to decide.")
    for row in yours:
        numbers = tuple(cases.cell(row, name) for name in ("case_id", "money_at_risk", "due_on"))
        words = f"Your case {{0}} ({row['state']}): {{a}} {{1}} is at risk; decide by {{2}}."
        yield Statement(HAPPENED, words, numbers, (Quote.of(cases, row, "words"),))
        yield _tell_answer(cases, row)


def _tell_answer(cases: Source, row: Row) -> Statement:
    """What tonight's plan answers to a case."""
    if not row["actions"]:
        words = "Nothing of tonight's plan answers case {0}."
        return Statement(PROPOSED, words, (cases.cell(row, "case_id"),))
    counts = ("actions", "by_itself", "waiting", "benefit_waiting", "benefit_approved")
    words = (
        "Case {0}: actions {1}, by themselves {2}, waiting {3}; what waits gains {4} at best, what "
        "is approved {5}."
    )
    return Statement(PROPOSED, words, tuple(cases.cell(row, name) for name in ("case_id", *counts)))


def _tell_causes(citer: Citer, cases: Source, yours: Sequence[Row]) -> Iterator[Statement]:
    """The largest causes of the exceptions behind cases, by the analysis of the night."""
    causes = citer.read_result("exception_causes").sort("rank", descending=False)
    for case in yours:
        found = causes.choose(exception_id=case["exception_id"])
        for row in found.rows.head(_NOTED_CAUSES).iter_rows(named=True):
            numbers = (cases.cell(case, "case_id"), found.cell(row, "share"))
            words = "Case {0}: {1} of it comes of this: {a}"
            yield Statement(WHY, words, numbers, (Quote.of(found, row, "words"),))


def _tell_shortage_causes(citer: Citer) -> Iterator[Statement]:
    """Why item-locations run short, what costs most first."""
    source = citer.read_view("projected_stock_outs")
    known = source.rows.drop_nulls("cause")
    dearest = known.group_by("cause", maintain_order=True).agg(lost=pl.col("lost_margin").sum())
    for cause in dearest.sort("lost", "cause", descending=[True, False])["cause"].head(_DEAREST):
        found = source.choose(cause=cause)
        numbers = (found.count("item-locations"), found.sum("lost_margin"))
        why = cause.replace("_", " ").replace("dc ", "DC ")
        words = f"{{0}} short, {why}: {_verb(found, 'it loses', 'they lose')} {{1}} of margin."
        yield Statement(WHY, words, numbers)


def _tell_proposals(citer: Citer) -> Iterator[Statement]:
    source = citer.worklist
    if source.rows.is_empty():
        yield Statement(PROPOSED, "The plan proposes nothing.")
    for kind in source.rows["kind"].unique().sort():
        found = source.choose(kind=kind)
        numbers = (found.count("actions"), found.sum("value"), found.sum("benefit"))
        what, verb = KINDS[kind].plural.capitalize(), _verb(found, "gains", "gain")
        words = f"{what}: {{0}}, worth {{1}}, which {verb} {{2}}."
        yield Statement(PROPOSED, words, numbers)


def _tell_by_itself(citer: Citer) -> Iterator[Statement]:
    found = citer.worklist.choose(decided_by="policy")
    if found.rows.is_empty():
        yield Statement(BY_ITSELF, "Policy lets nothing go by itself.")
        return
    numbers = (found.count("actions"), found.sum("value"), found.sum("benefit"))
    verb = _verb(found, "goes by itself", "go by themselves")
    yield Statement(BY_ITSELF, f"{{0}} {verb}, worth {{1}}, for a gain of {{2}}.", numbers)


def _tell_waiting(citer: Citer, role: str, besides: Sequence[str]) -> Iterator[Statement]:
    """What waits for a role, then for those besides, each only where anything does."""
    waiting = {
        asked: found
        for asked in dict.fromkeys((role, *besides))
        if not (
            found := citer.worklist.choose(standing="waiting", missing_roles=asked)
        ).rows.is_empty()
    }
    if not waiting:
        yield Statement(NEEDS_YOU, "Nothing waits for your approval.")
    for asked, found in waiting.items():
        yield from _tell_waiting_for(found, "" if asked == role else f" as {asked}")


def _tell_waiting_for(found: Source, of_role: str) -> Iterator[Statement]:
    numbers = (found.count("actions"), found.sum("value"), found.sum("benefit"))
    verb = _verb(found, "waits", "wait")
    yield Statement(
        NEEDS_YOU, f"{{0}} {verb} for you{of_role}, worth {{1}}, for a gain of {{2}}.", numbers
    )
    for row in found.rows.head(_DEAREST).iter_rows(named=True):
        names = ("action_id", "quantity", "benefit", "due_on")
        quotes = tuple(
            Quote.of(found, row, name) for name in ("item_name", "destination_name") if row[name]
        )
        named = " ".join(("of {a}", "for {b}")[: len(quotes)])
        kind = row["kind"].replace("_", " ")
        words = f"{kind.capitalize()} {{0}}: {{1}} {named}, a gain of {{2}}, due {{3}}."
        yield Statement(NEEDS_YOU, words, tuple(found.cell(row, name) for name in names), quotes)


def _tell_drafts(citer: Citer, roles: Sequence[str]) -> Iterator[Statement]:
    """What agents have drafted in roles, which a person in them has to consent to."""
    charges = [Charge(role=role) for role in roles]
    for draft in list_drafts(citer.desks, citer.plan, charges, citer.now):
        row = {"action_id": draft.decision.action_id}
        number = citer.worklist.cell(row, "action_id")
        where = {"fingerprint": draft.fingerprint}
        quotes = (
            Quote(describe_draft(draft), _DRAFTS, where, "draft"),
            Quote(draft.fingerprint, _DRAFTS, where, "fingerprint"),
        )
        words = "Of action {0} an agent drafts: {a} To consent: plenish consent {b}"
        yield Statement(NEEDS_YOU, words, (number,), quotes)


def _tell_data(citer: Citer) -> Iterator[Statement]:
    source = citer.read_view("checks_made").choose(passed="false")
    if source.rows.is_empty():
        yield Statement(DATA, "Every check passed.")
        return
    yield Statement(DATA, "{0} failed.", (source.count("checks"),))
    for row in source.rows.filter(pl.col("check").is_in(_LATE)).iter_rows(named=True):
        quotes = (Quote.of(source, row, "asset"), Quote.of(source, row, "message"))
        # Whether what has not come is due yet actions and `feed_late` say, by the hour told.
        said = "Not come" if row["check"] == "arrived" else "Too late"
        yield Statement(DATA, said + ": {a}: {b}", (), quotes)


def _verb(found: Source, one: str, several: str) -> str:
    return one if found.rows.height == 1 else several
