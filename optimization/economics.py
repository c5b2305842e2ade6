"""The prices and floors of policy that every decision is weighed with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Economics:
    """What stock costs to keep, and how well each class must be served.

    Attributes:
        holding_rate_per_year: capital, space and insurance of a unit kept for a year, as a share
            of its cost.
        markdown_loss_share: loss expected on a unit left over when its window ends, as a share of
            its cost.
        service_floor: service class -> least probability of no stock-out over the protection
            window, in [0, 1).
        service_ceiling: highest such probability ever aimed for, in (0, 1). It keeps levels
            finite where a unit left over costs nothing.
        holding_horizon_days: a unit is kept at most this long before it is written off, days.
    """

    holding_rate_per_year: float
    markdown_loss_share: float
    service_floor: Mapping[str, float]
    service_ceiling: float
    holding_horizon_days: float

    def __post_init__(self) -> None:
        """Refuse values without a meaning.

        Raises:
            ValueError: names the field and the value.
        """
        _within("holding_rate_per_year", self.holding_rate_per_year, 0, math.inf)
        _within("markdown_loss_share", self.markdown_loss_share, 0, 1)
        _within("holding_horizon_days", self.holding_horizon_days, 0, math.inf)
        _within("service_ceiling", self.service_ceiling, 0, 1)
        if self.service_ceiling in {0, 1}:
            raise ValueError(f"service_ceiling must lie inside (0, 1), not {self.service_ceiling}")
        for name, floor in self.service_floor.items():
            _within(f"service_floor[{name}]", floor, 0, self.service_ceiling)


def _within(field: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise ValueError(f"{field} must lie in [{least}, {most}], not {value}")
