"""Whether plans can be carried out, recomputed from the plans and their inputs alone.

Nothing here is shared with the planners: a mistake of theirs must not hide itself. Every function
returns one row a violation: check (its name), keys (of the place at fault), expected, found and
message, all text, sorted; an empty frame is a feasible plan.
"""

from optimization.feasibility.allocation import find_allocation_problems
from optimization.feasibility.buffers import find_buffer_problems
from optimization.feasibility.counts import find_count_problems
from optimization.feasibility.joint import find_joint_problems
from optimization.feasibility.markdowns import find_price_problems
from optimization.feasibility.moved_lines import find_moved_line_problems
from optimization.feasibility.open_orders import find_line_action_problems
from optimization.feasibility.purchases import find_purchase_problems
from optimization.feasibility.season_moves import find_season_move_problems
from optimization.feasibility.sourcing import (
    find_refused_sourcing,
    find_sourcing_overlaps,
    find_sourcing_problems,
)
from optimization.feasibility.substitution import find_substitution_problems
from optimization.feasibility.supplier_choices import find_supplier_choice_problems
from optimization.feasibility.supplier_rooms import count_supplier_rooms
from optimization.feasibility.transfers import find_transfer_problems

__all__ = [
    "count_supplier_rooms",
    "find_allocation_problems",
    "find_buffer_problems",
    "find_count_problems",
    "find_joint_problems",
    "find_line_action_problems",
    "find_moved_line_problems",
    "find_price_problems",
    "find_purchase_problems",
    "find_refused_sourcing",
    "find_season_move_problems",
    "find_sourcing_overlaps",
    "find_sourcing_problems",
    "find_substitution_problems",
    "find_supplier_choice_problems",
    "find_transfer_problems",
]
