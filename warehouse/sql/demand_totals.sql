-- Sales and estimated demand over all pairs by day; missing where no pair's are known.
SELECT date, sum(sales)::BIGINT AS sales, exact_sum(demand) AS demand
FROM demand.unconstrained
WHERE business_date = getvariable('business_date') AND date >= getvariable('first_day')
GROUP BY ALL ORDER BY date
