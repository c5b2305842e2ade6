"""`Story`: all that is known of one action, gathered from tables, files and the audit chain."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from governance.audit import Event
from governance.people import ACCESS_DENIED
from governance.store import DECISION_SIGNED


@dataclass(frozen=True)
class Story:
    """What is known of an action, in the order in which it came about.

    Attributes:
        action: its row of `Proposals`; of what left with an earlier version of the plan only what
            its row of `ExportLines` says, and None of all else.
        inputs: rows of its items and nodes that the plan knew: source, file_name, file_date,
            sha256, row, content.
        plan: row of `PlanVersions` that made it.
        model: row of `ModelVersions` behind its demand; None where the fallback planned.
        policy_hash: of the policies that it was routed by.
        rule: conditions and outcome of the rule that routed it, as these policies have it; None
            where they are not in the chain.
        steps: its `Explanations` rows; none once they are no longer kept.
        route: its row of `Routed`, as it was stored of what has left or is overtaken, else as
            decisions stand now; None of what left with an earlier version of the plan.
        decisions: rows of `Decisions` about it and its earlier parts, as they were made.
        line: its row of `ExportLines`; None while it has not left.
        cancel: its row of `CancelLines`; None while nothing that calls it back has left.
        answers: documents that came after the plan, of the columns of `inputs`.
        prices: rows of `PriceOutcomes` of it, the newest last.
        events: events of the audit chain that tell of plan, policy, model, decisions, batch, recall
            and answers.
    """

    action: Mapping[str, Any]
    inputs: pl.DataFrame
    plan: Mapping[str, Any]
    model: Mapping[str, Any] | None
    policy_hash: str
    rule: Mapping[str, Any] | None
    steps: pl.DataFrame
    route: Mapping[str, Any] | None
    decisions: pl.DataFrame
    line: Mapping[str, Any] | None
    cancel: Mapping[str, Any] | None
    answers: pl.DataFrame
    prices: pl.DataFrame
    events: Sequence[Event]

    def list_answers(self, *sources: str) -> list[dict[str, Any]]:
        """What documents of some sources state, each with its source, file and row."""
        chosen = self.answers.filter(pl.col("source").is_in(sources))
        return [
            {**json.loads(row["content"]), **{name: row[name] for name in _PLACE}}
            for row in chosen.iter_rows(named=True)
        ]

    def find_event(self, kind: str, holding: str = "") -> Event | None:
        """The first event of a kind whose facts hold a text; None where there is none."""
        found = (event for event in self.events if event.kind == kind and holding in event.payload)
        return next(found, None)

    def list_said(self, kind: str) -> list[dict[str, Any]]:
        """What the events of a kind say, each with its number in the chain and its time."""
        return [
            {**json.loads(event.payload), "event": event.sequence, "at": event.at}
            for event in self.events
            if event.kind == kind
        ]

    def to_json(self) -> str:
        """The story as a JSON object: tables as lists of rows, days and times in ISO form."""
        told = {
            "action": dict(self.action),
            "inputs": self.inputs.drop("content").to_dicts(),
            "plan": dict(self.plan),
            "model": None if self.model is None else dict(self.model),
            "policy_hash": self.policy_hash,
            "rule": None if self.rule is None else dict(self.rule),
            "explanation": self.steps.to_dicts(),
            "route": None if self.route is None else dict(self.route),
            "decisions": self.decisions.to_dicts(),
            "signatures": self.list_said(DECISION_SIGNED),
            "denials": self.list_said(ACCESS_DENIED),
            "export_line": None if self.line is None else dict(self.line),
            "cancel_line": None if self.cancel is None else dict(self.cancel),
            "answers": self.list_answers(*self.answers["source"].unique(maintain_order=True)),
            "price_outcomes": self.prices.to_dicts(),
            "audit_events": [
                {name: getattr(event, name) for name in ("sequence", "at", "kind", "hash")}
                for event in self.events
            ],
        }
        return json.dumps(told, indent=2, ensure_ascii=False, default=str)


_PLACE = ("source", "file_name", "row")
