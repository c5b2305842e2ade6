-- Of items that are on their way between nodes, the units that their origin can have sent at once: the most
-- that it had on a record of the quarter, and the most that a receipt brought it besides.
WITH sent AS (SELECT DISTINCT sku, origin FROM known_transfers WHERE received_on IS NULL),
held AS (
    SELECT s.sku, s.origin, max(h.on_hand) AS units
    FROM sent s JOIN known_stock_history h ON h.sku = s.sku AND h.location = s.origin
    WHERE h.held_on > getvariable('business_date') - 91 GROUP BY ALL
),
came AS (
    SELECT s.sku, s.origin, max(r.received) AS units
    FROM sent s JOIN known_receipts r ON r.sku = s.sku AND r.location = s.origin
    WHERE r.timestamp > getvariable('business_date') - 91 GROUP BY ALL
)
SELECT sku, origin, h.units + coalesce(c.units, 0) AS units FROM held h LEFT JOIN came c USING (sku, origin)
