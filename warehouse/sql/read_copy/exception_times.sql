-- How long exceptions stood that closed in the last thirteen weeks, and what is open by the newest plan.
WITH told AS (
    SELECT kind, business_date - first_seen_on AS days, state = 'closed' AS is_closed
    FROM signals.exceptions, newest_date
    WHERE business_date = newest OR (state = 'closed' AND business_date BETWEEN newest - 90 AND newest)
)
SELECT coalesce(kind, 'all') AS kind, count(*) FILTER (is_closed) AS closed,
    median(days) FILTER (is_closed) AS median_days,
    quantile_cont(days, 0.9) FILTER (is_closed) AS slow_days,
    count(*) FILTER (NOT is_closed) AS open, max(days) FILTER (NOT is_closed) AS oldest_days
FROM told GROUP BY GROUPING SETS ((), (kind))
-- Without an exception there is nothing, not even of all.
HAVING count(*) > 0
