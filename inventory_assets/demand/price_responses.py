"""How demand answers to prices, by the retailer's own changes of them."""

from datetime import timedelta

from forecasting.price_response import LEARNT_DAYS, SILENT_DAYS, estimate_price_responses
from inventory_assets.demand.forecast import find_bulk_sales
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from quality_checks.checks import RESPONSES_FALL, judge_price_responses

_TEACHING_ITEMS = 40
"""Items of a category that teach its response; more would tell no more."""

_SHOWN = 20


@result_asset(
    "price_responses",
    reads=[
        "demand_history",
        "trading_days",
        "pos_sales",
        "products",
        "locations",
        "item_locations",
        "prices",
        "promotions",
    ],
    checks=[RESPONSES_FALL],
    by_item=True,
    closed_days=True,
)
def price_responses(inputs: Inputs) -> Computed:
    """How steeply demand of each item falls with its price, shrunk to style and category."""
    last_day = inputs.last_closed_day
    windows = -(-LEARNT_DAYS // inputs.policy.history_days)
    season = timedelta(days=inputs.policy.markdown.season_days)
    days = inputs.query(
        "priced_days",
        frames={"bulk": find_bulk_sales(inputs, last_day, windows=windows)},
        first_day=last_day - timedelta(days=LEARNT_DAYS - 1),
        last_day=last_day,
        silent_days=SILENT_DAYS,
        last_exit=inputs.business_date + season,
        most_items=_TEACHING_ITEMS,
    )
    frame = estimate_price_responses(days, inputs.known("products"))
    dearest = frame.sort("changes", "sku", descending=[True, False])
    return Computed(
        frame,
        [judge_price_responses(frame)],
        {"items whose price changed most": show_rows(dearest, _SHOWN)},
    )
