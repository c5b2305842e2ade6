-- Open lines of suppliers in the newest plan, their risk, and what was found best for each.
SELECT r.document_kind, r.document, r.line, r.supplier, s.name AS supplier_name, r.sku, i.item_name,
    r.destination, l.location_name AS destination_name, r.stated_on, r.units, r.late_chance,
    r.short_chance, r.due_p50, r.due_p90, r.margin_at_risk_together AS margin_at_risk,
    r.margin_if_never, a.alternative, a.gain AS alternative_gain
FROM plans.order_risks r
LEFT JOIN plans.order_alternatives a ON a.business_date = r.business_date
    AND a.document_kind = r.document_kind AND a.document = r.document AND a.line = r.line
    AND a.verdict = 'taken'
LEFT JOIN known_suppliers s ON s.supplier = r.supplier
LEFT JOIN analysis.items i ON i.sku = r.sku
LEFT JOIN analysis.places l ON l.location = r.destination
WHERE r.business_date = (SELECT newest FROM newest_date)
