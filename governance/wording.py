"""Actions in plain words, for planners."""

from collections.abc import Mapping
from typing import Any, Final

from quality_checks.contracts import REASONS

_HEADLINES: Final = {
    "purchase_order": "Buy {quantity} of {sku} from {supplier} for {destination} by {due_on}",
    "expedite": "Expedite {quantity} of {sku} from {supplier} for {destination} to {due_on}",
    "allocation": "Send {quantity} of {sku} from {origin} to {destination} by {due_on}",
    "transfer": "Move {quantity} of {sku} from {origin} to {destination} by {due_on}",
    "sourcing": "Ship {quantity} of {sku} from {origin} for {destination} by {due_on}",
    "markdown": "Mark down {quantity} of {sku} at {destination} from {due_on}",
    "markdown_deferral": "Hold the markdown of {quantity} of {sku} at {destination} to {due_on}",
}
_TERMS: Final = {
    "margin_kept": "keeps {} of margin",
    "margin_given_up": "gives up {} elsewhere",
    "holding_cost": "costs {} to hold",
    "moving_cost": "costs {} to move",
}


def describe(action: Mapping[str, Any]) -> str:
    """One sentence that says what to do, what it is worth and how sure that is.

    Args:
        action: a row of `Proposals`, as of `DataFrame.iter_rows(named=True)`.
    """
    headline = _HEADLINES[action["kind"]].format_map(action)
    terms = [text.format(_money(action[name])) for name, text in _TERMS.items() if action[name]]
    verb = "loses" if action["benefit"] < 0 else "gains"
    net = f"{verb} {_money(abs(action['benefit']))} {action['currency']} net"
    sentence = f"{headline}: {', '.join([*terms, net])}"
    if action["urgency_days"] is not None:
        sentence += f"; out of stock in {action['urgency_days']:.1f} days without it"
    if action["late_inputs"]:
        sentence += f"; late: {_listed(action['late_inputs'])}"
    if action["assumed_inputs"]:
        sentence += f"; assumed: {_listed(action['assumed_inputs'])}"
    return f"{sentence}."


def reasons_in_words(reason_codes: str) -> str:
    """Reason codes joined by a semicolon as sentences."""
    return " ".join(REASONS[code] for code in reason_codes.split(";") if code)


def _money(amount: float) -> str:
    return f"{amount:,.2f}"


def _listed(joined: str) -> str:
    return joined.replace(";", ", ")
