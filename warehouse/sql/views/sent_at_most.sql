-- Of items that are on their way between nodes, the units that their origin can have sent at once: the most
-- that it had on a record of the quarter, and the most that a day brought it besides, from suppliers, other
-- nodes and customers. Zero says that its books know nothing of the item, not that it sent none.
WITH sent AS (SELECT DISTINCT sku, origin FROM known_transfers WHERE received_on IS NULL),
held AS (
    SELECT s.sku, s.origin, greatest(max(h.on_hand), 0) AS units
    FROM sent s JOIN known_stock_history h ON h.sku = s.sku AND h.location = s.origin
    WHERE h.held_on > getvariable('business_date') - 91 GROUP BY ALL
),
brought AS (
    SELECT sku, location, timestamp::DATE AS day, received AS units FROM known_receipts
    UNION ALL
    SELECT sku, destination, received_on, coalesce(received_quantity, shipped_quantity) FROM known_transfers
    UNION ALL
    SELECT sku, location, timestamp::DATE, quantity FROM known_returns
),
days AS (
    SELECT s.sku, s.origin, b.day, sum(b.units) AS units
    FROM sent s JOIN brought b ON b.sku = s.sku AND b.location = s.origin
    WHERE b.day > getvariable('business_date') - 91 GROUP BY ALL
),
came AS (SELECT sku, origin, max(units) AS units FROM days GROUP BY ALL)
SELECT sku, origin, h.units + coalesce(c.units, 0) AS units FROM held h LEFT JOIN came c USING (sku, origin)
