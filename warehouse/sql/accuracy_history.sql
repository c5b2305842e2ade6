-- How forecasts of up to a week ahead have done lately.
SELECT * FROM demand.forecast_accuracy
WHERE business_date BETWEEN getvariable('first_day') AND getvariable('business_date')
    AND lead_days <= 7
ORDER BY business_date, region, category, lead_days
