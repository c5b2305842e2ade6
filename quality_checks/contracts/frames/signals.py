"""What exceptions are detected in, and what they are made of."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.inventory import Feeds
from quality_checks.contracts.landing import Locations
from quality_checks.contracts.plans import PlanningPairs, Targets
from quality_checks.contracts.signals import (
    EXCEPTION_KINDS,
    TESTED_KINDS,
    Exceptions,
    ExceptionScope,
    SignalReadings,
)

_CHANGED = ["demand_above", "demand_below"]


@frame("sold_cells", "forecasting.anomalies", key=("subject", "kind"))
class SoldCells(Table):
    """What cells sold on a day beside the newest forecast made before, item-locations in stock."""

    kind: str = column(
        "Kind of exception that the cell is watched for.", isin=[*_CHANGED, "node_down"]
    )
    subject: str = column_of(SignalReadings, "subject")
    observed: float = column("Units sold.", unit="units", ge=0)
    expected: float = column("Units forecast.", unit="units", ge=0)
    variance: float = column("Variance of the forecast of their sum.", unit="units^2", ge=0)


@frame("read_signals", "forecasting.anomalies", key=("subject", "kind", "business_date"))
class ReadSignals(Table):
    """Readings of a date and of those before, which they are judged by."""

    business_date: pl.Date = column_of(SignalReadings, "business_date")
    kind: str = column("Kind of exception.", isin=list(TESTED_KINDS))
    subject: str = column_of(SignalReadings, "subject")
    observed: float = column_of(SignalReadings, "observed")
    expected: float = column_of(SignalReadings, "expected")
    error: float = column_of(SignalReadings, "error")


@frame("judged_signals", "optimization.exceptions", key=("subject", "kind"))
class JudgedSignals(Table):
    """Readings of a date with what they are held against, and since when they are off."""

    kind: str = column("Kind of exception.", isin=list(TESTED_KINDS))
    subject: str = column_of(SignalReadings, "subject")
    score: float = column_of(SignalReadings, "score")
    upper: float = column_of(SignalReadings, "upper")
    lower: float = column_of(SignalReadings, "lower")
    began_on: pl.Date = column("Day since which it is above usual.")
    observed_since: float = column("What was seen since then.", ge=0)
    expected_since: float = column("What was expected.", nullable=True, ge=0)


@frame("watched_subjects", "optimization.exceptions", key=("subject", "kind"))
class WatchedSubjects(Table):
    """Subjects of which it is known whether money is at risk."""

    kind: str = column("Kind of exception.", isin=list(TESTED_KINDS))
    subject: str = column_of(SignalReadings, "subject")


@frame("late_feeds", "optimization.exceptions", key=("location", "source"))
class LateFeeds(Table):
    """Feeds of nodes that have not come in time."""

    location: str = column_of(Feeds, "location")
    source: str = column_of(Feeds, "source")


class TouchedPair(Table):
    """An item-location that an exception may touch, and what is told of it."""

    subject: str = column_of(SignalReadings, "subject")
    region: str = column_of(PlanningPairs, "region", nullable=True)
    department: str = column_of(PlanningPairs, "department", nullable=True)
    category: str = column_of(PlanningPairs, "category", nullable=True)
    channel: str = column_of(Locations, "kind", nullable=True)
    sku: str = column("Item.")
    location: str = column("Node.")


@frame("signal_rows", "optimization.exceptions", key=("subject", "kind", "sku", "location"))
class SignalRows(TouchedPair):
    """Item-locations at which something is wrong, with what is at risk."""

    kind: str = column("Kind of exception.", isin=list(EXCEPTION_KINDS))
    supplier: str = column_of(Exceptions, "supplier")
    document: str = column_of(Exceptions, "document")
    side: str = column("Whether it has too little, too much, or neither.")
    units_at_risk: float = column_of(ExceptionScope, "units_at_risk")
    money_at_risk: float = column_of(ExceptionScope, "money_at_risk")


@frame("changed_demand", "optimization.exceptions", key=("subject", "kind", "sku", "location"))
class ChangedDemand(TouchedPair):
    """Item-locations of cells whose demand is off its forecast, and what stock is there for it."""

    kind: str = column("Kind of exception.", isin=_CHANGED)
    change: float = column("Demand over its forecast, less one.", ge=-1)
    demand_mean: float = column_of(Targets, "demand_mean")
    inventory_position: int = column_of(Targets, "inventory_position")
    underage_cost: float = column_of(Targets, "underage_cost")
    overage_cost: float = column_of(Targets, "overage_cost")


@frame("cells_off", "optimization.exceptions", key=("subject", "kind"))
class CellsOff(WatchedSubjects):
    """Cells that are off their forecast by enough to keep an exception open."""

    change: float = column(
        "What was seen since it began to differ over what was expected, less one.", ge=-1
    )
