-- Locations whose business date is still open: only parts of it have come.
SELECT location FROM inventory.trading_days
WHERE business_date = getvariable('business_date') AND status = 'partial'
ORDER BY location
