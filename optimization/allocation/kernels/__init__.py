"""Compiled loops of the allocation under shared limits, each module one idea.

`segments` says what pairs want next at prices, `relaxation` what groups gain where the last one may
be cut; `packs`, `offers` and `exchanges` make a plan of whole packs. When each is called is decided
in `prices`, beside this folder.
"""

from optimization.allocation.kernels.exchanges import exchange_packs
from optimization.allocation.kernels.market import (
    AllocationMarket,
    Ask,
    FloatArray,
    IntArray,
    Left,
    ShortInts,
)
from optimization.allocation.kernels.offers import list_offers, take_offers
from optimization.allocation.kernels.packs import (
    name_shortages,
    sum_pair_gains,
    take_back_packs,
    take_winners,
)
from optimization.allocation.kernels.relaxation import add_surplus, answer_prices

__all__ = [
    "AllocationMarket",
    "Ask",
    "FloatArray",
    "IntArray",
    "Left",
    "ShortInts",
    "add_surplus",
    "answer_prices",
    "exchange_packs",
    "list_offers",
    "name_shortages",
    "sum_pair_gains",
    "take_back_packs",
    "take_offers",
    "take_winners",
]
