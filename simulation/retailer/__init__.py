"""A seeded omnichannel retailer that writes every landing source, and the truth behind it."""

from simulation.retailer.retailer import RetailerSummary, write_retailer
from simulation.retailer.settings import RetailerSettings, retailer_settings

__all__ = ["RetailerSettings", "RetailerSummary", "retailer_settings", "write_retailer"]
