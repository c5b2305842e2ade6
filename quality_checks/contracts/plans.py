"""Plans: what to hold, what to send where, and what to buy."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.inventory import Position
from quality_checks.contracts.landing import (
    ItemLocations,
    Lanes,
    Locations,
    Products,
    Suppliers,
)
from quality_checks.contracts.shortage_reasons import SHORTAGE_REASONS
from quality_checks.contracts.supply import LeadTimes, SupplierYields


@result("plan_versions", "plans", key=("plan_version",))
class PlanVersions(Table):
    """Each different plan of a business date: same inputs, policy and code, same version."""

    business_date: pl.Date = column("Business date.")
    plan_version: int = column("Number of the version, from 1.", ge=1)
    plan_hash: str = column("Hash of all that the plan depends on.")
    input_hash: str = column("Hash of the landed files as of the business date.")
    policy_hash: str = column("Hash of the policies.")
    code_version: str = column("Hash of the planning code.")
    model_version: str = column("Registered model that was to plan, or fallback.")
    current: bool = column("The version in force.")


@result("changed_levels", "plans", key=("sku", "location"))
class ChangedLevels(Table):
    """Levels that people have changed for the day after the business date, and to what.

    Of several changes of a sort the one that was decided last holds for a pair. Where two sorts
    contradict each other the higher level does.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    level_change: str = column("Changes that hold, joined by a semicolon.")
    level_before: int = column(
        "Level of the last plan before the change that goes by it in which nobody had changed the "
        "level, or else of the first such plan; missing where no change goes by one, or there was "
        "none.",
        unit="units",
        nullable=True,
        ge=0,
    )
    least_level: int = column(
        "Units that the level is at least; missing where nothing says so.",
        unit="units",
        nullable=True,
        ge=0,
    )
    most_level: int = column(
        "Units that the level is at most; missing where nothing says so.",
        unit="units",
        nullable=True,
        ge=0,
    )


