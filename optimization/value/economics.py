"""The prices and floors of policy that every decision is weighed with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DAYS_PER_YEAR = 365.0

Service = Literal["fill_rate", "cycle_service"]


@dataclass(frozen=True)
class ServiceFloor:
    """The least service of a class.

    Attributes:
        kind: `fill_rate`, the share of demand that is served from stock, or `cycle_service`, the
            probability that a cycle passes without a stock-out.
        at_least: the floor, in [0, 1). No finite stock serves all demand, so 1 is refused.
    """

    kind: Service
    at_least: float

    def __post_init__(self) -> None:
        """Refuse a floor that no stock reaches.

        Raises:
            ValueError: names the value.
        """
        if not 0 <= self.at_least < 1:
            raise ValueError(
                f"{self.kind} at_least must lie in [0, 1), not {self.at_least}: no finite stock "
                "serves all demand"
            )


@dataclass(frozen=True)
class Economics:
    """What stock costs to keep, and how well each class must be served.

    Attributes:
        holding_rate_per_year: capital, space and insurance of a unit kept for a year, as a share
            of its cost.
        markdown_loss_share: loss expected on a unit that is kept for holding_horizon_days, as a
            share of its cost.
        service_floor: service class -> least service.
        service_ceiling: highest probability of no stock-out ever aimed for by value, in (0, 1).
            It keeps levels finite where a unit left over costs nothing.
        holding_horizon_days: a unit is kept at most this long before it is written off, days.
        exit_loss_share: loss on a unit that is left when its item leaves the range, as a share of
            its cost.
        backorder_kinds: kinds of location whose customers wait for what is out of stock.
        backorder_cost_share: what a unit that a customer waits for costs, as a share of its price.
    """

    holding_rate_per_year: float
    markdown_loss_share: float
    service_floor: Mapping[str, ServiceFloor]
    service_ceiling: float
    holding_horizon_days: float
    exit_loss_share: float = 0.0
    backorder_kinds: frozenset[str] = field(default_factory=frozenset)
    backorder_cost_share: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values without a meaning.

        Raises:
            ValueError: names the field and the value.
        """
        _within("holding_rate_per_year", self.holding_rate_per_year, 0, math.inf)
        for name in ("markdown_loss_share", "exit_loss_share", "backorder_cost_share"):
            _within(name, getattr(self, name), 0, 1)
        _within("holding_horizon_days", self.holding_horizon_days, 0, math.inf)
        if self.holding_horizon_days == 0:
            raise ValueError("holding_horizon_days must be above 0")
        _within("service_ceiling", self.service_ceiling, 0, 1)
        if self.service_ceiling in {0, 1}:
            raise ValueError(f"service_ceiling must lie inside (0, 1), not {self.service_ceiling}")

    @property
    def keeping_rate_per_day(self) -> float:
        """Holding, and the markdown to come pro rata, of a unit kept for a day: share of cost."""
        holding = self.holding_rate_per_year / DAYS_PER_YEAR
        return holding + self.markdown_loss_share / self.holding_horizon_days


def _within(name: str, value: float, least: float, most: float) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise ValueError(f"{name} must lie in [{least}, {most}], not {value}")
