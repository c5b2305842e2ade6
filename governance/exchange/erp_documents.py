"""What leaves for an ERP as documents: an order per supplier, DC and day, a trip per lane and day.

Lines of a document that left in an earlier batch stay where they are: what is added later is a
document of its own, whose number says of which order.
"""

from typing import Final, NamedTuple

import polars as pl

from governance.exchange.supplier_documents import ORDER, number_orders
from governance.kinds import KINDS, add_commitments, unpack_details

_CENTS: Final = pl.Decimal(38, 2)
_UNITS: Final = pl.Decimal(38, 0)
_PRICE: Final = pl.Decimal(38, 4)
_ROUNDING: Final = 0.005
"""Currency by which rounding to cents may lower the value of a line."""

_ORDER_COLUMNS: Final = [
    *("batch", "number", "line", "supplier", "destination", "ordered_on", "sku", "barcode"),
    *("due_on", "quantity", "multiple", "unit_price", "amount", "currency", "total"),
    *("least_value", "reaches_least_value", "idempotency_key", "supplier_item"),
    *("unit", "unit_size", "unit_quantity", "fits_order_unit"),
]
_CANCEL_COLUMNS: Final = [
    *("batch", "document", "number", "line", "kind", "sku", "supplier_item", "supplier", "origin"),
    *("destination", "due_on", "quantity", "unit_price", "currency", "ordered_on", "sent_on"),
    *("cancels", "idempotency_key"),
]
_TRIP_COLUMNS: Final = [
    *("batch", "number", "line", "origin", "destination", "leaves_on", "due_on", "kind", "sku"),
    *("barcode", "quantity", "multiple", "unit_price", "amount", "currency", "total"),
    "idempotency_key",
]


class ErpDocuments(NamedTuple):
    """Lines of documents for an ERP; money is decimal.

    Attributes:
        orders: batch, number, line, supplier, destination, ordered_on, sku, barcode,
            supplier_item (what the supplier calls it; missing where he has told none), due_on,
            quantity (units), multiple (units that it is a multiple of; missing where the supplier
            states no terms), unit_price, amount (of the line), currency, total (of the document),
            least_value (of the order; missing without one), reaches_least_value (whether the order
            does with what left of it before; missing without one), idempotency_key, unit (of
            measure that the line is written in; missing for the units that are stocked), unit_size
            (units in one of it), unit_quantity (how many of it), fits_order_unit (whether the
            quantity is whole units of the supplier's; missing where he has none); sorted by batch,
            number, line. What is not whole is written in the units that are stocked: no quantity is
            rounded.
        trips: batch, number, line, origin, destination, leaves_on (missing where no lane is known),
            due_on, kind, sku, barcode, quantity, multiple (units of a pack), unit_price (cost of a
            unit), amount, currency, total, idempotency_key; sorted alike.
        cancels: lines of documents that are called back: batch, document (`order` or `trip`),
            number and line of it, kind, sku, supplier_item, supplier, origin, destination, due_on,
            quantity and unit_price as it left, currency, ordered_on, sent_on (of what calls it
            back), cancels (key of the line), idempotency_key; sorted by batch, number, line.
    """

    orders: pl.DataFrame
    trips: pl.DataFrame
    cancels: pl.DataFrame


def list_erp_documents(  # noqa: PLR0913, PLR0917  # what leaves, what it calls back, and of what
    lines: pl.DataFrame,
    cancels: pl.DataFrame,
    departed: pl.DataFrame,
    products: pl.DataFrame,
    terms: pl.DataFrame,
    lanes: pl.DataFrame,
) -> ErpDocuments:
    """List the documents that the batches of a business date make.

    Args:
        lines: `ExportLines` of a business date, of all its batches.
        cancels: `CancelLines` of the business date.
        departed: `ExportLines` of every batch of the dates of what they call back.
        products: rows of the contract Products.
        terms: rows of the contract ItemSuppliers.
        lanes: rows of the contract Lanes.
    """
    named = products.select("sku", "barcode", "case_pack")
    days = [departed.clear(), *departed.partition_by("business_date", maintain_order=True)]
    orders = pl.concat(_list_orders(day, named, terms) for day in days)
    trips = pl.concat(_list_trips(day, named, lanes) for day in days)
    return ErpDocuments(
        _list_orders(lines, named, terms),
        _list_trips(lines, named, lanes),
        _list_cancels(cancels, orders, trips),
    )


