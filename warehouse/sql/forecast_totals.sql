-- The forecast over all pairs by day, and of how many.
SELECT date, count(*) AS pairs, exact_sum(mean) AS mean, exact_sum(variance) AS variance
FROM demand.forecast WHERE business_date = getvariable('business_date')
GROUP BY ALL ORDER BY date
