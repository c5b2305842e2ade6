"""How suppliers deliver: scorecards, lead times, yields, delays, and when documents bring goods.

Lead times learnt one order at a time live in `online`.
"""

from forecasting.supply.closures import add_closures
from forecasting.supply.delay_trials import LEARNT_DAYS, Delays, predict_line_delays
from forecasting.supply.delays import QUANTILES, DelayModel, fit_delays, predict_delays
from forecasting.supply.exposure import measure_concentration, measure_exposure
from forecasting.supply.lane_risks import predict_lane_risks
from forecasting.supply.order_risks import OrderRisks, predict_order_risks
from forecasting.supply.receipts import predict_receipts
from forecasting.supply.refusals import estimate_refusals
from forecasting.supply.scorecard import list_lines_against, measure_suppliers
from forecasting.supply.suppliers import (
    estimate_lead_times,
    estimate_other_lead_times,
    score_suppliers,
)
from forecasting.supply.usual_days import round_half_up
from forecasting.supply.yields import estimate_yields

__all__ = [
    "LEARNT_DAYS",
    "QUANTILES",
    "DelayModel",
    "Delays",
    "OrderRisks",
    "add_closures",
    "estimate_lead_times",
    "estimate_other_lead_times",
    "estimate_refusals",
    "estimate_yields",
    "fit_delays",
    "list_lines_against",
    "measure_concentration",
    "measure_exposure",
    "measure_suppliers",
    "predict_delays",
    "predict_lane_risks",
    "predict_line_delays",
    "predict_order_risks",
    "predict_receipts",
    "round_half_up",
    "score_suppliers",
]
