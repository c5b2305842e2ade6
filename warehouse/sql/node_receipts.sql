-- What is expected to come to nodes, by day, with the chance of the line that is least sure. A line of
-- which no whole unit is likely brings none.
WITH lines AS (
    SELECT sku, location, due_on, chance,
        -- Values that agree to 9 decimals are ties.
        round(round(units * share, 9))::BIGINT AS units
    FROM inventory.receipts_ahead WHERE business_date = getvariable('business_date')
)
SELECT sku, location, due_on, sum(units)::BIGINT AS units, min(chance) AS chance
FROM lines WHERE units > 0 GROUP BY ALL ORDER BY ALL
