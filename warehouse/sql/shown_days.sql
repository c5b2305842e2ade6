-- What chosen item-locations sold and what was wanted, day by day; missing on days that nobody knows.
SELECT sku, location, date, sales, demand, censored, closed
FROM demand.unconstrained SEMI JOIN chosen USING (sku, location)
WHERE business_date = getvariable('business_date')
ORDER BY sku, location, date
