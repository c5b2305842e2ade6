"""Units that customers bring or send back: how many, where and when."""

from forecasting.returns.forecast import forecast_returns

__all__ = ["forecast_returns"]
