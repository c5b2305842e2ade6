-- Exceptions of the newest plan that are open, with names and the case of each.
SELECT e.business_date, e.exception_id, e.kind, e.state, e.words, e.late_inputs, e.first_seen_on, e.trend,
    e.region, e.department, e.category, e.sku, i.item_name, e.location, p.location_name,
    e.supplier, s.name AS supplier_name, e.item_locations, e.units_at_risk, e.money_at_risk,
    c.case_id
FROM signals.exceptions e
LEFT JOIN reporting.cases c USING (business_date, exception_id)
LEFT JOIN analysis.items i ON i.sku = e.sku
LEFT JOIN analysis.places p ON p.location = e.location
LEFT JOIN known_suppliers s ON s.supplier = e.supplier
WHERE e.business_date = (SELECT newest FROM newest_date) AND e.state <> 'closed'
