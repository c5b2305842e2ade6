"""What each stage must satisfy beyond its contracts: a module a stage, pure functions on frames.

A blocking check guards what would do harm downstream; a warning is for a planner to judge. Each
outcome carries the rows at fault.
"""

from quality_checks.checks.outcome import Check, Outcome

__all__ = ["Check", "Outcome"]
