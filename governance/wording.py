"""Actions in plain words, for planners."""

import json
from collections.abc import Mapping
from typing import Any

from governance.approvals import name_missing_roles
from governance.kinds import SAVINGS, find_kind, list_reasons

_SHORT_ID = 8


def describe_action(action: Mapping[str, Any]) -> str:
    """Say in one sentence what to do, what it is worth and how sure that is.

    Args:
        action: a row of `Proposals`, as of `DataFrame.iter_rows(named=True)`.

    Raises:
        LookupError: there is no such kind of action.
    """
    kind = find_kind(action["kind"])
    terms = [
        (SAVINGS[name] if action[name] < 0 else text).format(_money(abs(action[name])))
        for name, text in kind.terms.items()
        if action[name]
    ]
    verb = "loses" if action["benefit"] < 0 else "gains"
    net = f"{verb} {_money(abs(action['benefit']))} {action['currency']} net"
    sentence = f"{write_headline(action)}: {', '.join([*terms, net])}"
    if action["urgency_days"] is not None:
        sentence += f"; {kind.urgency.format(action['urgency_days'])}"
    if action["late_inputs"]:
        sentence += f"; late: {_listed(action['late_inputs'])}"
    if action["assumed_inputs"]:
        sentence += f"; assumed: {_listed(action['assumed_inputs'])}"
    if action["unsure_inputs"]:
        sentence += f"; superseded by a row in quarantine: {_listed(action['unsure_inputs'])}"
    return f"{sentence}."


def write_headline(action: Mapping[str, Any]) -> str:
    """Write what to do, without what it is worth.

    Args:
        action: a row of `Proposals` or `ExportLines`.

    Raises:
        LookupError: there is no such kind of action.
    """
    own = json.loads(action["details"] or "{}")
    form = find_kind(action["kind"]).forms[own.get("form", "")]
    return form.headline.format_map({**action, **own})


def describe_route(route: Mapping[str, Any]) -> str:
    """Say where an action stands: who has decided, who is still asked, and which quantity.

    Args:
        route: a row of `Routed`.
    """
    by = (route["decided_by"] or "").replace(";", " and ")
    words = [route["status"]]
    if route["status"] == "waiting":
        so_far = [f"approved so far by {by}"] if by else []
        words = [f"waiting, needs {name_missing_roles(route)}", *so_far]
    elif route["status"] == "withdrawn":
        words = [f"withdrawn: {_say_chosen(by, route['withdrawn_for'][:_SHORT_ID])} in its place"]
    elif by:
        words = [f"{route['status']} by {by}"]
    if route["overridden"] is not None:
        words.append(f"{route['overridden']:,} units{_say_changes(route)} by override")
    if route["lapsed"] is not None:
        whose = route["lapsed"].replace(";", " and ")
        words.append(f"the approval of {whose} has lapsed: the plan has moved since")
    if route["deferred_until"] is not None:
        words.append(f"put off until {route['deferred_until']:%Y-%m-%d %H:%M}")
    return "; ".join(words)


def _say_changes(route: Mapping[str, Any]) -> str:
    """What else than the quantity an override has changed."""
    sender = route["overridden_origin"] or route["overridden_supplier"]
    due_on, price = route["overridden_due_on"], route["overridden_price"]
    supplied = route["overridden_supplier"] and route["overridden_unit_value"] is not None
    each = f" at {route['overridden_unit_value']:,.4f} each" if supplied else ""
    return (
        (f" from {sender}" if sender else "")
        + each
        + (f" at a price of {_money(price)}" if price else "")
        + (f" for {due_on}" if due_on else "")
    )


def _say_chosen(by: str, other: str) -> str:
    """What stands against a withdrawn action, and by whom; nobody where it left before."""
    if not by:
        return f"{other} has left"
    return f"policy lets go {other}" if by == "policy" else f"{by} chose {other}"


def describe_held(document: Mapping[str, Any]) -> str:
    """Say of a document why its approved lines do not leave.

    Args:
        document: a row of what `Desk.list_held` gives.
    """
    return (
        f"{document['document']} waits: {_money(document['value'])} of it is approved, "
        f"{_money(document['missing'])} less than the least value "
        f"{_money(document['least_value'])}."
    )


def describe_lessened(document: Mapping[str, Any]) -> str:
    """Say of a document that has left that it is worth too little without what is called back.

    Args:
        document: what `find_lessened_document` gives.
    """
    return (
        f"{document['document']} is then worth {_money(document['value'])}, "
        f"{_money(document['missing'])} less than the least value "
        f"{_money(document['least_value'])}: call back the rest, or agree it with the supplier."
    )


def describe_reasons(reason_codes: str) -> str:
    """Put reason codes, joined by a semicolon, into sentences."""
    words = list_reasons()
    return " ".join(words[code] for code in reason_codes.split(";") if code)


def _money(amount: float) -> str:
    return f"{amount:,.2f}"


def _listed(joined: str) -> str:
    return joined.replace(";", ", ")
