"""Planned changes of levels: who may make one, how it is recorded, and how it lands."""

from governance.level_changes.change import ROLES_OF_LEVELS, LevelChange, close_level_change
from governance.level_changes.landing import write_level_change
from governance.level_changes.recording import (
    LEVEL_CHANGED,
    LandedLevelChanges,
    read_level_changes,
    read_level_words,
    record_landed_level_changes,
    record_level_change,
)

__all__ = [
    "LEVEL_CHANGED",
    "ROLES_OF_LEVELS",
    "LandedLevelChanges",
    "LevelChange",
    "close_level_change",
    "read_level_changes",
    "read_level_words",
    "record_landed_level_changes",
    "record_level_change",
    "write_level_change",
]
