"""Who decides what: actions, policy, routing, decisions and the audit chain.

What is handed to other systems and comes back from them lives in `exchange`.
"""

from governance.actions import ActionContext, from_allocation, from_purchases, from_transfers
from governance.arithmetic import arithmetic
from governance.decisions import Decision, problems
from governance.overrides import overrides_in_force
from governance.plan_versions import PlanParts, PlanVersion, current_version, number_plan
from governance.planning import load_planning_policy
from governance.policy import Policy, load_policy
from governance.policy_files import PolicyError, policy_hash
from governance.routing import route, spent_by_earlier_versions
from governance.store import EVER, DecisionConflictError, Store, open_store
from governance.wording import describe, reasons_in_words

__all__ = [
    "EVER",
    "ActionContext",
    "Decision",
    "DecisionConflictError",
    "PlanParts",
    "PlanVersion",
    "Policy",
    "PolicyError",
    "Store",
    "arithmetic",
    "current_version",
    "describe",
    "from_allocation",
    "from_purchases",
    "from_transfers",
    "load_planning_policy",
    "load_policy",
    "number_plan",
    "open_store",
    "overrides_in_force",
    "policy_hash",
    "problems",
    "reasons_in_words",
    "route",
    "spent_by_earlier_versions",
]
