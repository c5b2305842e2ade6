-- Customers' orders that a node has still to ship, as the newest plan knew them, with names.
SELECT o.order_id, o.line, o.created, o.promised_on, o.promised_on - p.business_date AS days_left, o.sku,
    i.item_name, o.quantity, o.region, o.channel, o.status, o.location, l.location_name, o.collect_at
FROM known_online_orders o CROSS JOIN analysis.newest_plan p
LEFT JOIN analysis.items i ON i.sku = o.sku
LEFT JOIN analysis.places l ON l.location = o.location
WHERE o.status IN ('open', 'allocated')
