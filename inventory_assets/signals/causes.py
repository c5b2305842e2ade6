"""Why item-locations that exceptions touch have less or more than an earlier plan expected."""

from datetime import timedelta

import polars as pl

from governance.kinds import list_inbound_kinds
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from optimization.causes import (
    explain_exceptions,
    explain_stocks,
    find_wrong_shares,
    find_wrong_sums,
    list_upstream,
    name_stocks,
)
from quality_checks.checks import CAUSES_ADD_UP, SHARES_ADD_UP, judge_causes, judge_shares

_NIGHTS = 14
"""Nights that are looked back: as many as forecasts and reasons are kept of, today left out."""

_SHOWN = 20


_TODAY = [
    *("exception_scope", "position", "receipts_ahead", "demand_history", "unconstrained"),
    *("item_locations", "locations", "products", "promotions", "prices", "events"),
    *("pos_sales", "returns", "receipts", "transfers", "in_transit", "purchase_orders"),
    *("adjustments", "stock_counts", "acknowledgements"),
]
_EARLIER = [
    *("targets", "unserved", "unordered", "allocation", "transfers_plan", "purchase_plan"),
    *("export_lines", "cancel_lines", "position", "receipts_ahead", "forecast"),
    *("demand_history", "plan_versions"),
]


@result_assets(
    {"stock_causes": (CAUSES_ADD_UP,), "exception_causes": (SHARES_ADD_UP,)},
    reads=_TODAY,
    earlier=_EARLIER,
    by_item=True,
)
def exception_causes(inputs: Inputs) -> list[Computed]:
    """Trace what exceptions touch back to the newest plan whose goods are due by now."""
    scope = inputs.read("exception_scope")
    causes = trace_stocks(inputs, scope)
    shares = explain_exceptions(scope, causes)
    return [
        Computed(causes, [judge_causes(find_wrong_sums(causes))]),
        Computed(
            shares,
            [judge_shares(find_wrong_shares(shares))],
            {"causes": show_rows(shares.select("exception_id", "share", "words"), _SHOWN)},
        ),
    ]


def trace_stocks(inputs: Inputs, scope: pl.DataFrame) -> pl.DataFrame:
    """Causes of the item-locations of exceptions."""
    today = inputs.business_date
    first = today - timedelta(days=_NIGHTS)
    asked = scope.select("sku", "location", until=pl.lit(today)).unique(maintain_order=True)
    kinds = pl.DataFrame({"kind": list_inbound_kinds()})

    def find_plans(wanted: pl.DataFrame) -> pl.DataFrame:
        frames = {"wanted": wanted, "inbound_kinds": kinds}
        return inputs.query("plans_before", frames=frames, first_night=first)

    plans = find_plans(asked)
    above = find_plans(list_upstream(plans))
    named = name_stocks(plans, above)
    offered = inputs.query("offers", first_day=first, last_day=today, whole_range=True)
    return explain_stocks(
        inputs.query("explained_stocks", frames={"stocks": named}, first_night=first),
        inputs.query(
            "explained_days", frames={"stocks": named, "offered": offered}, first_night=first
        ),
        inputs.query("explained_lines", frames={"stocks": named}, first_night=first),
    )
