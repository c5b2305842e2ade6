-- Units sold, those of them sold outside the store channel, and units brought back, by item, region
-- and day of the window.
-- Without a single return in it a retailer is taken to send none: unknown is not zero.
WITH moved AS (
    SELECT region, sku, business_date AS date, sum(sales)::BIGINT AS sold,
        coalesce(sum(sales) FILTER (channel <> 'store'), 0)::BIGINT AS online,
        sum(returned)::BIGINT AS returned
    FROM inventory.demand_history
    WHERE business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
    GROUP BY ALL
)
SELECT region, sku, date, sold, online,
    CASE WHEN (SELECT sum(returned) FROM moved) > 0 THEN returned END AS returned
FROM moved WHERE sold > 0 OR returned > 0
