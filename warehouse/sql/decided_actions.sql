-- Actions of any date that a decision which came as a file is about, as they were last proposed, or as they left
-- where a later version of their plan has gone on from there.
WITH decided AS (SELECT DISTINCT action_id FROM known_decisions)
SELECT action_id, kind, business_date, quantity, packs, origin, destination, supplier, due_on, region, category, sku, currency, details FROM actions.proposals
WHERE business_date <= getvariable('business_date') AND action_id IN (FROM decided)
UNION ALL
SELECT e.action_id, e.kind, e.business_date, e.quantity, e.quantity AS packs, e.origin, e.destination, e.supplier, e.due_on, l.region, p.category, e.sku, e.currency, e.details
FROM exports.export_lines e
LEFT JOIN known_locations l ON l.location = coalesce(e.destination, e.origin) LEFT JOIN known_products p ON p.sku = e.sku
WHERE e.business_date <= getvariable('business_date') AND e.action_id IN (FROM decided)
    AND e.action_id NOT IN (SELECT action_id FROM actions.proposals)
ORDER BY action_id
