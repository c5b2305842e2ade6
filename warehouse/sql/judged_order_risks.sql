-- Chances that were stated of order lines beside what became of them by now: the first of each line, or,
-- where most_ahead is not 0, the first with so many days left until its day, or up to six fewer. Lines that were cancelled or changed since are left out: their day is another one.
WITH booked AS (
    SELECT po, po_line AS line, sum(received + rejected) AS units, max(timestamp)::DATE AS last_on
    FROM placed_receipts GROUP BY ALL
),
stated AS (
    SELECT r.document AS po, r.line, r.supplier, r.stated_on, r.late_chance, r.late_week_chance,
        r.short_chance
    FROM plans.order_risks r
    WHERE r.document_kind = 'purchase_order' AND r.business_date < getvariable('business_date')
        AND r.stated_on > getvariable('business_date') - getvariable('window_days')::INT
        AND r.stated_on >= r.business_date
        AND (getvariable('most_ahead')::INT = 0 OR r.stated_on - r.business_date
            BETWEEN getvariable('most_ahead')::INT - 6 AND getvariable('most_ahead')::INT)
    QUALIFY row_number() OVER (PARTITION BY r.document, r.line ORDER BY r.business_date) = 1
),
became AS (
    SELECT s.*, CASE WHEN o.status = 'received' THEN o.delivered_on
        WHEN coalesce(b.units, 0) >= coalesce(o.confirmed_quantity, o.ordered_quantity)
        THEN b.last_on END AS came_on,
        o.status = 'received' AND o.delivered_on IS NULL AS unknown,
        CASE WHEN o.status = 'received' THEN o.delivered_quantity < o.ordered_quantity END AS short
    FROM stated s JOIN known_purchase_orders o USING (po, line)
    LEFT JOIN booked b USING (po, line)
    LEFT JOIN changed c ON c.po = s.po AND c.po_line = s.line
    WHERE o.status <> 'cancelled' AND c.po IS NULL
)
SELECT supplier, po, line, stated_on, late_chance, late_week_chance, short_chance, short,
    (coalesce(came_on, getvariable('business_date')) - stated_on)::BIGINT AS days_late,
    came_on IS NOT NULL AS came
FROM became WHERE NOT unknown ORDER BY po, line
