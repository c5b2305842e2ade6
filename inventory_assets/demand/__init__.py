"""Demand: stock-outs undone, the forecast, and how earlier forecasts did."""
