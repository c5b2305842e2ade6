-- Order lines as they stand, with the units that were confirmed of each first: by the order while it was
-- open, or by the supplier's own answer. What a line that is closed says it confirmed may be what came.
WITH told AS (
    SELECT po, line, confirmed_quantity AS units, business_date AS said_on, 1 AS place, recency
    FROM known_order_history WHERE status <> 'received'
    UNION ALL
    SELECT a.po, a.po_line, CASE WHEN a.answer = 'refused' THEN 0 ELSE a.quantity END,
        a.acknowledged_on, 0, 0
    FROM known_order_acknowledgements a JOIN known_purchase_orders o
        ON o.po = a.po AND o.line = a.po_line AND o.supplier = a.supplier
),
first_told AS (
    SELECT po, line, first(units ORDER BY said_on, place, recency) AS units
    FROM told WHERE units IS NOT NULL GROUP BY ALL
)
SELECT o.* REPLACE (coalesce(t.units, o.confirmed_quantity) AS confirmed_quantity)
FROM known_purchase_orders o LEFT JOIN first_told t USING (po, line)
ORDER BY po, line
