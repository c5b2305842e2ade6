-- What suppliers are asked for in weeks to come of which they say what they can deliver. A stated
-- capacity counts for its item, its category or everything; what has been shipped takes none.
-- pending_moves has lines that were moved of late.
WITH asked AS (
    SELECT supplier, sku, due_on, units AS ordered, 0 AS proposed FROM units_on_order
    UNION ALL
    SELECT supplier, sku, requested_on, 0, quantity FROM plans.purchase_plan
    WHERE business_date = getvariable('business_date')
),
named AS (SELECT a.*, p.category FROM asked a JOIN known_products p USING (sku))
SELECT c.supplier, c.sku, c.category, c.week, c.units AS capacity_units,
    coalesce(sum(n.ordered), 0)::BIGINT AS ordered_units,
    coalesce(sum(n.proposed), 0)::BIGINT AS proposed_units,
    greatest(coalesce(sum(n.ordered + n.proposed), 0) - c.units, 0)::BIGINT AS beyond_units
FROM known_supplier_capacity c
LEFT JOIN named n ON n.supplier = c.supplier AND c.sku IN ('*', n.sku)
    AND c.category IN ('*', n.category) AND n.due_on >= c.week AND n.due_on < c.week + 7
WHERE c.week + 6 > getvariable('business_date')
GROUP BY c.supplier, c.sku, c.category, c.week, c.units
ORDER BY c.supplier, c.sku, c.category, c.week
