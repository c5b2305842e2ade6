"""What causes of a change in stock are found from: a plan of an earlier night, and what came."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.demand import Forecast
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.frames.levels import Pair
from quality_checks.contracts.inventory import BookBalance, ReceiptsAhead
from quality_checks.contracts.plans import PlanningPairs, Targets, Unserved


class PlanBefore(Table):
    """A stock beside the plan of an earlier night, the newest whose goods are due by now."""

    sku: str = column("Item.")
    location: str = column("Node: that of the stock, or the one that its echelon is supplied by.")
    echelon: bool = column_of(Targets, "echelon", description="The stock is that of an echelon.")
    since: pl.Date = column("Business date of the plan that is compared with.")
    until: pl.Date = column("Day at the close of which the stock is explained.")
    goods_due: bool = column("What that plan sent or ordered was to be there by `until`.")
    order_up_to: int = column_of(Targets, "order_up_to")
    inventory_position: int = column_of(Targets, "inventory_position")
    planned: int = column("Units that the plan meant to bring.", unit="units", ge=0)
    released: int = column("Of these, units that left for the ERP.", unit="units", ge=0)
    left_out: str = column_of(Unserved, "reason", description="Why it got nothing.", nullable=True)
    limit: str = column_of(Unserved, "limit")


@frame("plans_before", "optimization.causes", key=("sku", "location", "until"))
class PlansBefore(PlanBefore):
    """Stocks with the plan of an earlier night, before they are named."""

    supply_location: str = column_of(PlanningPairs, "supply_location")


class Explained(Table):
    """A stock whose change is explained, by the name that its other rows have, too."""

    stock: str = column("Item, node and day of the stock, joined by a bar.")


@frame("explained_stocks", "optimization.causes", key=("stock",))
class ExplainedStocks(PlanBefore, Explained):
    """Stocks with what the plan of an earlier night wanted, and all that moved since by the books.

    A stock is an item-location, or an item of an echelon, in which moves between its places are
    none. Units moved are those of the days after `since` up to `until`.
    """

    asked: bool = column("It is explained itself; else it is upstream of one that is.")
    upstream: str = column(
        "Stock of the node that supplies it, up to the night `since`; missing where that is not "
        "explained.",
        nullable=True,
    )
    opening: int = column("Units fit for sale and not reserved at the close of `since`.")
    closing: int = column("The same at the close of `until`.")
    arrived: int = column("Units received, from suppliers and other nodes.", unit="units", ge=0)
    sent_away: int = column("Units shipped to other nodes.", unit="units", ge=0)
    sold: int = column("Units that left with customers.", unit="units", ge=0)
    credited: int = column("Units sold that the places are credited with.", unit="units", ge=0)
    returned: int = column("Units that came back and can be sold again.", unit="units")
    returns_expected: float = column(
        "Units that would have come back as in the four weeks up to `since`.", unit="units", ge=0
    )
    counted: int = column("Units that counts added or took off.", unit="units")
    adjusted: int = column_of(
        BookBalance, "adjustments", description="Units that other corrections added or took off."
    )
    damaged: int = column("Units that became unfit for sale at the place.", unit="units")
    reserved: int = column("Units by which what is promised to customers grew.", unit="units")


@frame("explained_days", "optimization.causes", key=("stock", "location", "date"))
class ExplainedDays(Explained):
    """Demand of the places of a stock by day, forecast in the night `since` and estimated now."""

    location: str = column("Place that sells.")
    date: pl.Date = column("Day.")
    forecast: float = column_of(Forecast, "mean")
    variance: float = column_of(Forecast, "variance")
    correlation: float = column_of(Forecast, "correlation")
    demand: float = column(
        "Estimated demand, stock-outs undone; missing where sales are unknown.",
        unit="units",
        nullable=True,
        ge=0,
    )
    sales: int = column(
        "Units sold that count as demand; missing likewise.", unit="units", nullable=True, ge=0
    )
    promoted_then: bool = column("A promotion was announced for the day in the night `since`.")
    promoted_now: bool = column("A promotion ran, as is known now.")
    price_then: float = column("Price announced then, as a share of the list price.", ge=0)
    price_now: float = column("Price that held, likewise.", ge=0)
    event: bool = column("A holiday or a local event was on.")


@frame("explained_lines", "optimization.causes", key=("stock", "document_kind", "document", "line"))
class ExplainedLines(Explained):
    """Document lines that were to bring goods by `until`, as the night `since` knew them."""

    document_kind: str = column_of(ReceiptsAhead, "document_kind")
    document: str = column_of(ReceiptsAhead, "document")
    line: int = column_of(ReceiptsAhead, "line")
    supplier: str = column_of(ReceiptsAhead, "supplier")
    stated_on: pl.Date = column_of(ReceiptsAhead, "stated_on")
    units: int = column("Units that the plan counted on.", unit="units", ge=1)
    arrived: int = column(
        "Units of it that came by `until`; missing for what had no document yet.",
        unit="units",
        nullable=True,
        ge=0,
    )
    still_open: bool = column("The document is still to bring units at the close of `until`.")


@frame("upstream_stocks", "optimization.causes", key=("sku", "location", "until"))
class UpstreamStocks(Pair):
    """Nodes that had too little for what they supply."""

    until: pl.Date = column("Night of which that is.")
