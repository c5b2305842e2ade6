"""Real public data as landing extracts: what is real stays, what lacks is assumed and marked so."""

from simulation.importers.freshretailnet import import_freshretailnet
from simulation.importers.landing import Assumption, ImportSummary
from simulation.importers.online_retail_ii import import_online_retail_ii

__all__ = ["Assumption", "ImportSummary", "import_freshretailnet", "import_online_retail_ii"]
