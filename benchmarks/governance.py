"""Routing of actions and the audit chain at the size of a network, and many who decide at once.

Actions are drawn with a seed: every kind, with values, quantities and benefits on both sides of the
bounds of the policy that ships, and a few decisions of people. Events are appended in transactions
of a day's size, each followed by a signed head that is published.
"""

import json
import resource
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict

import numpy as np
import polars as pl

from benchmarks.governance_deciders import DeciderFigures, measure_deciders
from governance import ActionPolicy, Desk, Store, load_policy, open_store
from governance.kinds import KINDS
from governance.signed_heads import Witness
from quality_checks.contracts import CONTRACTS

_POLICY = Path(__file__).parents[1] / "data" / "policies" / "actions.yaml"
_DAY = date(2026, 3, 2)
_AT = datetime(2026, 3, 3, 8)  # noqa: DTZ001  # local by contract
_A_DAY = 10_000
"""Events of a transaction."""


class Figures(TypedDict):
    """What the benchmark prints.

    Attributes:
        actions: that were routed.
        route_seconds: to route them.
        routes: how many took each route.
        events: that were appended and verified.
        append_seconds: to append them and to publish heads.
        verify_seconds: to verify the chain, and all heads against it.
        audit_seconds: both.
        faults: what the audit found; there is nothing to find.
        route_cpu_seconds: of the processor, of routing.
        audit_cpu_seconds: the same of the audit.
        peak_gb: memory of the process at its most.
        at_once: what came of 50 who decided at once, by database.
    """

    actions: int
    route_seconds: float
    routes: dict[str, int]
    events: int
    append_seconds: float
    verify_seconds: float
    audit_seconds: float
    faults: int
    route_cpu_seconds: float
    audit_cpu_seconds: float
    peak_gb: float
    at_once: dict[str, DeciderFigures]


def measure(actions: int, events: int, seed: int) -> Figures:
    """Route drawn actions, append and verify events, let many decide, and give the figures."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        store = open_store(f"sqlite:///{work / 'governance' / 'decisions.sqlite'}")
        proposals, drawn_at = _draw_proposals(actions, seed), time.process_time()
        routes, route_seconds = _route(proposals, load_policy(_POLICY), store)
        routed_at = time.process_time()
        witness = Witness(store, work / "keys" / "audit.pem", work / "audit", makes_place=True)
        append_seconds = _append(store, witness, events)
        started = time.perf_counter()
        faults = [*store.verify_chain(), *witness.inspect({}).faults]
        verify_seconds = time.perf_counter() - started
        audited_at = time.process_time()
        store.close()
    return Figures(
        actions=actions,
        route_seconds=round(route_seconds, 2),
        routes=routes,
        events=events,
        append_seconds=round(append_seconds, 2),
        verify_seconds=round(verify_seconds, 2),
        audit_seconds=round(append_seconds + verify_seconds, 2),
        faults=len(faults),
        route_cpu_seconds=round(routed_at - drawn_at, 2),
        audit_cpu_seconds=round(audited_at - routed_at, 2),
        peak_gb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        at_once=measure_deciders(),
    )


def _route(
    proposals: pl.DataFrame, policy: ActionPolicy, store: Store
) -> tuple[dict[str, int], float]:
    lines, cases = CONTRACTS["export_lines"].empty(), CONTRACTS["case_actions"].empty()
    started = time.perf_counter()
    routed = Desk(_DAY, proposals, lines, policy, store, cases).route()
    seconds = time.perf_counter() - started
    return dict(routed["route"].value_counts(sort=True).iter_rows()), seconds


def _append(store: Store, witness: Witness, events: int) -> float:
    started = time.perf_counter()
    for first in range(0, events, _A_DAY):
        numbers = range(first, min(first + _A_DAY, events))
        store.append_events("measured", ({"action": n, "said": "as drawn"} for n in numbers), _AT)
        if fault := witness.publish(_AT):
            raise OSError(fault)
    return time.perf_counter() - started


def _draw_proposals(size: int, seed: int) -> pl.DataFrame:
    """Actions of every kind as `Proposals`, each item at a node of its own."""
    rng = np.random.default_rng(seed)
    contract = CONTRACTS["proposals"]
    quantity, unit_value = rng.geometric(0.03, size), rng.gamma(2.0, 12.0, size).round(2)
    benefit = rng.normal(40.0, 60.0, size).round(2)
    kinds = rng.choice(sorted(KINDS), size).tolist()
    numbers = pl.DataFrame({"number": np.arange(size)})
    texts = {
        "region": "north", "category": "shirts", "currency": "EUR", "reason_codes": "below_target",
        "binding": "stock", "rejected": "none", "late_inputs": "", "assumed_inputs": "",
        "unsure_inputs": "", "model_version": "m", "policy_version": "p", "input_version": "i",
        "parts_before": "", "origin": "D1", "supplier": "V1",
    }  # fmt: skip
    drawn = numbers.select(
        action_id=pl.format("{}", pl.col("number") + 10**23 // 10**6).str.zfill(24),
        kind=pl.Series(kinds),
        sku=pl.format("SKU{}", pl.col("number") % 20_000),
        destination=pl.format("S{}", pl.col("number") // 20_000),
        quantity=pl.Series(quantity),
        packs=pl.Series(quantity),
        unit_value=pl.Series(unit_value),
        value=pl.Series(quantity * unit_value),
        benefit=pl.Series(benefit),
        margin_kept=pl.Series(benefit),
        forced_cost=pl.Series(rng.gamma(0.3, 200.0, size).round(2)),
        confidence=pl.Series(rng.beta(4.0, 1.0, size)),
        urgency_days=pl.Series(rng.gamma(2.0, 3.0, size)),
        business_date=pl.lit(_DAY),
        due_on=pl.lit(_DAY),
        plan_version=pl.lit(1),
        left_before=pl.lit(0),
        details=pl.Series([_state_form(kind) for kind in kinds]),
        **{name: pl.lit(0.0) for name in ("margin_given_up", "holding_cost", "moving_cost")},
        **{name: pl.lit(text) for name, text in texts.items()},
    )
    return contract.conform(drawn)


def _state_form(kind: str) -> str | None:
    """Columns of its own of an action: the first form of its kind, where it has several."""
    form = next(iter(KINDS[kind].forms))
    return json.dumps({"form": form}) if form else None
