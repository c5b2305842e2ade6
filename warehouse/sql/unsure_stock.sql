-- Pairs whose newest stock record cannot be relied on: one that is below zero, an older one that
-- stands because the newer row waits in quarantine, one of two of a file that say different things,
-- of which the first stands, or one that does not follow the count before it. `stocked` has the position.
-- What a location does not send has not changed since it sent it.
WITH sent AS (SELECT location, max(read_until) AS read_until FROM known_stock_records GROUP BY location),
counted AS (
    SELECT k.sku, k.location, max_by(k.count_id, (k.timestamp, k.count_id)) AS count_id,
        max_by(k.counted, (k.timestamp, k.count_id)) AS counted, max(k.timestamp) AS moment
    FROM known_stock_counts k JOIN sent r USING (location)
    WHERE k.timestamp < r.read_until AND k.timestamp::DATE >= getvariable('business_date') - 27
    GROUP BY ALL
),
-- Of transfers only the day is known: what moved on the day of the count may have gone before or after it.
moved AS (
    SELECT c.sku, c.location, coalesce(sum(m.units) FILTER (m.units > 0), 0) AS came,
        coalesce(sum(m.units) FILTER (m.units < 0), 0) AS went
    FROM counted c JOIN sent r USING (location)
    LEFT JOIN stock_movements m ON m.sku = c.sku AND m.location = c.location
        AND m.moved_at >= c.moment::DATE AND m.moved_at < r.read_until
    GROUP BY ALL
),
-- Ten units and twice as many are no slips at the till.
unfollowed AS (
    SELECT c.* FROM counted c JOIN moved m USING (sku, location) JOIN stocked p USING (sku, location)
    WHERE (p.recorded <= c.counted + m.went - 10 OR p.recorded >= c.counted + m.came + 10)
        AND greatest(p.recorded, c.counted) >= 2 * least(p.recorded, c.counted)
)
SELECT sku, location, snapshot_date, recorded AS on_hand, 'below zero: taken as nothing there' AS problem,
    NULL AS file_name, NULL AS "row"
FROM stocked WHERE recorded < 0
UNION ALL
SELECT p.sku, p.location, p.snapshot_date, p.recorded,
    CASE WHEN q.reason = 'duplicate_key' AND q.business_date = p.snapshot_date
        THEN 'its file has another record: ' ELSE 'a newer row waits in quarantine: ' END || q.message,
    q.file_name, q."row"
FROM known_set_aside q JOIN stocked p
    ON p.sku = trim(q.payload->>'sku') AND p.location = trim(q.payload->>'location')
WHERE q.source = 'stock'
    AND (q.business_date > p.snapshot_date
        OR q.business_date = p.snapshot_date AND (q.reason <> 'duplicate_key'
            OR TRY_CAST(q.payload->>'on_hand' AS DOUBLE) IS DISTINCT FROM p.recorded))
UNION ALL
SELECT p.sku, p.location, p.snapshot_date, p.recorded,
    format('count {} found {} on {}, which the record does not follow', c.count_id, c.counted, c.moment::DATE),
    NULL, NULL
FROM unfollowed c JOIN stocked p USING (sku, location)
ORDER BY ALL
