"""Supply: how suppliers deliver, and how long each pair waits for goods."""

import polars as pl

from quality_checks.contracts.base import Table, column, result


@result("supplier_scorecard", "supply", key=("supplier",))
class SupplierScorecard(Table):
    """How a supplier delivered over the window, in units."""

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier.")
    order_lines: int = column("Order lines due in the window.", ge=0)
    ordered_units: int = column("Units ordered on them.", unit="units", ge=0)
    otif: float = column(
        "Share of ordered units delivered by the day asked for.", nullable=True, ge=0, le=1
    )
    fill_rate: float = column("Share of ordered units ever delivered.", nullable=True, ge=0)
    lead_time_mean: float = column("Mean days from order to delivery.", unit="days", ge=0)
    lead_time_sd: float = column("Standard deviation of the same.", unit="days", ge=0)
    lead_time_p50: float = column("Median.", unit="days", ge=0)
    lead_time_p90: float = column("90 % quantile.", unit="days", ge=0)
    p_late: float = column(
        "Probability that a line is late, shrunk towards all suppliers.", ge=0, le=1
    )
    p_short: float = column(
        "Probability that a line is short, shrunk towards all suppliers.", ge=0, le=1
    )
    open_lines: int = column("Lines not yet delivered.", ge=0)
    overdue_lines: int = column("Of these, past the day asked for.", ge=0)


@result("supplier_yields", "supply", key=("supplier",))
class SupplierYields(Table):
    """What share of an order line a supplier delivers in the end."""

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier.")
    closed_lines: int = column("Order lines closed in the window.", ge=0)
    yield_mean: float = column(
        "Mean share of a line delivered, shrunk towards all suppliers.", gt=0, le=1
    )
    yield_sd: float = column("Standard deviation of the same between lines.", ge=0, le=1)


@result("lead_times", "supply", key=("sku", "location"))
class LeadTimes(Table):
    """From where a pair is replenished, how long it takes, and how often it can be asked for."""

    business_date: pl.Date = column("Business date.")
    sku: str = column("Item.")
    location: str = column("Node.")
    origin: str = column("DC that replenishes it; missing for a supplier.", nullable=True)
    supplier: str = column("Supplier that replenishes it; missing for a DC.", nullable=True)
    lead_time_mean: float = column("Mean days from order to shelf.", unit="days", ge=0)
    lead_time_sd: float = column("Standard deviation of the same.", unit="days", ge=0)
    review_days: float = column("Mean days between two chances to order.", unit="days", gt=0)
