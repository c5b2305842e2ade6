"""Whether plans can be carried out: recomputed from their inputs, apart from the planners.

It shares nothing with the code that makes the plans, so that a fault there is found here.
"""

from optimization.feasibility.recheck import (
    allocation_problems,
    joint_problems,
    purchase_problems,
    transfer_problems,
)

__all__ = ["allocation_problems", "joint_problems", "purchase_problems", "transfer_problems"]
