"""How demand is stated as a distribution: counts, their spread, and their sums over days.

Everything that asks "how likely is it that at least k units are demanded?" asks here. How the mean
and the spread of an item-location are estimated lives in `baseline` and `global_model`.
"""

from forecasting.distribution.counts import (
    expected_sales,
    interpolated_quantiles,
    quantile,
    survival,
)
from forecasting.distribution.dispersion import (
    CLASS_DAYS,
    VOLUME_EDGES,
    Dispersion,
    common_variation,
    estimate_dispersion,
)
from forecasting.distribution.stock_out_days import (
    CLASSES,
    stock_out_share,
    surge_by_class,
    volume_class,
    with_stock_outs,
)
from forecasting.distribution.windows import TAIL_DAYS, echelon_demand, window_demand

__all__ = [
    "CLASSES",
    "CLASS_DAYS",
    "TAIL_DAYS",
    "VOLUME_EDGES",
    "Dispersion",
    "common_variation",
    "echelon_demand",
    "estimate_dispersion",
    "expected_sales",
    "interpolated_quantiles",
    "quantile",
    "stock_out_share",
    "surge_by_class",
    "survival",
    "volume_class",
    "window_demand",
    "with_stock_outs",
]
