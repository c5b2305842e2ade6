"""How suppliers deliver: scorecards, lead times and yields.

Lead times learnt one order at a time live in `online`.
"""

from forecasting.supply.suppliers import lead_times, scorecard
from forecasting.supply.yields import supplier_yields

__all__ = ["lead_times", "scorecard", "supplier_yields"]
