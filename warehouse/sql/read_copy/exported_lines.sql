-- Lines of all batches with names, and what the ERP said of each.
SELECT e.action_id, e.kind, e.sku, i.item_name, i.department, i.category,
    e.origin, o.location_name AS origin_name,
    e.destination, coalesce(d.location_name, e.destination) AS destination_name,
    coalesce(d.region, o.region) AS region,
    e.supplier, s.name AS supplier_name,
    e.due_on, e.quantity, e.unit_value, e.value, e.currency,
    e.business_date, e.batch, e.idempotency_key,
    CASE WHEN a.status IS DISTINCT FROM 'rejected' AND c.status = 'accepted' THEN 'cancelled'
        ELSE coalesce(a.status, 'waiting') END AS erp_status,
    a.quantity AS erp_quantity, a.erp_document, a.message, a.acknowledged_on
FROM exports.export_lines e
LEFT JOIN known_acknowledgements a USING (idempotency_key)
LEFT JOIN exports.cancel_lines x ON x.cancels = e.idempotency_key
LEFT JOIN known_acknowledgements c ON c.idempotency_key = x.idempotency_key
LEFT JOIN analysis.items i ON i.sku = e.sku
LEFT JOIN analysis.places o ON o.location = e.origin
LEFT JOIN analysis.places d ON d.location = e.destination
LEFT JOIN known_suppliers s ON s.supplier = e.supplier
