-- What suppliers can still deliver of their items in weeks to come of which they say what they can,
-- beside open orders that have not been shipped. pending_moves has lines that were moved of late.
WITH asked AS (
    SELECT u.supplier, u.sku, p.category, u.due_on, u.units
    FROM units_on_order u JOIN known_products p USING (sku)
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
