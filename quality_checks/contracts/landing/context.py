"""What moves demand from outside, and what people decided about it."""

from typing import Final

import polars as pl

from quality_checks.contracts.base import (
    CURRENCY,
    EVERYWHERE,
    LOCATION,
    REGION,
    SKU,
    Table,
    TargetByColumn,
    Timestamp,
    landed,
)
from quality_checks.contracts.landing.columns import (
    MOST_UNITS,
    column,
    key_column,
    number,
    own_currency,
)
from quality_checks.contracts.statement import rule

LEAST_FACTOR = 0.1
"""Least factor on a level: who wants less takes the item off the assortment."""
MOST_FACTOR = 10.0
"""Most that a level may be multiplied by."""

_SCOPE = TargetByColumn(
    "scope", {name: ("products", name) for name in ("sku", "style", "category")}
)


@landed(
    "promotions",
    "state",
    key=("promo_id",),
    references={"scope_value": _SCOPE, **REGION},
    everywhere=("region",),
)
class Promotions(Table):
    """Price promotions, announced before they start.

    Of several on a day the largest discount holds, on the price in force: that of the price list
    where it has one for the day, else the list price.
    """

    promo_id: str = key_column("Business key.")
    scope: str = column("Level it applies to.", isin=["sku", "style", "category", "all"])
    scope_value: str = key_column("Which one; * for all.")
    region: str = key_column("Region; * for all.")
    channel: str = column(
        "Kind of location it applies to; * for all.",
        isin=["store", "ecom", "marketplace", EVERYWHERE],
    )
    starts_on: pl.Date = column("First day.")
    ends_on: pl.Date = column("Last day; missing while it has no end.", nullable=True)
    discount: float = column("Share taken off the price.", unit="share", ge=0, lt=1)

    @rule
    @staticmethod
    def scope_all_has_the_scope_value_of_all(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A promotion of all names nothing, and one that names nothing is not of all."""
        return rows.select(
            ((pl.col("scope") == "all") == (pl.col("scope_value") == EVERYWHERE)).fill_null(
                value=True
            )
        )

    @rule
    @staticmethod
    def ends_on_or_after_its_start(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A promotion that ends before it starts holds on no day."""
        return rows.select((pl.col("ends_on") >= pl.col("starts_on")).fill_null(value=True))


@landed(
    "prices",
    "state",
    key=("sku", "location", "valid_from"),
    references={**SKU, **LOCATION, **CURRENCY},
    everywhere=("location",),
)
class Prices(Table):
    """Selling prices that differ from the list price; of several on a day the lowest holds."""

    sku: str = key_column("Item.")
    location: str = key_column("Node; * for all.")
    valid_from: pl.Date = column("First day.")
    valid_to: pl.Date = column("Last day; missing while it has no end.", nullable=True)
    price: float = column("Price of a unit without tax.", unit="currency", ge=0)
    currency: str = own_currency("the price")

    @rule
    @staticmethod
    def valid_to_or_after_its_first_day(rows: pl.LazyFrame) -> pl.LazyFrame:
        """An entry that ends before its first day holds on no day."""
        return rows.select((pl.col("valid_to") >= pl.col("valid_from")).fill_null(value=True))


@landed(
    "weather", "events", key=("date", "region", "kind", "issued_on"), date="date", references=REGION
)
class Weather(Table):
    """Weather by region and day: observed, or forecast on an earlier day."""

    date: pl.Date = column("Day that the weather is of.")
    region: str = key_column("Region.")
    kind: str = column("Observed or forecast.", isin=["observation", "forecast"])
    issued_on: pl.Date = column("Day it was issued.")
    temperature: float = column("Mean temperature.", unit="degrees C", nullable=True, ge=-90, le=60)
    rain: float = column("Rain.", unit="mm", nullable=True, ge=0, le=2_000)


@landed(
    "events",
    "state",
    key=("event_id",),
    references={**REGION, **LOCATION},
    everywhere=("region", "location"),
)
class Events(Table):
    """Holidays and local events that change demand or opening."""

    event_id: str = key_column("Business key.")
    name: str = column("Name.")
    kind: str = column("What it is.", isin=["holiday", "local", "activity"])
    region: str = key_column("Region; * for all.")
    location: str = key_column("Node; * for all of the region.")
    starts_on: pl.Date = column("First day.")
    ends_on: pl.Date = column("Last day.")

    @rule
    @staticmethod
    def ends_on_or_after_its_start(rows: pl.LazyFrame) -> pl.LazyFrame:
        """An event that ends before it starts is on no day."""
        return rows.select(pl.col("ends_on") >= pl.col("starts_on"))


ERP_ANSWERS: Final = ["accepted", "changed", "partly", "late", "rejected"]
"""What a system that acts on lines may say of one."""

SYSTEMS: Final = ["erp", "wms", "oms", "pricing", "supplier"]
"""Systems that lines are for: of stock and orders, warehouses, customers, prices, suppliers."""


@landed("acknowledgements", "state", key=("idempotency_key",))
class Acknowledgements(Table):
    """What the ERP did with a line that it was sent.

    It does all of it, another quantity, a part, all on a later day, or nothing.
    """

    idempotency_key: str = key_column("Key of the exported line.")
    batch: str = key_column("Export batch the line came in.")
    status: str = column("What was done.", isin=ERP_ANSWERS)
    quantity: int = column(
        "Units the ERP works with; of a part how many these are.",
        unit="units",
        nullable=True,
        ge=0,
    )
    erp_document: str = key_column("Document the ERP made of it.", nullable=True)
    message: str = column("What the ERP said.", nullable=True)
    acknowledged_on: pl.Date = column("Day.")
    due_on: pl.Date = column(
        "Day on which it is to be there, where that is another than was asked for.", omissible=True
    )
    system: str = column(
        "Which system answers; missing where it is the one that the line is for.",
        omissible=True,
        isin=SYSTEMS,
    )

    @rule
    @staticmethod
    def part_has_units_and_late_a_day(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A part of unknown size, or a delay to no day, tells nothing to count by."""
        status, units = pl.col("status"), pl.col("quantity")
        return rows.select(
            (status.ne("partly") | units.is_not_null())
            & (status.ne("late") | pl.col("due_on").is_not_null())
        )


@landed("decisions", "events", key=("decision_id",), date="decided_at")
class Decisions(Table):
    """What people decided that came as a file: approvals, rejections, overrides and more."""

    decision_id: str = key_column("Business key.")
    action_id: str = key_column("Action that was decided.")
    decision: str = column(
        "What was decided; a comment decides nothing.",
        isin=["approve", "reject", "override", "defer", "comment"],
    )
    author: str = column("Who decided.")
    role: str = column("In which role.")
    reason: str = column("Why; of a comment what it says.")
    quantity: int = number(
        "Units instead, for an override that changes them; units agreed to, for an approval.",
        nullable=True,
        ge=0,
        le=MOST_UNITS,
    )
    expires_on: pl.Date = column("Last day an override holds.", nullable=True)
    decided_at: Timestamp = column("When.")
    reason_code: str = column(
        "Which of the reason codes of policy, for an override and a rejection.", omissible=True
    )
    until: Timestamp = column("When a deferral ends.", omissible=True)
    due_on: pl.Date = column("Day instead, for an override that changes it.", omissible=True)
    origin: str = column(
        "Node that ships instead, for an override that changes it.", omissible=True
    )
    supplier: str = column(
        "Supplier that is asked instead, for an override that changes it.", omissible=True
    )
    price: float = column(
        "Price of a unit instead, for an override that changes it.",
        unit="currency",
        omissible=True,
        gt=0,
    )
    plan_version: int = number(
        "Version of the plan that was looked at; an approval lapses once that has moved.",
        omissible=True,
        ge=1,
    )


@landed(
    "level_changes",
    "state",
    key=("change_id",),
    references={**SKU, **LOCATION, **REGION, "category": ("products", "category")},
    everywhere=("sku", "location", "region", "category"),
)
class LevelChanges(Table):
    """What people change of order-up-to levels for some days, with who decided it and why.

    A row that comes again under its id takes the place of the one before, so that a change can end
    sooner or last longer.
    """

    change_id: str = key_column("Business key.")
    change: str = column(
        "What is changed: the level by a factor, the least it may be, or nothing at all: it stays "
        "what it was.",
        isin=["factor", "minimum", "freeze"],
    )
    factor: float = column(
        "Times the level that the last plan before the change set, or else the first one.",
        nullable=True,
        ge=LEAST_FACTOR,
        le=MOST_FACTOR,
    )
    minimum: int = column("Units that the level is at least.", unit="units", nullable=True, ge=1)
    sku: str = key_column("Item; * for all.")
    location: str = key_column("Node; * for all.")
    region: str = key_column("Region; * for all.")
    category: str = key_column("Category of items; * for all.")
    starts_on: pl.Date = column("First day on whose orders and shipments it has a say.")
    ends_on: pl.Date = column("Last such day.")
    author: str = column("Who decided.")
    role: str = column("In which role.")
    reason: str = column("Why.")
    decided_at: Timestamp = column("When.")

    @rule
    @staticmethod
    def ends_on_or_after_its_start(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A change that ends before it starts is on no day."""
        return rows.select(pl.col("ends_on") >= pl.col("starts_on"))

    @rule
    @staticmethod
    def states_the_figure_of_its_change(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A factor states how much, a minimum how many, and nothing states what another does."""
        figures = (
            pl.col(name).is_not_null() == (pl.col("change") == name)
            for name in ("factor", "minimum")
        )
        return rows.select(pl.all_horizontal(figures))

    @rule
    @staticmethod
    def names_an_item_a_node_a_region_or_a_category(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A change of every level there is would be a mistake."""
        scope = ("sku", "location", "region", "category")
        return rows.select(pl.any_horizontal(pl.col(name) != EVERYWHERE for name in scope))


@landed("assumptions", "state", key=("source", "field"))
class Assumptions(Table):
    """Fields that an importer filled in because the real data lacks them."""

    source: str = column("Landing source.")
    field: str = column("Column; * for all of them.")
    method: str = column("How it was filled, seed included.")
