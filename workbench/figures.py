"""The figures of the first page: each a number of rows or a sum over them, and where those are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import polars as pl

from quality_checks.contracts import SHORT_DC_STATES
from workbench.reading import DEFERRED, Plan, Prepared

_SHORT: Final = ("out", "about_to_be_out", *SHORT_DC_STATES)


@dataclass(frozen=True)
class Figure:
    """A number with what it counts.

    Attributes:
        group: heading under which it stands.
        name: what it counts or sums.
        value: the number.
        unit: of the number.
        address: of the page with its rows.
        is_fault: whether somebody should look, as it is not 0.
    """

    group: str
    name: str
    value: float
    unit: str
    address: str
    is_fault: bool = False


def count_figures(plan: Plan, sheet: Prepared, roles: Sequence[str]) -> list[Figure]:
    """Count what the first page tells.

    Args:
        plan: the newest plan.
        sheet: its actions as decisions stand now.
        roles: of who looks at it.
    """
    currency = next(iter(sheet.frame["currency"]), "")
    return [
        *_count_short(plan, currency),
        *_count_waiting(sheet.frame, roles, currency),
        *_count_automatic(sheet.frame, currency),
        *_count_data(plan),
    ]


def _count_short(plan: Plan, currency: str) -> Iterator[Figure]:
    rows = plan.read_view("projected_stock_outs")
    for state in _SHORT:
        found = rows.filter(state=state)
        if found.is_empty() and state in SHORT_DC_STATES:
            continue
        address = _address("/lists/stock-outs", state=state)
        words = state.replace("_", " ")
        whose = "Items of DCs" if state in SHORT_DC_STATES else "Item-locations"
        yield Figure("Running short", f"{whose} {words}", found.height, "", address)
        lost = float(found["lost_margin"].sum())
        yield Figure("Running short", f"Margin lost, {words}", lost, currency, address)
    risk = plan.read_view("open_exceptions")
    amount = float(risk["money_at_risk"].sum())
    yield Figure("Running short", "Open exceptions", risk.height, "", "/lists/exceptions")
    yield Figure("Running short", "Money at risk in them", amount, currency, "/lists/exceptions")


def _count_waiting(sheet: pl.DataFrame, roles: Sequence[str], currency: str) -> Iterator[Figure]:
    waiting = sheet.filter(standing="waiting")
    for role in roles:
        found = waiting.filter(pl.col("missing_roles").str.split(";").list.contains(role))
        address = _address("/worklist", standing="waiting", missing_roles=role)
        words = role.replace("_", " ")
        yield Figure("Waiting for you", f"Actions that ask the {words}", found.height, "", address)
        gained = float(found["benefit"].sum())
        yield Figure("Waiting for you", f"Benefit of these ({words})", gained, currency, address)
    address = _address("/worklist", standing="waiting")
    yield Figure("Waiting for you", "Actions that wait for anybody", waiting.height, "", address)
    put_off = sheet.filter(standing=DEFERRED)
    address = _address("/worklist", standing=DEFERRED)
    yield Figure("Waiting for you", "Actions that are put off", put_off.height, "", address)


def _count_automatic(sheet: pl.DataFrame, currency: str) -> Iterator[Figure]:
    found = sheet.filter(decided_by="policy")
    address = _address("/worklist", decided_by="policy")
    yield Figure("Gone by itself", "Actions that policy lets go", found.height, "", address)
    yield Figure("Gone by itself", "Value of these", float(found["value"].sum()), currency, address)
    for standing, words in (
        ("exported", "handed to the ERP"),
        ("acknowledged", "the ERP answered"),
    ):
        left = sheet.filter(standing=standing)
        address = _address("/worklist", standing=standing)
        yield Figure("Gone by itself", f"Actions {words}", left.height, "", address)


def _count_data(plan: Plan) -> Iterator[Figure]:
    failed = plan.read_view("checks_made").filter(passed=False)
    address = _address("/lists/checks", passed="false")
    yield Figure(
        "Data", "Checks that failed", failed.height, "", address, is_fault=failed.height > 0
    )
    if plan.reads_all:
        rows = plan.read_view("rows_waiting").height
        address = "/lists/rows-waiting"
        yield Figure("Data", "Rows in quarantine", rows, "", address, is_fault=rows > 0)
    late = failed.filter(pl.col("check").is_in(["arrived", "not_too_late"]))
    yield Figure(
        "Data",
        "Landing sources that came late",
        late["asset"].n_unique(),
        "",
        "/data-health",
        is_fault=late.height > 0,
    )
    aside = plan.read_table("items_set_aside")["sku"].n_unique()
    yield Figure("Data", "Items left out", aside, "", "/data-health", is_fault=aside > 0)


def _address(path: str, **parameters: str) -> str:
    return f"{path}?{urlencode(parameters)}"
