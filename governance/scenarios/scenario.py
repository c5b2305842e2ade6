"""`Scenario`: a named set of changes against tonight's plan."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from governance.policy_files import parse_policy
from quality_checks.contracts import DemandFactor

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Units = Annotated[int, Field(ge=0)]
Key = Annotated[str, Field(min_length=1, max_length=100)]
PolicyField = Annotated[str, Field(pattern=r"^[a-z_]+(\.[A-Za-z0-9_*-]+){0,5}$", max_length=200)]


class ScenarioError(ValueError):
    """A scenario that cannot be stated or run; the message says why."""


class ScenarioInTheWayError(ScenarioError):
    """Another scenario runs, has the name, or takes the room; the message says which."""


class _Part(BaseModel):
    """Base of what a scenario states: frozen, no unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class OrderBudget(_Part):
    """Most value that a department orders from suppliers in a month."""

    department: Key
    month: Month
    value: float = Field(ge=0)


class Outage(_Part):
    """A supplier that ships nothing from the next day on."""

    supplier: Key
    until: date = Field(description="Last day on which it ships nothing.")


class NodeCapacity(_Part):
    """Most units a day that a node sends to others, and that it receives."""

    location: Key
    sends: Units | None = None
    receives: Units | None = None

    @model_validator(mode="after")
    def _states_something(self) -> "NodeCapacity":
        if self.sends is None and self.receives is None:
            raise ValueError("state `sends`, `receives` or both")
        return self


class LaneCapacity(_Part):
    """Most units a day on the way from a node to another."""

    origin: Key
    destination: Key
    units: Units


class ScenarioChanges(_Part):
    """What is changed against tonight's plan.

    Attributes:
        demand: factors on the forecast by category and region.
        budgets: of orders to suppliers.
        service: class -> least service, of the kind that policy has for it.
        supplier_days: supplier -> days that what is ordered takes longer.
        outages: suppliers that ship nothing until a day.
        nodes: capacities of nodes.
        lanes: capacities of lanes.
        policy: field of `planning.yaml`, such as `allocation.least_line_units` -> its value.
    """

    demand: tuple[DemandFactor, ...] = Field(default=(), max_length=50)
    budgets: tuple[OrderBudget, ...] = Field(default=(), max_length=200)
    service: dict[Literal["A", "B", "C"], Annotated[float, Field(ge=0, lt=1)]] = {}
    supplier_days: dict[Key, Annotated[int, Field(ge=0, le=364)]] = Field(
        default={}, max_length=200
    )
    outages: tuple[Outage, ...] = Field(default=(), max_length=50)
    nodes: tuple[NodeCapacity, ...] = Field(default=(), max_length=50)
    lanes: tuple[LaneCapacity, ...] = Field(default=(), max_length=200)
    policy: dict[PolicyField, StrictBool | StrictInt | StrictFloat | StrictStr] = Field(
        default={}, max_length=20
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.list_changes():
            raise ValueError("it changes nothing")
        for named in (
            [outage.supplier for outage in self.outages],
            [node.location for node in self.nodes],
            [(lane.origin, lane.destination) for lane in self.lanes],
            [(budget.department, budget.month) for budget in self.budgets],
        ):
            if len({*named}) < len(named):
                raise ValueError("something is changed twice")
        return self

    def list_changes(self) -> list[str]:
        """What it changes, a sentence each."""
        return [
            *describe_policy_changes(self),
            *(f"{one.supplier} ships nothing until {one.until}" for one in self.outages),
            *(
                f"{one.location} {verb} {units:,} units a day at most"
                for one in self.nodes
                for verb, units in (("sends", one.sends), ("receives", one.receives))
                if units is not None
            ),
            *(
                f"{one.origin} to {one.destination}: {one.units:,} units a day at most"
                for one in self.lanes
            ),
        ]


def describe_policy_changes(scenario: ScenarioChanges) -> list[str]:
    """Say what a scenario changes of the planning policy, a sentence each."""
    return [
        *(
            f"demand x {one.factor:g} (category {one.category}, region {one.region})"
            for one in scenario.demand
        ),
        *(
            f"orders of {one.department} in {one.month}: {one.value:,.2f} at most"
            for one in scenario.budgets
        ),
        *(
            f"service of class {name}: {least:g} at least"
            for name, least in scenario.service.items()
        ),
        *(f"{name} takes {days} days longer" for name, days in scenario.supplier_days.items()),
        *(f"planning policy {name}: {value}" for name, value in scenario.policy.items()),
    ]


class Scenario(ScenarioChanges):
    """Changes under a name, and who asks what would come of them.

    Attributes:
        name: by which it is found again; small letters, digits and hyphens.
        author: who states it.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    author: str = Field(min_length=1, max_length=100)


def parse_scenario(content: str | Mapping[str, object], author: str) -> Scenario:
    """Parse what somebody states as a scenario.

    Args:
        content: YAML, which JSON is too, or its values.
        author: who states it, whatever the content says.

    Raises:
        ScenarioError: it is none; names each fault.
        PolicyError: it is not YAML.
    """
    told = parse_policy(content, "scenario") if isinstance(content, str) else content
    if not isinstance(told, Mapping):
        raise ScenarioError("a scenario is a mapping of fields, such as name and demand")
    try:
        return Scenario.model_validate({**told, "author": author})
    except ValidationError as error:
        faults = (
            f"{'.'.join(str(step) for step in fault['loc']) or 'scenario'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ScenarioError("; ".join(faults)) from error
