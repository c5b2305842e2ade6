"""What people decide on: the actions of a plan, each as the decisions about it stand now."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, NamedTuple

import polars as pl

from governance.cases import select_choices
from governance.decisions import Decision
from governance.drafts import list_consents, require_consent
from governance.exchange import (
    list_held_documents,
    read_recalls,
    select_earlier_lines,
    select_new_lines,
)
from governance.objections import (
    DecisionRefusedError,
    Docket,
    find_conflicts,
    find_objections,
    find_overtaken,
    say_batch,
)
from governance.people import AccessDeniedError, Register, admit_author, read_register
from governance.policy import ActionPolicy
from governance.routing import route_actions
from governance.stating import word_decision
from governance.store import EVER, DecidedMeanwhileError, Store
from governance.switches import Scope
from governance.terms import Terms, changes_terms
from governance.wording import describe_action
from quality_checks.contracts import Lanes, Routed, find_contract

_NEAR = 3
_LISTED = 5
_SHORT_ID = 8


def hash_decisions(store: Store) -> str:
    """Hash what people have decided so far, automation switches and recalls included."""
    recalled = [recall.cancels for recall in read_recalls(store)]
    decided = store.decisions(EVER)["decision_id"].to_list(), store.stopped(), recalled
    return hashlib.sha256(repr(decided).encode()).hexdigest()


class Verdict(NamedTuple):
    """What became of decisions.

    Attributes:
        recorded: ids of those that count from now on.
        refused: id of each other -> why it does not.
    """

    recorded: list[str]
    refused: dict[str, DecisionRefusedError | AccessDeniedError]


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
        plan_lines: a `PlanLines` frame of earlier versions of the plan; none where it is missing.
        find_lanes: gives a `Lanes` frame: where goods may move, should somebody change that.
        find_terms: gives the terms of other suppliers and prices, should somebody change these.
        fallen: keys of what has left that the ERP has rejected or cancelled.
    """

    business_date: date
    proposals: pl.DataFrame
    exported: pl.DataFrame
    policy: ActionPolicy
    store: Store
    case_actions: pl.DataFrame
    overtaken_by: date | None = None
    plan_lines: pl.DataFrame | None = None
    find_lanes: Callable[[], pl.DataFrame] = find_contract(Lanes).empty
    find_terms: Callable[[], Terms] = Terms.empty
    fallen: Collection[str] = frozenset()
    _routed: dict[tuple[object, ...], pl.DataFrame] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def route(self) -> pl.DataFrame:
        """Route the actions as decisions, switch and policy stand now: a `Routed` frame."""
        return self._recall_route(self.store.decisions(EVER), self.store.stopped())

    def _recall_route(self, decisions: pl.DataFrame, stopped: tuple[Scope, ...]) -> pl.DataFrame:
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
            lines=self.plan_lines,
            terms=self._find_terms_for(decisions),
        )

    def _find_terms_for(self, decisions: pl.DataFrame) -> Terms:
        """The terms that decisions on the plan rest on; none are read where none changes them."""
        given = decisions.join(self.proposals, on="action_id", how="semi")
        return self.find_terms() if changes_terms(given) else Terms.empty()

    def select_choices(self) -> pl.DataFrame:
        """Select the alternatives of cases, as the function `select_choices` gives them."""
        return select_choices(
            self.case_actions, self.proposals, self.exported["action_id"].to_list()
        )

    def select_ready(self) -> pl.DataFrame:
        """Select the lines that the next export would hand over: `ExportLines` rows."""
        fresh = select_new_lines(self.proposals, self.route(), self.exported, self.fallen)
        return fresh if self.overtaken_by is None else fresh.clear()

    def list_held(self) -> pl.DataFrame:
        """List documents of which too little is approved for them to leave.

        Returns:
            As `list_held_documents` gives them; none where a later date is planned.
        """
        held = list_held_documents(self.proposals, self.route(), self.exported, self.fallen)
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
        self.find_action(decision.action_id)
        verdict = self.decide_all([decision], at, token=token)
        if verdict.refused:
            raise verdict.refused[decision.decision_id]
        return self.find_route(decision.action_id)

    def decide_all(
        self,
        decisions: Sequence[Decision],
        at: datetime,
        *,
        token: str | None = None,
        shown: Collection[str] | None = None,
    ) -> Verdict:
        """Record those decisions that count, all in one transaction, and say why others do not.

        Args:
            decisions: on actions of the plan, one an action.
            at: when they are recorded, local wall-clock time.
            token: of the author, where people are entered.
            shown: ids of the decisions that stood when somebody looked: on what others have decided
                since nothing is recorded. Missing where nobody was shown anything.
        """
        refused: dict[str, DecisionRefusedError | AccessDeniedError] = {}
        signatures = {}
        register, consents = read_register(self.store), list_consents(self.store)
        for decision in decisions:
            try:
                signature = self._admit(register, decision, token, at)
                signatures[decision.decision_id] = signature and require_consent(
                    self.store,
                    decision,
                    signature,
                    consents=consents,
                    alone=self.policy.agents_alone,
                    at=at,
                )
            except (DecisionRefusedError, AccessDeniedError) as error:
                refused[decision.decision_id] = error
        admitted = [one for one in decisions if one.decision_id not in refused]
        while admitted:
            objections, seen = self._judge(admitted, shown)
            sound = [one for one in admitted if one.decision_id not in objections]
            signed = {name: said for name, said in signatures.items() if said is not None}
            try:
                new = self.store.record_decisions(sound, at, signatures=signed, seen=seen)
            except DecidedMeanwhileError:
                # Who was first is told of by what stands now.
                continue
            known = [one.decision_id for one in sound if one.decision_id not in new]
            objections |= dict.fromkeys(known, "It is recorded already.")
            refused |= {name: DecisionRefusedError(why) for name, why in objections.items()}
            return Verdict(new, refused)
        return Verdict([], refused)

    def preview_decision(self, decision: Decision) -> dict[str, Any]:
        """How the action of a decision would stand if it were made: its `Routed` row.

        Raises:
            DecisionRefusedError: it could not count, in words.
        """
        objections, _ = self._judge([decision], None)
        if objections:
            raise DecisionRefusedError(objections[decision.decision_id])
        before = self.store.decisions(EVER)
        given = pl.DataFrame([decision.model_dump()], schema=before.schema)
        routed = self._route_by(pl.concat([before, given]), self.store.stopped())
        return routed.row(by_predicate=pl.col("action_id") == decision.action_id, named=True)

    def _admit(
        self, register: Register, decision: Decision, token: str | None, at: datetime
    ) -> dict[str, Any] | None:
        """Who makes a decision on an action that is still decided."""
        try:
            action = self.find_action(decision.action_id)
        except LookupError as error:
            raise DecisionRefusedError(str(error)) from error
        signature = admit_author(self.store, register, decision, action, token=token, at=at)
        if self.overtaken_by is not None:
            raise DecisionRefusedError(
                f"{self.overtaken_by} is planned: nothing of {self.business_date} leaves any more. "
                "What was left undecided is proposed anew."
            )
        return signature

    def _judge(
        self, stated: list[Decision], shown: Collection[str] | None
    ) -> tuple[dict[str, str], dict[str, list[str]]]:
        """Why decisions cannot count, and which others bear on them were known then."""
        before, stopped = self.store.decisions(EVER), self.store.stopped()
        routed = self._recall_route(before, stopped)
        moves = any(one.origin or one.due_on for one in stated)
        lanes = self.find_lanes() if moves else find_contract(Lanes).empty()
        given = pl.DataFrame([one.model_dump() for one in stated], schema=before.schema)
        docket = Docket(
            self.proposals,
            routed,
            before,
            self.exported,
            self.policy.reason_codes,
            lanes,
            self._find_terms_for(given),
        )
        objections = find_objections(stated, docket)
        if shown is not None:
            unseen = before.filter(~pl.col("decision_id").is_in([*shown]))
            objections |= find_overtaken(stated, unseen)
        rest = [one for one in stated if one.decision_id not in objections]
        if len(rest) > 1 and not self.case_actions.is_empty():
            given = pl.DataFrame([one.model_dump() for one in rest], schema=before.schema)
            together = self._route_by(pl.concat([before, given]), stopped)
            objections |= find_conflicts(rest, replace(docket, routed=together))
        return objections, self._list_seen(stated, before)

    def _list_seen(self, stated: list[Decision], before: pl.DataFrame) -> dict[str, list[str]]:
        """What is known to be decided about actions and their alternatives."""
        slot = ["case_id", "choice"]
        ids: dict[str, list[str]] = {one.action_id: [] for one in stated}
        choices = self.select_choices()
        touched = choices.filter(pl.col("action_id").is_in([*ids])).select(slot)
        # An alternative that goes ahead withdraws them, whoever decides it.
        for action in choices.join(touched, on=slot, how="semi")["action_id"]:
            ids.setdefault(action, [])
        for action, name in before.select("action_id", "decision_id").iter_rows():
            if action in ids:
                ids[action].append(name)
        return ids

    def find_route(self, action_id: str) -> dict[str, Any]:
        """The `Routed` row of an action, as decisions stand now."""
        return self.route().row(by_predicate=pl.col("action_id") == action_id, named=True)

    def state(self, action_id: str, facts: Mapping[str, Any]) -> Decision:
        """State a decision on an action as it stands; see `word_decision`."""
        return word_decision(self.find_action(action_id), self.find_route(action_id), facts)

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
