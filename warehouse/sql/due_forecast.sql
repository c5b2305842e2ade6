-- The forecast of the chosen items up to a day.
SELECT sku, location, date, mean, variance, correlation
FROM demand.forecast SEMI JOIN chosen USING (sku)
WHERE business_date = getvariable('business_date') AND date <= getvariable('last_day')
