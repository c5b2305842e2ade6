"""Pictures and tables that the UI shows beside an asset's figures; matplotlib is slow to import."""

from inventory_assets.pictures.finance import tabulate_capital, tabulate_cash
from inventory_assets.pictures.plots import (
    HISTORY_DAYS,
    plot_accuracy,
    plot_capital,
    plot_choices,
    plot_demand,
    plot_levels,
    plot_price_options,
    plot_total,
    plot_trade_off,
    tabulate_accuracy,
    tabulate_bindings,
    tabulate_launches,
    tabulate_levels,
    tabulate_models,
    tabulate_price_problems,
    tabulate_reasons,
    tabulate_returns,
)

__all__ = [
    "HISTORY_DAYS",
    "plot_accuracy",
    "plot_capital",
    "plot_choices",
    "plot_demand",
    "plot_levels",
    "plot_price_options",
    "plot_total",
    "plot_trade_off",
    "tabulate_accuracy",
    "tabulate_bindings",
    "tabulate_capital",
    "tabulate_cash",
    "tabulate_launches",
    "tabulate_levels",
    "tabulate_models",
    "tabulate_price_problems",
    "tabulate_reasons",
    "tabulate_returns",
]
