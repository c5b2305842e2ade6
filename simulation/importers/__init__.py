"""Real public data as landing extracts: what is real stays, what lacks is assumed and marked so."""

from simulation.importers.freshretailnet import (
    MAJORITY,
    assume_deliveries,
    assume_purchases,
    import_freshretailnet,
)
from simulation.importers.freshretailnet_masters import ImportedMasters, build_masters
from simulation.importers.freshretailnet_panel import HOURS, Panel, count_city_series, read_panel
from simulation.importers.landing import Assumption
from simulation.importers.movements import Buying
from simulation.importers.online_retail_ii import import_online_retail_ii
from simulation.importers.vn2 import STATE_WEEK, Challenge, read_vn2

__all__ = [
    "HOURS",
    "MAJORITY",
    "STATE_WEEK",
    "Assumption",
    "Buying",
    "Challenge",
    "ImportedMasters",
    "Panel",
    "assume_deliveries",
    "assume_purchases",
    "build_masters",
    "count_city_series",
    "import_freshretailnet",
    "import_online_retail_ii",
    "read_panel",
    "read_vn2",
]