def _list_orders(lines: pl.DataFrame, named: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    ordered = unpack_details(lines.filter(kind=ORDER), KINDS[ORDER])
    numbered = number_orders(lines.filter(kind=ORDER))
    stated = ordered.select(
        "idempotency_key", "document", "value", least_value="minimum_order_value"
    )
    units = ("order_unit", "order_unit_size")
    of_terms = terms.select("sku", "supplier", "supplier_item", *units, multiple="order_multiple")
    first = pl.col("batch").min().over("po")
    added = pl.format("{}-{}", "po", "batch")
    so_far = pl.col("value").cum_sum().over("document")
    last = pl.col("so_far").max().over("document", "batch")
    return (
        numbered.join(stated, on="idempotency_key", validate="1:1", maintain_order="left")
        .join(named, on="sku", how="left", validate="m:1", maintain_order="left")
        .join(of_terms, on=["sku", "supplier"], how="left", maintain_order="left")
        .with_columns(number=pl.when(pl.col("batch") == first).then("po").otherwise(added))
        .sort("batch", "number", "po_line", "idempotency_key")
        .with_columns(so_far=so_far)
        .with_columns(
            line=pl.int_range(1, pl.len() + 1).over("number"),
            reaches_least_value=last + _ROUNDING * pl.len().over("document")
            >= pl.col("least_value"),
            **_state_money("unit_price"),
            **_state_unit(),
        )
        .with_columns(unit_quantity=pl.col("quantity") // pl.col("unit_size"))
        .select(_ORDER_COLUMNS)
    )


def _list_trips(lines: pl.DataFrame, named: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    ways = lanes.select("origin", "destination", "transit_days")
    document = ["batch", "origin", "destination", "due_on"]
    moved = (
        add_commitments(lines)
        .filter(pl.col("inbound") == 1, pl.col("outbound") == 1)
        .join(named, on="sku", how="left", validate="m:1", maintain_order="left")
        .join(ways, on=["origin", "destination"], how="left", validate="m:1", maintain_order="left")
        .sort(*document, "sku", "idempotency_key")
        .with_columns(trip=pl.struct(*document[1:]).rank("dense").over("batch"))
    )
    day = pl.col("business_date").dt.strftime("%y%m%d")
    return (
        moved.with_columns(
            number=pl.format("TR{}-{}-{}", day, "batch", "trip"),
            leaves_on=pl.col("due_on") - pl.duration(days=pl.col("transit_days")),
            multiple="case_pack",
        )
        .sort("batch", "trip", "sku", "idempotency_key")
        .with_columns(
            line=pl.int_range(1, pl.len() + 1).over("number"), **_state_money("unit_value")
        )
        .select(_TRIP_COLUMNS)
    )


def _list_cancels(cancels: pl.DataFrame, orders: pl.DataFrame, trips: pl.DataFrame) -> pl.DataFrame:
    """What calls lines back, with the place of each in the documents that had left."""
    of = [pl.col("number", "line", "unit_price"), pl.col("idempotency_key").alias("cancels")]
    placed = pl.concat(
        [
            orders.select(*of, "supplier_item", "ordered_on", document=pl.lit("order")),
            trips.select(*of, document=pl.lit("trip")),
        ],
        how="diagonal",
    )
    return (
        cancels.join(placed, on="cancels", how="left", validate="1:1")
        .with_columns(sent_on=pl.col("business_date") + pl.duration(days=1))
        .sort("batch", "number", "line", "idempotency_key")
        .select(_CANCEL_COLUMNS)
    )


def _state_unit() -> dict[str, pl.Expr]:
    """The unit of measure of a line: the supplier's where the quantity is whole ones of it."""
    fits = pl.col("quantity") % pl.col("order_unit_size") == 0
    return {
        "fits_order_unit": fits,
        "unit": pl.when(fits).then("order_unit"),
        "unit_size": pl.when(fits).then("order_unit_size").otherwise(1),
    }


def _state_money(price: str) -> dict[str, pl.Expr]:
    """Unit price, amount of the line and total of the document as decimals.

    The ERP multiplies the price that stands in the document, and so does this.
    """
    printed = pl.col(price).cast(_PRICE)
    exact = printed * pl.col("quantity").cast(_UNITS)
    amount = exact.round(2, mode="half_away_from_zero").cast(_CENTS)
    return {
        "unit_price": printed,
        "amount": amount,
        "total": amount.sum().over("number"),
    }
