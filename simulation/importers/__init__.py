"""Real public data as landing extracts: what is real stays, what lacks is assumed and marked so."""

from simulation.importers.freshretailnet import (
    MAJORITY,
    deliveries,
    import_freshretailnet,
    purchases,
)
from simulation.importers.freshretailnet_masters import Masters, build_masters
from simulation.importers.freshretailnet_panel import HOURS, Panel, city_sizes, read_panel
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
    "Masters",
    "Panel",
    "build_masters",
    "city_sizes",
    "deliveries",
    "import_freshretailnet",
    "import_online_retail_ii",
    "purchases",
    "read_panel",
    "read_vn2",
]
