-- Moments at which nodes counted an item or got units of it: what was said of it before says nothing of
-- what is there since. A transfer tells only its day, and counts from its beginning.
SELECT sku, location, timestamp AS moment FROM known_stock_counts
UNION ALL
SELECT sku, location, timestamp FROM known_receipts WHERE received > 0
UNION ALL
SELECT sku, destination, received_on::TIMESTAMP FROM known_transfers WHERE received_quantity > 0
