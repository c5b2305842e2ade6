"""Master data: what is sold, where, by whom it is supplied, and how goods move."""

import polars as pl

from quality_checks.contracts.base import LOCATION, SKU, SUPPLIER, Table, landed
from quality_checks.contracts.landing.columns import (
    CURRENCY_FORM,
    MOST_LIFE_DAYS,
    MOST_PAYMENT_DAYS,
    column,
    key_column,
    number,
)
from quality_checks.contracts.statement import rule

WEEKDAYS = r"^[01]{7}$"


@landed("suppliers", "state", key=("supplier",))
class Suppliers(Table):
    """Suppliers and what an order or an expedite with them costs."""

    supplier: str = key_column("Business key of the supplier.")
    name: str = column("Name as people know it.")
    origin: str = column("Country or port that goods come from.")
    minimum_order_value: float = column(
        "Least value of one order.", unit="currency", nullable=True, ge=0
    )
    expedite_fee: float = column(
        "Fee for accelerating one order line.", unit="currency", nullable=True, ge=0
    )
    expedite_days_saved: int = column(
        "Days that an expedite saves.", unit="days", nullable=True, ge=0
    )
    closed_from: pl.Date = column("First day of the next closure.", nullable=True)
    closed_to: pl.Date = column("Last day of the next closure.", nullable=True)
    order_weekdays: str = column(
        "Days of the week on which it takes orders: seven digits from Monday, 1 where it does. "
        "Missing where it takes them on any day.",
        omissible=True,
        str_matches=WEEKDAYS,
    )
    payment_days: int = column(
        "Days from delivery to payment; below 0 where it is paid before. Missing ones are the "
        "`payment_days` of policy.",
        unit="days",
        omissible=True,
        ge=-MOST_PAYMENT_DAYS,
        le=MOST_PAYMENT_DAYS,
    )


@landed(
    "products",
    "state",
    key=("sku",),
    references=SUPPLIER,
    mentions={"like_sku": ("products", "sku")},
)
class Products(Table):
    """Items at the grain that is stocked: one style in one colour and size."""

    sku: str = key_column("Business key of the item.")
    style: str = key_column("Style that groups colours and sizes.")
    colour: str = column("Colour.", nullable=True)
    size: str = column("Size.", nullable=True)
    department: str = key_column("Top of the hierarchy.")
    category: str = key_column("Category within the department.")
    brand: str = column("Brand.", nullable=True)
    season: str = column("Selling season, or the word basic.")
    unit_cost: float = column("Landed cost of a unit.", unit="currency", gt=0)
    list_price: float = column(
        "Full price of a unit without tax. Missing or 0 where the retailer does not say: what it "
        "sells for is then found by the rules of sale_values, which names it.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    currency: str = column(
        "ISO 4217 code. All items have one and the same, and every amount that is landed or "
        "computed is in it, without sales tax.",
        str_matches=CURRENCY_FORM,
    )
    case_pack: int = column("Units in the pack a DC ships to a store.", unit="units", ge=1)
    volume: float = column("Volume of a unit.", unit="litres", gt=0)
    weight: float = column(
        "Weight of a unit; carriers charge for its volume where that is dearer, or it is missing.",
        unit="kg",
        omissible=True,
        gt=0,
    )
    shelf_life_days: int = column(
        "Days from production in which a unit may be sold; missing where it keeps.",
        unit="days",
        omissible=True,
        ge=1,
        le=MOST_LIFE_DAYS,
    )
    least_remaining_days: int = column(
        "Days of its shelf life that must be left when a supplier delivers a unit; with fewer it "
        "is refused. Missing ones are taken to be the whole shelf life.",
        unit="days",
        omissible=True,
        ge=1,
        le=MOST_LIFE_DAYS,
    )
    launch_date: pl.Date = column("First day on sale.")
    exit_date: pl.Date = column("Last day on sale; missing while it has no end.", nullable=True)
    barcode: str = key_column(
        "What the till scans; one item's alone.", nullable=True, omissible=True
    )
    like_sku: str = key_column("Item whose history stands in for a new one.", nullable=True)
    supplier: str = key_column("Main supplier.")


@landed("locations", "state", key=("location",))
class Locations(Table):
    """Nodes that hold stock or sell."""

    location: str = key_column("Business key of the node.")
    kind: str = column("What it is.", isin=["store", "dc", "ecom", "marketplace"])
    region: str = key_column("Region; runs can be cut by it.")
    price_zone: str = key_column(
        "Price zone or cluster: locations of one have one price of an item. Missing where none is "
        "known to have the same.",
        nullable=True,
        omissible=True,
    )
    city: str = column("City.")
    latitude: float = column("Latitude.", unit="degrees", nullable=True, ge=-90, le=90)
    longitude: float = column("Longitude.", unit="degrees", nullable=True, ge=-180, le=180)
    priority: int = number("Rank in shortage, 1 first.", ge=1)
    unit_capacity: int = column("Most units it can hold.", unit="units", nullable=True, ge=0)
    receiving_capacity: int = column(
        "Most units it can receive a day.", unit="units", nullable=True, ge=0
    )
    receiving_volume: float = column(
        "Most litres it can receive a day.", unit="litres", omissible=True, ge=0
    )
    outbound_capacity: int = column(
        "Most units it can send to other nodes a day.", unit="units", omissible=True, ge=0
    )
    ships_online: bool = column("Ships online orders.")
    open_weekdays: str = column(
        "Seven digits from Monday, 1 where it is open.", str_matches=WEEKDAYS
    )
    opened_on: pl.Date = column("First day open.", nullable=True)
    closed_on: pl.Date = column("First day after its last day open.", nullable=True)