@result("planning_pairs", "plans", key=("sku", "location"), retain=2)
class PlanningPairs(Table):
    """What every plan of a business date asks about a pair: one row for each of the assortment.

    The masters as they were known, the position when the day closed, and how long the next goods
    take, side by side. Targets, allocation, transfers and purchases read their pairs here, so that
    none of them sees another retailer than the others do.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column_of(Locations, "region", description="Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    price_zone: str = column_of(
        Locations,
        "price_zone",
        description="Price zone of the item there: the location itself where the item has "
        "another price than in most of its zone, in force or to come, else that of the location; "
        "missing where neither is known.",
    )
    kind: str = column_of(Locations, "kind", description="What the location is.")
    style: str = column_of(Products, "style")
    colour: str = column_of(Products, "colour")
    size: str = column_of(Products, "size")
    department: str = column_of(Products, "department")
    category: str = column_of(Products, "category")
    currency: str = column_of(Products, "currency")
    status: str = column(
        "Whether it is replenished: only an active pair is. A pair is exited from the last day on "
        "sale of its item, and closed from the day before its location closes, whatever the "
        "assortment says.",
        isin=["active", "blocked", "delisted", "exited", "closed"],
    )
    service_class: str = column_of(ItemLocations, "service_class")
    presentation_min: int = column_of(
        ItemLocations,
        "presentation_min",
        description="Units that must be on display, or the level that people ask for at least.",
    )
    shelf_max: int = column_of(
        ItemLocations,
        "shelf_max",
        description="Units that fit on the shelf, or the level that people allow at most.",
    )
    own_presentation_min: int = column_of(
        ItemLocations,
        "presentation_min",
        description="Units that must be on display, whatever level people ask for.",
    )
    supply_location: str = column_of(ItemLocations, "supply_location")
    supplier: str = column_of(Products, "supplier", description="Main supplier of the item.")
    unit_cost: float = column_of(Products, "unit_cost")
    unit_price: float = column_of(Products, "list_price")
    case_pack: int = column_of(Products, "case_pack")
    volume: float = column_of(Products, "volume")
    priority: int = column_of(
        Locations, "priority", description="Rank of the location in shortage, 1 first."
    )
    receiving_capacity: int = column_of(
        Locations, "receiving_capacity", description="Most units the location can receive a day."
    )
    receiving_volume: float = column_of(
        Locations, "receiving_volume", description="Most litres the location can receive a day."
    )
    outbound_capacity: int = column_of(
        Locations,
        "outbound_capacity",
        description="Most units the location can send to other nodes a day.",
    )
    unit_capacity: int = column_of(
        Locations, "unit_capacity", description="Most units the location can hold."
    )
    closed_on: pl.Date = column_of(
        Locations,
        "closed_on",
        description="First day after the last day on which the location is open.",
    )
    on_hand: int = column_of(Position, "on_hand")
    reserved: int = column_of(Position, "reserved")
    damaged: int = column_of(Position, "damaged")
    available: int = column_of(Position, "available")
    in_transit: int = column_of(Position, "in_transit")
    on_order: int = column_of(Position, "on_order")
    proposed_inbound: int = column_of(Position, "proposed_inbound")
    proposed_outbound: int = column_of(Position, "proposed_outbound")
    snapshot_date: pl.Date = column_of(Position, "snapshot_date")
    lead_time_mean: float = column_of(
        LeadTimes,
        "lead_time_mean",
        description="Mean days from order to shelf; missing where nobody replenishes the pair.",
        nullable=True,
    )
    lead_time_sd: float = column_of(LeadTimes, "lead_time_sd", nullable=True)
    review_days: float = column_of(LeadTimes, "review_days", nullable=True)
    lead_time_observed: bool = column(
        "The lead time is a lane's, which is agreed, or rests on order lines of the supplier; else "
        "it is the contract's."
    )
    order_weekdays: str = column_of(
        Lanes,
        "order_weekdays",
        description="Seven digits from Monday, 1 where the DC's lane ships; missing for a "
        "supplier.",
        nullable=True,
    )
    open_weekdays: str = column_of(
        Locations,
        "open_weekdays",
        description="Seven digits from Monday, 1 where the location is open.",
    )
    handling_cost: float = column(
        "Cost of one unit on the lane that replenishes the pair; 0 from a supplier.",
        unit="currency",
        ge=0,
    )
    next_receipt_days: float = column_of(LeadTimes, "next_receipt_days")
    yield_mean: float = column_of(
        SupplierYields,
        "yield_mean",
        description="Mean share of an order line that this supplier delivers.",
        nullable=True,
    )
    yield_sd: float = column_of(SupplierYields, "yield_sd", nullable=True)
    shelf_life_days: int = column_of(Products, "shelf_life_days")
    least_remaining_days: int = column_of(Products, "least_remaining_days")
    exit_date: pl.Date = column_of(Products, "exit_date")
    launch_date: pl.Date = column(
        "First day on sale here: that of the item, or the opening of the location if later."
    )
    recently_moved: bool = column(
        "The pair sent or received the item sideways within the days of policy, so that it is not "
        "sent on."
    )
    level_change: str = column(
        "Changes of its level by people, joined by a semicolon; missing where there is none.",
        omissible=True,
    )


PRICE_BASES = [
    "list_price",
    "price_list",
    "markdown",
    "promotion",
    "usual_price",
    "realised_price",
    "category_ratio",
    "salvage",
]


@result("sale_values", "plans", key=("sku", "location"), retain=15)
class SaleValues(Table):
    """What a unit sold is expected to earn: price, returns and margin of each pair.

    Prices are without tax and in the currency of the items. They are means over the days on which
    goods sent or ordered tonight would sell, weighted by expected demand; of a node that supplies
    others, over the pairs that it feeds.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    list_price: float = column_of(Products, "list_price")
    unit_cost: float = column_of(Products, "unit_cost")
    sells_from: pl.Date = column("First of the days that the price is the mean of.")
    sells_to: pl.Date = column("Last of them.")
    announced_price: float = column(
        "Mean price by price list, promotions and list price alone; missing where they say none.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    realised_price: float = column(
        "Paid here for a unit over the last four weeks; missing where nothing sold.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    selling_price: float = column(
        "Expected price of a unit; missing where nothing says what the item may sell for, and then "
        "the pair is not planned.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    basis: str = column(
        "Rule that most of the price was found by; missing without a price.",
        nullable=True,
        isin=PRICE_BASES,
    )
    return_rate: float = column("Chance that a unit sold comes back.", unit="share", ge=0, le=1)
    resalable_share: float = column(
        "Share of what comes back that can be sold again.", unit="share", ge=0, le=1
    )
    return_cost: float = column("Handling of a unit that comes back.", unit="currency", ge=0)
    sale_margin: float = column(
        "Expected margin of a sale, net of returns; below 0 where a sale costs more than it "
        "earns, missing without a price.",
        unit="currency",
        nullable=True,
    )
    cautions: str = column("What is wrong with its prices, codes joined by a semicolon.")


