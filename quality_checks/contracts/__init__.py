"""One pandera model a table: the single statement of its columns, keys, units and bounds."""

from quality_checks.contracts import landing  # isort: skip  # landing sources register first
from quality_checks.contracts import (
    actions,
    demand,
    intake,
    inventory,
    plans,
    reporting,
    supply,
)
from quality_checks.contracts.base import (
    CONTRACTS,
    EVERYWHERE,
    Contract,
    Table,
    contract_of,
    landing_sources,
)

__all__ = [
    "CONTRACTS",
    "EVERYWHERE",
    "Contract",
    "Table",
    "actions",
    "contract_of",
    "demand",
    "intake",
    "inventory",
    "landing",
    "landing_sources",
    "plans",
    "reporting",
    "supply",
]
