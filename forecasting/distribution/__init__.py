"""How demand is stated as a distribution: counts, their spread, and their sums over days.

Everything that asks "how likely is it that at least k units are demanded?" asks here. How the mean
and the spread of an item-location are estimated lives in `baseline` and `global_model`.
"""

from forecasting.distribution.counts import (
    compute_expected_sales,
    compute_survival,
    find_quantile,
    interpolate_quantiles,
)
from forecasting.distribution.dispersion import (
    CLASS_DAYS,
    VOLUME_EDGES,
    Dispersion,
    estimate_common_variation,
    estimate_dispersion,
)
from forecasting.distribution.groups import aggregate_groups
from forecasting.distribution.lead_days import list_lead_days
from forecasting.distribution.running_demand import TAIL_DAYS, RunningDemand
from forecasting.distribution.stock_out_days import (
    CLASSES,
    add_stock_outs,
    classify_volume,
    estimate_stock_out_share,
    estimate_surge,
)
from forecasting.distribution.windows import sum_echelon_demand, sum_window_demand

__all__ = [
    "CLASSES",
    "CLASS_DAYS",
    "TAIL_DAYS",
    "VOLUME_EDGES",
    "Dispersion",
    "RunningDemand",
    "add_stock_outs",
    "aggregate_groups",
    "classify_volume",
    "compute_expected_sales",
    "compute_survival",
    "estimate_common_variation",
    "estimate_dispersion",
    "estimate_stock_out_share",
    "estimate_surge",
    "find_quantile",
    "interpolate_quantiles",
    "list_lead_days",
    "sum_echelon_demand",
    "sum_window_demand",
]
