-- What exceptions that money decides are watched for: subjects of which it is known whether any is at
-- risk. A node whose stock is unknown is none of them.
WITH pairs AS (
    SELECT location, region, replace(category, '|', '/') AS category
    FROM item_location_metrics WHERE counted AND available IS NOT NULL
),
nodes AS (SELECT location FROM known_locations),
watched AS (
    SELECT DISTINCT 'stock_out' AS kind, location || '|' || category AS subject FROM pairs
    UNION ALL SELECT DISTINCT 'overstock', category || '|' || region FROM pairs
    UNION ALL SELECT DISTINCT 'phantom_stock', location FROM pairs
    UNION ALL SELECT 'receipt_missing', location FROM nodes
    UNION ALL SELECT DISTINCT 'backlog', location FROM known_online_orders WHERE location IS NOT NULL
    UNION ALL SELECT 'backlog', '*' WHERE EXISTS (SELECT 1 FROM known_online_orders)
    UNION ALL SELECT 'supplier_delay', supplier FROM known_suppliers
    UNION ALL SELECT 'order_short', supplier FROM known_suppliers
)
SELECT kind, subject FROM watched ORDER BY ALL
