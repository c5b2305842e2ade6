-- Forecasts of the business date that were made before it.
SELECT * FROM demand.forecast
WHERE date = getvariable('business_date') AND business_date < getvariable('business_date')
ORDER BY business_date, sku, location
