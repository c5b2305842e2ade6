"""Which stock records are worth a count.

How far records are off lives in `forecasting.records`; what is missing of one in
`optimization.records`.
"""

from optimization.counting.plan import plan_counts

__all__ = ["plan_counts"]
