"""What records are judged by, and what online channels are kept from."""

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.buffers import ChannelBuffers
from quality_checks.contracts.counting import CountPlan
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import WorthPair
from quality_checks.contracts.inventory import RecordErrors
from quality_checks.contracts.landing import StockCounts
from quality_checks.contracts.plans import PlanningPairs


@frame("counted_records", "forecasting.records", key=("count_id",))
class CountedRecords(Table):
    """Counts with what the record stated then."""

    count_id: str = column_of(StockCounts, "count_id")
    location: str = column("Node.")
    recorded: int = column("Units that the record stated.", unit="units")
    counted: int = column_of(StockCounts, "counted")
    days: int = column(
        "Days since the count before, or since the item was launched or the history begins.",
        unit="days",
        ge=0,
    )
    not_found: bool = column(
        "The node has looked for the item in vain, for a customer, since it last got units of it "
        "or counted it."
    )


@frame("record_chances", "optimization.buffers", key=("location", "record_from", "units"))
class RecordChances(Table):
    """How fast records come to state too much, and by how much; a step at each row."""

    location: str = column_of(RecordErrors, "location")
    record_from: int = column_of(RecordErrors, "record_from")
    units: int = column_of(RecordErrors, "units")
    short_rate: float = column_of(RecordErrors, "short_rate")
    unfound_odds: float = column_of(RecordErrors, "unfound_odds")
    more_share: float = column_of(RecordErrors, "more_share")


class RecordedPair(WorthPair):
    """An item-location with stock on record, what its units are worth, and how sure it is."""

    region: str = column("Region of the location.")
    available: int = column_of(ChannelBuffers, "available")
    inventory_position: int = column("Its inventory position.", unit="units")
    days_uncounted: int = column_of(ChannelBuffers, "days_uncounted")
    not_found: bool = column_of(ChannelBuffers, "not_found")
    record_chance: float = column(
        "Probability that the record is of stock that is there at all: below 1 where that is "
        "suspected to be on paper only, or its newest row is below zero, could not be read or "
        "does not follow a count.",
        ge=0,
        le=1,
    )


@frame("online_pairs", "optimization.buffers", key=("sku", "location", "channel"))
class OnlinePairs(RecordedPair):
    """Item-locations whose stock is sold online, by channel, and what their units are worth."""

    channel: str = column_of(ChannelBuffers, "channel")
    shelf_demand: float = column("Expected demand at its shelf, a day.", unit="units", ge=0)
    sale_margin: float = column("Expected margin of a sale.", unit="currency")


@frame("countable_pairs", "optimization.counting", key=("sku", "location"))
class CountablePairs(RecordedPair):
    """Item-locations whose stock record could be counted, and what is known of it."""

    on_hand: int = column_of(CountPlan, "on_record")
    review_days: float = column_of(PlanningPairs, "review_days", nullable=False)
    daily_demand: float = column("Expected demand a day, all channels.", unit="units", ge=0)
    count_rate: float = column(
        "Counts of an item a day at its location, those that are asked for or not.", ge=0
    )
