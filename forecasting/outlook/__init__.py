"""What demand will be beyond the days that are forecast one by one.

The forecast by day knows what sells now. What the time of year, events and launches do to it, and
how far levels stray, is learnt here from weeks of a year and more, of all items together.
"""

from forecasting.outlook.factors import Outlook, estimate_outlook

__all__ = ["Outlook", "estimate_outlook"]
