"""The desk of the newest plan, kept while plan, batches and policies are the same."""

import hashlib
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from governance import Desk, Policies, Terms, hash_decisions, recall_policies
from governance.exchange import find_fallen, read_batches
from governance.people import ReadingScope, find_reading_scope
from workbench.door import Visitor
from workbench.office import Office
from workbench.reading.listing import Listing
from workbench.reading.plan import Mark, PlanShelf, PublishedPlan
from workbench.reading.reader import Plan, require_all
from workbench.reading.rows import Prepared
from workbench.reading.sheet import build_sheet, prepare_actions, select_put_off

_DIGITS = 12

Stands = tuple[object, ...]


class Desks:
    """Gives the newest plan as somebody reads it, its desk, and the sheet of its actions.

    A desk is for one at a time: hold `lock` while using it.

    Attributes:
        office: what the workbench works with.
        lock: held by whoever uses a desk.
    """

    def __init__(self, office: Office) -> None:
        self.office = office
        self._shelf = PlanShelf(office.read_copy)
        self.lock = threading.RLock()
        self._policies: tuple[Stands, Policies] | None = None
        self._plans: tuple[PublishedPlan, dict[ReadingScope, Plan]] | None = None
        self._desk: tuple[Stands, Desk] | None = None
        self._sheet: tuple[pl.DataFrame, int, dict[ReadingScope, Prepared]] | None = None
        self._actions: tuple[Mark, pl.DataFrame] | None = None
        self._lists: tuple[Mark, dict[tuple[ReadingScope, str], Prepared]] | None = None

    def take_plan(self, visitor: Visitor) -> Plan:
        """The newest plan, cut to what a visitor reads of it.

        Raises:
            LookupError: nothing is planned yet.
            PlanReplacedError: a newer one was published meanwhile.
        """
        return self._take(self.find_reading_scope(visitor))

    def take_whole_plan(self) -> Plan:
        """The newest plan, all of it: for who runs plenish, and for what nobody is shown.

        Raises:
            LookupError: nothing is planned yet.
            PlanReplacedError: a newer one was published meanwhile.
        """
        return self._take(None)

    def find_reading_scope(self, visitor: Visitor) -> ReadingScope:
        """What a visitor reads: everything, unless policy has people read by their charges."""
        # Who shows no token is believed, and reads all, as long as nobody is entered.
        if visitor.token is None or not self._read_policies().actions.read_by_scope:
            return None
        return find_reading_scope(visitor.charges)

    def require_all(self, visitor: Visitor) -> None:
        """Refuse what is for those alone who read everything.

        Raises:
            BeyondChargesError: the visitor reads a part.
        """
        require_all(self.find_reading_scope(visitor))

    def open_desk(self, plan: Plan) -> Desk:
        """The desk of a plan with all that has left by now, whoever reads the plan.

        The copy tells what had left when it was published; batches since then are on disk.
        """
        day = plan.business_date
        stands = (
            plan.mark,
            *_list_names(self.office.exports / day.isoformat()),
            *_list_files(self.office.policies_folder),
        )
        with self.lock:
            if self._desk is None or self._desk[0] != stands:
                self._desk = stands, self._make_desk(plan.whole)
            return self._desk[1]

    def read_sheet(self, plan: Plan) -> Prepared:
        """The actions of a plan as decisions stand now."""
        at = self.office.clock()
        with self.lock:
            desk = self.open_desk(plan)
            routed = desk.route()
            # Nothing but a decision puts more off; as time goes by there are fewer.
            put_off = select_put_off(routed, at).height
            kept = self._sheet
            if kept is None or kept[0] is not routed or kept[1] != put_off:
                sheet = build_sheet(self._prepare_actions(plan.whole), desk, routed, at)
                kept = self._sheet = routed, put_off, {None: sheet}
            sheets = kept[2]
            if plan.reading not in sheets:
                rows = plan.cut("worklist", sheets[None].frame)
                sheets[plan.reading] = replace(sheets[None], frame=rows)
            return sheets[plan.reading]

    def find_action(self, plan: Plan, digits: str) -> dict[str, Any]:
        """The proposal of a plan whose id starts with `digits`.

        Raises:
            LookupError: none does, or several do, in words.
        """
        if not digits or set(digits.lower()) - set("0123456789abcdef"):
            raise LookupError(f"{digits!r} is no beginning of an action's id.")
        with self.lock:
            desk = self.open_desk(plan)
            if plan.reads_all:
                return desk.find_action(digits)
            ids = desk.proposals["action_id"]
            begun = desk.proposals.filter(ids.str.starts_with(digits.lower()))
            found = plan.cut("proposals", begun)
        if found.height != 1:
            raise LookupError(
                f"{found.height} actions that you read begin with {digits!r} in the plan of "
                f"{plan.business_date}."
            )
        return found.row(0, named=True)

    def read_list(self, plan: Plan, listing: Listing) -> Prepared:
        """The rows of a list that is read only."""
        with self.lock:
            if self._lists is None or self._lists[0] != plan.mark:
                self._lists = plan.mark, {}
            lists = self._lists[1]
            asked = plan.reading, listing.name
            if asked not in lists:
                lists[asked] = Prepared.of(plan.read_view(listing.view), listing)
            return lists[asked]

    def close(self) -> None:
        """Give back the copy of the warehouse."""
        self._shelf.close()

    def _take(self, reading: ReadingScope) -> Plan:
        whole = self._shelf.take()
        with self.lock:
            if self._plans is None or self._plans[0] is not whole:
                self._plans = whole, {}
            plans = self._plans[1]
            if reading not in plans:
                plans[reading] = Plan(whole, reading)
            return plans[reading]

    def _read_policies(self) -> Policies:
        """The policies in force, read anew once a file of theirs has changed."""
        stands = tuple(_list_files(self.office.policies_folder))
        with self.lock:
            if self._policies is None or self._policies[0] != stands:
                store = self.office.store
                policies = Policies(self.office.policies_folder, lambda: recall_policies(store))
                self._policies = stands, policies
            return self._policies[1]

    def _prepare_actions(self, plan: PublishedPlan) -> pl.DataFrame:
        if self._actions is None or self._actions[0] != plan.mark:
            self._actions = plan.mark, prepare_actions(plan)
        return self._actions[1]

    def _make_desk(self, plan: PublishedPlan) -> Desk:
        office, day = self.office, plan.business_date
        known = plan.read_table("export_lines")
        both = pl.concat([known, read_batches(office.exports, day)])
        left = both.unique("idempotency_key", keep="first", maintain_order=True)
        answers, cancels = plan.read_known("acknowledgements"), plan.read_table("cancel_lines")
        policies = self._read_policies()
        return Desk(
            day,
            plan.read_table("proposals"),
            left,
            policies.actions,
            office.store,
            plan.read_table("case_actions"),
            plan_lines=plan.read_table("plan_lines"),
            find_lanes=lambda: plan.read_known("lanes"),
            find_terms=lambda: Terms.read(plan.read_query),
            fallen=find_fallen(left, answers, cancels),
        )


def read_plan_mark(plan: Plan, desk: Desk, at: datetime) -> str:
    """Name a plan and how its actions stand at a moment, for those who keep what they have read."""
    put_off = select_put_off(desk.route(), at).height
    # Who reads another part than he did has read other rows.
    read = hashlib.sha256(plan.reading_words.encode()).hexdigest()[:_DIGITS]
    return f"{plan.words}.{hash_decisions(desk.store)[:_DIGITS]}.{put_off}.{read}"


def _list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("[0-9]*"))


def _list_files(folder: Path) -> list[tuple[str, int, int]]:
    found = ((path, path.stat()) for path in sorted(folder.rglob("*.yaml")))
    return [(path.name, stat.st_mtime_ns, stat.st_size) for path, stat in found]
