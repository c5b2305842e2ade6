"""What is off by more than chance: readings of a day against their own past.

Thresholds come from a budget of false alarms a week; what an exception is made of, and when it
closes, lives in `optimization.exceptions`.
"""

from forecasting.anomalies.cells import read_cells
from forecasting.anomalies.judging import judge_readings

__all__ = ["judge_readings", "read_cells"]
