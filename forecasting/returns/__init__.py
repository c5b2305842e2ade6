"""Units that customers bring or send back: how many, where and when."""

from forecasting.returns.forecast import estimate_return_rates, forecast_returns

__all__ = ["estimate_return_rates", "forecast_returns"]
