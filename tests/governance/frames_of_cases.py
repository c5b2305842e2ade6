"""Small exceptions and playbooks for tests of cases."""

from datetime import date
from typing import Any

import polars as pl

from governance.cases import Playbooks
from quality_checks.contracts import CaseActions, Exceptions, ExceptionScope, find_contract

DAY = date(2026, 3, 2)

EXCEPTION = {
    "business_date": DAY,
    "exception_id": "X1",
    "kind": "stock_out",
    "subject": "S2",
    "state": "new",
    "first_seen_on": DAY,
    "last_seen_on": DAY,
    "trend": "new",
    "item_locations": 1,
    "money_at_risk": 500.0,
    "words": "S2 runs out of 1 item within 48 hours.",
}
BOOK = {
    "name": "runs_out",
    "when": {"kind": ["stock_out"]},
    "owner": "planner",
    "due_days": 1,
    "escalation": {"after_days": 2, "to": "finance"},
    "measure_after_days": 3,
    "answers": [
        {"kind": "transfer", "at": "short"},
        {"kind": "allocation", "at": "short"},
        {"kind": "expedite", "at": "short"},
        {"kind": "stock_count", "part": "supporting"},
    ],
    "alternatives": ["transfer", "expedite"],
    "alerts": [{"role": "merchandiser", "words": "Hold the offer."}],
}
LANES = pl.DataFrame({"origin": ["DC1", "S1", "S3"], "destination": ["S2", "S2", "S2"]})
LOCATIONS = pl.DataFrame(
    {
        "location": ["DC1", "S1", "S2", "S3"],
        "region": ["north", "south", "coast", "south"],
        "price_zone": [None, "city", "city", None],
    }
)


def exceptions(*rows: dict[str, Any]) -> pl.DataFrame:
    contract = find_contract(Exceptions)
    full = [{**EXCEPTION, **row} for row in rows]
    return contract.conform(pl.DataFrame(full, schema=contract.schema))


def scope(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    """Rows of exception, item, node and side."""
    contract = find_contract(ExceptionScope)
    names = ("exception_id", "sku", "location", "side")
    full = [
        {"business_date": DAY, "money_at_risk": 500.0, **dict(zip(names, row, strict=True))}
        for row in rows
    ]
    return contract.conform(pl.DataFrame(full, schema=contract.schema))


def playbooks(*books: dict[str, Any]) -> Playbooks:
    return Playbooks.model_validate({"playbooks": [{**BOOK, **book} for book in books or ({},)]})


def case_actions(*rows: dict[str, Any]) -> pl.DataFrame:
    """Alternatives of a case by hand: action_id and option are enough."""
    contract = find_contract(CaseActions)
    base = {
        "business_date": DAY,
        "case_id": "C1",
        "exception_id": "X1",
        "exception": "stock_out",
        "playbook": "runs_out",
        "sku": "SKU1",
        "kind": "transfer",
        "benefit": 1.0,
        "part": "alternative",
        "choice": "SKU1",
        "option_rank": 1,
        "option_benefit": 1.0,
    }
    full = [{**base, **row} for row in rows]
    return contract.conform(pl.DataFrame(full, schema=contract.schema))
