-- How often stock was sold and replaced a year, by its last thirteen weeks: sales and stock of the days of which
-- both are known, so that how many these are cancels out. A record stands until the next.
WITH period AS (SELECT newest - 90 AS first, newest FROM newest_date),
records AS (
    SELECT sku, location, held_on, greatest(arg_max(on_hand, recency), 0) AS units
    FROM known_stock_history GROUP BY ALL
),
spans AS (
    SELECT sku, location, units, held_on AS since, lead(held_on, 1, newest + 1) OVER
        (PARTITION BY sku, location ORDER BY held_on) AS until
    FROM records, period
),
held AS (
    SELECT sku, location, units, greatest(since, first) AS since, until
    FROM spans, period WHERE until > first
),
untold AS (
    SELECT location, business_date AS day FROM inventory.trading_days, period
    WHERE status IN ('missing', 'partial') AND business_date BETWEEN first AND newest
),
left_out AS (
    SELECT h.sku, h.location, sum(h.units) AS unit_days
    FROM held h JOIN untold u ON u.location = h.location AND u.day >= h.since AND u.day < h.until
    GROUP BY ALL
),
kept AS (
    SELECT sku, location, min(since) AS since, sum(units * (until - since)) AS unit_days
    FROM held GROUP BY ALL
),
moves AS (
    SELECT sku, fulfilment_location AS location, timestamp::DATE AS day, quantity AS units FROM known_pos_sales
    UNION ALL
    SELECT sku, location, timestamp::DATE, -quantity FROM known_returns
),
sold AS (
    SELECT m.sku, m.location, sum(m.units) AS units
    FROM moves m JOIN kept k ON k.sku = m.sku AND k.location = m.location AND m.day >= k.since
    CROSS JOIN period
    LEFT JOIN untold u ON u.location = m.location AND u.day = m.day
    WHERE m.day <= newest AND u.day IS NULL
    GROUP BY ALL
),
valued AS (
    SELECT l.region, i.category, (coalesce(s.units, 0) * i.unit_cost)::DECIMAL(18, 4) AS cost,
        ((k.unit_days - coalesce(o.unit_days, 0)) * i.unit_cost)::DECIMAL(18, 4) AS stock_days
    FROM kept k
    JOIN known_products i ON i.sku = k.sku
    JOIN known_locations l ON l.location = k.location
    LEFT JOIN sold s ON s.sku = k.sku AND s.location = k.location
    LEFT JOIN left_out o ON o.sku = k.sku AND o.location = k.location
)
SELECT region, category, round(sum(cost), 2)::DOUBLE AS cost_of_sales,
    round(sum(stock_days), 2)::DOUBLE AS stock_days, 365 * cost_of_sales / nullif(sum(stock_days), 0) AS turns
FROM valued GROUP BY ALL
