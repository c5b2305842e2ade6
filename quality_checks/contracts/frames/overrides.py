"""What people may put in place of what was proposed: other suppliers, other prices."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of
from quality_checks.contracts.frames.contract import frame
from quality_checks.contracts.landing import ItemSuppliers, Suppliers
from quality_checks.contracts.markdown import PriceAction, ZonedItem


@frame("supplier_offers", "governance", key=("sku", "destination", "supplier"))
class SupplierOffers(Table):
    """Terms on which each supplier sells an item to a node when tonight's orders are placed."""

    sku: str = column_of(ItemSuppliers, "sku")
    destination: str = column("Node that receives.")
    supplier: str = column_of(ItemSuppliers, "supplier")
    unit_price: float = column_of(ItemSuppliers, "unit_price")
    currency: str = column("ISO 4217 code of the price.")
    order_multiple: int = column_of(ItemSuppliers, "order_multiple")
    minimum_order_quantity: int = column_of(ItemSuppliers, "minimum_order_quantity")
    minimum_order_value: float = column_of(Suppliers, "minimum_order_value")
    soonest_on: pl.Date = column("Day on which it delivers, as orders ask for.")
    takes_orders: bool = column("It takes orders on that day of the week.")


@frame("allowed_prices", "governance", key=("sku", "zone", "price"))
class AllowedPrices(Table):
    """Lower prices that policy lets an item come down to tonight, by its ladder and limits."""

    sku: str = column_of(ZonedItem, "sku")
    zone: str = column_of(ZonedItem, "zone")
    price: float = column("Price to customers.", unit="currency", gt=0)
    floor_price: float = column_of(PriceAction, "floor_price")
