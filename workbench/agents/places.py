"""Tools that read item-locations and suppliers: stock, forecast, causes, and what is at risk."""

from typing import Annotated, Final

from pydantic import Field

from workbench.agents.answers import Answer
from workbench.agents.callers import Caller
from workbench.agents.overview import Most
from workbench.agents.showing import make_answer, show_rows

Sku = Annotated[str, Field(min_length=1, max_length=200, description="Item.")]
Location = Annotated[str, Field(min_length=1, max_length=200, description="Node.")]
SupplierKey = Annotated[str, Field(min_length=1, max_length=200, description="Supplier.")]

_STOCK: Final = ("position", "targets", "planning_pairs")
"""Tables whose columns `shown_stock` puts side by side."""


def get_item_location(look: Caller, sku: Sku, location: Location, most: Most = 35) -> Answer:
    """An item at a location: stock, level, minimum, what is on its way, how stock runs ahead."""
    citer, pair = look.citer, {"sku": sku, "location": location}
    stock = citer.plan.query_chosen("shown_stock", **pair)
    if stock.is_empty():
        raise LookupError(f"There is no {sku} at {location} in the plan of {citer.plan.words}.")
    projection = citer.plan.query_chosen("shown_projection", **pair)
    receipts = citer.plan.query_chosen("receipts_of_pairs", **pair)
    on_its_way = citer.take_rows(
        "receipts_on_their_way", ("sku", "location", "due_on", "source"), receipts
    )
    tables = [
        *(show_rows(citer.take_result(name, stock).choose(**pair)) for name in _STOCK),
        show_rows(citer.read_view("projected_stock_outs").choose(**pair)),
        show_rows(on_its_way, most=most),
        show_rows(citer.take_result("projected_stock", projection).choose(**pair), most=most),
        show_rows(citer.worklist.choose(sku=sku, destination=location), most=most),
    ]
    return make_answer(citer, tables=[rows for rows in tables if rows.rows])


def get_forecast(look: Caller, sku: Sku, location: Location, most: Most = 28) -> Answer:
    """What is expected of an item at a location by day, what moves it, and how good it was."""
    citer, pair = look.citer, {"sku": sku, "location": location}
    forecast = citer.plan.query_chosen("shown_forecast", **pair)
    if forecast.is_empty():
        raise LookupError(f"There is no forecast of {sku} at {location}.")
    source = citer.take_result("forecast", forecast).choose(**pair)
    item = citer.read_view("items").choose(sku=sku)
    accuracy = citer.read_view("category_accuracy")
    for category in item.rows["category"].drop_nulls():
        accuracy = accuracy.choose(category=category)
    tables = [
        show_rows(source, most=most),
        show_rows(citer.read_result("forecast_drivers", **pair)),
        show_rows(accuracy.sort("business_date"), most=most),
    ]
    return make_answer(citer, tables=[rows for rows in tables if rows.rows])


def root_cause(look: Caller, sku: Sku, location: Location, most: Most = 25) -> Answer:
    """Why an item runs short at a location, or has another stock than a plan expected."""
    citer, pair = look.citer, {"sku": sku, "location": location}
    scope = citer.read_result("exception_scope", **pair)
    causes = citer.read_result("exception_causes").sort("rank", descending=False)
    tables = [
        show_rows(citer.read_view("projected_stock_outs").choose(**pair)),
        show_rows(citer.read_result("stock_causes", **pair).sort("share"), most=most),
        *(
            show_rows(causes.choose(exception_id=exception), most=most)
            for exception in scope.rows["exception_id"].unique().sort()
        ),
    ]
    found = [rows for rows in tables if rows.rows]
    if not found and citer.plan.query_chosen("shown_stock", **pair).is_empty():
        raise LookupError(f"There is no {sku} at {location} in the plan of {citer.plan.words}.")
    return make_answer(citer, tables=found)


def supplier_risk(look: Caller, supplier: SupplierKey) -> Answer:
    """How a supplier delivers, what rests on it, and what is lost if it stops."""
    names = (
        "supplier_scorecard",
        "scorecard_figures",
        "supplier_exposure",
        "concentration",
        "lane_risks",
    )
    tables = [show_rows(look.citer.read_result(name, supplier=supplier)) for name in names]
    found = [rows for rows in tables if rows.rows]
    if not found:
        raise LookupError(f"Nothing is known of a supplier {supplier}.")
    return make_answer(look.citer, tables=found)
