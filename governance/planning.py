"""The planning policy: horizons, economics, service floors, and how late an input may be."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from governance.policy import SourceName
from governance.policy_files import PolicyModel, load_model

Share = Annotated[float, Field(ge=0, le=1)]
ServiceClass = Literal["A", "B", "C"]
LocationKind = Literal["store", "dc", "ecom", "marketplace"]
Days = Annotated[int, Field(ge=0)]


class Economics(PolicyModel):
    """What stock costs.

    Attributes:
        holding_rate_per_year: storage, insurance and shrink, as a share of unit cost a year.
        capital_rate_per_year: cost of capital, as a share of unit cost a year.
        markdown_loss_share: loss expected on a unit that is kept for holding_horizon_days, as a
            share of unit cost; one kept for less loses its part of it.
        exit_loss_share: loss on a unit left when its item leaves the range, as a share of unit
            cost.
        backorder_cost_share: what a unit that a customer waits for costs, as a share of its price:
            goodwill, split parcels, orders called off.
        service_ceiling: highest probability of no stock-out that value alone asks for.
        holding_horizon_days: a unit is kept at most this long before it is written off.
    """

    holding_rate_per_year: float = Field(ge=0)
    capital_rate_per_year: float = Field(ge=0)
    markdown_loss_share: Share
    exit_loss_share: Share
    backorder_cost_share: Share
    service_ceiling: float = Field(gt=0, lt=1)
    holding_horizon_days: int = Field(ge=1)


class ServiceFloor(PolicyModel):
    """The least service of a class.

    Attributes:
        kind: fill_rate (share of demand served from stock) or cycle_service (probability of no
            stock-out until the next delivery).
        at_least: the floor, below 1.
    """

    kind: Literal["fill_rate", "cycle_service"]
    at_least: float = Field(ge=0)

    @field_validator("at_least")
    @classmethod
    def _within_reach(cls, value: float) -> float:
        if value >= 1:
            raise ValueError(f"must be below 1, not {value:g}: no finite stock serves all demand")
        return value


class AllocationPolicy(PolicyModel):
    """What a DC's lines and shipments cost and must reach, and what is set aside.

    Attributes:
        line_cost: handling of a line whatever its size, in the currency of the items.
        least_line_units: fewest units of a line, filled up to whole packs.
        least_shipment_units: fewest units for which a DC ships to a location.
        scheduled_shipments: trucks run on the order days of a lane whatever they carry; else a
            shipment opens only if it is worth the lane's fixed cost.
        priority_weight: priority of a location -> factor on the worth of its stock; those not
            named count 1, so that priority only decides between equals.
        ring_fence: kind of location -> share of a DC's units of an item that is kept for each
            location of the kind.
        department_budget: department -> most value sent in a night, in the currency of the items.
        outbound_lines: DC -> most lines it picks a day.
    """

    line_cost: float = Field(ge=0)
    least_line_units: int = Field(ge=1)
    least_shipment_units: int = Field(ge=0)
    scheduled_shipments: bool
    priority_weight: dict[int, Annotated[float, Field(gt=0)]]
    ring_fence: dict[Literal["ecom", "marketplace"], Share]
    department_budget: dict[str, Annotated[float, Field(ge=0)]]
    outbound_lines: dict[str, Annotated[int, Field(ge=0)]]


class TransferPolicy(PolicyModel):
    """What sideways moves must reach, and what is left in peace.

    Attributes:
        least_units: fewest units of a trip.
        handling_units: kind of location -> most units that one handles for transfers in a day,
            sent and received; no limit where none is named.
        keep_size_runs: a location that has every size of a style and colour keeps one of each.
        launch_protected_days: days from its launch during which an item is not sent on.
        recently_moved_days: days after a sideways move during which an item is not sent on.
    """

    least_units: int = Field(ge=1)
    handling_units: dict[LocationKind, Annotated[int, Field(ge=0)]]
    keep_size_runs: bool
    launch_protected_days: Days
    recently_moved_days: Days


class PlanningPolicy(PolicyModel):
    """What planners set once and every plan uses.

    Attributes:
        horizon_days: days that forecasts and plans look ahead.
        history_days: days of history that demand is estimated from.
        history_kept_days: days of history that are built by day.
        economics: what stock costs.
        unmet_demand: kind of location -> whether demand that finds no stock is lost or waits.
        service_floor: service class -> least service.
        allocation: what lines and shipments of DCs cost and must reach.
        supplier_review_days: days between two orders to a supplier.
        min_transfer_gain: what a trip must gain beyond its costs, in the currency of the items.
        transfers: what sideways moves must reach, and what is left in peace.
        scorecard_window_days: days of order history in the supplier scorecard.
        late_after_days: source -> days after which the actions that depend on it lose confidence.
        stop_after_days: source -> days after which what depends on it is not planned.
    """

    horizon_days: int = Field(ge=1)
    history_days: int = Field(ge=7)
    history_kept_days: int = Field(ge=7)
    economics: Economics
    unmet_demand: dict[LocationKind, Literal["lost", "waits"]]
    service_floor: dict[ServiceClass, ServiceFloor]
    allocation: AllocationPolicy
    supplier_review_days: int = Field(ge=1)
    min_transfer_gain: float = Field(ge=0)
    transfers: TransferPolicy
    scorecard_window_days: int = Field(ge=1)
    late_after_days: dict[SourceName, Days]
    stop_after_days: dict[SourceName, Days]

    @model_validator(mode="after")
    def _nothing_left_open(self) -> Self:
        missing = sorted({*get_args(ServiceClass)} - self.service_floor.keys())
        if missing:
            raise ValueError(f"service_floor: no floor for class {', '.join(missing)}")
        unsaid = sorted({*get_args(LocationKind)} - self.unmet_demand.keys())
        if unsaid:
            raise ValueError(f"unmet_demand: nothing said for {', '.join(unsaid)}")
        return self

    @model_validator(mode="after")
    def _late_before_stop(self) -> Self:
        if "stock" not in self.late_after_days:
            raise ValueError("late_after_days: stock is missing")
        for source, stop in self.stop_after_days.items():
            late = self.late_after_days.get(source)
            if late is not None and stop < late:
                raise ValueError(f"stop_after_days: {source} stops at {stop} days, late at {late}")
        return self

    def late(self, days_late: Mapping[str, int]) -> dict[str, int]:
        """Of the sources and their days late, those later than policy tolerates."""
        return {
            source: days
            for source, days in sorted(days_late.items())
            if source in self.late_after_days and days > self.late_after_days[source]
        }


def load_planning_policy(path: Path) -> PlanningPolicy:
    """The planning policy in the YAML file `path`.

    Raises:
        PolicyError: the file is missing or breaks the grammar; names file and field.
    """
    return load_model(path, PlanningPolicy)
