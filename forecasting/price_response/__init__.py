"""How sales answer to prices: learnt from weeks whose prices are known, asked of weeks ahead.

What a price should be is decided elsewhere (`optimization`).
"""

from forecasting.price_response.changes import find_price_changes
from forecasting.price_response.offer_effects import measure_offer_effects
from forecasting.price_response.outcomes import judge_price_outcomes, summarize_price_outcomes
from forecasting.price_response.own_history import (
    LEARNT_DAYS,
    SILENT_DAYS,
    estimate_price_responses,
)
from forecasting.price_response.response import (
    PriceResponse,
    fit_price_response,
    measure_elasticities,
    predict_priced_sales,
)

__all__ = [
    "LEARNT_DAYS",
    "SILENT_DAYS",
    "PriceResponse",
    "estimate_price_responses",
    "find_price_changes",
    "fit_price_response",
    "judge_price_outcomes",
    "measure_elasticities",
    "measure_offer_effects",
    "predict_priced_sales",
    "summarize_price_outcomes",
]