@result("targets", "plans", key=("sku", "location"))
class Targets(Table):
    """Order-up-to level of each pair until the goods of the next order arrive."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    echelon: bool = column("The level covers the node and all it supplies (a DC's purchases).")
    service_class: str = column("Service class of policy.")
    protection_days: float = column(
        "Days until the goods of the next order arrive, or until the item leaves the range.",
        unit="days",
        ge=0,
    )
    demand_mean: float = column("Expected demand over them.", unit="units", ge=0)
    demand_sd: float = column(
        "Standard deviation of the same, lead-time variation included.", unit="units", ge=0
    )
    shortfall_mean: float = column(
        "Units that suppliers are expected to leave short over them.", unit="units", ge=0
    )
    shortfall_sd: float = column("Standard deviation of the same.", unit="units", ge=0)
    cycle_demand: float = column("Expected demand between two deliveries.", unit="units", ge=0)
    inventory_position: int = column(
        "Units there and coming within the protection interval, of the echelon where it is one; "
        "what comes later is no cover. Missing where the stock is unknown.",
        unit="units",
        nullable=True,
    )
    lost_before: float = column(
        "Demand expected to be lost before what is sent or ordered tonight is there.",
        unit="units",
        ge=0,
    )
    sold_before: int = column(
        "Units of the position that are all but sure to be gone before.", unit="units", ge=0
    )
    open_demand_mean: float = column(
        "Expected demand, and short deliveries, that stock beyond sold_before can still serve.",
        unit="units",
        ge=0,
    )
    open_demand_sd: float = column("Standard deviation of the same.", unit="units", ge=0)
    open_life_mean: float = column(
        "The same until the item leaves the range after the interval; missing where it stays, or "
        "leaves within.",
        unit="units",
        nullable=True,
        ge=0,
    )
    open_life_sd: float = column(
        "Standard deviation of the same.", unit="units", nullable=True, ge=0
    )
    stock_out_chance: float = column(
        "Probability that the position runs out before the goods of the next order are there; "
        "missing where the stock is unknown.",
        nullable=True,
        ge=0,
        le=1,
    )
    lost: bool = column("Unmet demand is lost; else it waits.")
    underage_cost: float = column("Cost of a unit short.", unit="currency", ge=0)
    overage_cost: float = column(
        "Cost of a unit left over until the next delivery, and of the later sales that it costs "
        "where demand is lost, less the handling that it saves then.",
        unit="currency",
    )
    surplus_step: float = column(
        "Cost that each unit above value_level bears more than the one before: its keeping until "
        "demand reaches it.",
        unit="currency",
        ge=0,
    )
    surplus_most: float = column("Most of it that a unit bears.", unit="currency", ge=0)
    value_level: int = column("Level that the worth of a unit asks for.", unit="units", ge=0)
    floor_level: int = column(
        "Level that the service floor of its class asks for; 0 where it does not hold.",
        unit="units",
        ge=0,
    )
    life_level: int = column(
        "Level whose last unit is as likely as not to sell before the life of the goods that are "
        "sent or ordered tonight ends: no floor asks for more. Missing where they keep.",
        unit="units",
        nullable=True,
        ge=0,
    )
    order_up_to: int = column("Order-up-to level.", unit="units", ge=0)
    service_level: float = column("Probability that it lasts.", ge=0, le=1)
    fill_rate: float = column("Share of demand expected to be served from it.", ge=0, le=1)
    binding: str = column(
        "What set the level.",
        isin=[
            "value",
            "service_floor",
            "presentation_min",
            "shelf_max",
            "shelf_max_below_presentation_min",
            "run_down",
            "before_launch",
            "remaining_life",
            "not_replenished",
        ],
    )
    cautions: str = column("What it rests on that may be wrong, joined by a semicolon.")


@result("trade_off", "plans", key=("echelon", "service_class", "aim"))
class TradeOff(Table):
    """Service against the value of stock, by class: what each fill rate would take, and the plan.

    A row is one fill rate that every pair of the class gets at least, its shelf permitting, or the
    levels in force. Figures are of the long run.
    """

    business_date: pl.Date = column("Business date.")
    echelon: bool = column("Levels of nodes that suppliers feed, with all that these supply.")
    service_class: str = column("Service class of policy.")
    aim: str = column("Least fill rate of every pair, or the word plan for the levels in force.")
    pairs: int = column("Pairs.", ge=1)
    fill_rate: float = column("Share of demand served.", ge=0, le=1)
    stock_value: float = column("Mean stock at cost.", unit="currency", ge=0)
    keeping_cost: float = column("Cost of keeping it for a year.", unit="currency", ge=0)
    shortage_cost: float = column(
        "Margin lost, and cost of waiting, a year.", unit="currency", ge=0
    )


class Movement(Table):
    """Units of a sku to move from one node to another."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the destination.")
    origin: str = column("Node that ships.")
    destination: str = column("Node that receives.")
    sku: str = column("Item.")
    quantity: int = column("Units to move.", unit="units", ge=1)
    packs: int = column("The same in case packs; single units count as packs of 1.", ge=1)
    value_gained: float = column("Expected margin kept at the destination.", unit="currency")
    value_lost: float = column("Expected margin given up at the origin.", unit="currency")
    moving_cost: float = column(
        "Cost of its line, and the lane costs that it bears.", unit="currency", ge=0
    )
    gain_chance: float = column(
        "Probability that it gains, by the demand at the destination.", ge=0, le=1
    )
    forced_cost: float = column(
        "What it costs that customers, a presentation minimum, a service floor, the least line or "
        "the least trip force more units than are worth most.",
        unit="currency",
        ge=0,
    )
    urgency_days: float = column(
        "Days until the destination runs out without it.", unit="days", nullable=True, ge=0
    )
    reason: str = column("Reason code.")
    binding: str = column("Constraint that kept the quantity from being larger.")
    rejected: str = column("Best rejected alternative.")


