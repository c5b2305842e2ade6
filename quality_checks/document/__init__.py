"""What docs/contracts.md says; only `make docs` and its tests read it, the night does not."""

from quality_checks.document.page import STAGES, contracts_page

__all__ = ["STAGES", "contracts_page"]
