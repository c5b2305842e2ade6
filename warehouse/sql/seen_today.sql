-- What pairs sold in the hours of the open business date that have been seen in full.
-- A location without a row is closed, has sent nothing, or sells online: around the clock, and not by
-- the profile of its region's day.
WITH places AS (
    SELECT t.location FROM inventory.trading_days t JOIN known_locations l USING (location)
    WHERE t.business_date = getvariable('business_date') AND t.status = 'partial' AND l.kind = 'store'
),
lines AS (
    SELECT sku, location, file_id, timestamp, quantity
    FROM known_sales_files SEMI JOIN places USING (location)
    WHERE timestamp >= getvariable('business_date') AND timestamp < getvariable('business_date') + 1
),
file_end AS (
    SELECT file_id, max(timestamp) AS until FROM known_sales_files
    WHERE timestamp >= getvariable('business_date') AND timestamp < getvariable('business_date') + 1
    GROUP BY ALL
),
-- An hour counts as full when sales go to its last five minutes; those of an hour begun do not
-- count at all, so that what is seen is neither more nor less than the share it is held against.
heard AS (
    SELECT location, hour(max(until) + INTERVAL 5 MINUTE) - 1 AS through_hour
    FROM lines JOIN file_end USING (file_id) GROUP BY ALL
),
sold AS (
    SELECT sku, location, sum(quantity) AS sold
    FROM lines JOIN heard USING (location) WHERE hour(timestamp) <= through_hour GROUP BY ALL
),
empty AS (
    SELECT DISTINCT sku, location FROM inventory.demand_history
    WHERE business_date = getvariable('business_date') AND out_of_stock
)
SELECT i.sku, i.location, coalesce(s.sold, 0)::BIGINT AS sold,
    e.sku IS NOT NULL AS out_of_stock,
    CASE WHEN h.through_hour >= 0 THEN h.through_hour END::BIGINT AS through_hour,
    false AS closed
FROM known_item_locations i
JOIN heard h USING (location)
LEFT JOIN sold s USING (sku, location)
LEFT JOIN empty e USING (sku, location)
WHERE i.status = 'active'
ORDER BY i.sku, i.location
