-- What the newest plan changes against the plan before it, with names.
SELECT c.business_date, c.plan_version, c.before_date, c.before_version, c.kind, c.sku,
    i.item_name, c.category, c.partner, coalesce(o.location_name, s.name) AS partner_name,
    c.destination, coalesce(d.location_name, c.destination) AS destination_name, c.region,
    c.change, c.cause, c.words, c.quantity_before, c.quantity, c.value_before, c.value, c.currency
FROM reporting.plan_changes c
JOIN analysis.newest_plan USING (business_date, plan_version)
LEFT JOIN analysis.items i ON i.sku = c.sku
LEFT JOIN analysis.places o ON o.location = c.partner
LEFT JOIN analysis.places d ON d.location = c.destination
LEFT JOIN known_suppliers s ON s.supplier = c.partner
