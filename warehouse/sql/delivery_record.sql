-- How late document lines came whose stated day has passed, counted by lines alike: of orders the
-- day asked for and the first one promised, since the last estimate is the delivery itself. Lines
-- whose dates contradict each other teach nothing.
WITH noticed AS (
    SELECT shipment_id, line, arg_min(expected_on, recency) AS stated_on,
        arg_min(shipped_on, recency) AS shipped_on
    FROM known_notice_history WHERE status = 'shipped' GROUP BY ALL
),
-- A notice has no day of arrival: it came on the day of the file that said so.
notices AS (
    SELECT n.supplier, s.shipped_on, s.stated_on,
        CASE WHEN n.status = 'received' THEN n.business_date ELSE o.came_on END AS came_on
    FROM placed_notices n JOIN noticed s USING (shipment_id, line)
    LEFT JOIN stated_orders o ON o.po = n.po AND o.line = n.po_line AND o.record = 'order_asked'
    WHERE n.status <> 'cancelled'
),
stated AS (
    SELECT record, supplier AS sender, ordered_on, stated_on, came_on FROM stated_orders
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
