-- Demand of every pair from `first_day` on, stock-outs undone.
SELECT region, sku, location, date, sales, demand, censored, suspected
FROM demand.unconstrained
WHERE business_date = getvariable('business_date') AND date >= getvariable('first_day')
ORDER BY sku, location, date
