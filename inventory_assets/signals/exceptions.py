"""Exceptions of a business date: read, judged by their past, and settled."""

from datetime import timedelta
from typing import NamedTuple

import dagster as dg
import polars as pl

from forecasting.anomalies import judge_readings, read_cells
from inventory_assets.framework import (
    Computed,
    Inputs,
    result_assets,
    set_items_aside,
    show_rows,
    write_for_people,
)
from inventory_assets.inventory import (
    OPEN_PROPOSALS_FROM,
    read_answer_faults,
    read_hour_told,
    read_late_inputs,
)
from optimization.exceptions import (
    Settled,
    list_cells_off,
    settle_exceptions,
    sum_signals,
    tabulate_exceptions,
    value_changed_demand,
)
from quality_checks.checks import ITEMS_CALCULATED, SIGNALS_READ, judge_unread_signals
from quality_checks.intake import is_still_open

_SHOWN = 20
_STORY = ["kind", "state", "first_seen_on", "trend", "money_at_risk", "words"]
_FOR_PEOPLE = [
    *("exception_id", "kind", "state", "first_seen_on", "last_seen_on", "closed_by", "trend"),
    *("region", "department", "category", "sku", "location", "channel", "supplier", "document"),
    *(
        "observed",
        "expected",
        "item_locations",
        "units_at_risk",
        "money_at_risk",
        "words",
        "late_inputs",
    ),
]


class _Judged(NamedTuple):
    """Readings of days before, those of the day with their scores, and what follows from them."""

    past: pl.DataFrame
    judged: pl.DataFrame
    settled: Settled


@result_assets(
    {"signal_readings": [SIGNALS_READ, ITEMS_CALCULATED], "exceptions": [], "exception_scope": []},
    reads=[
        *("item_locations", "products", "locations", "suppliers"),
        *("order_acknowledgements", "online_orders", "pos_sales", *OPEN_PROPOSALS_FROM),
        *("demand_history", "trading_days", "feeds", "receipts_ahead", "forecast"),
        *("planning_pairs", "sale_values", "targets", "unserved", "projected_stock"),
        *("count_plan", "order_risks", "order_decisions"),
    ],
    earlier=[
        *("signal_readings", "exceptions", "trading_days"),
        *("proposals", "export_lines", "cancel_lines"),
    ],
)
def exceptions(inputs: Inputs) -> list[Computed]:
    """What is wrong by more than chance, what it puts at risk, and what has closed."""
    (past, judged, settled), calculated = set_items_aside(_judge, inputs)
    return [
        Computed(judged, [judge_unread_signals(past, judged), calculated]),
        Computed(settled.exceptions, metadata=_show(inputs, settled.exceptions)),
        Computed(settled.scope),
    ]


def _judge(inputs: Inputs) -> _Judged:
    """Read and judge signals, and settle what is an exception; nothing is written."""
    day, rules = inputs.business_date, inputs.policy.exceptions
    past = inputs.query("past_readings", first_day=day - timedelta(days=rules.past_days))
    rows = _find_rows(inputs)
    still_open = is_still_open(inputs.ledger(), day)
    cells = read_cells(inputs.query("sold_cells", still_open=still_open), day)
    money = sum_signals(inputs.query("watched_subjects"), rows, day)
    pairs = inputs.query("watched_pairs")["pairs"].item()
    judged = judge_readings(pl.concat([past, cells, money]), day, pairs, rules)
    off = list_cells_off(judged)
    changed = value_changed_demand(inputs.query("changed_demand", frames={"off": off}))
    awaited = inputs.policy.list_awaited(read_hour_told(inputs))
    nodes = inputs.query("node_signals", frames={"off": off}, awaited=";".join(awaited))
    whole = pl.concat([rows, changed, nodes], how="diagonal")
    before, late = inputs.query("exceptions_before"), read_late_inputs(inputs)
    feeds = inputs.query("feeds_not_here", awaited=";".join(awaited))
    settled = settle_exceptions(judged, whole, before, day, rules, late, feeds)
    return _Judged(past, judged, settled)


def _find_rows(inputs: Inputs) -> pl.DataFrame:
    """What the plan's own tables put at risk, by subject and item-location."""
    economics, sourcing = inputs.policy.economics, inputs.policy.sourcing
    stock = inputs.query(
        "stock_signals",
        keep_rate=economics.keeping_rate_per_day,
        keep_days=economics.holding_horizon_days,
    )
    suppliers = inputs.query("supplier_signals")
    orders = inputs.query("order_signals", late_cost=sourcing.late_cost)
    answers = inputs.query("answer_signals", frames={"faults": read_answer_faults})
    return pl.concat([stock, suppliers, orders, answers])


def _show(inputs: Inputs, found: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    """Exceptions for people: by kind, the dearest, and as files."""
    dearest = found.sort(
        "money_at_risk", "exception_id", descending=[True, False], nulls_last=True
    ).select(_FOR_PEOPLE)
    paths = write_for_people(inputs.reports / "exceptions", dearest)
    by_kind = tabulate_exceptions(found)
    return {
        "by kind": show_rows(by_kind, by_kind.height),
        "dearest first": show_rows(dearest.select(_STORY), _SHOWN),
        **{f"as {path.suffix[1:]}": dg.MetadataValue.path(path) for path in paths},
    }
