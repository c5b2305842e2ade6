"""Lists of what stands behind actions: suppliers, trips, limits, prices and customers' orders."""

from typing import Final

from workbench.reading.listing import Choice, Listing

_SUPPLIERS: Final = Listing(
    name="suppliers",
    title="Suppliers",
    view="suppliers_judged",
    key=("supplier",),
    shown=(
        "supplier_name",
        "supplier",
        "origin",
        "otif",
        "fill_rate",
        "late_chance",
        "lead_time_p50",
        "open_lines",
        "overdue_lines",
        "margin_at_risk",
        "single_sourced_items",
        "margin_exposed",
    ),
    choices=(Choice("origin", "Country"),),
    searched=("supplier", "supplier_name", "origin"),
    order="margin_at_risk",
    sums=("open_lines", "overdue_lines", "margin_at_risk"),
    page="/suppliers/{supplier}",
    labels={
        "supplier_name": "supplier",
        "supplier": "key",
        "origin": "country",
        "otif": "on time in full",
        "fill_rate": "filled",
        "lead_time_p50": "median days",
        "single_sourced_items": "items it alone has",
    },
    shares=("otif", "fill_rate", "late_chance"),
    note="Margin at risk is what open lines may lose by being late; margin exposed is what would "
    "be lost until others deliver, if the supplier stopped today.",
)

_ORDER_LINES: Final = Listing(
    name="supplier-lines",
    title="Open lines of suppliers",
    view="order_lines_at_risk",
    key=("document_kind", "document", "line"),
    shown=(
        "item_name",
        "document",
        "line",
        "supplier_name",
        "destination_name",
        "units",
        "stated_on",
        "due_p50",
        "due_p90",
        "late_chance",
        "short_chance",
        "margin_at_risk",
        "alternative",
        "alternative_gain",
    ),
    choices=(
        Choice("supplier", "Supplier"),
        Choice("destination", "Node"),
        Choice("document_kind", "Document"),
        Choice("alternative", "Best done"),
    ),
    searched=("document", "sku", "item_name", "supplier_name", "destination_name"),
    order="margin_at_risk",
    sums=("units", "margin_at_risk"),
    labels={
        "item_name": "item",
        "supplier_name": "supplier",
        "destination_name": "for",
        "stated_on": "stated day",
        "due_p50": "median day",
        "due_p90": "late day",
        "alternative": "best done",
        "alternative_gain": "gain of it",
    },
    shares=("late_chance", "short_chance"),
    note="Median and late day are those by which a line has come once in two and nine times in "
    "ten, if it comes.",
)

_TRIPS: Final = Listing(
    name="trips",
    title="Trips",
    view="trips_planned",
    key=("origin", "destination"),
    shown=(
        "origin_name",
        "destination_name",
        "region",
        "lines",
        "quantity",
        "value_gained",
        "value_lost",
        "moving_cost",
        "benefit",
    ),
    choices=(
        Choice("region", "Region"),
        Choice("origin", "From"),
        Choice("destination", "To"),
    ),
    searched=("origin", "origin_name", "destination", "destination_name"),
    order="benefit",
    sums=("lines", "quantity", "moving_cost", "benefit"),
    labels={"origin_name": "from", "destination_name": "to", "quantity": "units"},
    page="/worklist?kind=transfer&origin={origin}&destination={destination}",
    note="Gained at the destination, less lost at the origin, less the cost of the trip.",
)

_LIMITS: Final = Listing(
    name="limits",
    title="Limits that lines share",
    view="limits_priced",
    key=("plan", "limit", "scope", "part"),
    shown=("limit", "plan", "scope", "part", "measure", "capacity", "used", "used_share", "price"),
    choices=(Choice("plan", "Lines of"), Choice("limit", "Limit"), Choice("measure", "Counts")),
    searched=("scope", "part", "limit"),
    order="price",
    labels={"plan": "lines of", "part": "day or item", "measure": "counts"},
    shares=("used_share",),
    note="The price is what one more unit of the measure is worth to the plan; 0 where the limit "
    "holds nothing back.",
)

_UNSERVED: Final = Listing(
    name="unserved",
    title="Item-locations that get nothing",
    view="pairs_unserved",
    key=("sku", "location"),
    shown=("item_name", "location_name", "region", "category", "reason", "limit", "next_worth"),
    choices=(
        Choice("reason", "Reason"),
        Choice("limit", "Limit"),
        Choice("region", "Region"),
        Choice("category", "Category"),
    ),
    searched=("sku", "item_name", "location", "location_name"),
    order="next_worth",
    labels={"item_name": "item", "location_name": "at", "next_worth": "next pack is worth"},
)

_PRICES: Final = Listing(
    name="prices",
    title="Prices weighed",
    view="prices_weighed",
    key=("sku", "zone", "option", "new_price"),
    shown=(
        "item_name",
        "zone",
        "option",
        "list_price",
        "new_price",
        "starts_on",
        "worth",
        "below_best",
        "sold",
        "left",
        "moved",
        "markdown_money",
        "verdict",
    ),
    choices=(
        Choice("verdict", "Verdict"),
        Choice("option", "Option"),
        Choice("family", "Priced together"),
        Choice("department", "Department"),
        Choice("zone", "Zone"),
        Choice("sku", "Item"),
    ),
    searched=("sku", "item_name", "family", "zone"),
    order="worth",
    labels={"item_name": "item", "below_best": "below the best", "new_price": "price then"},
    page="/markdowns/{sku}?zone={zone}",
)

_CUSTOMER_LINES: Final = Listing(
    name="customer-lines",
    title="Customers' order lines",
    view="order_lines_decided",
    key=("order_id", "line"),
    shown=(
        "order_id",
        "line",
        "item_name",
        "quantity",
        "region",
        "promised_on",
        "decision",
        "location_name",
        "ship_on",
        "arrives_on",
        "cost",
        "otherwise",
        "reason",
    ),
    choices=(
        Choice("decision", "Decision"),
        Choice("reason", "Reason"),
        Choice("region", "Region"),
        Choice("location", "Ships from"),
        Choice("allocated_to", "Allocated to"),
    ),
    searched=("order_id", "sku", "item_name", "location_name"),
    order="otherwise",
    labels={"item_name": "item", "location_name": "ships from"},
    sums=("quantity", "cost"),
    page="/orders/{order_id}/{line}",
    note="Otherwise is what it costs to do nothing about the line.",
)

DESK_LISTINGS: Final = (
    _SUPPLIERS,
    _ORDER_LINES,
    _TRIPS,
    _LIMITS,
    _UNSERVED,
    _PRICES,
    _CUSTOMER_LINES,
)
"""Lists of this module."""
