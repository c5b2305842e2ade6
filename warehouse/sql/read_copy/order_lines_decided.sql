-- What the newest plan makes of each line of an order that no node has picked, with names.
SELECT o.order_id, o.line, o.sku, i.item_name, o.quantity, o.region, o.collect_at, o.promised_on,
    o.due_on, o.decision, o.allocated_to, o.location, l.location_name, o.ship_on, o.arrives_on,
    o.cost, o.otherwise, o.reason, o.rejected
FROM plans.order_decisions o
LEFT JOIN analysis.items i ON i.sku = o.sku
LEFT JOIN analysis.places l ON l.location = o.location
WHERE o.business_date = (SELECT newest FROM newest_date)
