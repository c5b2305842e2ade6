"""What each stage must satisfy beyond its contracts, one module per stage.

Checks are pure functions on frames. A blocking check guards what would do harm downstream; a
warning is for a planner to judge. Each outcome carries the rows at fault.
"""

from quality_checks.checks.demand import (
    CHAMPION_PLANS,
    COMPLETE,
    PHANTOM_STOCK,
    PLAUSIBLE,
    TRAINED,
    judge_champion,
    judge_forecast,
    judge_phantom,
    judge_training,
)
from quality_checks.checks.drift import (
    INPUT_DRIFT,
    RESIDUAL_DRIFT,
    judge_input_drift,
    judge_residual_drift,
)
from quality_checks.checks.explanations import EXPLAINED, judge_explanations
from quality_checks.checks.extracts import (
    DAILY_SOURCES,
    judge_source,
    list_checks,
)
from quality_checks.checks.inventory import (
    BALANCED,
    BOOKS_HOLD,
    SALES_KNOWN,
    STOCK_KNOWN,
    STOCK_YOUNG,
    judge_age,
    judge_balance,
    judge_position,
    judge_trading,
)
from quality_checks.checks.levels import LEVELS_AGREE, judge_levels
from quality_checks.checks.outcome import Check, Outcome
from quality_checks.checks.plans import (
    ANSWERED,
    APPROVED_ONLY,
    BATCHES_WHOLE,
    DECISIONS_COUNT,
    FEASIBLE,
    NOT_PROMISED_TWICE,
    PLANNED,
    ROUTED_ONCE,
    judge_answers,
    judge_decisions,
    judge_export,
    judge_feasibility,
    judge_problems,
    judge_routing,
)

__all__ = [
    "ANSWERED",
    "APPROVED_ONLY",
    "BALANCED",
    "BATCHES_WHOLE",
    "BOOKS_HOLD",
    "CHAMPION_PLANS",
    "COMPLETE",
    "DAILY_SOURCES",
    "DECISIONS_COUNT",
    "EXPLAINED",
    "FEASIBLE",
    "INPUT_DRIFT",
    "LEVELS_AGREE",
    "NOT_PROMISED_TWICE",
    "PHANTOM_STOCK",
    "PLANNED",
    "PLAUSIBLE",
    "RESIDUAL_DRIFT",
    "ROUTED_ONCE",
    "SALES_KNOWN",
    "STOCK_KNOWN",
    "STOCK_YOUNG",
    "TRAINED",
    "Check",
    "Outcome",
    "judge_age",
    "judge_answers",
    "judge_balance",
    "judge_champion",
    "judge_decisions",
    "judge_explanations",
    "judge_export",
    "judge_feasibility",
    "judge_forecast",
    "judge_input_drift",
    "judge_levels",
    "judge_phantom",
    "judge_position",
    "judge_problems",
    "judge_residual_drift",
    "judge_routing",
    "judge_source",
    "judge_trading",
    "judge_training",
    "list_checks",
]
