"""Which items may be sent in place of another, and the chance that a customer takes them.

Which of them is sent for which line is decided in `optimization.substitution`.
"""

from forecasting.substitution.chances import estimate_substitute_chances

__all__ = ["estimate_substitute_chances"]
