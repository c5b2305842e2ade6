-- The worklist of the newest plan with names and the columns of its actions.
SELECT a.action_id, a.kind, a.sku, a.item_name, a.department, a.category, a.origin, a.origin_name,
    a.destination, a.destination_name, a.region, a.supplier, a.supplier_name, a.due_on, a.quantity,
    a.unit_value, a.value, a.currency, a.business_date, w.rank, a.roles, w.deferred_until, a.benefit, a.confidence,
    a.urgency_days, w.summary, w.reasons
FROM reporting.worklist w
JOIN analysis.planned_actions a USING (business_date, action_id)
