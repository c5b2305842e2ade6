-- What signals read since `first_day`, before the business date.
SELECT business_date, kind, subject, observed, expected, error FROM signals.signal_readings
WHERE business_date >= getvariable('first_day') AND business_date < getvariable('business_date')
ORDER BY ALL
