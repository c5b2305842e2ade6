-- Lines of customers' orders promised for the last thirteen weeks, and whether they left in time.
WITH due AS (
    SELECT channel, region, status = 'shipped' AND shipped_at IS NULL AS is_unknown,
        coalesce(status = 'shipped' AND shipped_at::DATE <= promised_on, FALSE) AS is_in_time
    FROM known_online_orders, newest_date
    WHERE status <> 'cancelled' AND promised_on BETWEEN newest - 90 AND newest
)
SELECT channel, region, count(*) AS lines, count(*) FILTER (is_in_time) AS in_time,
    count(*) FILTER (NOT is_in_time AND NOT is_unknown) AS late, count(*) FILTER (is_unknown) AS unknown,
    in_time / nullif(lines - unknown, 0) AS kept_share
FROM due GROUP BY ALL
