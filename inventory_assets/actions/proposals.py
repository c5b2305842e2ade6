"""Plans as actions."""

import dagster as dg
import polars as pl

from governance import ActionContext, gather_cautions, propose_actions
from governance.kinds import KINDS, list_plans
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.inventory import (
    DEPARTED_LINES_FROM,
    RECORD_DOUBTS_FROM,
    read_departed_lines,
    read_hour_told,
    read_late_inputs,
    read_record_doubts,
)
from inventory_assets.pictures import tabulate_actions
from quality_checks.checks import BEST_CHOSEN, judge_rejected
from quality_checks.contracts import CONTRACTS


def _context(inputs: Inputs) -> ActionContext:
    business_date, policy = inputs.business_date, inputs.policy
    hour = read_hour_told(inputs)
    version = inputs.plan_version()
    products = inputs.known("products")
    stocked = inputs.read("position").filter(pl.col("on_hand").is_not_null())
    return ActionContext(
        business_date=business_date,
        plan_version=version.plan_version,
        currency=_currency(products),
        items=products,
        lanes=inputs.known("lanes"),
        cautions=gather_cautions(inputs.read("targets"), inputs.read("sale_values")),
        stock_ages=stocked.select("sku", "location", age_days="record_age_days"),
        record_doubts=read_record_doubts(inputs),
        stock_late_after_days=policy.allow_days("stock", hour),
        late_inputs=read_late_inputs(inputs),
        assumed_inputs=inputs.known("assumptions")["source"].unique().to_list(),
        overtaken=_find_superseded(inputs),
        departed=read_departed_lines(inputs),
        model_version=f"{version.model_version}-{version.code_version[:12]}",
        policy_version=version.policy_hash,
        input_version=version.input_hash,
    )


def _find_superseded(inputs: Inputs) -> dict[str, pl.DataFrame]:
    """Source -> keys by which actions rest on rows of it that are superseded."""
    masters = {name: inputs.overtaken(name).select(CONTRACTS[name].key) for name in _NAMED}
    offers = inputs.query("unsure_offers").partition_by(
        "source", as_dict=True, include_key=False, maintain_order=True
    )
    return masters | {str(source): pairs for (source,), pairs in offers.items()}


def _currency(products: pl.DataFrame) -> str:
    """The one currency of all items: amounts of several cannot be weighed against each other."""
    currencies = products["currency"].unique().sort().to_list()
    if len(currencies) != 1:
        raise dg.Failure(f"products come in {len(currencies)} currencies {currencies}; send one")
    return str(currencies[0])


_PLANS = list_plans()
"""Kind of action -> the table of its plan."""

_NAMED = sorted({source for name in _PLANS for source in KINDS[name].named_sources})
"""Sources of which an action names a row by its key."""


@result_asset(
    "proposals",
    reads=[
        "targets",
        "sale_values",
        *(plan.name for plan in _PLANS.values()),
        "plan_versions",
        "assumptions",
        *_NAMED,
        "prices",
        "promotions",
        "pos_sales",
        *RECORD_DOUBTS_FROM,
        *DEPARTED_LINES_FROM,
    ],
    earlier=["quarantine", "export_lines", "cancel_lines"],
    checks=[BEST_CHOSEN],
    by_item=True,
)
def proposals(inputs: Inputs) -> Computed:
    """Every plan line as an action, with its terms, reasons and the versions behind it."""
    context = _context(inputs)
    frame = pl.concat(
        [propose_actions(kind, inputs.read(plan.name), context) for kind, plan in _PLANS.items()]
    )
    by_kind = tabulate_actions(frame)
    return Computed(frame, [judge_rejected(frame)], {"by kind": show_rows(by_kind, len(by_kind))})
