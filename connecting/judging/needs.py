"""What a plan cannot do without, and what each other source adds to it."""

from collections.abc import Mapping

MINIMUM = ("products", "locations", "stock", "pos_sales", "suppliers", "item_suppliers")
"""Sources without which nothing is planned, or nothing ordered."""

WITHOUT: Mapping[str, str] = {
    "suppliers": "nothing is ordered, and no item loads that names a supplier",
    "products": "nothing is planned: no item is known",
    "locations": "nothing is planned: no location is known",
    "item_locations": "every pair with a stock record counts as sold there, in service class B and "
    "without shelf limits; actions say that this is assumed",
    "item_suppliers": "nothing is ordered: no terms are known",
    "price_breaks": "orders are sized at the prices of item_suppliers, however large",
    "lanes": "nothing is sent from DCs or between locations",
    "pos_sales": "nothing is planned: demand is unknown",
    "returns": "what comes back is not foreseen: too much is bought, and margins are too high",
    "online_orders": "units that customers wait for are known by `reserved` of stock only",
    "shipping_rates": "nobody is told which node ships a customer's order",
    "node_capacities": "nobody is told which node ships a customer's order",
    "node_refusals": "every node counts as sure to ship what it is asked for, and is asked for the "
    "same again",
    "substitutes": "items of like attributes and price stand in for what no node has in time",
    "substitution_outcomes": "how surely customers take a substitute is assumed by policy; its "
    "sales count as demand of its own",
    "browsing": "page views do not lead the forecast",
    "stock": "nothing is planned: what was never counted is unknown, not empty",
    "stockout_hours": "hours of an empty shelf are estimated from stock and sales",
    "stock_counts": "no record is known to be right by a count",
    "adjustments": "changes by hand look like errors of the stock record",
    "transfers": "units on the way between locations do not count: they may be sent twice",
    "in_transit": "when goods of suppliers come is told by orders alone",
    "receipts": "deliveries look like errors of the stock record",
    "purchase_orders": "units on order do not count: they may be ordered twice; lead times are "
    "those agreed",
    "order_acknowledgements": "what suppliers answer to orders is learnt from the orders alone",
    "supplier_capacity": "orders ask a supplier for more than it can deliver",
    "supplier_returns": "returns to vendors and defects are no figures of a supplier",
    "supplier_events": "strikes and storms are not named beside what their suppliers owe",
    "promotions": "lifts by promotions are not foreseen, and look like chance",
    "prices": "items are valued by list price and receipts",
    "weather": "weather does not move the forecast",
    "events": "holidays and local events do not move the forecast",
    "acknowledgements": "what the ERP did with a line is learnt from its documents alone",
    "decisions": "decisions are made on the command line and in the UI",
    "level_changes": "levels are changed by `plenish adjust`, or not at all",
    "assumptions": "all values count as observed",
}
"""Landing source -> what is so while no row of it is there."""
