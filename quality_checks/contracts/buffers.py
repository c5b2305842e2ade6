"""What of a stock record is offered online."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.landing import CHANNELS
from quality_checks.contracts.plans import SaleValues

BUFFER_LIMITS = ["none", "record", "value"]
"""What keeps the next unit from being offered: nothing, the record, or its worth elsewhere."""


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
    not_found: bool = column(
        "The node has looked for it in vain, for a customer, since it was counted or came last."
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
    unserved_cost: float = column(
        "Cost of a sale that is not there, beyond its margin.", unit="currency", ge=0
    )
