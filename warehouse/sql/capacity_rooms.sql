-- What suppliers can still deliver of their items in weeks to come of which they say what they can,
-- beside open orders that have not been shipped: the units that these ask for, though their supplier may
-- leave some short, as far as the orders still come.
WITH asked AS (
    SELECT r.supplier, r.sku, p.category, r.due_on, round(r.units * r.chance)::BIGINT AS units
    FROM inventory.receipts_ahead r JOIN known_products p USING (sku)
    WHERE r.business_date = getvariable('business_date')
        AND r.document_kind IN ('purchase_order', 'proposal') AND r.supplier IS NOT NULL
),
rooms AS (
    SELECT c.supplier, c.sku, c.category, c.week,
        greatest(c.units - coalesce(sum(a.units), 0), 0)::BIGINT AS room
    FROM known_supplier_capacity c
    LEFT JOIN asked a ON a.supplier = c.supplier AND c.sku IN ('*', a.sku)
        AND c.category IN ('*', a.category) AND a.due_on >= c.week AND a.due_on < c.week + 7
    WHERE c.week + 6 > getvariable('business_date')
    GROUP BY c.supplier, c.sku, c.category, c.week, c.units
)
SELECT r.supplier, s.sku, r.sku AS stated_sku, r.category AS stated_category, r.week, r.room
FROM rooms r
JOIN known_item_suppliers s ON s.supplier = r.supplier AND r.sku IN ('*', s.sku)
JOIN known_products p ON p.sku = s.sku AND r.category IN ('*', p.category)
ORDER BY r.supplier, s.sku, stated_sku, stated_category, r.week
