"""A seeded omnichannel retailer that writes every landing source, and the truth behind it."""

from simulation.retailer.answers import draw_answers, list_acceptance
from simulation.retailer.arrays import draw_cases, find_date, make_generator
from simulation.retailer.locations import DC, ECOM, MARKETPLACE
from simulation.retailer.network import list_return_rates
from simulation.retailer.order_book import DELAY_DAYS
from simulation.retailer.retailer import write_retailer
from simulation.retailer.returns import DAMAGED, RATES
from simulation.retailer.settings import RetailerSettings, Size, Surge, size_retailer
from simulation.retailer.substitution import draw_offers
from simulation.retailer.vendors import draw_lateness
from simulation.retailer.world import RetailerWorld, build_world

__all__ = [
    "DAMAGED",
    "DC",
    "DELAY_DAYS",
    "ECOM",
    "MARKETPLACE",
    "RATES",
    "RetailerSettings",
    "RetailerWorld",
    "Size",
    "Surge",
    "build_world",
    "draw_answers",
    "draw_cases",
    "draw_lateness",
    "draw_offers",
    "find_date",
    "list_acceptance",
    "list_return_rates",
    "make_generator",
    "size_retailer",
    "write_retailer",
]
