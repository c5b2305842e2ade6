"""What one load of a landing source did, in numbers and words."""

from dataclasses import dataclass, field


@dataclass
class LoadReport:
    """What one load of a source did."""

    source: str
    files: int = 0
    loaded_rows: int = 0
    quarantined_rows: int = 0
    released_rows: int = 0
    refused: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
