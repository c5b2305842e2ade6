"""What a forecast of returns is made from."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.demand import ReturnsForecast
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.statement import rule


@frame("channel_sales", "forecasting.returns", key=("sku", "location", "channel", "date"))
class ChannelSales(Table):
    """Units sold by day and channel, gross of returns."""

    sku: str = column("Item.")
    location: str = column("Node that is credited with the sale.")
    channel: str = column("Channel of the sale.")
    category: str = column("Category of the item.", nullable=True)
    date: pl.Date = column("Day.")
    units: float = column("Units sold.", unit="units", ge=0)


@frame(
    "returned_units",
    "forecasting.returns",
    key=("sku", "location", "channel", "date"),
    unique=False,
)
class ReturnedUnits(Table):
    """Units that came back by day, channel and, where it is known, day of the sale."""

    sku: str = column("Item.")
    location: str = column_of(ReturnsForecast, "location")
    channel: str = column("Channel of the original sale.")
    date: pl.Date = column("Day on which they came back.")
    sold_date: pl.Date = column("Day of the sale; missing where unknown.", nullable=True)
    units: float = column("Units that came back.", unit="units", ge=0)
    resalable: float = column("Of these, units that can be sold again.", unit="units", ge=0)

    @rule
    @staticmethod
    def resalable_within_units(rows: pl.LazyFrame) -> pl.LazyFrame:
        """No more is resalable than came back."""
        return rows.select(pl.col("resalable") <= pl.col("units"))

    @rule
    @staticmethod
    def sold_before_returned(rows: pl.LazyFrame) -> pl.LazyFrame:
        """Nothing came back before it was sold."""
        return rows.select((pl.col("sold_date") <= pl.col("date")).fill_null(value=True))
