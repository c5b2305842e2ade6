"""How late open order lines may be by the model of delays, and whether it plans."""

from forecasting.supply import LEARNT_DAYS, predict_line_delays
from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.inventory.documents import OPEN_DOCUMENTS_FROM, read_open_documents
from quality_checks.checks import TRIALS_HELD, judge_trials


@result_assets(
    {"line_delays": (), "delay_trials": [TRIALS_HELD]},
    reads=[*OPEN_DOCUMENTS_FROM, "products", "suppliers"],
    earlier=["export_lines", "cancel_lines"],
)
def delays(inputs: Inputs) -> list[Computed]:
    """How likely open order lines are late by a model, where it beats suppliers' records."""
    reach = inputs.policy.scorecard_window_days
    found = predict_line_delays(
        inputs.query("past_order_lines", learnt_days=LEARNT_DAYS, window_days=reach),
        inputs.query(
            "asked_order_lines", frames={"documents": read_open_documents}, window_days=reach
        ),
        as_of=inputs.business_date,
    )
    return [
        Computed(found.lines),
        Computed(
            found.trials,
            [judge_trials(found.broken)],
            {"trials": show_rows(found.trials, found.trials.height)},
        ),
    ]
