-- How late document lines came whose stated day has passed, counted by lines alike: of orders the
-- day asked for and the first one promised, since the last estimate is the delivery itself. Lines
-- whose dates contradict each other teach nothing.
WITH booked AS (
    SELECT po, po_line AS line, sum(received + rejected) AS units, max(timestamp)::DATE AS last_on
    FROM placed_receipts GROUP BY ALL
),
ended AS (
    SELECT o.po, o.line, o.supplier, o.ordered_on, o.requested_on,
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
),
noticed AS (
    SELECT shipment_id, line, arg_min(expected_on, recency) AS stated_on,
        arg_min(shipped_on, recency) AS shipped_on
    FROM known_notice_history WHERE status = 'shipped' GROUP BY ALL
),
-- A notice has no day of arrival: it came on the day of the file that said so.
notices AS (
    SELECT n.supplier, s.shipped_on, s.stated_on,
        CASE WHEN n.status = 'received' THEN n.business_date ELSE o.came_on END AS came_on
    FROM placed_notices n JOIN noticed s USING (shipment_id, line)
    LEFT JOIN ended o ON o.po = n.po AND o.line = n.po_line
    WHERE n.status <> 'cancelled'
),
stated AS (
    SELECT 'order_asked' AS record, supplier AS sender, ordered_on, requested_on AS stated_on, came_on
    FROM ended WHERE NOT unknown
    UNION ALL
    -- Of a line that came and of which no promise was ever landed, the day asked for has to do.
    SELECT 'order_promised', e.supplier, e.ordered_on, coalesce(p.stated_on, e.requested_on), e.came_on
    FROM ended e LEFT JOIN promised p USING (po, line)
    WHERE NOT e.unknown AND (p.stated_on IS NOT NULL OR e.came_on IS NOT NULL)
    UNION ALL
    SELECT 'ship_notice', supplier, shipped_on, stated_on, came_on FROM notices
    UNION ALL
    SELECT 'transfer', origin, shipped_on, expected_on, received_on FROM known_transfers
)
SELECT record, sender, (stated_on - ordered_on)::BIGINT AS lead_days,
    (coalesce(came_on, getvariable('business_date')) - stated_on)::BIGINT AS days_late,
    came_on IS NOT NULL AS came, count(*) AS lines
FROM stated
WHERE stated_on <= getvariable('business_date')
    AND stated_on > getvariable('business_date') - getvariable('window_days')::INT
    AND stated_on - ordered_on BETWEEN 0 AND getvariable('window_days')::INT
    AND coalesce(came_on, getvariable('business_date')) >= ordered_on
GROUP BY ALL ORDER BY ALL
