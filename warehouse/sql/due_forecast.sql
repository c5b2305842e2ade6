-- The forecast of the chosen items up to a day, by days that have closed.
SELECT sku, location, date, mean, variance, correlation
FROM demand.learnt_forecast SEMI JOIN chosen USING (sku)
WHERE business_date = getvariable('business_date') AND date <= getvariable('last_day')
