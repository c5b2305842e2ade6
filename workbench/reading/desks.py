"""The desk of the newest plan, kept while plan, batches and policies are the same."""

import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from governance import Desk, Policies, Terms, hash_decisions, recall_policies
from governance.exchange import find_fallen, read_batches
from workbench.office import Office
from workbench.reading.listing import Listing
from workbench.reading.plan import Mark, Plan, PlanShelf
from workbench.reading.rows import Prepared
from workbench.reading.sheet import build_sheet, prepare_actions, select_put_off

_DIGITS = 12

Stands = tuple[object, ...]


class Desks:
    """Gives the newest plan, its desk, and the sheet of its actions.

    A desk is for one at a time: hold `lock` while using it.

    Attributes:
        office: what the workbench works with.
        shelf: where plans are taken from.
        lock: held by whoever uses a desk.
    """

    def __init__(self, office: Office) -> None:
        self.office = office
        self.shelf = PlanShelf(office.read_copy)
        self.lock = threading.RLock()
        self._desk: tuple[Stands, Desk] | None = None
        self._sheet: tuple[pl.DataFrame, int, Prepared] | None = None
        self._actions: tuple[Mark, pl.DataFrame] | None = None
        self._lists: tuple[Mark, dict[str, Prepared]] | None = None

    def open_desk(self, plan: Plan) -> Desk:
        """The desk of a plan with all that has left by now.

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
                self._desk = stands, self._make_desk(plan)
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
                sheet = build_sheet(self._prepare_actions(plan), desk, routed, at)
                kept = self._sheet = routed, put_off, sheet
            return kept[2]

    def find_action(self, plan: Plan, digits: str) -> dict[str, Any]:
        """The proposal of a plan whose id starts with `digits`.

        Raises:
            LookupError: none does, or several do, in words.
        """
        if not digits or set(digits.lower()) - set("0123456789abcdef"):
            raise LookupError(f"{digits!r} is no beginning of an action's id.")
        with self.lock:
            return self.open_desk(plan).find_action(digits)

    def read_list(self, plan: Plan, listing: Listing) -> Prepared:
        """The rows of a list that is read only."""
        with self.lock:
            if self._lists is None or self._lists[0] != plan.mark:
                self._lists = plan.mark, {}
            lists = self._lists[1]
            if listing.name not in lists:
                lists[listing.name] = Prepared.of(plan.read_view(listing.view), listing)
            return lists[listing.name]

    def close(self) -> None:
        """Give back the copy of the warehouse."""
        self.shelf.close()

    def _prepare_actions(self, plan: Plan) -> pl.DataFrame:
        if self._actions is None or self._actions[0] != plan.mark:
            self._actions = plan.mark, prepare_actions(plan)
        return self._actions[1]

    def _make_desk(self, plan: Plan) -> Desk:
        office, day = self.office, plan.business_date
        known = plan.read_table("export_lines")
        both = pl.concat([known, read_batches(office.exports, day)])
        left = both.unique("idempotency_key", keep="first", maintain_order=True)
        answers, cancels = plan.read_known("acknowledgements"), plan.read_table("cancel_lines")
        policies = Policies(office.policies_folder, lambda: recall_policies(office.store))
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
    return f"{plan.words}.{hash_decisions(desk.store)[:_DIGITS]}.{put_off}"


def _list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("[0-9]*"))


def _list_files(folder: Path) -> list[tuple[str, int, int]]:
    found = ((path, path.stat()) for path in sorted(folder.rglob("*.yaml")))
    return [(path.name, stat.st_mtime_ns, stat.st_size) for path, stat in found]
