-- Until which hour the business date has told of its sales; before the first where it has told of none.
-- Half of the locations that sold have come so far: one till whose clock is wrong does not say for all.
WITH newest AS (
    SELECT location, max(timestamp) AS last_sale
    FROM known_sales_files
    WHERE business_date = getvariable('business_date') AND timestamp::DATE = business_date
    GROUP BY location
)
SELECT coalesce(hour(quantile_disc(last_sale, 0.5)), -1)::BIGINT AS hour
FROM newest
