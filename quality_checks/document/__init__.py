"""What docs/contracts.md and docs/reporting.md say; only `make docs` and its tests read it."""

from quality_checks.document.page import STAGES, describe_contracts
from quality_checks.document.views_page import describe_views

__all__ = ["STAGES", "describe_contracts", "describe_views"]
