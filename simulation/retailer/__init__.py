"""A seeded omnichannel retailer that writes every landing source, and the truth behind it."""

from simulation.retailer.arrays import chance, date_of, generator
from simulation.retailer.locations import DC, ECOM, MARKETPLACE
from simulation.retailer.network import return_rates
from simulation.retailer.order_book import DELAY_DAYS
from simulation.retailer.retailer import write_retailer
from simulation.retailer.returns import DAMAGED, RATES
from simulation.retailer.settings import RetailerSettings, Size, retailer_settings
from simulation.retailer.vendors import draw_lateness
from simulation.retailer.world import World, build_world

__all__ = [
    "DAMAGED",
    "DC",
    "DELAY_DAYS",
    "ECOM",
    "MARKETPLACE",
    "RATES",
    "RetailerSettings",
    "Size",
    "World",
    "build_world",
    "chance",
    "date_of",
    "draw_lateness",
    "generator",
    "retailer_settings",
    "return_rates",
    "write_retailer",
]
