"""What people decide on: the actions of a plan, each as the decisions about it stand now."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

import polars as pl

from governance.cases import select_choices
from governance.decisions import Decision
from governance.exchange import list_held_documents, select_earlier_lines, select_new_lines
from governance.objections import DecisionRefusedError, refuse_idle_decision, say_batch
from governance.people import admit_author, sign_decision
from governance.policy import ActionPolicy
from governance.routing import route_actions
from governance.store import EVER, Store
from governance.switches import Scope
from governance.wording import describe_action
from quality_checks.contracts import Routed, find_contract

_NEAR = 3
_LISTED = 5
_SHORT_ID = 8


def hash_decisions(store: Store) -> str:
    """Hash what people have decided so far, automation switches included."""
    decided = store.decisions(EVER)["decision_id"].to_list(), store.stopped()
    return hashlib.sha256(repr(decided).encode()).hexdigest()


@dataclass(frozen=True)
class Desk:
    """A plan on the desk of those who decide about it.

    Attributes:
        business_date: of the plan.
        proposals: its `Proposals` frame.
        exported: an `ExportLines` frame of what has left, of any business dates.
        policy: the action policy.
        store: decisions and automation switches.
        case_actions: a `CaseActions` frame of the plan, which says what is an alternative to what.
        overtaken_by: the newest business date that is planned, where that is a later one.
    """

    business_date: date
    proposals: pl.DataFrame
    exported: pl.DataFrame
    policy: ActionPolicy
    store: Store
    case_actions: pl.DataFrame
    overtaken_by: date | None = None
    _routed: dict[tuple[object, ...], pl.DataFrame] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def route(self) -> pl.DataFrame:
        """Route the actions as decisions, switch and policy stand now: a `Routed` frame."""
        decisions, stopped = self.store.decisions(EVER), self.store.stopped()
        # A decision never changes, so that the same ids are routed alike.
        stands = (*stopped, *decisions["decision_id"])
        if stands not in self._routed:
            self._routed.clear()
            self._routed[stands] = self._route_by(decisions, stopped)
        return self._routed[stands]

    def _route_by(self, decisions: pl.DataFrame, stopped: tuple[Scope, ...]) -> pl.DataFrame:
        if self.proposals.is_empty():
            return find_contract(Routed).empty()
        version = self.proposals["plan_version"][0]
        return route_actions(
            self.proposals,
            self.policy,
            decisions,
            stopped=stopped,
            sent=select_earlier_lines(self.exported, self.business_date, version),
            case_actions=self.case_actions,
            left=self.exported["action_id"].to_list(),
        )

    def select_choices(self) -> pl.DataFrame:
        """Select the alternatives of cases, as the function `select_choices` gives them."""
        return select_choices(
            self.case_actions, self.proposals, self.exported["action_id"].to_list()
        )

    def select_ready(self) -> pl.DataFrame:
        """Select the lines that the next export would hand over: `ExportLines` rows."""
        fresh = select_new_lines(self.proposals, self.route(), self.exported)
        return fresh if self.overtaken_by is None else fresh.clear()

    def list_held(self) -> pl.DataFrame:
        """List documents of which too little is approved for them to leave.

        Returns:
            As `list_held_documents` gives them; none where a later date is planned.
        """
        held = list_held_documents(self.proposals, self.route(), self.exported)
        return held if self.overtaken_by is None else held.clear()

    def proposes(self, digits: str) -> bool:
        """Whether the id of any proposal starts with `digits`."""
        return bool(self.proposals["action_id"].str.starts_with(digits.lower()).any())

    def find_action(self, digits: str) -> dict[str, Any]:
        """The proposal whose id starts with `digits`.

        Raises:
            LookupError: none does, with ids near it, or several do, with what they are.
        """
        found = self.proposals.filter(pl.col("action_id").str.starts_with(digits.lower()))
        if len(found) == 1:
            return found.row(0, named=True)
        plan = f"the plan of {self.business_date}"
        if found.is_empty():
            self._refuse_departed(digits)
            raise LookupError(
                f"no action of {plan} starts with {digits!r}{self._name_near(digits)}"
            )
        lines = [
            f"  {row['action_id'][: max(_SHORT_ID, len(digits) + 2)]} {describe_action(row)}"
            for row in found.sort("action_id").head(_LISTED).iter_rows(named=True)
        ]
        raise LookupError(
            f"{len(found)} actions of {plan} start with {digits!r}; give more digits:\n"
            + "\n".join(lines)
        )

    def decide(
        self, decision: Decision, at: datetime, *, token: str | None = None
    ) -> Mapping[str, Any]:
        """Record a decision that counts, and give the route of its action from then on.

        Args:
            decision: on an action of the plan.
            at: when it is recorded, local wall-clock time.
            token: of the author, where people are entered.

        Raises:
            AccessDeniedError: the author may not make it, in words.
            DecisionRefusedError: it could not count, in words.
        """
        action = self.find_action(decision.action_id)
        signature = admit_author(self.store, decision, action, token=token, at=at)
        if self.overtaken_by is not None:
            raise DecisionRefusedError(
                f"{self.overtaken_by} is planned: nothing of {self.business_date} leaves any more. "
                "What was left undecided is proposed anew."
            )
        refuse_idle_decision(
            decision, self.proposals, self.route(), self.store.decisions(EVER), self.exported
        )
        sign_decision(self.store, signature, at)
        if not self.store.record_decision(decision, at=at):
            raise DecisionRefusedError("It is recorded already.")
        return self.find_route(decision.action_id)

    def find_route(self, action_id: str) -> dict[str, Any]:
        """The `Routed` row of an action, as decisions stand now."""
        return self.route().row(by_predicate=pl.col("action_id") == action_id, named=True)

    def find_quantity(self, action_id: str) -> int:
        """Units that an approval is about: those of the latest override, else as proposed."""
        overridden = self.find_route(action_id)["overridden"]
        proposed = self.proposals.filter(action_id=action_id)["quantity"][0]
        return int(proposed if overridden is None else overridden)

    def _refuse_departed(self, digits: str) -> None:
        """Say of an action that an earlier version of the plan handed out that it has left."""
        gone = self.exported.filter(pl.col("action_id").str.starts_with(digits.lower()))
        if len(gone) != 1:
            return
        action, batch = gone.row(0, named=True)["action_id"], say_batch(gone)
        rest = self.proposals.filter(pl.col("parts_before").str.contains(action, literal=True))
        added = f"; what is still needed is {rest['action_id'][0]}" if rest.height else ""
        raise LookupError(f"action {action[:_SHORT_ID]} has left with batch {batch}{added}")

    def _name_near(self, digits: str) -> str:
        """Ids that start almost so."""
        starts = self.proposals["action_id"].str.head(max(_SHORT_ID, len(digits)))
        near = get_close_matches(digits.lower(), starts, n=_NEAR, cutoff=0.5)
        return (
            f"; near it are {', '.join(near)}" if near else "; `plenish worklist` lists what waits"
        )
