"""How far stock records are off, and what of a record is offered online."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.landing import CHANNELS
from quality_checks.contracts.plans import SaleValues

BUFFER_LIMITS = ["none", "record", "value"]
"""What keeps the next unit from being offered: nothing, the record, or its worth elsewhere."""


@result("record_errors", "inventory", key=("location", "record_from"))
class RecordErrors(Table):
    """How often fewer units are there than a location's record states, by size of the record."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    location: str = column("Node.")
    record_from: int = column("Least units of the record.", unit="units", ge=1)
    counts: int = column("Counts of such records at the node behind this.", ge=0)
    short_counts: int = column("Those that found fewer units.", ge=0)
    short_chance: float = column(
        "Probability that fewer units are there than the record states.", ge=0, le=1
    )


@result("missing_units", "inventory", key=("record_from", "units"))
class MissingUnits(Table):
    """How much is missing where a record states too much, over all locations."""

    business_date: pl.Date = column("Business date.")
    record_from: int = column_of(RecordErrors, "record_from")
    units: int = column("Units.", unit="units", ge=0)
    more_chance: float = column("Probability that more than so many are missing.", ge=0, le=1)


@result("channel_buffers", "plans", key=("sku", "location", "channel"))
class ChannelBuffers(Table):
    """How many units of what a node can promise are kept back from an online channel.

    The channel is offered what the record has beyond the buffer: it sells down to it, no further.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    channel: str = column("Online channel.", isin=CHANNELS[1:])
    available: int = column("Units that the record can promise.", unit="units", ge=1)
    buffer: int = column("Units of them that are kept back.", unit="units", ge=0)
    offered: int = column("Units of them that the channel may sell.", unit="units", ge=0)
    binding: str = column(
        "What keeps the next unit back: the chance that it is not there (record), what it is worth "
        "at the node (value), or nothing (none).",
        isin=BUFFER_LIMITS,
    )
    short_chance: float = column_of(RecordErrors, "short_chance")
    shelf_units: float = column(
        "Expected to be sold at the shelf between two reports of stock to the channel.",
        unit="units",
        ge=0,
    )
    there_chance: float = column(
        "Probability that the last unit offered is there; missing where none is.",
        nullable=True,
        ge=0,
        le=1,
    )
    least_chance: float = column(
        "Probability from which offering it pays; missing likewise.", nullable=True, ge=0, le=1
    )
    sale_margin: float = column_of(SaleValues, "sale_margin")
    unit_value: float = column(
        "What the last unit offered is worth at the node; missing likewise.",
        unit="currency",
        nullable=True,
    )
    cancelled_cost: float = column(
        "Cost of an order that cannot be served, beyond its margin.", unit="currency", ge=0
    )
