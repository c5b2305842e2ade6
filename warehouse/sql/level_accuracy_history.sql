-- How forecasts of all pairs have done lately at each level, up to a week ahead.
SELECT * FROM demand.level_accuracy
WHERE business_date BETWEEN getvariable('first_day') AND getvariable('business_date')
    AND lead_days <= 7 AND segment = '*'
ORDER BY business_date, level, lead_days
