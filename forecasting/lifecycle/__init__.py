"""The life of a trained model: trained, registered, promoted, watched for drift, rolled back.

What the model computes lives in `global_model`.
"""

from forecasting.lifecycle.champion import choose_model, judge_challenger
from forecasting.lifecycle.champion_log import (
    ChampionEvent,
    find_champion,
    list_choices,
    read_events,
    record_event,
    roll_back_champion,
)
from forecasting.lifecycle.input_drift import measure_input_drift
from forecasting.lifecycle.planning_model import (
    PlanningModel,
    load_champion,
    read_planning_model,
)
from forecasting.lifecycle.registry import (
    ModelCard,
    ModelDescription,
    RegisteredModel,
    RegistryError,
    load_model,
    read_card,
    register_model,
)
from forecasting.lifecycle.residual_drift import measure_residual_drift
from forecasting.lifecycle.trained_versions import (
    judge_version,
    list_versions,
    register_challenger,
)
from forecasting.lifecycle.training import (
    FALLBACK,
    GLOBAL,
    SOURCED,
    Trained,
    find_lost_sources,
    keep_inputs,
    sample_inputs,
)

__all__ = [
    "FALLBACK",
    "GLOBAL",
    "SOURCED",
    "ChampionEvent",
    "ModelCard",
    "ModelDescription",
    "PlanningModel",
    "RegisteredModel",
    "RegistryError",
    "Trained",
    "choose_model",
    "find_champion",
    "find_lost_sources",
    "judge_challenger",
    "judge_version",
    "keep_inputs",
    "list_choices",
    "list_versions",
    "load_champion",
    "load_model",
    "measure_input_drift",
    "measure_residual_drift",
    "read_card",
    "read_events",
    "read_planning_model",
    "record_event",
    "register_challenger",
    "register_model",
    "roll_back_champion",
    "sample_inputs",
]
