-- Days up to the business date on which any location is known to have traded.
SELECT DISTINCT business_date AS day
FROM inventory.trading_days
WHERE status = 'open' AND business_date <= getvariable('business_date')
ORDER BY day
