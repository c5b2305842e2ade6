"""What roles are told of cases on the date on which it happens, with the money."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from governance.cases.playbooks import Playbooks
from quality_checks.contracts import CaseAlerts, find_contract

Row = Mapping[str, Any]


def raise_alerts(
    cases: pl.DataFrame, earlier: pl.DataFrame, exceptions: pl.DataFrame, playbooks: Playbooks
) -> pl.DataFrame:
    """Tell roles of cases that opened, grew, are escalated, or ended on the business date.

    The owner is told of all but an escalation, which the role is told that is in charge from then
    on; an opening is told besides to whom the playbook names.

    Args:
        cases: a `Cases` frame.
        earlier: the `Cases` frame of the newest earlier business date that has any.
        exceptions: the `Exceptions` frame of the business date.
        playbooks: by which the cases are worked.

    Returns:
        A `CaseAlerts` frame.
    """
    states = dict(earlier.select("case_id", "state").iter_rows())
    worse = set(exceptions.filter(trend="worse")["exception_id"])
    known = {playbook.name: playbook for playbook in playbooks.playbooks}
    rows = []
    for case in cases.to_dicts():
        told: dict[tuple[str, str], str] = {}
        if case["opened_on"] == case["business_date"]:
            told[case["owner"], "opened"] = f"It is yours to decide by {case['due_on']}."
            if case["playbook"] in known:
                alerts = known[case["playbook"]].alerts
                told |= {(alert.role, "opened"): alert.words for alert in alerts}
        told |= dict(_list_turns(case, states.get(case["case_id"]), worse))
        date, name, figures = case["business_date"], case["case_id"], describe_money(case)
        rows += [
            (date, name, role, reason, f"{case['words']} {words} {figures}")
            for (role, reason), words in told.items()
        ]
    contract = find_contract(CaseAlerts)
    return contract.conform(pl.DataFrame(rows, schema=contract.schema, orient="row"))


def describe_money(case: Row) -> str:
    """Say what is at risk of a case, what its answer gains, and what it binds.

    Args:
        case: a row of `Cases`.
    """
    risk = case["money_at_risk"]
    parts = [f"{risk:,.0f} is at risk"] if risk is not None else []
    if case["by_itself"] == 1:
        parts.append("1 action leaves by itself")
    elif case["by_itself"]:
        parts.append(f"{case['by_itself']} actions leave by themselves")
    if case["approved"]:
        parts.append(f"what is approved gains {case['benefit_approved']:,.0f}")
    if case["waiting"]:
        verb = "waits" if case["waiting"] == 1 else "wait"
        parts.append(
            f"{case['waiting']} {verb}, which gains {case['benefit_waiting']:,.0f} at best"
        )
    if case["exposure_change"]:
        parts.append(f"stock and orders change by {case['exposure_change']:+,.0f} at cost")
    if not parts:
        return ""
    return f"{'; '.join(parts)}."


def _list_turns(
    case: Row, state_before: str | None, worse: set[str]
) -> Iterator[tuple[tuple[str, str], str]]:
    """What happened to a case since the date before, by role and reason."""
    if case["state"] == "escalated" and state_before != "escalated":
        days = (case["business_date"] - case["opened_on"]).days
        words = f"Nobody has acted for {days} days: it is yours now."
        yield (case["escalates_to"], "escalated"), words
    if state_before is not None and case["exception_id"] in worse and case["closed_on"] is None:
        yield (case["in_charge"], "worse"), "It is worse than on the date before."
    if case["closed_on"] == case["business_date"]:
        words = f"It has ended: {case['closed_by']}"
        yield (case["owner"], "resolved"), words
