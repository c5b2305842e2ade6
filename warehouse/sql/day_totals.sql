-- Forecasts made a day ahead against sales, by location and day: pairs in stock on days known whole.
WITH actual AS (
    SELECT business_date AS date, sku, location, sum(sales) AS sales,
        bool_or(out_of_stock) AS out_of_stock
    FROM inventory.demand_history
    WHERE business_date BETWEEN getvariable('first_day') AND getvariable('business_date') GROUP BY ALL
)
SELECT f.location, f.date, exact_sum(f.mean_in_stock) AS expected,
    exact_sum(f.variance_in_stock) AS variance,
    sum(coalesce(a.sales, 0))::DOUBLE AS actual
FROM demand.forecast f
JOIN inventory.trading_days t ON t.location = f.location AND t.business_date = f.date
    AND t.status = 'open'
LEFT JOIN actual a ON a.sku = f.sku AND a.location = f.location AND a.date = f.date
WHERE f.date = f.business_date + 1
    AND f.date BETWEEN getvariable('first_day') AND getvariable('business_date')
    AND NOT coalesce(a.out_of_stock, false)
GROUP BY ALL ORDER BY f.location, f.date
