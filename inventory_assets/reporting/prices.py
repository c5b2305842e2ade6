"""What prices that were lowered, or held, brought since."""

from datetime import timedelta

from forecasting.price_response import judge_price_outcomes, summarize_price_outcomes
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from quality_checks.checks import PRICES_IMPLEMENTED, judge_paid_prices
from quality_checks.contracts import CONTRACTS

_SHOWN = 20


@result_asset(
    "price_outcomes",
    reads=[
        "acknowledgements",
        "unconstrained",
        "trading_days",
        "demand_history",
        "item_locations",
        "locations",
        "products",
        "prices",
        "promotions",
    ],
    earlier=["export_lines", "cancel_lines", "markdown_plan", "deferral_plan"],
    checks=[PRICES_IMPLEMENTED],
    by_item=True,
)
def price_outcomes(inputs: Inputs) -> Computed:
    """Markdowns and deferrals of the history window, against the price that they replaced."""
    last_day = inputs.last_closed_day
    first_day = last_day - timedelta(days=inputs.policy.history_days - 1)
    zones = inputs.policy.markdown.price_zones
    changed = inputs.query(
        "changed_prices", first_day=first_day, last_closed_day=last_day, price_zones=zones
    )
    judged = judge_price_outcomes(changed)
    columns = CONTRACTS["price_outcomes"].empty().drop("business_date").columns
    return Computed(
        judged.select(columns),
        [judge_paid_prices(judged)],
        metadata={"by kind": show_rows(summarize_price_outcomes(judged), _SHOWN)},
    )
