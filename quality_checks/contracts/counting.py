"""Which stock records are to be counted."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.buffers import ChannelBuffers
from quality_checks.contracts.plans import Targets

COUNT_REASONS = ["phantom_stock", "not_found", "long_uncounted"]


@result("count_plan", "plans", key=("sku", "location"))
class CountPlan(Table):
    """Item-locations whose stock record is worth a count, and what the count is expected to gain.

    While a record states units that are not there, the plan replaces none of them: it goes by an
    inventory position that is too high by as many. A count puts that right.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    on_record: int = column("Units on hand that the record states.", unit="units", ge=1)
    available: int = column("Units of them that it can promise.", unit="units", ge=1)
    quantity: int = column(
        "Units expected to be missing where the record is wrong, at least one.", unit="units", ge=1
    )
    days_uncounted: int = column_of(ChannelBuffers, "days_uncounted")
    not_found: bool = column_of(ChannelBuffers, "not_found")
    short_chance: float = column_of(ChannelBuffers, "short_chance")
    record_chance: float = column(
        "Probability that the stock is there at all: below 1 where it is suspected to be on paper "
        "only.",
        ge=0,
        le=1,
    )
    wrong_chance: float = column(
        "Probability that fewer units are there than the record states.", ge=0, le=1
    )
    missing_mean: float = column("Units expected to be missing.", unit="units", ge=0)
    inventory_position: int = column("Inventory position by the record.", unit="units")
    value_level: int = column_of(Targets, "value_level")
    lost_a_review: float = column(
        "Expected worth of the missing units, from one review to the next, that the plan would "
        "replace if it knew.",
        unit="currency",
        ge=0,
    )
    reviews: float = column(
        "Reviews for which a wrong record is expected to stay wrong without the count.", ge=0
    )
    margin_kept: float = column(
        "Expected margin that the count keeps, holding taken off.", unit="currency", ge=0
    )
    count_cost: float = column("What the count takes in hands.", unit="currency", ge=0)
    gain_chance: float = column(
        "Probability that it gains: that so many units are missing that knowing it is worth the "
        "count.",
        ge=0,
        le=1,
    )
    urgency_days: float = column(
        "Days that the stock lasts by the record; missing where nothing is forecast to sell.",
        unit="days",
        nullable=True,
        ge=0,
    )
    reason: str = column("Reason code.", isin=COUNT_REASONS)
    binding: str = column("What kept it from being more: nothing, there is one count.")
    rejected: str = column("Best rejected alternative.")
