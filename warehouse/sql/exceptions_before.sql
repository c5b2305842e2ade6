-- The exceptions of the newest business date before.
SELECT * FROM signals.exceptions
WHERE business_date = (SELECT max(business_date) FROM signals.signal_readings
    WHERE business_date < getvariable('business_date'))
ORDER BY exception_id
