-- Order lines by each day that was stated of them, the day asked for and the first one promised, with
-- the day on which they came. Of a line that came on a day that nobody wrote nothing is told.
WITH booked AS (
    SELECT po, po_line AS line, sum(received + rejected) AS units, max(timestamp)::DATE AS last_on
    FROM placed_receipts GROUP BY ALL
),
ended AS (
    SELECT o.po, o.line, o.supplier, o.sku, o.destination, o.ordered_on, o.requested_on,
        o.ordered_quantity, o.unit_price,
        CASE WHEN o.status = 'received' THEN o.delivered_on
            WHEN coalesce(b.units, 0) >= coalesce(o.confirmed_quantity, o.ordered_quantity)
            THEN b.last_on END AS came_on,
        o.status = 'received' AND o.delivered_on IS NULL AS unknown
    FROM worded_orders o LEFT JOIN booked b USING (po, line)
    WHERE o.status <> 'cancelled'
),
promised AS (
    -- By the order or by the supplier's own answer, whichever said a day first.
    SELECT po, line, first(stated_on ORDER BY said_on, place, recency) AS stated_on
    FROM (
        SELECT po, line, coalesce(estimated_on, confirmed_on) AS stated_on, business_date AS said_on,
            1 AS place, recency
        FROM known_order_history WHERE status <> 'received'
        UNION ALL
        SELECT a.po, a.po_line, a.promised_on, a.acknowledged_on, 0, 0
        FROM known_order_acknowledgements a JOIN known_purchase_orders o
            ON o.po = a.po AND o.line = a.po_line AND o.supplier = a.supplier
        WHERE a.promised_on >= o.ordered_on
    )
    WHERE stated_on IS NOT NULL GROUP BY ALL
)
SELECT 'order_asked' AS record, po, line, supplier, sku, destination, ordered_on,
    requested_on AS stated_on, came_on, ordered_quantity, unit_price
FROM ended WHERE NOT unknown
UNION ALL
-- Of a line that came and of which no promise was ever landed, the day asked for has to do.
SELECT 'order_promised', e.po, e.line, e.supplier, e.sku, e.destination, e.ordered_on,
    coalesce(p.stated_on, e.requested_on), e.came_on, e.ordered_quantity, e.unit_price
FROM ended e LEFT JOIN promised p USING (po, line)
WHERE NOT e.unknown AND (p.stated_on IS NOT NULL OR e.came_on IS NOT NULL)
