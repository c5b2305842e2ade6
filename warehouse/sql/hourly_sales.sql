-- Units by hour of the last days, on open days of pairs without a stock-out. The profile of a day is
-- measured on a sample of locations with all their skus, evenly spaced by key within each region.
WITH ranked AS (
    SELECT location, region, row_number() OVER (PARTITION BY region ORDER BY location) - 1 AS place,
        ceil(count(*) OVER (PARTITION BY region) / getvariable('most_locations')) AS every
    FROM known_locations WHERE kind <> 'dc'
),
sampled AS (SELECT location, region FROM ranked WHERE place % every = 0),
sold AS (
    SELECT timestamp::DATE AS date, hour(timestamp) AS hour, sku, location, sum(quantity) AS units
    FROM known_pos_sales SEMI JOIN sampled USING (location)
    WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('business_date') + 1
    GROUP BY ALL
),
empty AS (
    SELECT DISTINCT business_date AS date, sku, location FROM inventory.demand_history
    WHERE business_date BETWEEN getvariable('first_day') AND getvariable('business_date')
        AND out_of_stock
)
SELECT l.region, s.location, s.sku, s.date, s.hour, s.units::BIGINT AS units
FROM sold s
JOIN sampled l USING (location)
JOIN inventory.trading_days t ON t.location = s.location AND t.business_date = s.date
    AND t.status = 'open'
ANTI JOIN empty e ON e.date = s.date AND e.sku = s.sku AND e.location = s.location
WHERE s.units > 0
ORDER BY ALL
