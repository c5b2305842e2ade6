"""How long approvals take, by whom policy asked."""

import polars as pl

from governance import EVER, find_plan_times, list_decision_steps
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows

_SHOWN = 20


@result_asset("decision_steps", reads=["proposals", "routed"], earlier=["plan_lines"])
def decision_steps(inputs: Inputs) -> Computed:
    """Each role that was asked about an action, when it was, and when it answered."""
    lines = inputs.read_until("plan_lines").filter(pl.col("business_date") == inputs.business_date)
    frame = list_decision_steps(
        inputs.read("proposals"),
        inputs.read("routed"),
        inputs.store.decisions(EVER),
        lines,
        find_plan_times(inputs.store, inputs.business_date),
    )
    return Computed(frame, metadata={"steps": show_rows(frame, _SHOWN)})
