-- Suppliers that owe goods and that an event of the last four weeks touches, by name or by their origin,
-- with what is still to come of them; the worst event first. `receipts` has the lines that will come.
SELECT e.event_id, e.date, e.kind, e.severity, s.supplier, s.name, s.origin,
    count(*) AS open_lines, sum(r.units)::BIGINT AS open_units, min(r.due_on) AS next_due_on
FROM known_supplier_events e
JOIN known_suppliers s ON s.supplier = e.supplier OR e.supplier IS NULL AND s.origin = e.origin
JOIN receipts r ON r.supplier = s.supplier
WHERE e.severity > 0 AND e.date > getvariable('business_date') - 28
GROUP BY ALL
ORDER BY e.severity DESC, e.event_id, s.supplier
