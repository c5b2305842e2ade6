-- One row while the business date is open somewhere: only parts of it have come.
SELECT business_date FROM inventory.trading_days
WHERE business_date = getvariable('business_date') AND status = 'partial'
LIMIT 1
