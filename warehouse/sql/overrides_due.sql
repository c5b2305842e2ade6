-- Overrides whose days have passed and closed, and lie within the history of demand.
SELECT * EXCLUDE (business_date) FROM demand.override_forecasts
WHERE business_date < getvariable('business_date')
    AND last_day <= getvariable('last_closed_day') AND first_day >= getvariable('first_day')
ORDER BY action_id
