"""Small rows of the contracts: each factory takes what a test cares about."""

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import create_engine

from governance.exchange.export import idempotency_key
from governance.policy import ActionPolicy, load_policy
from quality_checks.contracts.actions import ExportLines, Proposals
from quality_checks.contracts.base import find_contract
from quality_checks.contracts.landing.context import Acknowledgements, Decisions

DAY = date(2026, 3, 2)
POLICIES = Path(__file__).parents[2] / "data" / "policies"

OWN = {
    "purchase_order": {"document": "2026-03-03/ACME/DC1", "minimum_order_value": None},
    "purchase_change": {
        "po": "PO1",
        "po_line": 2,
        "form": "cut",
        "open_units": 100,
        "rest_on": None,
    },
    "expedite": {"po": "PO1", "po_line": 2},
    "sourcing": {
        "order_id": "O1",
        "order_line": 1,
        "carrier": "standard",
        "ship_on": "2026-03-03",
        "collect_at": None,
    },
    "substitution": {
        "order_id": "O1",
        "order_line": 1,
        "ordered_sku": "SKU9",
        "form": "offer",
        "carrier": "standard",
        "ship_on": "2026-03-03",
        "collect_at": "S7",
        "unit_price": 9.0,
    },
    "markdown": {
        "document": "2026-03-02/*/d/s",
        "least_value": None,
        "old_price": 20.0,
        "new_price": 14.99,
        "prior_price": 19.0,
    },
    "markdown_deferral": {
        "document": "2026-03-02/*/d/s",
        "least_value": None,
        "planned_on": "2026-03-04",
        "new_price": 14.99,
    },
    "stock_count": {"on_record": 8, "wrong_chance": 0.4},
}
"""Columns of their own of kinds that have some."""


def details(kind: object) -> str | None:
    own = OWN.get(str(kind))
    return None if own is None else json.dumps(own, separators=(",", ":"))


Rows = Callable[..., pl.DataFrame]


@pytest.fixture
def day() -> date:
    return DAY


@pytest.fixture
def policies() -> Path:
    return POLICIES


@pytest.fixture
def shipped() -> ActionPolicy:
    return load_policy(POLICIES / "actions.yaml")


@pytest.fixture
def proposals() -> Rows:
    """A Proposals frame from dicts; action_id, kind, quantity and unit_value are enough."""
    base = {
        "action_id": "a" * 24,
        "business_date": DAY,
        "plan_version": 1,
        "kind": "transfer",
        "region": "north",
        "category": "shirts",
        "sku": "SKU1",
        "origin": "S1",
        "destination": "S2",
        "supplier": None,
        "due_on": date(2026, 3, 5),
        "quantity": 10,
        "unit_value": 5.0,
        "currency": "EUR",
        "margin_kept": 60.0,
        "margin_given_up": 10.0,
        "holding_cost": 0.0,
        "moving_cost": 5.0,
        "benefit": 45.0,
        "forced_cost": 0.0,
        "confidence": 1.0,
        "urgency_days": 2.0,
        "reason_codes": "surplus_to_shortage",
        "binding": "stock",
        "rejected": "none",
        "late_inputs": "",
        "assumed_inputs": "",
        "unsure_inputs": "",
        "model_version": "m1",
        "policy_version": "p1",
        "input_version": "i1",
        "parts_before": "",
        "left_before": 0,
    }

    def build(*rows: dict[str, object]) -> pl.DataFrame:
        contract = find_contract(Proposals)
        full = []
        for row in rows:
            merged = {**base, **row}
            merged.setdefault("value", merged["quantity"] * merged["unit_value"])
            merged.setdefault("packs", merged["quantity"])
            merged.setdefault("details", details(merged["kind"]))
            if merged["kind"] in ("purchase_order", "purchase_change", "expedite"):
                merged |= {"origin": None, "supplier": row.get("supplier", "ACME")}
            full.append(merged)
        return contract.conform(pl.DataFrame(full, schema=contract.schema))

    return build


@pytest.fixture
def decisions() -> Rows:
    """A Decisions frame from dicts; decision_id numbers the rows."""

    def build(*rows: dict[str, object]) -> pl.DataFrame:
        contract = find_contract(Decisions)
        full = [
            {
                "decision_id": f"d{number}",
                "action_id": "a" * 24,
                "decision": "approve",
                "author": "ann",
                "role": "planner",
                "reason": "checked",
                "quantity": None,
                "expires_on": None,
                "decided_at": datetime.fromisoformat(f"2026-03-03T08:{number:02}"),
                **row,
            }
            for number, row in enumerate(rows)
        ]
        return contract.conform(pl.DataFrame(full, schema=contract.schema))

    return build


@pytest.fixture
def export_lines() -> Rows:
    """An ExportLines frame from dicts; the key follows from the action."""

    def build(*rows: dict[str, object]) -> pl.DataFrame:
        contract = find_contract(ExportLines)
        full = []
        for row in rows:
            merged = {
                "business_date": DAY,
                "batch": 1,
                "action_id": "a" * 24,
                "plan_version": 1,
                "kind": "transfer",
                "sku": "SKU1",
                "origin": "S1",
                "destination": "S2",
                "supplier": None,
                "due_on": date(2026, 3, 5),
                "quantity": 10,
                "unit_value": 5.0,
                "currency": "EUR",
                **row,
            }
            merged.setdefault("packs", merged["quantity"])
            merged.setdefault("details", details(merged["kind"]))
            if merged["kind"] in ("purchase_order", "purchase_change"):
                merged |= {"origin": None, "supplier": "ACME"}
            merged["value"] = merged["quantity"] * merged["unit_value"]
            merged["idempotency_key"] = idempotency_key(merged["action_id"])
            full.append(merged)
        return contract.conform(pl.DataFrame(full, schema=contract.schema))

    return build


@pytest.fixture
def acknowledgements() -> Rows:
    """An Acknowledgements frame from dicts with action_id and status."""

    def build(*rows: dict[str, object]) -> pl.DataFrame:
        contract = find_contract(Acknowledgements)
        full = [
            {
                "batch": "1",
                "quantity": None,
                "erp_document": None,
                "message": None,
                "acknowledged_on": DAY,
                "idempotency_key": idempotency_key(str(row["action_id"])),
                **{name: value for name, value in row.items() if name != "action_id"},
            }
            for row in rows
        ]
        return contract.conform(pl.DataFrame(full, schema=contract.schema))

    return build


@pytest.fixture(scope="session")
def postgresql_server():
    reason = "the package index has no PostgreSQL server for this machine"
    pgserver = pytest.importorskip("pgserver", reason=reason)
    # Root's server runs as another user, who must reach the folder, and sockets want short paths.
    folder = tempfile.mkdtemp(prefix="plenish")
    server = pgserver.get_server(folder)
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database_numbers():
    return count()


@pytest.fixture
def postgresql_url(postgresql_server, database_numbers):
    """An empty database of a PostgreSQL server that runs."""
    name = f"decisions{next(database_numbers)}"
    engine = create_engine(postgresql_server.get_uri(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return postgresql_server.get_uri(name)
