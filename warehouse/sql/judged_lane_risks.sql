-- Chances that were stated of a lane before a line was ordered on it, beside what became of the line:
-- lines whose lead time as stated passed more than a week ago, so that all of them are known. Lines
-- that were cancelled or changed since are left out.
WITH booked AS (
    SELECT po, po_line AS line, sum(received + rejected) AS units, max(timestamp)::DATE AS last_on
    FROM placed_receipts GROUP BY ALL
),
stated AS (
    SELECT o.po, o.line, o.ordered_on + l.lead_days::INT AS stated_on, l.late_chance,
        l.late_week_chance, l.short_chance,
        CASE WHEN o.status = 'received' THEN o.delivered_quantity < o.ordered_quantity END AS short,
        CASE WHEN o.status = 'received' THEN o.delivered_on
        WHEN coalesce(b.units, 0) >= coalesce(o.confirmed_quantity, o.ordered_quantity)
        THEN b.last_on END AS came_on
    FROM known_purchase_orders o JOIN supply.lane_risks l USING (supplier, destination)
    LEFT JOIN booked b USING (po, line)
    LEFT JOIN changed c ON c.po = o.po AND c.po_line = o.line
    WHERE o.status <> 'cancelled' AND c.po IS NULL
        AND NOT (o.status = 'received' AND o.delivered_on IS NULL)
        AND l.business_date BETWEEN o.ordered_on - 7 AND o.ordered_on - 1
    QUALIFY row_number() OVER (PARTITION BY o.po, o.line ORDER BY l.business_date DESC) = 1
)
SELECT po, line, stated_on, late_chance, late_week_chance, short_chance, short,
    (coalesce(came_on, getvariable('business_date')) - stated_on)::BIGINT AS days_late,
    came_on IS NOT NULL AS came
FROM stated
WHERE stated_on < getvariable('business_date') - 7
    AND stated_on > getvariable('business_date') - getvariable('window_days')::INT
ORDER BY po, line
