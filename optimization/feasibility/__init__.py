"""Whether plans can be carried out, recomputed from the plans and their inputs alone.

Nothing here is shared with the planners: a mistake of theirs must not hide itself. Every function
returns one row a violation: check (its name), keys (of the place at fault), expected, found and
message, all text, sorted; an empty frame is a feasible plan.
"""

from optimization.feasibility.allocation import allocation_problems
from optimization.feasibility.joint import joint_problems
from optimization.feasibility.purchases import purchase_problems
from optimization.feasibility.transfers import transfer_problems

__all__ = ["allocation_problems", "joint_problems", "purchase_problems", "transfer_problems"]
