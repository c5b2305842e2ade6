"""How far stock records are off, and what of a record is offered online."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.landing import CHANNELS
from quality_checks.contracts.plans import SaleValues

BUFFER_LIMITS = ["none", "record", "value"]
"""What keeps the next unit from being offered: nothing, the record, or its worth elsewhere."""


@result("record_errors", "inventory", key=("location", "record_from", "units"))
class RecordErrors(Table):
    """How fast records of a location come to state too much, and by how much, by their size.

    d days after a count more than u units are missing of a record with the probability
    (1 - exp(-short_rate d)) more_share.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    location: str = column("Node.")
    record_from: int = column("Least units of the records of a size.", unit="units", ge=1)
    units: int = column("Units.", unit="units", ge=0)
    counts: int = column("Counts of records of the size at the node behind this.", ge=0)
    short_counts: int = column("Those that found fewer units than the record.", ge=0)
    short_rate: float = column("Rate at which a record that is right becomes short, a day.", ge=0)
    more_share: float = column(
        "Share of the short records of the size, over all locations, that lack more than so many "
        "units.",
        ge=0,
        le=1,
    )


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
    days_uncounted: int = column(
        "Days since the item was last counted there, or since its launch or its history began.",
        unit="days",
        ge=0,
    )
    short_chance: float = column(
        "Probability that fewer units are there than the record states.", ge=0, le=1
    )
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