@result("allocation", "plans", key=("origin", "destination", "sku"))
class Allocation(Movement):
    """What each DC sends to the locations it supplies."""


@result("limit_prices", "plans", key=("limit", "scope"))
class LimitPrices(Table):
    """What the limits that the lines of the allocation share are worth."""

    business_date: pl.Date = column("Business date.")
    limit: str = column("Limit.")
    scope: str = column("Node, lane, department or DC that it holds for.")
    measure: str = column("What it counts.", isin=["units", "litres", "currency", "lines"])
    capacity: float = column("What it allows, in its measure.", ge=0)
    used: float = column("What the allocation uses of it.", ge=0)
    price: float = column("What one more of its measure is worth.", unit="currency", ge=0)
    scarce_for: str = column(
        "First class of units that did not get all it could use of it; missing for none.",
        nullable=True,
        isin=["customer_orders", "presentation_min", "value", "service_floor"],
    )


@result("transfers_plan", "plans", key=("origin", "destination", "sku"))
class TransfersPlan(Movement):
    """What moves sideways between locations."""


@result("transfer_trips", "plans", key=("origin", "destination"))
class TransferTrips(Table):
    """What each trip of the transfers carries, and what it is expected to gain."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the destination.")
    origin: str = column("Node that ships.")
    destination: str = column("Node that receives.")
    lines: int = column("Items.", ge=1)
    quantity: int = column("Units.", unit="units", ge=1)
    value_gained: float = column("Expected margin kept at the destination.", unit="currency")
    value_lost: float = column("Expected margin given up at the origin.", unit="currency")
    moving_cost: float = column("Cost of the trip.", unit="currency", ge=0)
    benefit: float = column("Gained less lost less cost.", unit="currency")


@result("purchase_plan", "plans", key=("supplier", "destination", "sku"))
class PurchasePlan(Table):
    """What to order from suppliers tonight."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the destination.")
    supplier: str = column("Supplier.")
    sku: str = column("Item.")
    destination: str = column("Node that receives.")
    quantity: int = column("Units to order.", unit="units", ge=1)
    packs: int = column("The same in order multiples.", ge=1)
    own_packs: int = column(
        "Order multiples that the line asks for by itself, whatever its document, its budget and "
        "the supplier's capacity ask for; 0 where it is there to fill the document.",
        ge=0,
    )
    unit_price: float = column("Price of a unit of so many.", unit="currency", gt=0)
    list_price: float = column("Price of a unit without a break.", unit="currency", gt=0)
    break_saving: float = column(
        "What the price saves against the list price on the least order that earns it.",
        unit="currency",
        ge=0,
    )
    document: str = column(
        "The order that it is a line of: order day, supplier and destination, the same in every "
        "plan of the day."
    )
    document_value: float = column("Value of all lines of the order.", unit="currency", gt=0)
    minimum_order_value: float = column_of(Suppliers, "minimum_order_value")
    requested_on: pl.Date = column("Day to ask for.")
    inventory_position: int = column(
        "Units on hand, in transit and on order that count against the level.", unit="units"
    )
    order_up_to: int = column("Order-up-to level.", unit="units", ge=0)
    margin_kept: float = column(
        "Expected margin that the order keeps, and what a price break saves; from another supplier "
        "than the preferred one: that it keeps beside an order from that one, less what its units "
        "cost more.",
        unit="currency",
    )
    margin_given_up: float = column(
        "What it gives up that ordering as planned tonight, and from another supplier when orders "
        "are placed again, would gain; 0 of an order from the preferred one.",
        unit="currency",
        ge=0,
    )
    holding_cost: float = column(
        "Expected cost of what does not sell at once: left over until the next order comes, above "
        "the level, or at the exit of the item; from another supplier what it adds to that, below "
        "0 where it saves some.",
        unit="currency",
    )
    gain_chance: float = column(
        "Probability that it gains, by the demand of the echelon.", ge=0, le=1
    )
    forced_cost: float = column(
        "What it costs that a floor, the shelf, a minimum or the capacity of the supplier, or a "
        "budget forces another quantity than the best one that sells in its life.",
        unit="currency",
        ge=0,
    )
    life_units: int = column(
        "Most units of an order that are as likely as not to sell before their life ends; missing "
        "where the item keeps, or leaves the range before.",
        unit="units",
        nullable=True,
        ge=0,
    )
    urgency_days: float = column(
        "Days until the stock runs out without it.", unit="days", nullable=True, ge=0
    )
    reason: str = column("Reason code.")
    binding: str = column("What rounded or limited the quantity.")
    limit_price: float = column(
        "What one more of currency in the budget of its department would bring; 0 without one.",
        ge=0,
    )
    capacity_limit: str = column(
        "What the supplier says it can deliver of which one more unit would bring most to the "
        "line, of what tonight's orders could pass; missing where they cannot.",
        nullable=True,
    )
    capacity_price: float = column(
        "What one more unit of that would bring; 0 without one.", unit="currency", ge=0
    )
    rejected: str = column("Best rejected alternative.")


