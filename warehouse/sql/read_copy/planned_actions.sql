-- Actions of the newest plan with names, and how far each has come.
SELECT p.action_id, p.kind, p.sku, i.item_name, i.department, i.category,
    coalesce(r.overridden_origin, p.origin) AS origin, o.location_name AS origin_name,
    p.destination, coalesce(d.location_name, p.destination) AS destination_name,
    coalesce(d.region, p.region) AS region,
    coalesce(r.overridden_supplier, p.supplier) AS supplier, s.name AS supplier_name,
    coalesce(r.overridden_due_on, p.due_on) AS due_on, p.quantity, p.unit_value, p.value, p.currency,
    p.business_date, p.plan_version,
    CASE
        WHEN a.status IS NOT NULL OR c.status = 'accepted' THEN 'acknowledged'
        WHEN e.action_id IS NOT NULL THEN 'exported'
        ELSE r.status
    END AS standing,
    r.route, r.rule, r.roles, r.decided_by, r.approved_quantity,
    e.quantity AS exported_quantity,
    CASE WHEN a.status IS DISTINCT FROM 'rejected' AND c.status = 'accepted' THEN 'cancelled'
        WHEN e.action_id IS NOT NULL THEN coalesce(a.status, 'waiting') END AS erp_status,
    a.erp_document,
    p.margin_kept, p.margin_given_up, p.holding_cost, p.moving_cost, p.benefit, p.confidence,
    p.urgency_days, p.reason_codes, p.binding
FROM actions.proposals p
JOIN actions.routed r USING (business_date, action_id)
LEFT JOIN exports.export_lines e USING (business_date, action_id)
LEFT JOIN known_acknowledgements a USING (idempotency_key)
LEFT JOIN exports.cancel_lines x ON x.cancels = e.idempotency_key
LEFT JOIN known_acknowledgements c ON c.idempotency_key = x.idempotency_key
LEFT JOIN analysis.items i ON i.sku = p.sku
LEFT JOIN analysis.places o ON o.location = coalesce(r.overridden_origin, p.origin)
LEFT JOIN analysis.places d ON d.location = p.destination
LEFT JOIN known_suppliers s ON s.supplier = coalesce(r.overridden_supplier, p.supplier)
WHERE p.business_date = (SELECT newest FROM newest_date)
