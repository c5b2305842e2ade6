"""Which substitute is offered or sent for a line that no node serves by its promise.

How surely customers take it is learned in `forecasting.substitution`; what shipping it costs comes
from `order_costs`, and units and hands are shared out as in `sourcing`.
"""

from optimization.substitution.choice import SubstituteChoice, choose_substitutes
from optimization.substitution.pricing import (
    PricedSubstitutes,
    SubstituteCosts,
    SubstituteRecords,
    price_substitutes,
)
from optimization.substitution.tables import tabulate_substitutes, tabulate_substitution_options

__all__ = [
    "PricedSubstitutes",
    "SubstituteChoice",
    "SubstituteCosts",
    "SubstituteRecords",
    "choose_substitutes",
    "price_substitutes",
    "tabulate_substitutes",
    "tabulate_substitution_options",
]
