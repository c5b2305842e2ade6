"""Who decides what: actions, policy, routing, decisions and the audit chain.

What kinds of action there are is declared in `kinds`; what is handed to other systems and comes
back from them lives in `exchange`.
"""

from governance.actions import propose
from governance.arithmetic import arithmetic
from governance.context import ActionContext
from governance.decisions import Decision, problems
from governance.overrides import overrides_in_force
from governance.plan_versions import PlanParts, PlanVersion, current_version, number_plan
from governance.planning import load_planning_policy
from governance.policy import Policy, load_policy
from governance.policy_files import PolicyError, policy_hash
from governance.routing import route
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
    "load_planning_policy",
    "load_policy",
    "number_plan",
    "open_store",
    "overrides_in_force",
    "policy_hash",
    "problems",
    "propose",
    "reasons_in_words",
    "route",
]
