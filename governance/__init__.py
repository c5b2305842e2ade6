"""Who decides what: actions, policy, routing, decisions and the audit chain.

What kinds of action there are is declared in `kinds`; what is handed to other systems and comes
back from them lives in `exchange`.
"""

from governance.actions import propose_actions
from governance.approvals import name_missing_roles
from governance.arithmetic import write_arithmetic
from governance.audit import Event
from governance.context import ActionContext, gather_cautions
from governance.decision_steps import find_plan_times, list_decision_steps
from governance.decisions import Decision
from governance.desk import Desk, Verdict, hash_decisions
from governance.drafting import (
    Preview,
    commit_draft,
    consent_to_draft,
    draft_decision,
    is_as_drafted,
    refuse_draft,
)
from governance.event_log import Handed, build_event_log
from governance.names import show_controls
from governance.objections import (
    DecisionRefusedError,
    make_decision,
    record_landed_decisions,
)
from governance.overrides import find_overrides
from governance.plan_changes import (
    KeptPlan,
    compare_plans,
    find_plan_before,
    list_dearest_changes,
    list_plan_lines,
    tabulate_changes,
)
from governance.plan_events import (
    find_rule,
    list_action_events,
    recall_policies,
    record_model_choices,
    record_plan,
    record_policies,
)
from governance.plan_versions import (
    PlanParts,
    PlanVersion,
    find_current_version,
    find_version,
    number_plan,
)
from governance.planning import load_planning_policy
from governance.policies import Policies
from governance.policy import ActionPolicy, load_policy, parse_actions
from governance.policy_files import PolicyError, hash_policies, load_model
from governance.policy_rehearsal import PolicyRehearsal, RoutedDate, rehearse_policy
from governance.ranking import rank_actions
from governance.sent_back import TO_FILL_IN, SentBack, read_sent_back
from governance.set_aside import describe_set_aside, explain_dropped_action
from governance.stating import (
    Matching,
    find_in_force,
    select_matching,
    sum_actions_by_kind,
    word_decision,
)
from governance.store import (
    EVER,
    DecidedMeanwhileError,
    DecisionConflictError,
    Store,
    open_store,
)
from governance.switches import Scope
from governance.terms import Terms
from governance.waiting_sheet import list_waiting, tabulate_waiting
from governance.wording import (
    describe_action,
    describe_held,
    describe_lessened,
    describe_reasons,
    describe_route,
)

__all__ = [
    "EVER",
    "TO_FILL_IN",
    "ActionContext",
    "ActionPolicy",
    "DecidedMeanwhileError",
    "Decision",
    "DecisionConflictError",
    "DecisionRefusedError",
    "Desk",
    "Event",
    "Handed",
    "KeptPlan",
    "Matching",
    "PlanParts",
    "PlanVersion",
    "Policies",
    "PolicyError",
    "PolicyRehearsal",
    "Preview",
    "RoutedDate",
    "Scope",
    "SentBack",
    "Store",
    "Terms",
    "Verdict",
    "build_event_log",
    "commit_draft",
    "compare_plans",
    "consent_to_draft",
    "describe_action",
    "describe_held",
    "describe_lessened",
    "describe_reasons",
    "describe_route",
    "describe_set_aside",
    "draft_decision",
    "explain_dropped_action",
    "find_current_version",
    "find_in_force",
    "find_overrides",
    "find_plan_before",
    "find_plan_times",
    "find_rule",
    "find_version",
    "gather_cautions",
    "hash_decisions",
    "hash_policies",
    "is_as_drafted",
    "list_action_events",
    "list_dearest_changes",
    "list_decision_steps",
    "list_plan_lines",
    "list_waiting",
    "load_model",
    "load_planning_policy",
    "load_policy",
    "make_decision",
    "name_missing_roles",
    "number_plan",
    "open_store",
    "parse_actions",
    "propose_actions",
    "rank_actions",
    "read_sent_back",
    "recall_policies",
    "record_landed_decisions",
    "record_model_choices",
    "record_plan",
    "record_policies",
    "refuse_draft",
    "rehearse_policy",
    "select_matching",
    "show_controls",
    "sum_actions_by_kind",
    "tabulate_changes",
    "tabulate_waiting",
    "word_decision",
    "write_arithmetic",
]