SUPPLIER_FORMS = ("preferred", "other", "split")
"""From whom an item is ordered: from the preferred supplier, from another, or from both."""


@result("supplier_choices", "plans", key=("sku", "destination"))
class SupplierChoices(Table):
    """Items that another supplier has terms for, ordered tonight: from whom, and what that gains.

    Weighed against ordering from the preferred supplier alone, over the demand of the echelon until
    the goods of the next order come.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the destination.")
    sku: str = column("Item.")
    destination: str = column("Node that receives.")
    preferred_supplier: str = column("Supplier that its lead time names.")
    other_supplier: str = column("The other supplier of what is chosen, or of the best rejected.")
    form: str = column("From whom it is ordered.", isin=SUPPLIER_FORMS)
    quantity: int = column(
        "Units ordered from the preferred supplier if from it alone; 0 where it takes no order.",
        unit="units",
        ge=0,
    )
    preferred_units: int = column("Units ordered from it.", unit="units", ge=0)
    other_units: int = column("Units ordered from the other one.", unit="units", ge=0)
    preferred_price: float = column(
        "Price of a unit of `quantity` from the preferred supplier.", unit="currency", gt=0
    )
    then_price: float = column(
        "The same of `preferred_units`; missing where none are.",
        unit="currency",
        nullable=True,
        gt=0,
    )
    other_price: float = column("Price of a unit from the other one.", unit="currency", gt=0)
    preferred_days: float = column("Mean lead time of the preferred supplier.", unit="days", ge=0)
    other_days: float = column("The same of the other one.", unit="days", ge=0)
    price_difference: float = column(
        "What the units cost more than at the preferred supplier's price; below 0 for less.",
        unit="currency",
    )
    underage_cost: float = column(
        "What a unit short costs at the preferred supplier's price.", unit="currency", ge=0
    )
    lost_as_is: float = column(
        "Units expected to be short in the protection interval, ordered from the preferred one.",
        unit="units",
        ge=0,
    )
    lost_then: float = column("The same as chosen.", unit="units", ge=0)
    holding_as_is: float = column(
        "Expected cost of stock kept in the interval, and of what is left above the level or at "
        "the exit then, ordered from the preferred one.",
        unit="currency",
        ge=0,
    )
    holding_then: float = column("The same as chosen.", unit="currency", ge=0)
    gain: float = column("What the choice gains; 0 where the preferred one is.", unit="currency")
    wait_gain: float = column(
        "What it would gain to order as planned tonight, and from the other one when orders are "
        "placed again, less what such an order still gains beside tonight's where goods perish; at "
        "least 0.",
        unit="currency",
        ge=0,
    )
    gain_chance: float = column(
        "Probability that it gains beside that, by demand; missing where the preferred one is "
        "chosen.",
        nullable=True,
        ge=0,
        le=1,
    )
    rejected: str = column("Best rejected alternative.")


@result("order_levels", "plans", key=("sku", "location", "supplier"))
class OrderLevels(Targets):
    """Levels of items that are ordered from another supplier than the preferred one, or from both.

    As its order sees them: goods come after the days of that supplier, or beside those that are
    ordered from the other one. The goods of the next order come as from the preferred supplier.
    """

    supplier: str = column("Supplier that the order goes to.")


@result("projected_stock", "plans", key=("sku", "location", "day"), retain=1)
class ProjectedStock(Table):
    """Stock of every active item-location as far as its next order's goods, by day and week.

    With tonight's plan carried out, in expectation, and in the order of a day: goods come and
    leave, customers buy, the day closes:
    closing = opening + receipts + planned_in - planned_out - demand + lost. Rows are days over the
    horizon of forecasts, and weeks beyond it up to the end of the protection interval. What later
    nights will order is not in it, nor what they will send to a place; of a node that feeds places
    what these will draw is its demand, and waits where it has none.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    day: pl.Date = column("The day, or the last of the week.")
    days: int = column("Days of the row: 1, or 7 of a week.", unit="days", ge=1, le=7)
    receipts: int = column("Expected of open documents due by then.", unit="units", ge=0)
    planned_in: int = column("Due by then of tonight's plans.", unit="units", ge=0)
    planned_out: int = column("Sent by then by tonight's plans.", unit="units", ge=0)
    demand: float = column(
        "Expected demand of customers, and what the places draw that it feeds.", unit="units", ge=0
    )
    opening: float = column(
        "Expected units for sale when it begins; below 0 where somebody waits.", unit="units"
    )
    closing: float = column(
        "Expected units for sale when it closes; below 0 where somebody waits.", unit="units"
    )
    lost: float = column(
        "Expected demand that finds no stock and is lost; 0 where somebody waits.",
        unit="units",
        ge=0,
    )
    out_chance: float = column("Probability that nothing is left at the close.", ge=0, le=1)


