"""How suppliers deliver: scorecards, lead times, yields, and when open documents bring goods.

Lead times learnt one order at a time live in `online`.
"""

from forecasting.supply.receipts import predict_receipts
from forecasting.supply.suppliers import estimate_lead_times, score_suppliers
from forecasting.supply.yields import estimate_yields

__all__ = ["estimate_lead_times", "estimate_yields", "predict_receipts", "score_suppliers"]
