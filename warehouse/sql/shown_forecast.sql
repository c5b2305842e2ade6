-- What is expected of chosen item-locations, day by day.
SELECT sku, location, date, mean, variance, model
FROM demand.forecast SEMI JOIN chosen USING (sku, location)
WHERE business_date = getvariable('business_date')
ORDER BY sku, location, date
