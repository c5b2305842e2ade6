-- What each replenished pair sold on the business date, or on each day from `first_day` to `last_day`
-- before it, at locations that traded, and on the same weekday of the four weeks before, where they
-- traded then too.
WITH asked AS (
    SELECT unnest(generate_series(
        coalesce(getvariable('first_day'), getvariable('business_date'))::DATE,
        coalesce(getvariable('last_day'), getvariable('business_date'))::DATE, INTERVAL 1 DAY))::DATE AS day
),
sold AS (
    SELECT business_date AS day, sku, location, sum(sales)::BIGINT AS sales,
        bool_or(out_of_stock) AS out_of_stock
    FROM inventory.demand_history
    WHERE business_date BETWEEN (SELECT min(day) - 28 FROM asked) AND (SELECT max(day) FROM asked)
    GROUP BY ALL
),
traded AS (
    SELECT location, business_date AS day FROM inventory.trading_days WHERE status = 'open'
)
SELECT t.day AS sold_on, i.sku, i.location, p.category, i.service_class,
    coalesce(s.sales, 0)::BIGINT AS sales, coalesce(s.out_of_stock, false) AS out_of_stock,
    CASE WHEN t1.day IS NOT NULL THEN coalesce(w1.sales, 0) END AS week_1,
    CASE WHEN t2.day IS NOT NULL THEN coalesce(w2.sales, 0) END AS week_2,
    CASE WHEN t3.day IS NOT NULL THEN coalesce(w3.sales, 0) END AS week_3,
    CASE WHEN t4.day IS NOT NULL THEN coalesce(w4.sales, 0) END AS week_4
FROM known_item_locations i
JOIN known_products p USING (sku)
JOIN traded t ON t.location = i.location
SEMI JOIN asked ON asked.day = t.day
LEFT JOIN traded t1 ON t1.location = i.location AND t1.day = t.day - 7
LEFT JOIN traded t2 ON t2.location = i.location AND t2.day = t.day - 14
LEFT JOIN traded t3 ON t3.location = i.location AND t3.day = t.day - 21
LEFT JOIN traded t4 ON t4.location = i.location AND t4.day = t.day - 28
LEFT JOIN sold s ON s.sku = i.sku AND s.location = i.location AND s.day = t.day
LEFT JOIN sold w1 ON w1.sku = i.sku AND w1.location = i.location AND w1.day = t.day - 7
LEFT JOIN sold w2 ON w2.sku = i.sku AND w2.location = i.location AND w2.day = t.day - 14
LEFT JOIN sold w3 ON w3.sku = i.sku AND w3.location = i.location AND w3.day = t.day - 21
LEFT JOIN sold w4 ON w4.sku = i.sku AND w4.location = i.location AND w4.day = t.day - 28
WHERE i.status = 'active'
ORDER BY t.day, i.sku, i.location