@landed(
    "item_locations",
    "state",
    key=("sku", "location"),
    references={**SKU, **LOCATION, "supply_location": ("locations", "location")},
)
class ItemLocations(Table):
    """The assortment: which item is stocked where, and within which limits."""

    sku: str = key_column("Item.")
    location: str = key_column("Node.")
    status: str = column("Whether it is replenished.", isin=["active", "blocked", "delisted"])
    presentation_min: int = column("Units a shelf needs to look right.", unit="units", ge=0)
    shelf_max: int = column("Most units the shelf holds.", unit="units", nullable=True, ge=0)
    service_class: str = column("Service class of policy.", isin=["A", "B", "C"])
    supply_location: str = key_column(
        "DC that replenishes it; missing where a supplier delivers.", nullable=True
    )

    @rule
    @staticmethod
    def presentation_min_within_shelf_max(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A shelf that cannot hold its own presentation minimum is a contradiction."""
        return rows.select(
            (pl.col("presentation_min") <= pl.col("shelf_max")).fill_null(value=True)
        )


@landed("item_suppliers", "state", key=("sku", "supplier"), references={**SKU, **SUPPLIER})
class ItemSuppliers(Table):
    """Terms on which a supplier sells an item."""

    sku: str = key_column("Item.")
    supplier: str = key_column("Supplier.")
    contract_lead_time_days: int = column("Agreed days from order to delivery.", unit="days", ge=0)
    minimum_order_quantity: int = column("Least units of an order line.", unit="units", ge=1)
    order_multiple: int = column("Units come in multiples of this.", unit="units", ge=1)
    unit_price: float = column("Price of a unit without tax.", unit="currency", gt=0)
    currency: str = column(
        "ISO 4217 code. Terms in another currency than the item's are not ordered on.",
        str_matches=CURRENCY_FORM,
    )
    preferred: bool = column("First choice for the item.")
    valid_from: pl.Date = column("First day the terms hold.")
    valid_to: pl.Date = column("Last day the terms hold.", nullable=True)
    supplier_item: str = key_column("What the supplier calls the item.", omissible=True)
    order_unit: str = key_column(
        "Unit of measure in which orders to the supplier are written, as CS for cases; missing "
        "where they are in the units that are stocked.",
        omissible=True,
    )
    order_unit_size: int = column(
        "Units that are stocked in one of it; missing with it.", unit="units", omissible=True, ge=1
    )

    @rule
    @staticmethod
    def order_unit_has_a_size(rows: pl.LazyFrame) -> pl.LazyFrame:
        """A unit of unknown size, or a size of no unit, converts nothing."""
        return rows.select(pl.col("order_unit").is_null() == pl.col("order_unit_size").is_null())


@landed(
    "price_breaks",
    "state",
    key=("sku", "supplier", "from_quantity"),
    references={**SKU, **SUPPLIER},
)
class PriceBreaks(Table):
    """Prices that a supplier asks for larger order lines: of all units of the line."""

    sku: str = key_column("Item.")
    supplier: str = key_column("Supplier.")
    from_quantity: int = number(
        "Units of an order line from which on the price holds, for all of them.",
        unit="units",
        ge=1,
    )
    unit_price: float = column(
        "Price of a unit without tax. One that is not below what fewer units cost is set aside.",
        unit="currency",
        gt=0,
    )
    currency: str = column(
        "ISO 4217 code. Prices in another currency than the item's are not ordered on.",
        str_matches=CURRENCY_FORM,
    )
    valid_from: pl.Date = column("First day the price holds.")
    valid_to: pl.Date = column("Last day the price holds.", nullable=True)


@landed(
    "lanes",
    "state",
    key=("origin", "destination"),
    references={
        "origin": ("locations", "location"),
        "destination": ("locations", "location"),
    },
)
class Lanes(Table):
    """Ways on which goods move between nodes."""

    origin: str = key_column("Node that ships.")
    destination: str = key_column("Node that receives.")
    transit_days: int = column("Days on the way.", unit="days", ge=0)
    fixed_cost: float = column("Cost of one shipment.", unit="currency", ge=0)
    unit_cost: float = column(
        "Cost of one unit: transport, and its handling at both ends.", unit="currency", ge=0
    )
    capacity: int = column("Most units a day.", unit="units", nullable=True, ge=0)
    volume_capacity: float = column("Most litres a day.", unit="litres", omissible=True, ge=0)
    order_weekdays: str = column(
        "Seven digits from Monday, 1 where it ships.", str_matches=WEEKDAYS
    )
    allowed: bool = column("Whether plans may use it.")
