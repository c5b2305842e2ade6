"""Views of what planners look through beside actions: suppliers, trips, limits, prices, orders."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.landing import Suppliers
from quality_checks.contracts.markdown import MarkdownOptions
from quality_checks.contracts.open_orders import OrderAlternatives, OrderRisks
from quality_checks.contracts.plans import LimitPrices, TransferTrips, Unserved
from quality_checks.contracts.sourcing import OrderDecisions
from quality_checks.contracts.supply import SupplierExposure, SupplierScorecard
from quality_checks.contracts.views import NamedItems, NamedPlaces, view


@view("suppliers_judged", key=("supplier",))
class SuppliersJudged(Table):
    """Suppliers as of the newest plan: how they deliver, what is open, and what is at risk."""

    supplier: str = column_of(Suppliers, "supplier")
    supplier_name: str = column_of(Suppliers, "name")
    origin: str = column_of(Suppliers, "origin")
    otif: float = column(
        "Share of cases ordered that came within the delivery window and in full.",
        nullable=True,
        ge=0,
        le=1,
    )
    fill_rate: float = column("Share of cases ordered that have come so far.", nullable=True, ge=0)
    late_chance: float = column_of(SupplierScorecard, "p_late", nullable=True)
    lead_time_p50: float = column_of(SupplierScorecard, "lead_time_p50", nullable=True)
    lead_time_p90: float = column_of(SupplierScorecard, "lead_time_p90", nullable=True)
    open_lines: int = column("Lines of orders and ship notices that are still to come.", ge=0)
    overdue_lines: int = column_of(
        SupplierScorecard,
        "overdue_lines",
        description="Open order lines past the day asked for.",
        nullable=True,
    )
    margin_at_risk: float = column(
        "Margin expected to be lost because it may be late with all its open lines; missing where "
        "nothing is known.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    items: int = column_of(SupplierExposure, "items", nullable=True)
    single_sourced_items: int = column_of(SupplierExposure, "single_sourced_items", nullable=True)
    margin_exposed: float = column_of(
        SupplierExposure,
        "margin_exposed",
        description="Margin lost, item by item, until others deliver, if it stopped today.",
    )


@view("order_lines_at_risk", key=("document_kind", "document", "line"))
class OrderLinesAtRisk(Table):
    """Open lines of suppliers, how likely each is late or short, and what is best done about it."""

    document_kind: str = column_of(OrderRisks, "document_kind")
    document: str = column_of(OrderRisks, "document")
    line: int = column_of(OrderRisks, "line")
    supplier: str = column_of(OrderRisks, "supplier")
    supplier_name: str = column_of(Suppliers, "name", nullable=True)
    sku: str = column_of(OrderRisks, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    destination: str = column_of(OrderRisks, "destination")
    destination_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    stated_on: pl.Date = column_of(OrderRisks, "stated_on")
    units: int = column_of(OrderRisks, "units")
    late_chance: float = column_of(OrderRisks, "late_chance")
    short_chance: float = column_of(OrderRisks, "short_chance")
    due_p50: pl.Date = column_of(OrderRisks, "due_p50")
    due_p90: pl.Date = column_of(OrderRisks, "due_p90")
    margin_at_risk: float = column_of(OrderRisks, "margin_at_risk_together")
    margin_if_never: float = column_of(OrderRisks, "margin_if_never")
    alternative: str = column_of(
        OrderAlternatives,
        "alternative",
        description="What is best done about it; missing where nothing was weighed.",
        nullable=True,
    )
    alternative_gain: float = column_of(OrderAlternatives, "gain")


@view("trips_planned", key=("origin", "destination"))
class TripsPlanned(Table):
    """Trips between locations in the newest plan: what each carries, costs and gains."""

    origin: str = column_of(TransferTrips, "origin")
    origin_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    origin_latitude: float = column_of(NamedPlaces, "latitude", nullable=True)
    origin_longitude: float = column_of(NamedPlaces, "longitude", nullable=True)
    destination: str = column_of(TransferTrips, "destination")
    destination_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    destination_latitude: float = column_of(NamedPlaces, "latitude", nullable=True)
    destination_longitude: float = column_of(NamedPlaces, "longitude", nullable=True)
    region: str = column_of(TransferTrips, "region")
    lines: int = column_of(TransferTrips, "lines")
    quantity: int = column_of(TransferTrips, "quantity")
    value_gained: float = column_of(TransferTrips, "value_gained")
    value_lost: float = column_of(TransferTrips, "value_lost")
    moving_cost: float = column_of(TransferTrips, "moving_cost")
    benefit: float = column_of(TransferTrips, "benefit")


@view("limits_priced", key=("plan", "limit", "scope", "part"))
class LimitsPriced(Table):
    """Limits that lines of the newest plan share, how full they are, and what one more is worth."""

    plan: str = column("Whose lines share it.", isin=["allocation", "sourcing", "substitution"])
    limit: str = column("Limit.")
    scope: str = column("Node, lane, department or DC that it holds for.")
    part: str = column("Day or item of an order's limit; empty for others.")
    measure: str = column("What it counts.", isin=["units", "litres", "currency", "lines"])
    capacity: float = column_of(LimitPrices, "capacity")
    used: float = column_of(LimitPrices, "used")
    used_share: float = column(
        "Share of it that the plan uses; missing where it allows nothing.", nullable=True, ge=0
    )
    price: float = column_of(
        LimitPrices, "price", description="What one more of its measure is worth.", nullable=True
    )


@view("pairs_unserved", key=("sku", "location"))
class PairsUnserved(Table):
    """Item-locations short of their level to which their DC sends nothing, and why."""

    sku: str = column_of(Unserved, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    category: str = column_of(NamedItems, "category", nullable=True)
    location: str = column_of(Unserved, "location")
    location_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    region: str = column_of(NamedPlaces, "region", nullable=True)
    reason: str = column_of(Unserved, "reason")
    limit: str = column_of(Unserved, "limit")
    next_worth: float = column_of(Unserved, "next_worth")


@view("prices_weighed", key=("sku", "zone", "option", "new_price"))
class PricesWeighed(Table):
    """What was weighed for the price of each item in a zone in the newest plan, with names."""

    sku: str = column_of(MarkdownOptions, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    zone: str = column_of(MarkdownOptions, "zone")
    department: str = column_of(MarkdownOptions, "department")
    family: str = column_of(MarkdownOptions, "family")
    list_price: float = column_of(NamedItems, "list_price")
    option: str = column_of(MarkdownOptions, "option")
    new_price: float = column_of(MarkdownOptions, "new_price")
    starts_on: pl.Date = column_of(MarkdownOptions, "starts_on")
    worth: float = column_of(MarkdownOptions, "worth")
    below_best: float = column(
        "What it is worth less than the best of its item and zone; missing where it is forbidden.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    sold: float = column_of(MarkdownOptions, "sold")
    left: float = column_of(MarkdownOptions, "left")
    moved: int = column_of(MarkdownOptions, "moved")
    moved_to: str = column_of(MarkdownOptions, "moved_to")
    markdown_money: float = column_of(MarkdownOptions, "markdown_money")
    verdict: str = column_of(MarkdownOptions, "verdict")


@view("order_lines_decided", key=("order_id", "line"))
class OrderLinesDecided(Table):
    """Lines of customers' orders that no node has picked, and what is decided of each."""

    order_id: str = column_of(OrderDecisions, "order_id")
    line: int = column_of(OrderDecisions, "line")
    sku: str = column_of(OrderDecisions, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    quantity: int = column_of(OrderDecisions, "quantity")
    region: str = column_of(OrderDecisions, "region")
    collect_at: str = column_of(OrderDecisions, "collect_at")
    promised_on: pl.Date = column_of(OrderDecisions, "promised_on")
    due_on: pl.Date = column_of(OrderDecisions, "due_on")
    decision: str = column_of(OrderDecisions, "decision")
    allocated_to: str = column_of(OrderDecisions, "allocated_to")
    location: str = column_of(OrderDecisions, "location")
    location_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    ship_on: pl.Date = column_of(OrderDecisions, "ship_on")
    arrives_on: pl.Date = column_of(OrderDecisions, "arrives_on")
    cost: float = column_of(OrderDecisions, "cost")
    otherwise: float = column_of(OrderDecisions, "otherwise")
    reason: str = column_of(OrderDecisions, "reason")
    rejected: str = column_of(OrderDecisions, "rejected")
