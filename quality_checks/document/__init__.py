"""What docs/contracts.md says; only `make docs` and its tests read it, the night does not."""

from quality_checks.document.page import STAGES, describe_contracts

__all__ = ["STAGES", "describe_contracts"]
