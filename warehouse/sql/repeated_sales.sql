-- Lines by location and day that came twice: those that are set aside, since that is proven, and those
-- that count twice, since it is likely only:
-- locations of which nearly all lines of a day or of some hours of it, of those that files of this business date
-- bring, stand under two receipt numbers, and are alike in all else.
WITH brought AS (
    SELECT DISTINCT location, timestamp::DATE AS day FROM known_sales_files
    WHERE known_on = getvariable('business_date') AND timestamp >= getvariable('business_date') - 28
),
alike AS (
    SELECT s.location, b.day, s.timestamp, count(*) AS lines, count(DISTINCT s.receipt) > 1 AS twice
    FROM known_pos_sales s JOIN brought b ON b.location = s.location AND b.day = s.timestamp::DATE
    GROUP BY s.location, b.day, s.timestamp, s.sku, s.channel, s.fulfilment_location, s.quantity, s.net_value
),
hours AS (
    SELECT location, day, min(timestamp) AS first, max(timestamp) AS last FROM alike WHERE twice GROUP BY ALL
)
SELECT location, day, sum(lines)::BIGINT AS lines, coalesce(sum(lines) FILTER (twice), 0)::BIGINT AS twice,
    false AS counts_once
FROM alike JOIN hours USING (location, day) WHERE timestamp BETWEEN first AND last GROUP BY ALL
HAVING sum(lines) FILTER (twice) >= greatest(0.9 * sum(lines), 2 * getvariable('handful'))
UNION ALL
SELECT trim(payload->>'location') AS location, CAST(payload->>'timestamp' AS TIMESTAMP)::DATE AS day,
    count(*) AS lines, count(*) AS twice, true AS counts_once
FROM known_set_aside
WHERE source = 'pos_sales' AND reason = 'sold_twice' AND known_on = getvariable('business_date')
GROUP BY ALL
ORDER BY location, day, counts_once
