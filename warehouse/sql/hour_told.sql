-- Until which hour the business date has told of its sales; before the first where it has told of none.
SELECT coalesce(max(hour(timestamp)), -1)::BIGINT AS hour
FROM known_sales_files
WHERE business_date = getvariable('business_date') AND timestamp::DATE = business_date
