"""The life of a trained model: trained, registered, promoted, watched for drift, rolled back.

What the model computes lives in `global_model`.
"""

from forecasting.lifecycle.champion import choose_model, judge_challenger
from forecasting.lifecycle.champion_log import ChampionEvent, champion, events, record, roll_back
from forecasting.lifecycle.input_drift import input_drift
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
    load,
    read_card,
    register,
    versions,
)
from forecasting.lifecycle.residual_drift import residual_drift
from forecasting.lifecycle.trained_versions import (
    judge_version,
    list_versions,
    register_challenger,
)
from forecasting.lifecycle.training import (
    SOURCED,
    Trained,
    lost_sources,
    observed_inputs,
    train_challenger,
)

__all__ = [
    "SOURCED",
    "ChampionEvent",
    "ModelCard",
    "ModelDescription",
    "PlanningModel",
    "RegisteredModel",
    "RegistryError",
    "Trained",
    "champion",
    "choose_model",
    "events",
    "input_drift",
    "judge_challenger",
    "judge_version",
    "list_versions",
    "load",
    "load_champion",
    "lost_sources",
    "observed_inputs",
    "read_card",
    "read_planning_model",
    "record",
    "register",
    "register_challenger",
    "residual_drift",
    "roll_back",
    "train_challenger",
    "versions",
]
