"""The life of a trained model: trained, registered, promoted, watched for drift, rolled back.

What the model computes lives in `global_model`.
"""

from forecasting.lifecycle.champion import choose_model, judge_challenger
from forecasting.lifecycle.champion_log import ChampionEvent, champion, events, record, roll_back
from forecasting.lifecycle.input_drift import input_drift
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
from forecasting.lifecycle.training import (
    FALLBACK,
    GLOBAL,
    SOURCED,
    Trained,
    lost_sources,
    observed_inputs,
    train_challenger,
)

__all__ = [
    "FALLBACK",
    "GLOBAL",
    "SOURCED",
    "ChampionEvent",
    "ModelCard",
    "ModelDescription",
    "RegisteredModel",
    "RegistryError",
    "Trained",
    "champion",
    "choose_model",
    "events",
    "input_drift",
    "judge_challenger",
    "load",
    "lost_sources",
    "observed_inputs",
    "read_card",
    "record",
    "register",
    "residual_drift",
    "roll_back",
    "train_challenger",
    "versions",
]