@result("supply_gaps", "plans", key=("sku", "location"), retain=1)
class SupplyGaps(Table):
    """Item-locations whose DC will have nothing for them, from when until when, and what it costs.

    By projected stock, with tonight's plan carried out: the first gap within the protection
    interval of the DC. Each place sells what it holds once the DC last filled it up; what it is
    asked for beyond that before the DC's goods are there is lost, unless its customers wait.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Place that the DC feeds.")
    supply_location: str = column("The DC.")
    empty_on: pl.Date = column(
        "First day, or last of a week, at whose close the DC is likelier empty."
    )
    goods_on: pl.Date = column(
        "Day of the DC's next goods after that: open documents, or tonight's orders; missing where "
        "none are due before the goods of its next order would be there.",
        nullable=True,
    )
    goods_units: int = column("Units of these.", unit="units", nullable=True, ge=1)
    goods_share: float = column(
        "Share of what its places will then lack of their levels that these are.",
        unit="share",
        nullable=True,
        ge=0,
        le=1,
    )
    there_on: pl.Date = column(
        "Day on which the place can have some of them, by the weekdays and days of its lane; where "
        "none are due, the one on which the goods of the DC's next order would be there."
    )
    lacking_units: float = column(
        "Expected units that the place lacks of its level by then.", unit="units", ge=0
    )
    lost_units: float = column(
        "Expected demand that the place loses until that day for want of goods at its DC.",
        unit="units",
        ge=0,
    )
    lost_margin: float = column("Margin of these.", unit="currency", ge=0)


class LeftOut(Table):
    """An item-location that a plan gives nothing although it may need something."""

    business_date: pl.Date = column("Business date.")
    sku: str = column("Item.")
    location: str = column("Node.")
    reason: str = column("Why.", isin=list(SHORTAGE_REASONS))


@result("unlevelled", "plans", key=("sku", "location"), retain=15)
class Unlevelled(LeftOut):
    """Replenished item-locations that have no order-up-to level, and why."""


@result("unserved", "plans", key=("sku", "location"), retain=15)
class Unserved(LeftOut):
    """Item-locations short of their level to which their DC sends nothing tonight, and why.

    One that a DC feeds and that is neither here nor in the allocation is at its level.
    """

    limit: str = column("Limit that is full or too small.", nullable=True)
    next_worth: float = column(
        "What its next pack is expected to gain, less its costs.", unit="currency", nullable=True
    )


@result("unordered", "plans", key=("sku", "location"), retain=15)
class Unordered(LeftOut):
    """Nodes for which suppliers are asked for nothing although their echelon is short, and why."""

    limit: str = column(
        "Least value of an order, budget, what the supplier can deliver, units that sell in their "
        "life, or days on which the supplier takes orders, that keep it from being ordered.",
        nullable=True,
    )
    missing_value: float = column(
        "What its order lacks of the supplier's least value: by itself, else without what a limit "
        "holds of it.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    waiting_cost: float = column(
        "What it would gain that waits.", unit="currency", nullable=True, ge=0
    )
    limit_price: float = column(
        "What one more of currency in its budget, or of a unit of what its supplier can deliver, "
        "would bring.",
        nullable=True,
        ge=0,
    )
